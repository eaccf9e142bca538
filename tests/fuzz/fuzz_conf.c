/* SPDX-License-Identifier: ISC */
/* Files of services, divided by bytes 0: what is taken keeps its bounds, and has an order. */
#include "init/conf.h"
#include "init/word.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FILES 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct conf services[FILES];
static size_t count;

static void check(bool good)
{
	if (!good)
		abort();
}

static void check_word(const struct conf *c, const char *word)
{
	check(word >= c->text && word < c->text + c->text_len);
	check(memchr(word, '\0', (size_t)(c->text + c->text_len - word)) != NULL);
}

static void check_counts(const struct conf *c)
{
	check(c->text_len <= CONF_TEXT);
	check(c->arg_count >= 1 && c->arg_count <= CONF_ARGS);
	check(c->after_count <= CONF_AFTER && c->limit_count <= CONF_LIMITS);
	check(c->type <= CONF_CONSOLE);
	check(c->ready > CONF_READY_DEFAULT && c->ready <= CONF_READY_FD);
	check(c->ready != CONF_READY_EXIT || c->type == CONF_ONCE);
	check(c->stop_signal > 0 && c->stop_signal <= 64);
	check(c->stop_ms <= 86400000 && c->ready_ms <= 86400000);
	check(c->backoff.min_ms <= c->backoff.max_ms && c->backoff.max_ms <= 86400000);
}

static void check_conf(const struct conf *c)
{
	check_counts(c);
	check(memchr(c->name, '\0', sizeof(c->name)) != NULL);
	for (unsigned i = 0; i < c->arg_count; i++)
		check_word(c, c->args[i]);
	check(c->args[0][0] == '/' && !c->args[c->arg_count]);
	for (unsigned i = 0; i < c->after_count; i++) {
		check_word(c, c->after[i]);
		check(word_is_name(c->after[i], CONF_NAME));
	}
	if (c->user)
		check_word(c, c->user);
}

static void check_copies(const struct conf *of)
{
	static struct conf c;

	check(conf_copy(&c, of, NULL) == 0);
	check_conf(&c);
	check(strcmp(c.name, of->name) == 0);
	for (unsigned i = 0; i < c.arg_count; i++)
		check(strcmp(c.args[i], of->args[i]) == 0);
	if (conf_copy(&c, of, "hvc0") < 0)
		return;
	check_conf(&c);
	for (unsigned i = 0; i < c.arg_count; i++)
		check(!strstr(c.args[i], "%c"));
}

static void take(char *text)
{
	char name[2] = { (char)('a' + count), '\0' };
	struct conf_error error = { -1, NULL };

	if (conf_parse(&services[count], name, text, &error) < 0) {
		check(error.line >= 0 && error.what && *error.what);
		return;
	}
	check(!error.what);
	check_conf(&services[count]);
	check_copies(&services[count]);
	count++;
}

static void complain(const char *service, const char *name, bool cycle)
{
	(void)cycle;
	check(strlen(service) == 1 && *name);
}

/* Takes away what comes after nothing, until nothing is left. */
static void check_order(void)
{
	uint32_t after[FILES], left = (UINT32_C(1) << count) - 1;

	conf_order(services, count, after, complain);
	for (size_t i = 0; i < count; i++)
		check(!(after[i] >> count));
	for (size_t round = 0; round < count; round++)
		for (size_t i = 0; i < count; i++)
			if (!(after[i] & left))
				left &= ~(UINT32_C(1) << i);
	check(!left);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[CONF_FILE];

	count = 0;
	for (int i = 0; i < FILES && size > 0; i++) {
		const uint8_t *end = memchr(data, '\0', size);
		size_t len = end ? (size_t)(end - data) : size;

		if (len >= sizeof(text))
			return 0;
		memcpy(text, data, len);
		text[len] = '\0';
		take(text);
		data += len + (end != NULL);
		size -= len + (end != NULL);
	}
	check_order();
	return 0;
}

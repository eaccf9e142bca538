/* SPDX-License-Identifier: ISC */
#include "init/conf.h"

#include "init/word.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>

static const char too_long[] = "too many or too long words";

const char *conf_keep(struct conf *c, const char *word)
{
	size_t size = strlen(word) + 1;
	char *kept = c->text + c->text_len;

	if (size > sizeof(c->text) - c->text_len)
		return NULL;
	memcpy(kept, word, size);
	c->text_len += size;
	return kept;
}

/* Each of these takes a value, which it may change, and returns NULL or what is wrong with it. */

static const char *set_command(struct conf *c, char *value)
{
	const char *word;

	if (c->arg_count)
		return "given twice";
	if (*value != '/' && *value != '"')
		return "not an absolute path";
	while ((word = word_next(&value))) {
		if (c->arg_count == CONF_ARGS || !(word = conf_keep(c, word)))
			return too_long;
		c->args[c->arg_count++] = word;
	}
	return c->args[0][0] == '/' ? NULL : "not an absolute path";
}

static const char *set_after(struct conf *c, char *value)
{
	const char *word;

	while ((word = word_next(&value))) {
		if (!word_is_name(word, CONF_NAME))
			return "not a name of a service";
		if (c->after_count == CONF_AFTER || !(word = conf_keep(c, word)))
			return too_long;
		c->after[c->after_count++] = word;
	}
	return NULL;
}

static const char *set_type(struct conf *c, char *value)
{
	static const char *const types[] = { "keep", "once", "console" };

	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(value, types[i]) == 0) {
			c->type = (enum conf_type)i;
			return NULL;
		}
	}
	return "neither keep, once nor console";
}

static const char *set_ready(struct conf *c, char *value)
{
	static const char *const ways[] = { "", "start", "exit", "fd" };

	for (unsigned i = CONF_READY_START; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(value, ways[i]) == 0) {
			c->ready = (enum conf_ready)i;
			return NULL;
		}
	}
	return "neither start, exit nor fd";
}

static const char *set_backoff(struct conf *c, char *value)
{
	const char *first = word_next(&value), *longest = word_next(&value);

	if (!first || word_next(&value))
		return "not one or two times";
	if (!word_duration(first, &c->backoff.min_ms) ||
	    (longest && !word_duration(longest, &c->backoff.max_ms)))
		return "not a time, like 100ms, 5s or 2min";
	if (!longest || c->backoff.max_ms < c->backoff.min_ms)
		c->backoff.max_ms = c->backoff.min_ms;
	return NULL;
}

static const char *set_time(unsigned *ms, const char *value)
{
	return word_duration(value, ms) ? NULL : "not a time, like 100ms, 5s or 2min";
}

static const char *set_stop_timeout(struct conf *c, char *value)
{
	return set_time(&c->stop_ms, value);
}

static const char *set_ready_timeout(struct conf *c, char *value)
{
	return set_time(&c->ready_ms, value);
}

static const char *set_stop_signal(struct conf *c, char *value)
{
	return word_signal(value, &c->stop_signal) ? NULL : "not a signal";
}

static const char *set_user(struct conf *c, char *value)
{
	if (!word_is_name(value, CONF_NAME))
		return "not a name of a user";
	c->user = conf_keep(c, value);
	return c->user ? NULL : too_long;
}

static const char *set_limit(struct conf *c, char *value)
{
	static const struct {
		const char *name;
		int resource;
	} limits[] = {
		{ "as", RLIMIT_AS },	       { "core", RLIMIT_CORE },
		{ "cpu", RLIMIT_CPU },	       { "data", RLIMIT_DATA },
		{ "fsize", RLIMIT_FSIZE },     { "memlock", RLIMIT_MEMLOCK },
		{ "nofile", RLIMIT_NOFILE },   { "nproc", RLIMIT_NPROC },
		{ "rtprio", RLIMIT_RTPRIO },   { "sigpending", RLIMIT_SIGPENDING },
		{ "stack", RLIMIT_STACK },
	};
	const char *name = word_next(&value), *size = word_next(&value);
	struct conf_limit *l = &c->limits[c->limit_count];

	if (!size || word_next(&value))
		return "not a resource and its limit";
	if (c->limit_count == CONF_LIMITS)
		return "too many limits";
	if (!word_size(size, &l->value))
		return "not a limit, like 64, 16M or infinity";
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (strcmp(name, limits[i].name) == 0) {
			l->resource = limits[i].resource;
			c->limit_count++;
			return NULL;
		}
	}
	return "not a resource of setrlimit(2) that can be limited here";
}

static const struct {
	const char *key;
	const char *(*set)(struct conf *c, char *value);
} keys[] = {
	{ "command", set_command },	      { "type", set_type },
	{ "after", set_after },		      { "ready", set_ready },
	{ "ready-timeout", set_ready_timeout }, { "backoff", set_backoff },
	{ "stop-signal", set_stop_signal },   { "stop-timeout", set_stop_timeout },
	{ "user", set_user },		      { "limit", set_limit },
};

/* Cuts the comment and the blanks around what is left. A '#' inside a word, or in quotes, is part of it. */
static char *trim(char *line)
{
	bool quoted = false;
	size_t len;

	for (char *c = line; *c; c++) {
		quoted ^= *c == '"';
		if (*c == '#' && !quoted && (c == line || c[-1] == ' ' || c[-1] == '\t')) {
			*c = '\0';
			break;
		}
	}
	line += strspn(line, " \t");
	len = strlen(line);
	while (len > 0 && strchr(" \t\r", line[len - 1]))
		line[--len] = '\0';
	return line;
}

static const char *parse_line(struct conf *c, char *line)
{
	char *value;

	line = trim(line);
	if (!*line)
		return NULL;
	value = strchr(line, '=');
	if (!value)
		return "not `key = value`";
	*value++ = '\0';
	line = trim(line);
	value = trim(value);
	if (!*value)
		return "no value";
	if (!word_quotes_match(value))
		return "a quote is not closed";
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(line, keys[i].key) == 0)
			return keys[i].set(c, value);
	return "no key of xlab-services(5)";
}

static int fail(struct conf_error *error, int line, const char *what)
{
	*error = (struct conf_error){ line, what };
	return -EINVAL;
}

int conf_parse(struct conf *c, const char *name, char *text, struct conf_error *error)
{
	int line = 0;
	char *next;

	memset(c, 0, sizeof(*c));
	c->stop_signal = SIGTERM;
	c->stop_ms = 5000;
	c->ready_ms = 30000;
	c->backoff = (struct sup_backoff){ 100, 30000 };
	if (!word_is_name(name, CONF_NAME))
		return fail(error, 0, "not a name of a service");
	memcpy(c->name, name, strlen(name) + 1);
	for (; text; text = next) {
		const char *wrong;

		line++;
		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		wrong = parse_line(c, text);
		if (wrong)
			return fail(error, line, wrong);
	}
	if (!c->arg_count)
		return fail(error, 0, "no command");
	if (c->type != CONF_ONCE && c->ready == CONF_READY_EXIT)
		return fail(error, 0, "only a service of type once can be ready when it ends");
	if (c->ready == CONF_READY_DEFAULT)
		c->ready = c->type == CONF_ONCE ? CONF_READY_EXIT : CONF_READY_START;
	return 0;
}

/* Keeps a word with the console's name, if there is one, in place of each "%c". */
static const char *keep_for(struct conf *c, const char *word, const char *console)
{
	char *kept = c->text + c->text_len;
	size_t room = sizeof(c->text) - c->text_len, len = 0;

	for (; *word; word++) {
		bool mark = console && word[0] == '%' && word[1] == 'c';
		const char *add = mark ? console : word;
		size_t n = mark ? strlen(console) : 1;

		if (len + n >= room)
			return NULL;
		memcpy(kept + len, add, n);
		len += n;
		word += mark;
	}
	if (len >= room)
		return NULL;
	kept[len] = '\0';
	c->text_len += len + 1;
	return kept;
}

int conf_copy(struct conf *c, const struct conf *of, const char *console)
{
	*c = *of;
	c->text_len = 0;
	if (console && strlen(of->name) + 1 + strlen(console) >= sizeof(c->name))
		return -ENOSPC;
	if (console) {
		word_append(c->name, sizeof(c->name), "@");
		word_append(c->name, sizeof(c->name), console);
	}
	for (unsigned i = 0; i < of->arg_count; i++)
		if (!(c->args[i] = keep_for(c, of->args[i], console)))
			return -ENOSPC;
	for (unsigned i = 0; i < of->after_count; i++)
		if (!(c->after[i] = conf_keep(c, of->after[i])))
			return -ENOSPC;
	if (of->user && !(c->user = conf_keep(c, of->user)))
		return -ENOSPC;
	return 0;
}

static int find(const struct conf *services, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(services[i].name, name) == 0)
			return (int)i;
	return -1;
}

/* All that the services of the set come after, however far away, and the set itself. */
static uint32_t reach(const uint32_t *after, size_t n, uint32_t set)
{
	uint32_t before;

	do {
		before = set;
		for (size_t i = 0; i < n; i++)
			if (set & UINT32_C(1) << i)
				set |= after[i];
	} while (set != before);
	return set;
}

void conf_order(const struct conf *services, size_t n, uint32_t *after,
		void (*complain)(const char *service, const char *name, bool cycle))
{
	memset(after, 0, n * sizeof(*after));
	for (size_t i = 0; i < n; i++) {
		for (unsigned k = 0; k < services[i].after_count; k++) {
			const char *name = services[i].after[k];
			int other = find(services, n, name);
			uint32_t bit = other < 0 ? 0 : UINT32_C(1) << other;

			if (!bit || reach(after, n, bit) & UINT32_C(1) << i)
				complain(services[i].name, name, bit != 0);
			else
				after[i] |= bit;
		}
	}
}

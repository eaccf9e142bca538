/* SPDX-License-Identifier: ISC */
/* Copies of services for consoles, and the order that services start in. */
#include "init/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct conf services[CONF_SERVICES];
static size_t count;
static uint32_t after[CONF_SERVICES];
static char complaints[4096];
static unsigned complained;

static void parse(struct conf *c, const char *name, const char *text)
{
	char copy[CONF_FILE];
	struct conf_error error;

	strcpy(copy, text);
	assert_int_equal(conf_parse(c, name, copy, &error), 0);
}

static void plain_copy(void **unused)
{
	static struct conf of, c;

	(void)unused;
	parse(&of, "a", "command = /x %c \"%c %d\" \"\"\nafter = b\nuser = u\nlimit = core 0");
	assert_int_equal(conf_copy(&c, &of, NULL), 0);
	memset(&of.text, '!', sizeof(of.text) - 1);
	assert_string_equal(c.name, "a");
	assert_int_equal(c.arg_count, 4);
	assert_string_equal(c.args[0], "/x");
	assert_string_equal(c.args[1], "%c");
	assert_string_equal(c.args[2], "%c %d");
	assert_string_equal(c.args[3], "");
	assert_null(c.args[4]);
	assert_string_equal(c.after[0], "b");
	assert_string_equal(c.user, "u");
	assert_int_equal(c.limit_count, 1);
}

static void console_copy(void **unused)
{
	static struct conf of, c;

	(void)unused;
	parse(&of, "shell", "type = console\ncommand = /%c %c a%cb%c %%c %d %");
	assert_int_equal(conf_copy(&c, &of, "hvc0"), 0);
	assert_string_equal(c.name, "shell@hvc0");
	assert_string_equal(c.args[0], "/hvc0");
	assert_string_equal(c.args[1], "hvc0");
	assert_string_equal(c.args[2], "ahvc0bhvc0");
	assert_string_equal(c.args[3], "%hvc0");
	assert_string_equal(c.args[4], "%d");
	assert_string_equal(c.args[5], "%");
	assert_null(c.args[6]);
	assert_string_equal(of.name, "shell");
	assert_string_equal(of.args[1], "%c");
}

/* A service whose words take up all the text but so many bytes. */
static void parse_full(struct conf *c, size_t free)
{
	char text[CONF_FILE] = "command = /x %c ";
	size_t at = strlen(text), len = CONF_TEXT - free - strlen("/x") - strlen("%c") - 3;

	memset(text + at, 'a', len);
	text[at + len] = '\0';
	parse(c, "a", text);
	assert_int_equal(c->text_len, CONF_TEXT - free);
}

static void copy_without_room(void **unused)
{
	static struct conf of, c;

	(void)unused;
	parse_full(&of, 0);
	assert_int_equal(conf_copy(&c, &of, NULL), 0);
	assert_int_equal(c.text_len, CONF_TEXT);
	assert_int_equal(conf_copy(&c, &of, "ab"), 0);
	assert_int_equal(conf_copy(&c, &of, "hvc0"), -ENOSPC);
	parse_full(&of, 1);
	assert_int_equal(conf_copy(&c, &of, "hvc0"), -ENOSPC);
	parse_full(&of, 2);
	assert_int_equal(conf_copy(&c, &of, "hvc0"), 0);
	assert_int_equal(c.text_len, CONF_TEXT);
}

/* Two consoles must not give two services of one name. */
static void copy_of_long_name(void **unused)
{
	static struct conf of, c;

	(void)unused;
	parse(&of, "abcdefghijklmnopqrstuvwxyz", "type = console\ncommand = /x");
	assert_int_equal(conf_copy(&c, &of, "hvc0"), 0);
	assert_string_equal(c.name, "abcdefghijklmnopqrstuvwxyz@hvc0");
	parse(&of, "abcdefghijklmnopqrstuvwxyz0", "type = console\ncommand = /x");
	assert_int_equal(conf_copy(&c, &of, "hvc0"), -ENOSPC);
	parse(&of, "abcdefghijklmnopqrstuvwxyz01234", "type = console\ncommand = /x");
	assert_int_equal(conf_copy(&c, &of, "hvc0"), -ENOSPC);
}

static void complain(const char *service, const char *name, bool cycle)
{
	size_t len = strlen(complaints);

	complained++;
	snprintf(complaints + len, sizeof(complaints) - len, "%s %s %s;", service, name,
		 cycle ? "cycle" : "missing");
}

static void begin(void)
{
	count = 0;
	complained = 0;
	complaints[0] = '\0';
}

static void add(const char *name, const char *names)
{
	char text[512];

	snprintf(text, sizeof(text), "command = /x\n%s%s", *names ? "after = " : "", names);
	parse(&services[count++], name, text);
}

/* Takes away what has nothing before it, until nothing is left. */
static bool is_acyclic(void)
{
	uint32_t left = count == 32 ? UINT32_MAX : (UINT32_C(1) << count) - 1, before;

	do {
		before = left;
		for (size_t i = 0; i < count; i++)
			if (!(after[i] & left))
				left &= ~(UINT32_C(1) << i);
	} while (left != before);
	return left == 0;
}

static void orders(void **unused)
{
	static const struct {
		const char *a, *b, *c; /* what they are after */
		uint32_t after[3];
		const char *complaints;
	} cases[] = {
		{ "", "", "", { 0, 0, 0 }, "" },
		{ "", "a", "b", { 0, 1, 2 }, "" },
		{ "b", "c", "", { 2, 4, 0 }, "" },
		{ "", "a", "a b", { 0, 1, 3 }, "" },
		{ "", "a a", "", { 0, 1, 0 }, "" },
		{ "x", "a", "y b", { 0, 1, 2 }, "a x missing;c y missing;" },
		{ "a", "", "", { 0, 0, 0 }, "a a cycle;" },
		{ "b", "a", "", { 2, 0, 0 }, "b a cycle;" },
		{ "b", "c", "a", { 2, 4, 0 }, "c a cycle;" },
		{ "c", "a", "b", { 4, 1, 0 }, "c b cycle;" },
		{ "b c", "a c", "a b", { 6, 4, 0 }, "b a cycle;c a cycle;c b cycle;" },
		{ "a b x", "", "c", { 2, 0, 0 }, "a a cycle;a x missing;c c cycle;" },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		begin();
		add("a", cases[i].a);
		add("b", cases[i].b);
		add("c", cases[i].c);
		memset(after, 0xff, sizeof(after));
		conf_order(services, count, after, complain);
		assert_memory_equal(after, cases[i].after, sizeof(cases[i].after));
		assert_int_equal(after[3], UINT32_MAX);
		assert_string_equal(complaints, cases[i].complaints);
	}
	conf_order(services, 0, after, complain);
}

static const char *name_of(unsigned i)
{
	static char names[4][8];
	static unsigned next;
	char *name = names[next++ % COUNT(names)];

	snprintf(name, sizeof(names[0]), "s%u", i);
	return name;
}

/* As many as there can be, each after the next one, and then the last after the first. */
static void long_chain(void **unused)
{
	(void)unused;
	for (int closed = 0; closed < 2; closed++) {
		begin();
		for (unsigned i = 0; i < CONF_SERVICES - 1; i++)
			add(name_of(i), name_of(i + 1));
		add(name_of(CONF_SERVICES - 1), closed ? "s0" : "");
		conf_order(services, count, after, complain);
		for (unsigned i = 0; i < CONF_SERVICES - 1; i++)
			assert_int_equal(after[i], UINT32_C(1) << (i + 1));
		assert_int_equal(after[CONF_SERVICES - 1], 0);
		assert_string_equal(complaints, closed ? "s31 s0 cycle;" : "");
	}
}

static unsigned random_below(unsigned n)
{
	static uint32_t seed = 1;

	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static void random_graphs(void **unused)
{
	(void)unused;
	for (int round = 0; round < 300; round++) {
		size_t n = 1 + random_below(CONF_SERVICES);
		unsigned edges = random_below(CONF_AFTER + 1);

		begin();
		for (unsigned i = 0; i < n; i++) {
			char names[128] = "";

			for (unsigned k = 0; k < edges; k++) {
				strcat(names, name_of(random_below(CONF_SERVICES)));
				strcat(names, " ");
			}
			add(name_of(i), names);
		}
		conf_order(services, count, after, complain);
		assert_true(is_acyclic());
		for (size_t i = 0; i < n && n < 32; i++)
			assert_int_equal(after[i] >> n, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_copy),
		cmocka_unit_test(console_copy),
		cmocka_unit_test(copy_without_room),
		cmocka_unit_test(copy_of_long_name),
		cmocka_unit_test(orders),
		cmocka_unit_test(long_chain),
		cmocka_unit_test(random_graphs),
	};

	return cmocka_run_group_tests_name("init_order", tests, NULL, NULL);
}

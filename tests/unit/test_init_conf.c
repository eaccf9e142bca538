/* SPDX-License-Identifier: ISC */
/* The files of services: each key, good and bad, and what is too much. */
#include "init/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct conf conf;
static struct conf_error error;

static int parse(const char *text)
{
	static char copy[CONF_FILE];

	assert_true(strlen(text) < sizeof(copy));
	strcpy(copy, text);
	memset(&error, 0, sizeof(error));
	return conf_parse(&conf, "name", copy, &error);
}

/* The words of a NULL-ended list, or of a counted one, with '|' after each. */
static const char *join(const char *const *words, unsigned n)
{
	static char all[CONF_TEXT];

	all[0] = '\0';
	for (unsigned i = 0; i < n; i++) {
		strcat(all, words[i]);
		strcat(all, "|");
	}
	return all;
}

static void defaults(void **unused)
{
	(void)unused;
	assert_int_equal(parse("command = /bin/true\n"), 0);
	assert_string_equal(conf.name, "name");
	assert_string_equal(join(conf.args, conf.arg_count), "/bin/true|");
	assert_null(conf.args[1]);
	assert_int_equal(conf.type, CONF_KEEP);
	assert_int_equal(conf.ready, CONF_READY_START);
	assert_int_equal(conf.stop_signal, SIGTERM);
	assert_int_equal(conf.stop_ms, 5000);
	assert_int_equal(conf.ready_ms, 30000);
	assert_int_equal(conf.backoff.min_ms, 100);
	assert_int_equal(conf.backoff.max_ms, 30000);
	assert_int_equal(conf.after_count, 0);
	assert_int_equal(conf.limit_count, 0);
	assert_null(conf.user);
	assert_int_equal(parse("type = once\ncommand = /x"), 0);
	assert_int_equal(conf.ready, CONF_READY_EXIT);
	assert_int_equal(parse("type = console\ncommand = /x"), 0);
	assert_int_equal(conf.ready, CONF_READY_START);
}

static void commands(void **unused)
{
	static const struct {
		const char *text, *args;
	} cases[] = {
		{ "command=/x", "/x|" },
		{ "  command\t=  /x  a  b \t", "/x|a|b|" },
		{ "command = /x a=b c", "/x|a=b|c|" },
		{ "command = \"/a b\" \"\" c\"d e\"", "/a b||cd e|" },
		{ "command = /x # a comment", "/x|" },
		{ "command = /x a#b #c", "/x|a#b|" },
		{ "# command = /y\n\n \t\n\r\ncommand = /x\r\n#", "/x|" },
		{ "command = /x\t#\"", "/x|" },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(parse(cases[i].text), 0);
		assert_string_equal(join(conf.args, conf.arg_count), cases[i].args);
		assert_null(conf.args[conf.arg_count]);
	}
}

/* Every key with a value that is taken; the last column is what it did, put in words. */
static void good_values(void **unused)
{
	static const struct {
		const char *line, *want;
	} cases[] = {
		{ "type = keep", "type 0 ready 1" },
		{ "type = once", "type 1 ready 2" },
		{ "type = console", "type 2 ready 1" },
		{ "ready = start", "type 0 ready 1" },
		{ "ready = fd", "type 0 ready 3" },
		{ "type = once\nready = start", "type 1 ready 1" },
		{ "ready = exit\ntype = once", "type 1 ready 2" },
		{ "ready-timeout = 0", "ready-timeout 0" },
		{ "ready-timeout = 2min", "ready-timeout 120000" },
		{ "stop-timeout = 250ms", "stop-timeout 250" },
		{ "stop-timeout = 1s\nstop-timeout = 2s", "stop-timeout 2000" },
		{ "backoff = 1s", "backoff 1000 1000" },
		{ "backoff = 0 10s", "backoff 0 10000" },
		{ "backoff = 10s 1s", "backoff 10000 10000" },
		{ "backoff = 0", "backoff 0 0" },
		{ "stop-signal = HUP", "stop-signal 1" },
		{ "stop-signal = SIGKILL", "stop-signal 9" },
		{ "stop-signal = 64", "stop-signal 64" },
		{ "user = nobody", "user nobody" },
		{ "user = a\nuser = b", "user b" },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[128], is[5][40];
		int match = 0;

		snprintf(text, sizeof(text), "%s\ncommand = /x\n", cases[i].line);
		assert_int_equal(parse(text), 0);
		snprintf(is[0], sizeof(is[0]), "type %d ready %d", conf.type, conf.ready);
		snprintf(is[1], sizeof(is[1]), "ready-timeout %u", conf.ready_ms);
		snprintf(is[2], sizeof(is[2]), "stop-timeout %u", conf.stop_ms);
		snprintf(is[3], sizeof(is[3]), "backoff %u %u", conf.backoff.min_ms,
			 conf.backoff.max_ms);
		snprintf(is[4], sizeof(is[4]), "stop-signal %d", conf.stop_signal);
		for (size_t k = 0; k < COUNT(is); k++)
			match += strcmp(is[k], cases[i].want) == 0;
		match += conf.user && strncmp(cases[i].want, "user ", 5) == 0 &&
			 strcmp(conf.user, cases[i].want + 5) == 0;
		assert_int_equal(match, 1);
	}
}

static void limits(void **unused)
{
	static const struct {
		const char *name;
		int resource;
	} all[] = {
		{ "as", RLIMIT_AS },	       { "core", RLIMIT_CORE },
		{ "cpu", RLIMIT_CPU },	       { "data", RLIMIT_DATA },
		{ "fsize", RLIMIT_FSIZE },     { "memlock", RLIMIT_MEMLOCK },
		{ "nofile", RLIMIT_NOFILE },   { "nproc", RLIMIT_NPROC },
		{ "rtprio", RLIMIT_RTPRIO },   { "sigpending", RLIMIT_SIGPENDING },
		{ "stack", RLIMIT_STACK },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(all); i++) {
		char text[128];

		snprintf(text, sizeof(text), "command = /x\nlimit = %s 1K\nlimit = core infinity",
			 all[i].name);
		assert_int_equal(parse(text), 0);
		assert_int_equal(conf.limit_count, 2);
		assert_int_equal(conf.limits[0].resource, all[i].resource);
		assert_true(conf.limits[0].value == 1024);
		assert_int_equal(conf.limits[1].resource, RLIMIT_CORE);
		assert_true(conf.limits[1].value == UINT64_MAX);
	}
}

static void after(void **unused)
{
	(void)unused;
	assert_int_equal(parse("after = a b\ncommand = /x\nafter = \"c\""), 0);
	assert_string_equal(join(conf.after, conf.after_count), "a|b|c|");
	assert_int_equal(parse("command = /x\nafter = 1 2 3 4 5 6 7 8"), 0);
	assert_int_equal(conf.after_count, CONF_AFTER);
}

/* Each is the third line, after two good ones. */
static void bad_lines(void **unused)
{
	static const char *const bad[] = {
		"nonsense",
		"= /x",
		"command",
		"command = /y",
		"command =",
		"type =",
		"type = #once",
		"typ = once",
		"Type = once",
		"type = Once",
		"type = once keep",
		"type = \"once\"",
		"ready = now",
		"ready = ",
		"ready = start fd",
		"ready-timeout = 5",
		"ready-timeout = 1h",
		"ready-timeout = 1441min",
		"stop-timeout = -1s",
		"stop-timeout = 1s 2s",
		"backoff = 1",
		"backoff = 1s 2",
		"backoff = 1s 2s 3s",
		"backoff = \"\"",
		"stop-signal = 0",
		"stop-signal = 65",
		"stop-signal = FOO",
		"user = a b",
		"user = -a",
		"user = abcdefghijklmnopqrstuvwxyz012345",
		"after = a/b",
		"after = .",
		"after = \"\"",
		"after = 1 2 3 4 5 6 7 8 9",
		"after = abcdefghijklmnopqrstuvwxyz012345",
		"limit = core",
		"limit = core 1 2",
		"limit = nofile many",
		"limit = nonsense 1",
		"limit = rss 1",
		"limit = nofile -1",
		"user = \"a",
		"after = a \"b",
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(bad); i++) {
		char text[256];

		snprintf(text, sizeof(text), "# one\ncommand = /x\n%s\ntype = once\n", bad[i]);
		assert_int_equal(parse(text), -EINVAL);
		assert_int_equal(error.line, 3);
		assert_non_null(error.what);
		assert_true(strlen(error.what) > 0);
	}
}

static void bad_files(void **unused)
{
	static const struct {
		const char *text;
		int line;
	} bad[] = {
		{ "", 0 },
		{ "\n\n# nothing\n", 0 },
		{ "type = once\n", 0 },
		{ "command = bin/x\n", 1 },
		{ "\ncommand = x\n", 2 },
		{ "command = \"bin/x\"\n", 1 },
		{ "command = \"\"\n", 1 },
		{ "command = \"\" /x\n", 1 },
		{ "command = /x \"a\n", 1 },
		{ "command = /x\nready = exit\n", 0 },
		{ "command = /x\nready = exit\ntype = keep\n", 0 },
		{ "command = /x\nready = exit\ntype = console\n", 0 },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(parse(bad[i].text), -EINVAL);
		assert_int_equal(error.line, bad[i].line);
		assert_non_null(error.what);
	}
}

static void names(void **unused)
{
	static const char *const bad[] = { "", ".x", "-x", "a b", "a/b", "a@b",
					   "abcdefghijklmnopqrstuvwxyz012345" };
	char text[32];

	(void)unused;
	for (size_t i = 0; i < COUNT(bad); i++) {
		strcpy(text, "command = /x");
		assert_int_equal(conf_parse(&conf, bad[i], text, &error), -EINVAL);
		assert_int_equal(error.line, 0);
	}
	strcpy(text, "command = /x");
	assert_int_equal(conf_parse(&conf, "abcdefghijklmnopqrstuvwxyz01234", text, &error), 0);
}

/* "KEY = FIRST word word ...", with so many words of that length. */
static int parse_many(const char *first, int n, size_t len)
{
	static char text[CONF_FILE];
	size_t at;

	strcpy(text, first);
	at = strlen(text);
	for (int i = 0; i < n; i++) {
		text[at++] = ' ';
		memset(text + at, 'a', len);
		at += len;
	}
	text[at] = '\0';
	return parse(text);
}

static void too_much(void **unused)
{
	(void)unused;
	assert_int_equal(parse_many("command = /x", CONF_ARGS - 1, 1), 0);
	assert_int_equal(conf.arg_count, CONF_ARGS);
	assert_null(conf.args[CONF_ARGS]);
	assert_int_equal(parse_many("command = /x", CONF_ARGS, 1), -EINVAL);
	/* "/x", NUL, the word, NUL: the text is full to its last byte. */
	assert_int_equal(parse_many("command = /x", 1, CONF_TEXT - 4), 0);
	assert_int_equal(conf.text_len, CONF_TEXT);
	assert_int_equal(parse_many("command = /x", 1, CONF_TEXT - 3), -EINVAL);
	assert_int_equal(parse_many("command = /x", 0, 0), 0);
	assert_int_equal(conf.text_len, 3);
}

static void too_many_limits(void **unused)
{
	char text[256] = "command = /x\n";

	(void)unused;
	for (int i = 0; i < CONF_LIMITS; i++)
		strcat(text, "limit = core 0\n");
	assert_int_equal(parse(text), 0);
	assert_int_equal(conf.limit_count, CONF_LIMITS);
	strcat(text, "limit = core 0\n");
	assert_int_equal(parse(text), -EINVAL);
	assert_int_equal(error.line, CONF_LIMITS + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),    cmocka_unit_test(commands),
		cmocka_unit_test(good_values), cmocka_unit_test(limits),
		cmocka_unit_test(after),       cmocka_unit_test(bad_lines),
		cmocka_unit_test(bad_files),   cmocka_unit_test(names),
		cmocka_unit_test(too_much),    cmocka_unit_test(too_many_limits),
	};

	return cmocka_run_group_tests_name("init_conf", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* The readers of words: what is taken, what is refused, and that nothing overflows. */
#include "init/word.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DAY_MS 86400000

static void words(void **unused)
{
	static const struct {
		const char *text, *words; /* as they come out, with '|' after each */
	} cases[] = {
		{ "", "" },
		{ " \t\r\n ", "" },
		{ "a", "a|" },
		{ "a b", "a|b|" },
		{ " \ta\r\n  b\t", "a|b|" },
		{ "\"\"", "|" },
		{ "a \"\" b", "a||b|" },
		{ "\"a b\" c", "a b|c|" },
		{ "x=\"a  b\"c d", "x=a  bc|d|" },
		{ "a\"b\"\"c\"d", "abcd|" },
		{ "\"", "|" },
		{ "a \"b c", "a|b c|" },
		{ "\"a\tb\nc\"", "a\tb\nc|" },
		{ "a'b c'", "a'b|c'|" },
		{ "a\\\"b c\"", "a\\b c|" },
		{ "\xff\x80 \x01", "\xff\x80|\x01|" },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[64], all[64] = "", *at = text;
		const char *word;

		strcpy(text, cases[i].text);
		while ((word = word_next(&at))) {
			strcat(all, word);
			strcat(all, "|");
		}
		assert_string_equal(all, cases[i].words);
		assert_null(word_next(&at));
	}
}

static void quotes(void **unused)
{
	(void)unused;
	assert_true(word_quotes_match(""));
	assert_true(word_quotes_match("a b"));
	assert_true(word_quotes_match("\"a b\" \"\""));
	assert_false(word_quotes_match("\""));
	assert_false(word_quotes_match("a \"b\" \"c"));
}

static void names(void **unused)
{
	static const char *const good[] = { "a", "Z9", "0", "_x", "a.b-c_d", "abcdefg" };
	static const char *const bad[] = { "", ".", ".a", "-", "-a", "a b", "a/b", "a@b",
					   "\xc3\xa4", "a\n", "abcdefgh" };

	(void)unused;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(word_is_name(good[i], 8));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(word_is_name(bad[i], 8));
}

static void durations(void **unused)
{
	static const struct {
		const char *word;
		unsigned ms;
	} good[] = {
		{ "0", 0 },	       { "0ms", 0 },	       { "0min", 0 },
		{ "1ms", 1 },	       { "250ms", 250 },       { "10s", 10000 },
		{ "010s", 10000 },     { "2min", 120000 },     { "86400000ms", DAY_MS },
		{ "86400s", DAY_MS },  { "1440min", DAY_MS },
	};
	static const char *const bad[] = {
		"", "1", "s", "ms", "-1s", "+1s", " 1s", "1s ", "1 s", "1S", "1m", "1h", "1.5s",
		"1ss", "86400001ms", "86401s", "1441min", "4294967296ms", "4294968s", "71583min",
		"18446744073709551616ms", "18446744073709551617s",
	};
	unsigned ms;

	(void)unused;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(word_duration(good[i].word, &ms));
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(word_duration(bad[i], &ms));
}

static void numbers(void **unused)
{
	static const struct {
		const char *word;
		uint64_t max, n;
	} good[] = {
		{ "0", 0, 0 },
		{ "0", UINT64_MAX, 0 },
		{ "007", 7, 7 },
		{ "64", 64, 64 },
		{ "5", 5, 5 },
		{ "18446744073709551615", UINT64_MAX, UINT64_MAX },
	};
	static const struct {
		const char *word;
		uint64_t max;
	} bad[] = {
		{ "", 9 },	{ "-1", 9 },   { "+1", 9 },    { " 1", 9 }, { "1 ", 9 },
		{ "0x1", 99 },	{ "1", 0 },    { "9", 5 },     { "6", 5 },  { "65", 64 },
		{ "640", 64 },	{ "99", 9 },   { "10000", 9999 },
		{ "18446744073709551616", UINT64_MAX },
		{ "18446744073709551620", UINT64_MAX },
		{ "99999999999999999999999", UINT64_MAX },
	};
	uint64_t n;

	(void)unused;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(word_number(good[i].word, good[i].max, &n));
		assert_true(n == good[i].n);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(word_number(bad[i].word, bad[i].max, &n));
}

static void sizes(void **unused)
{
	static const struct {
		const char *word;
		uint64_t n;
	} good[] = {
		{ "0", 0 },
		{ "4096", 4096 },
		{ "64K", 65536 },
		{ "10M", 10485760 },
		{ "1G", 1073741824 },
		{ "0G", 0 },
		{ "8589934591", UINT64_C(8589934591) },
		{ "8589934591G", UINT64_C(8589934591) << 30 },
		{ "infinity", UINT64_MAX },
	};
	static const char *const bad[] = {
		"", "K", "-1", "1k", "1KB", "1KK", "1T", "1 K", "1.5G", "Infinity", "infinit",
		"infinityK", "8589934592", "8589934592G", "18446744073709551616", "17179869184G",
	};
	uint64_t n;

	(void)unused;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(word_size(good[i].word, &n));
		assert_true(n == good[i].n);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(word_size(bad[i], &n));
}

static void signals(void **unused)
{
	static const struct {
		const char *word;
		int sig;
	} good[] = {
		{ "HUP", SIGHUP },	{ "INT", SIGINT },   { "QUIT", SIGQUIT },
		{ "KILL", SIGKILL },	{ "USR1", SIGUSR1 }, { "USR2", SIGUSR2 },
		{ "ALRM", SIGALRM },	{ "TERM", SIGTERM }, { "SIGTERM", SIGTERM },
		{ "SIGHUP", SIGHUP },	{ "15", SIGTERM },   { "1", 1 },
		{ "64", 64 },
	};
	static const char *const bad[] = { "", "0", "65", "-1", "term", "SIG", "SIGSIGTERM",
					   "SIG15", "TERM ", "TERMINATE", "FOO", "15x",
					   "18446744073709551631" };
	int sig;

	(void)unused;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(word_signal(good[i].word, &sig));
		assert_int_equal(sig, good[i].sig);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(word_signal(bad[i], &sig));
}

static void appending(void **unused)
{
	char text[8] = "";

	(void)unused;
	word_append(text, sizeof(text), "");
	assert_string_equal(text, "");
	word_append(text, sizeof(text), "abc");
	assert_string_equal(text, "abc");
	word_append(text, sizeof(text), "defg");
	assert_string_equal(text, "abcdefg");
	word_append(text, sizeof(text), "h");
	assert_string_equal(text, "abcdefg");
	text[0] = '\0';
	word_append(text, sizeof(text), "much too long");
	assert_string_equal(text, "much to");
	text[0] = '\0';
	word_append(text, 1, "a");
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),     cmocka_unit_test(quotes), cmocka_unit_test(names),
		cmocka_unit_test(durations), cmocka_unit_test(numbers), cmocka_unit_test(sizes),
		cmocka_unit_test(signals),   cmocka_unit_test(appending),
	};

	return cmocka_run_group_tests_name("init_word", tests, NULL, NULL);
}

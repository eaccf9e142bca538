/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest-tools/lib/metric.h"

/* What a text gives: err, and where that is 0 the value. */
struct row {
	const char *how, *text;
	int err;
	double value;
};

static void check_rows(int (*read)(const char *, const char *, double *), const struct row *rows,
		       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double value = -1;
		int err = read(rows[i].how, rows[i].text, &value);

		if (err != rows[i].err || (!err && value != rows[i].value))
			print_error("%s of %s\n", rows[i].how, rows[i].text);
		assert_int_equal(err, rows[i].err);
		assert_true(err || value == rows[i].value);
	}
}

static void regex_finds_its_group(void **state)
{
	static const struct row rows[] = {
		{ "score: ([0-9.]+)", "x\nscore: 12.5 points\nscore: 99\n", 0, 12.5 },
		{ "^([0-9]+) ops$", "in 3 ops\n70 ops\n", 0, 70 },
		{ "=(.*)", "a=1e3", 0, 1000 },
		{ "([0-9]+)", "", -ENOENT, 0 },
		{ "([0-9]+)", "none", -ENOENT, 0 },
		{ "a(b)?", "a", -ERANGE, 0 },
		{ "(.*)", "nan", -ERANGE, 0 },
		{ "(.*)", "inf", -ERANGE, 0 },
		{ "(.*)", "0x10", -ERANGE, 0 },
		{ "(.*)", "1e999", -ERANGE, 0 },
		{ "(.*)", "-1", -ERANGE, 0 },
		{ "(.*)", "1 ", -ERANGE, 0 },
		{ "(.*)", "1-1", -ERANGE, 0 },
		{ "(.*)", "1111111111111111111111111111111111111111111111111111111111111111",
		  -ERANGE, 0 },
		{ "[0-9]+", "1", -EINVAL, 0 },
		{ "([0-9])([0-9])", "12", -EINVAL, 0 },
		{ "([0-9]", "1", -EINVAL, 0 },
	};

	(void)state;
	check_rows(metric_regex, rows, sizeof(rows) / sizeof(*rows));
}

static void json_follows_its_path(void **state)
{
	static const char text[] =
		" {\"a\": {\"x]}\": [1, {\"\\\"\": 2}], \"b\": [[], {}, {\"c\":\n"
		"-0.5e1, \"d\" : 7 }]}, \"e f\":8,\"g\":\"9\",\"h\":true} ";
	static const struct row rows[] = {
		{ "a.b[2].d", text, 0, 7 },
		{ "a.b[2].c", text, -ERANGE, 0 },
		{ "e f", text, 0, 8 },
		{ "g", text, -ERANGE, 0 },
		{ "h", text, -ERANGE, 0 },
		{ "a", text, -ERANGE, 0 },
		{ "a.b[0][0]", text, -ENOENT, 0 },
		{ "a.b[1].z", text, -ENOENT, 0 },
		{ "a.b[3]", text, -ENOENT, 0 },
		{ "b", text, -ENOENT, 0 },
		{ "e f.x", text, -ENOENT, 0 },
		{ "[0]", text, -ENOENT, 0 },
		{ "[1]", "[5, 6]", 0, 6 },
		{ "[1][0].x", "[5, [{\"x\":0}]]", 0, 0 },
		{ "x", "{\"x\":1,\"x\":2}", 0, 1 },
	};

	(void)state;
	check_rows(metric_json, rows, sizeof(rows) / sizeof(*rows));
}

static void what_is_not_json_is_said(void **state)
{
	static const struct row rows[] = {
		{ "x", "", -ENOENT, 0 },
		{ "x", "{", -EBADMSG, 0 },
		{ "x", "{\"x\"", -EBADMSG, 0 },
		{ "x", "{\"x\":", -EBADMSG, 0 },
		{ "x", "{\"x\":}", -EBADMSG, 0 },
		{ "x", "{\"y\":1 \"x\":2}", -EBADMSG, 0 },
		{ "x", "{\"y\":[1}", -EBADMSG, 0 },
		{ "x", "{\"y\":\"a", -EBADMSG, 0 },
		{ "x", "{\"y\":\"a\\", -EBADMSG, 0 },
		{ "x", "{x:1}", -EBADMSG, 0 },
		{ "[1]", "[1,", -EBADMSG, 0 },
		{ "[1]", "[,2]", -EBADMSG, 0 },
	};

	(void)state;
	check_rows(metric_json, rows, sizeof(rows) / sizeof(*rows));
}

static void paths_that_are_none_are_refused(void **state)
{
	static const char *const paths[] = {
		"",    ".",    "a.",	".a",  "a..b",	"a[",
		"a[]", "a[x]", "a[-1]", "a[1", "a[1]b", "a[1234567890]"
	};
	double value;

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		assert_int_equal(metric_json(paths[i], "{\"a\":[{\"b\":1},{\"b\":1}]}", &value),
				 -EINVAL);
}

/* {"y":[[...]],"x":1} with depth brackets. */
static int nested(int depth)
{
	char text[4 * METRIC_DEPTH] = "{\"y\":";
	double value;

	memset(text + 5, '[', (size_t)depth);
	memset(text + 5 + depth, ']', (size_t)depth);
	strcpy(text + 5 + 2 * depth, ",\"x\":1}");
	return metric_json("x", text, &value);
}

static void depth_is_bounded(void **state)
{
	(void)state;
	assert_int_equal(nested(METRIC_DEPTH), 0);
	assert_int_equal(nested(METRIC_DEPTH + 1), -EBADMSG);
}

static void matches_have_names(void **state)
{
	static const char text[] = "max-jOPS = 19131, critical-jOPS = 6237\nmax-jOPS = 7\nx = 1\n";
	struct metric_match m[METRIC_MATCHES_MAX];

	(void)state;
	assert_int_equal(metric_matches("([a-z]+-jOPS) = ([0-9.]+)", text, m), 2);
	assert_string_equal(m[0].name, "max-jOPS");
	assert_true(m[0].value == 19131);
	assert_string_equal(m[1].name, "critical-jOPS");
	assert_true(m[1].value == 6237);
	assert_int_equal(metric_matches("^([a-z]+-jOPS) = ([0-9.]+)", text, m), 1);
	assert_int_equal(metric_matches("^(.) = (.)$", text, m), 1);
	assert_string_equal(m[0].name, "x");
}

static void matches_that_are_none(void **state)
{
	static const struct {
		const char *expr, *text;
		int err;
	} rows[] = {
		{ "(a)", "a", -EINVAL },
		{ "(a)(b)(c)", "abc", -EINVAL },
		{ "(a", "a", -EINVAL },
		{ "(a)=(.*)", "b=1", -ENOENT },
		{ "(a)=(.*)", "", -ENOENT },
		{ "(a)=(.*)", "a=", -ERANGE },
		{ "(a)=(.*)", "a=1\na=x", -ERANGE },
		{ "(a)(=.)?", "a", -ERANGE },
		{ "(a*)=(1)", "=1", -EILSEQ },
		{ "(a)|(1)", "1", -EILSEQ },
		{ "(.*)=(1)", "\"=1", -EILSEQ },
		{ "(.*)=(1)", "a\001=1", -EILSEQ },
	};
	struct metric_match m[METRIC_MATCHES_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int r = metric_matches(rows[i].expr, rows[i].text, m);

		if (r != rows[i].err)
			print_error("%s of %s: %d\n", rows[i].expr, rows[i].text, r);
		assert_int_equal(r, rows[i].err);
	}
}

static void matches_are_bounded(void **state)
{
	char text[4 * (METRIC_MATCHES_MAX + 1) + 1] = "", name[METRIC_NAME_MAX + 8];
	struct metric_match m[METRIC_MATCHES_MAX];

	(void)state;
	for (int i = 0; i < METRIC_MATCHES_MAX; i++)
		sprintf(text + strlen(text), "%c%c1\n", 'a' + i % 26, 'a' + i / 26);
	assert_int_equal(metric_matches("(..)(1)", text, m), METRIC_MATCHES_MAX);
	strcat(text, "aa1\n");
	assert_int_equal(metric_matches("(..)(1)", text, m), -E2BIG);
	memset(name, 'a', sizeof(name));
	strcpy(name + METRIC_NAME_MAX, "=1");
	assert_int_equal(metric_matches("(.*)=(1)", name, m), 1);
	strcpy(name + METRIC_NAME_MAX, "a=1");
	assert_int_equal(metric_matches("(.*)=(1)", name, m), -EILSEQ);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regex_finds_its_group),
		cmocka_unit_test(json_follows_its_path),
		cmocka_unit_test(what_is_not_json_is_said),
		cmocka_unit_test(paths_that_are_none_are_refused),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(matches_have_names),
		cmocka_unit_test(matches_that_are_none),
		cmocka_unit_test(matches_are_bounded),
	};

	return cmocka_run_group_tests_name("metric", tests, NULL, NULL);
}

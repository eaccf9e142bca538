/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "guest-tools/lib/rsf.h"

static struct rsf rsf;

/* Parses one line, or some, behind "spec.cpu2006.results.". */
static int parse(const char *lines)
{
	char text[1024];

	snprintf(text, sizeof(text), "spec.cpu2006.results.%s", lines);
	return rsf_parse(text, &rsf);
}

static void an_execution_is_read(void **state)
{
	(void)state;
	assert_int_equal(rsf_parse("# a comment\n"
				   "spec.cpu2006.size: ref\n"
				   "spec.cpu2006.results.429_mcf.base.000.benchmark: 429.mcf\n"
				   "spec.cpu2006.results.429_mcf.base.000.ratio: 31.7\r\n"
				   "spec.cpu2006.results.429_mcf.base.000.reported_time: 287.4\n"
				   "spec.cpu2006.results.429_mcf.base.000.valid: S\n"
				   "spec.cpu2006.results.429_mcf.base.001.reported_time: 288\n"
				   "spec.cpu2006.results.429_mcf.base.001.valid: S\n"
				   "spec.cpu2017.results.505_mcf_r.peak.000.reported_time: 12\n"
				   "spec.cpu2017.results.505_mcf_r.peak.000.valid: S",
				   &rsf),
			 0);
	assert_int_equal(rsf.n, 3);
	assert_int_equal(rsf.iterations, 2);
	assert_string_equal(rsf.run[0].name, "429.mcf");
	assert_true(rsf.run[0].seconds == 287.4 && rsf.run[0].ratio == 31.7 && !rsf.run[0].peak);
	assert_string_equal(rsf.run[0].why, "");
	assert_int_equal(rsf.run[1].iteration, 1);
	assert_true(rsf.run[1].ratio == -1);
	assert_string_equal(rsf.run[2].name, "505.mcf_r");
	assert_true(rsf.run[2].peak);
	assert_string_equal(rsf.run[2].why, "");
}

static void names_have_their_dot(void **state)
{
	static const struct {
		const char *lines, *name;
	} rows[] = {
		{ "429_mcf.base.000.valid: S", "429.mcf" },
		{ "505_mcf_r.base.000.valid: S", "505.mcf_r" },
		{ "mcf_r.base.000.valid: S", "mcf_r" },
		{ "12.base.000.valid: S", "12" },
		{ "a.base.000.benchmark: 999.specrand_ir", "999.specrand_ir" },
		{ "1_a.base.000.benchmark: a b", "1.a" },
		{ "1_a.base.000.benchmark:", "1.a" },
		{ "1_a.base.000.benchmark: ../\"\n", "1.a" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(parse(rows[i].lines), 0);
		assert_string_equal(rsf.run[0].name, rows[i].name);
	}
}

static void what_is_not_valid_says_why(void **state)
{
	static const struct {
		const char *lines, *why;
	} rows[] = {
		{ "a.base.000.valid: CE", "CE: it could not be built" },
		{ "a.base.000.valid: NR", "NR: it was not run" },
		{ "a.base.000.valid: RE", "RE: it failed while it ran" },
		{ "a.base.000.valid: VE", "VE: what it made is wrong" },
		{ "a.base.000.valid: S", "it has no reported time" },
		{ "a.base.000.valid: 1", "it is not valid" },
		{ "a.base.000.valid: SS", "it is not valid" },
		{ "a.base.000.valid:", "the file does not say that it is valid" },
		{ "a.base.000.reported_time: 1", "the file does not say that it is valid" },
		{ "a.base.000.valid: S\nspec.cpu2006.results.a.base.000.reported_time: --",
		  "it has no reported time" },
		{ "a.base.000.valid: S\nspec.cpu2006.results.a.base.000.reported_time: -1",
		  "it has no reported time" },
		{ "a.base.000.errors: x\ty\nspec.cpu2006.results.a.base.000.errors001: z",
		  "the file does not say that it is valid: x?y" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(parse(rows[i].lines), 0);
		assert_string_equal(rsf.run[0].why, rows[i].why);
	}
}

static void other_lines_do_not_matter(void **state)
{
	static const char *const none[] = {
		"",
		"a",
		"a.base.000.valid",
		"a.base.0000.valid: S",
		"a.base.-1.valid: S",
		"a.base..valid: S",
		"a.best.000.valid: S",
		".base.000.valid: S",
		"a b.base.000.valid: S",
		"a.base.000.: S",
		"a.base.000.x.y: S",
		"this_name_is_longer_than_any_that_a_benchmark_could_have_in_it.base.000.valid: S",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_int_equal(parse(none[i]), -ENOENT);
	assert_int_equal(rsf_parse("", &rsf), -ENOENT);
	assert_int_equal(rsf_parse("xspec.cpu2006.results.a.base.000.valid: S", &rsf), -ENOENT);
	assert_int_equal(rsf_parse("spec.cpu2000.results.a.base.000.valid: S", &rsf), -ENOENT);
}

static void executions_are_bounded(void **state)
{
	static char text[(RSF_RUNS_MAX + 1) * 48];
	size_t at = 0;

	(void)state;
	for (int i = 0; i <= RSF_RUNS_MAX; i++) {
		assert_int_equal(rsf_parse(text, &rsf), i ? 0 : -ENOENT);
		at += (size_t)sprintf(text + at, "spec.cpu2006.results.a.base.%03d.valid: S\n", i);
	}
	assert_int_equal(rsf_parse(text, &rsf), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_execution_is_read),
		cmocka_unit_test(names_have_their_dot),
		cmocka_unit_test(what_is_not_valid_says_why),
		cmocka_unit_test(other_lines_do_not_matter),
		cmocka_unit_test(executions_are_bounded),
	};

	return cmocka_run_group_tests_name("rsf", tests, NULL, NULL);
}

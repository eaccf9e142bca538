/* SPDX-License-Identifier: ISC */
/* Runs the real xlab-bench ($XLAB_BENCH), with the BusyBox that is first in PATH. */
#include "guest-tools/bench/bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static const char *program;

/* Runs the program with args through the shell and leaves its output in text. */
static int run(const char *args, char *text, size_t size)
{
	char cmd[512];
	size_t len;
	FILE *p;

	snprintf(cmd, sizeof(cmd), "%s %s", program, args);
	p = popen(cmd, "r");
	assert_non_null(p);
	len = fread(text, 1, size - 1, p);
	text[len] = '\0';
	return WEXITSTATUS(pclose(p));
}

static void test_caller_mistakes(void **state)
{
	static const char *const bad[] = { "", "micro", "micro slow", "macro quick", "--help me",
					   "micro quick more" };
	char args[64], text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(args, sizeof(args), "%s 2>&1", bad[i]);
		assert_int_equal(run(args, text, sizeof(text)), 100);
		assert_memory_equal(text, "xlab-bench: ", 12);
		assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	}
}

static void test_list_names_every_benchmark(void **state)
{
	char text[4096];

	(void)state;
	assert_int_equal(run("--list", text, sizeof(text)), 0);
	for (size_t i = 0; i < bench_micro_count; i++)
		assert_non_null(strstr(text, bench_micro[i].name));
}

static void test_full_output_is_an_error(void **state)
{
	char text[256];

	(void)state;
	assert_int_equal(run("micro quick 2>&1 >/dev/full", text, sizeof(text)), 111);
	assert_string_equal(text, "xlab-bench: syscall: No space left on device\n");
}

static void check_sample(json_t *o, const struct bench *b, int index)
{
	assert_int_equal(json_object_size(o), 7);
	assert_string_equal(json_string_value(json_object_get(o, "type")), "sample");
	assert_string_equal(json_string_value(json_object_get(o, "workload")), "micro");
	assert_string_equal(json_string_value(json_object_get(o, "benchmark")), b->name);
	assert_string_equal(json_string_value(json_object_get(o, "unit")), b->unit);
	assert_int_equal(json_integer_value(json_object_get(o, "index")), index);
	assert_int_equal(json_integer_value(json_object_get(o, "ops")), b->ops[BENCH_QUICK]);
	assert_true(json_number_value(json_object_get(o, "value")) > 0);
}

static void test_one_benchmark(void **state)
{
	char text[4096];
	int lines = 0;

	(void)state;
	assert_int_equal(run("micro quick int_loop", text, sizeof(text)), 0);
	for (char *p = text; (p = strstr(p, "\"int_loop\"")); p++)
		lines++;
	assert_int_equal(lines, BENCH_SAMPLES);
}

static void test_times_are_told(void **state)
{
	char text[4096];
	int lines = 0;

	(void)state;
	setenv("XLAB_WARMUPS", "0", 1);
	setenv("XLAB_REPETITIONS", "2", 1);
	assert_int_equal(run("micro quick int_loop", text, sizeof(text)), 0);
	for (char *p = text; (p = strstr(p, "\"int_loop\"")); p++)
		lines++;
	assert_int_equal(lines, 2);
	setenv("XLAB_REPETITIONS", "0", 1);
	assert_int_equal(run("micro quick int_loop 2>&1", text, sizeof(text)), 100);
	assert_string_equal(text,
			    "xlab-bench: XLAB_REPETITIONS=0: not a number from 1 to 100000\n");
	unsetenv("XLAB_WARMUPS");
	unsetenv("XLAB_REPETITIONS");
}

static void test_quick_pass(void **state)
{
	static char text[64 << 10];
	char *line = text, *end;

	(void)state;
	assert_int_equal(run("micro quick", text, sizeof(text)), 0);
	for (size_t i = 0; i < bench_micro_count; i++) {
		for (int k = 0; k < BENCH_SAMPLES; k++, line = end + 1) {
			json_t *o;

			end = strchr(line, '\n');
			assert_non_null(end);
			o = json_loadb(line, (size_t)(end - line), JSON_REJECT_DUPLICATES, NULL);
			assert_non_null(o);
			check_sample(o, &bench_micro[i], k);
			json_decref(o);
		}
	}
	assert_string_equal(line, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_caller_mistakes),
		cmocka_unit_test(test_list_names_every_benchmark),
		cmocka_unit_test(test_full_output_is_an_error),
		cmocka_unit_test(test_one_benchmark),
		cmocka_unit_test(test_times_are_told),
		cmocka_unit_test(test_quick_pass),
	};

	program = getenv("XLAB_BENCH") ? getenv("XLAB_BENCH") : "build/guest/xlab-bench";
	return cmocka_run_group_tests(tests, NULL, NULL);
}

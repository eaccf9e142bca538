/* SPDX-License-Identifier: ISC */
#include "guest-tools/bench/bench.h"
#include "guest-tools/bench/data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <sha256.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_value(void **state)
{
	const struct bench plain = { .planned_ns = 0 }, nap = { .planned_ns = 1000 };

	(void)state;
	assert_true(fabs(bench_value(&plain, 1000, 4) - 250.0) < 1e-9);
	assert_true(fabs(bench_value(&plain, 0, 1) - 0.0) < 1e-9);
	assert_true(fabs(bench_value(&nap, 21000, 20) - 50.0) < 1e-9);
	assert_true(fabs(bench_value(&plain, UINT64_C(1) << 62, 1) - ldexp(1, 62)) < 1024);
}

static void test_sizes(void **state)
{
	enum bench_size size;

	(void)state;
	assert_int_equal(bench_size_parse("quick", &size), 0);
	assert_int_equal(size, BENCH_QUICK);
	assert_int_equal(bench_size_parse("ref", &size), 0);
	assert_int_equal(size, BENCH_REF);
	assert_int_equal(bench_size_parse("", &size), -EINVAL);
	assert_int_equal(bench_size_parse("Quick", &size), -EINVAL);
}

static void test_table(void **state)
{
	(void)state;
	assert_true(BENCH_SAMPLES >= 5);
	for (size_t i = 0; i < bench_micro_count; i++) {
		const struct bench *b = &bench_micro[i];

		assert_true(strlen(b->name) < 32);
		assert_memory_equal(b->unit, "ns/", 3);
		assert_true(*b->text);
		assert_non_null(b->impl->run);
		assert_true(b->ops[BENCH_QUICK] > 0);
		assert_true(b->ops[BENCH_REF] > b->ops[BENCH_QUICK]);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(b->name, bench_micro[k].name);
		for (int s = 0; s < BENCH_SIZES; s++) {
			if (b->impl == &bench_sha256)
				assert_int_equal(b->ops[s], 8 * data_sets[s].bytes);
			if (b->impl == &bench_gzip)
				assert_int_equal(b->ops[s], data_sets[s].bytes);
		}
	}
}

static void test_data_is_what_the_table_says(void **state)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];

	(void)state;
	for (int s = 0; s < BENCH_SIZES; s++) {
		char *buf = malloc(data_sets[s].bytes);

		assert_non_null(buf);
		data_fill(buf, data_sets[s].bytes);
		SHA256Data((uint8_t *)buf, data_sets[s].bytes, hex);
		assert_string_equal(hex, data_sets[s].sha256);
		free(buf);
	}
}

static void test_data_stays_in_its_buffer(void **state)
{
	char whole[64], part[64];

	(void)state;
	data_fill(whole, sizeof(whole));
	for (size_t n = 0; n < sizeof(part); n++) {
		memset(part, 0, sizeof(part));
		data_fill(part, n);
		assert_memory_equal(part, whole, n);
		assert_int_equal(part[n], 0);
	}
}

static void test_digests(void **state)
{
	const struct data_set set = { 0, data_sets[BENCH_QUICK].sha256 };
	char line[128], text[512];

	(void)state;
	snprintf(line, sizeof(line), "%s  -\n", set.sha256);
	snprintf(text, sizeof(text), "%s%s", line, line);
	assert_true(data_digests_right(&set, line, 1));
	assert_true(data_digests_right(&set, text, 2));
	assert_false(data_digests_right(&set, text, 1));
	assert_false(data_digests_right(&set, text, 3));
	assert_false(data_digests_right(&set, "", 1));
	text[strlen(text) - 1] = '\0';
	assert_false(data_digests_right(&set, text, 2));
	line[3] = line[3] == '0' ? '1' : '0';
	assert_false(data_digests_right(&set, line, 1));
}

static int runs, torn_down, fail_at;

static int fake_run(long ops)
{
	assert_int_equal(ops, 10);
	return ++runs == fail_at ? -EIO : 0;
}

static void fake_teardown(void)
{
	torn_down++;
}

static const struct bench_ops fake_ops = { .run = fake_run, .teardown = fake_teardown };
static const struct bench fake = { "fake", "ns/op", "", { 10, 100 }, 0, &fake_ops };

/* Runs fake, which fails in its fail-th run, and returns how many lines of samples came. */
static int count_lines(int fail, int want_rc)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int n = 0;

	runs = torn_down = 0;
	fail_at = fail;
	assert_int_equal(bench_run(&fake, BENCH_QUICK, BENCH_TIMES, out), want_rc);
	fclose(out);
	for (char *p = text; (p = strchr(p, '\n')); p++)
		n++;
	free(text);
	assert_int_equal(torn_down, 1);
	return n;
}

static void test_run_warms_up_then_samples(void **state)
{
	(void)state;
	assert_int_equal(count_lines(0, 0), BENCH_SAMPLES);
	assert_int_equal(runs, BENCH_SAMPLES + 1);
	assert_int_equal(count_lines(1, -EIO), 0);
	assert_int_equal(count_lines(3, -EIO), 1);
}

static void test_run_is_told_how_often(void **state)
{
	(void)state;
	runs = torn_down = fail_at = 0;
	assert_int_equal(bench_run(&fake, BENCH_QUICK, (struct bench_times){ 3, 2 }, stdout), 0);
	assert_int_equal(runs, 5);
	runs = torn_down = 0;
	assert_int_equal(bench_run(&fake, BENCH_QUICK, (struct bench_times){ 0, 1 }, stdout), 0);
	assert_int_equal(runs, 1);
}

static void test_run_reports_a_full_output(void **state)
{
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	fail_at = 0;
	assert_non_null(full);
	assert_int_equal(bench_run(&fake, BENCH_QUICK, BENCH_TIMES, full), -ENOSPC);
	fclose(full);
}

/* What gzip_check and sha256_check have to say when the program on PATH lies. */
static void test_wrong_result_is_no_sample(void **state)
{
	char dir[] = "/tmp/test-bench-XXXXXX", path[64], *old = strdup(getenv("PATH"));
	static const struct bench sha = { "sha", "ns/op", "", { 1, 1 }, 0, &bench_sha256 };
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/busybox", dir);
	f = fopen(path, "w");
	fputs("#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8; do echo 0000 -; done\n", f);
	fchmod(fileno(f), 0755);
	fclose(f);
	setenv("PATH", dir, 1);
	assert_int_equal(bench_run(&sha, BENCH_QUICK, BENCH_TIMES, stdout), -EBADMSG);
	unlink(path);
	assert_int_equal(bench_run(&sha, BENCH_QUICK, BENCH_TIMES, stdout), -ENOENT);
	setenv("PATH", old, 1);
	rmdir(dir);
	free(old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_data_is_what_the_table_says),
		cmocka_unit_test(test_data_stays_in_its_buffer),
		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_run_warms_up_then_samples),
		cmocka_unit_test(test_run_is_told_how_often),
		cmocka_unit_test(test_run_reports_a_full_output),
		cmocka_unit_test(test_wrong_result_is_no_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

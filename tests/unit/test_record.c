/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest-tools/proto/proto.h"
#include "host/record.h"

#define SAMPLE(more) \
	"{\"type\":\"sample\",\"workload\":\"micro\",\"benchmark\":\"429.mcf\",\"unit\":\"ns/op\"," more \
	"}"

static void sample_is_read(void **state)
{
	static const char text[] = SAMPLE("\"index\":3,\"ops\":1000,\"value\":12.5");
	struct record r;
	const char *why;

	(void)state;
	assert_int_equal(record_parse(text, strlen(text), false, &r, &why), 0);
	assert_int_equal(r.type, RECORD_SAMPLE);
	assert_string_equal(r.workload, "micro");
	assert_string_equal(r.benchmark, "429.mcf");
	assert_string_equal(r.unit, "ns/op");
	assert_int_equal(r.index, 3);
	assert_int_equal(r.ops, 1000);
	assert_true(r.value == 12.5);
	record_free(&r);
}

static void guest_is_read(void **state)
{
	static const char text[] = "{\"type\":\"guest\",\"mode\":\"pvh\",\"link\":\"xenstore\"}";
	static const char tcg[] =
		"{\"type\":\"guest\",\"mode\":\"huh\",\"link\":\"serial\",\"cpuid_hv\":\"TCGTCGTCGTCG\"}";
	struct record r;
	const char *why;

	(void)state;
	assert_int_equal(record_parse(text, strlen(text), false, &r, &why), 0);
	assert_int_equal(r.type, RECORD_GUEST);
	assert_int_equal(r.mode, MODE_PVH);
	assert_false(r.emulated);
	record_free(&r);
	assert_int_equal(record_parse(tcg, strlen(tcg), false, &r, &why), 0);
	assert_int_equal(r.mode, MODE_UNKNOWN);
	assert_true(r.emulated);
	record_free(&r);
}

static void end_is_read(void **state)
{
	static const char text[] = "{\"type\":\"end\",\"steps\":9,\"failed\":1}";
	struct record r;
	const char *why;

	(void)state;
	assert_int_equal(record_parse(text, strlen(text), false, &r, &why), 0);
	assert_int_equal(r.type, RECORD_END);
	assert_int_equal(r.steps, 9);
	assert_int_equal(r.failed, 1);
	record_free(&r);
}

static void log_and_start_are_read(void **state)
{
	static const char log[] = "{\"type\":\"log\",\"name\":\"dmesg\",\"text\":\"a\\u001b[2J<b>\"}";
	static const char start[] = "{\"type\":\"start\",\"barrier\":\"pv\",\"sync\":\"ssh\","
				    "\"planned\":0,\"actual\":4611686018427387903}";
	struct record r;
	const char *why;

	(void)state;
	assert_int_equal(record_parse(log, strlen(log), false, &r, &why), 0);
	assert_int_equal(r.type, RECORD_LOG);
	assert_string_equal(r.name, "dmesg");
	record_free(&r);
	assert_int_equal(record_parse(start, strlen(start), false, &r, &why), 0);
	assert_int_equal(r.type, RECORD_START);
	assert_string_equal(r.barrier, "pv");
	assert_true(r.actual == (1LL << 62) - 1);
	record_free(&r);
}

/* A type is a name, however new the guest is. */
static void newer_types_are_kept(void **state)
{
	static const char dream[] = "{\"type\":\"dream\"}", bad[] = "{\"type\":\"<dream>\"}";
	struct record r;
	const char *why;

	(void)state;
	assert_int_equal(record_parse(dream, strlen(dream), true, &r, &why), 0);
	assert_int_equal(r.type, RECORD_OTHER);
	record_free(&r);
	assert_int_equal(record_parse(dream, strlen(dream), false, &r, &why), -EINVAL);
	assert_int_equal(record_parse(bad, strlen(bad), true, &r, &why), -EINVAL);
}

static void bad_records_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"{",
		"[]",
		"1",
		"{}",
		"{\"type\":1}",
		"{\"type\":\"huh\"}",
		"{\"type\":\"guest\"}",
		"{\"type\":\"guest\",\"mode\":\"pv\",\"link\":\"<b>\"}",
		"{\"type\":\"guest\",\"type\":\"end\",\"steps\":0,\"failed\":0}",
		"{\"type\":\"log\",\"name\":\"a\"}",
		"{\"type\":\"log\",\"name\":\"a\\nb\",\"text\":\"\"}",
		"{\"type\":\"start\",\"barrier\":\"a\",\"sync\":\"ssh\",\"planned\":0}",
		"{\"type\":\"start\",\"barrier\":\"a\",\"sync\":\"ssh\",\"planned\":-1,\"actual\":0}",
		"{\"type\":\"end\",\"steps\":-1,\"failed\":0}",
		"{\"type\":\"end\",\"steps\":0}",
		"{\"type\":\"end\",\"steps\":0,\"failed\":0} x",
		SAMPLE("\"index\":0,\"ops\":1"),
		SAMPLE("\"index\":0,\"ops\":1,\"value\":\"1\""),
		SAMPLE("\"index\":0,\"ops\":1,\"value\":-1"),
		SAMPLE("\"index\":0,\"ops\":1,\"value\":1e999"),
		SAMPLE("\"index\":0.5,\"ops\":1,\"value\":1"),
		SAMPLE("\"ops\":1,\"value\":1"),
		SAMPLE("\"index\":0,\"ops\":9223372036854775807,\"value\":1"),
		"{\"type\":\"sample\",\"workload\":\"a\\u001b[2J\",\"benchmark\":\"b\",\"unit\":\"u\","
		"\"index\":0,\"ops\":1,\"value\":1}",
		"{\"type\":\"sample\",\"workload\":\"\",\"benchmark\":\"b\",\"unit\":\"u\",\"index\":0,\"ops\":1,"
		"\"value\":1}",
		"{\"type\":\"end\",\"steps\":0,\"failed\":0,\"x\":[[[[[[[[1]]]]]]]]}",
	};
	struct record r;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(record_parse(bad[i], strlen(bad[i]), false, &r, &why), -EINVAL);
		assert_non_null(why);
	}
	assert_int_equal(record_parse("{\"type\":\"end\"\0}", 15, false, &r, &why), -EINVAL);
}

static void names_have_a_bound(void **state)
{
	char text[256];
	struct record r;
	const char *why;

	(void)state;
	for (int len = 63; len <= 66; len++) {
		int n = snprintf(text, sizeof(text),
				 "{\"type\":\"guest\",\"mode\":\"pv\",\"link\":\"%0*d\"}", len, 0);
		int expect = len <= RECORD_NAME_MAX ? 0 : -EINVAL;

		assert_int_equal(record_parse(text, (size_t)n, false, &r, &why), expect);
		if (!expect)
			record_free(&r);
	}
}

/* A log as long as a record may be, of lines with quotes, tabs and what is not ASCII. */
static void long_texts_are_read(void **state)
{
	static const char line[] = "[ 1.2] a \\\"b\\\" \\\\ \\t\\u001b\xc3\xa9\\ud83d\\ude00\\n";
	static const char head[] = "{\"type\":\"log\",\"name\":\"trace\",\"text\":\"";
	size_t n = strlen(head);
	char *text = malloc(XP_RECORD_MAX);
	struct record r;
	const char *why;

	(void)state;
	assert_non_null(text);
	memcpy(text, head, n);
	while (n + strlen(line) + 2 <= XP_RECORD_MAX) {
		memcpy(text + n, line, strlen(line));
		n += strlen(line);
	}
	memcpy(text + n, "\"}", 2);
	assert_int_equal(record_parse(text, n + 2, false, &r, &why), 0);
	assert_int_equal(r.type, RECORD_LOG);
	record_free(&r);
	assert_int_equal(record_parse(text, n + 1, false, &r, &why), -EINVAL);
	free(text);
}

/* What is wrong is so wherever it stands, and what is between two halves keeps them apart. */
static void long_texts_are_refused(void **state)
{
	static const char *const bad[] = {
		"\x01",
		"\xc3",
		"\xc3z\xa9",
		"\xc3zz\xa9",
		"\xff",
		"\\x",
		"\\u12z",
		"\\u00zz",
		"\\u0000",
		"\\ud83d",
		"\\ud83dz\\ude00",
		"\\ud83d\\n\\ude00",
		"\\ude00",
		"\"",
		"\\",
	};
	enum { BEHIND = 200 };
	char text[2 * RECORD_KEPT];
	struct record r;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		for (int len = 0; len < RECORD_KEPT + BEHIND; len++) {
			int n = snprintf(
				text, sizeof(text),
				"{\"type\":\"log\",\"name\":\"a\",\"text\":\"%0*d%s%0*d\"}", len, 0,
				bad[i], RECORD_KEPT + BEHIND - len, 0);

			assert_int_equal(record_parse(text, (size_t)n, false, &r, &why), -EINVAL);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sample_is_read),
		cmocka_unit_test(guest_is_read),
		cmocka_unit_test(end_is_read),
		cmocka_unit_test(log_and_start_are_read),
		cmocka_unit_test(newer_types_are_kept),
		cmocka_unit_test(bad_records_are_refused),
		cmocka_unit_test(names_have_a_bound),
		cmocka_unit_test(long_texts_are_read),
		cmocka_unit_test(long_texts_are_refused),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest-tools/lib/workload.h"

#define SHA_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA_B "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define NO_METRIC \
	"line 1: 'metric' is neither time, regex EXPRESSION, json PATH, samples EXPRESSION, rsf " \
	"nor records"

static struct workload w;
static char why[WORKLOAD_WHY];

static int parse(const char *text)
{
	static char copy[WORKLOAD_FILE_MAX];

	why[0] = '\0';
	assert_true(strlen(text) < sizeof(copy));
	strcpy(copy, text);
	return workload_parse(copy, &w, why, sizeof(why));
}

static void every_key_is_read(void **state)
{
	(void)state;
	assert_int_equal(parse("# a comment = this\n"
			       "about = what # it is\n"
			       "\n"
			       "payload=spec-like\n"
			       " quick \t=  /bin/a  -b c=d \r\n"
			       "ref = /bin/a\n"
			       "quick_sha256 = " SHA_A "\n"
			       "ref_sha256 = " SHA_B "\n"
			       "output = out/file\n"
			       "exit = 3\n"
			       "warmups = 0\n"
			       "repetitions = 5\n"
			       "timeout = 20\n"
			       "metric = regex  ^score: ([0-9.]+)$ \n"
			       "unit = ops/s\n"
			       "better = more"),
			 0);
	assert_string_equal(w.about, "what # it is");
	assert_string_equal(w.payload, "spec-like");
	assert_string_equal(w.command[WORKLOAD_QUICK].text, "/bin/a  -b c=d");
	assert_string_equal(w.command[WORKLOAD_REF].text, "/bin/a");
	assert_string_equal(w.command[WORKLOAD_QUICK].sha256, SHA_A);
	assert_string_equal(w.command[WORKLOAD_REF].sha256, SHA_B);
	assert_string_equal(w.output, "out/file");
	assert_int_equal(w.exit, 3);
	assert_int_equal(w.warmups, 0);
	assert_int_equal(w.repetitions, 5);
	assert_int_equal(w.timeout, 20);
	assert_int_equal(w.metric, WORKLOAD_REGEX);
	assert_string_equal(w.metric_text, "^score: ([0-9.]+)$");
	assert_string_equal(w.unit, "ops/s");
	assert_true(w.more_is_better);
	assert_int_equal(w.nmembers, 0);
}

static void little_is_enough(void **state)
{
	(void)state;
	assert_int_equal(parse("quick = true"), 0);
	assert_int_equal(w.warmups, 1);
	assert_int_equal(w.repetitions, 3);
	assert_int_equal(w.timeout, 600);
	assert_int_equal(w.exit, 0);
	assert_int_equal(w.metric, WORKLOAD_TIME);
	assert_string_equal(w.unit, "s");
	assert_false(w.more_is_better);
	assert_string_equal(w.command[WORKLOAD_REF].text, "");
	assert_int_equal(parse("ref = true\nmetric = json a.b\nunit = ms\nbetter = less"), 0);
	assert_int_equal(w.metric, WORKLOAD_JSON);
	assert_int_equal(parse("ref = true\nmetric = time\nunit = s\nbetter = less"), 0);
	assert_int_equal(parse("ref = true\nmetric = records"), 0);
	assert_int_equal(w.metric, WORKLOAD_RECORDS);
	assert_int_equal(parse("ref = true\nmetric = rsf\nunit = s"), 0);
	assert_int_equal(w.metric, WORKLOAD_RSF);
	assert_int_equal(parse("ref = true\nmetric = samples (a)=(.)\nunit = x\nbetter = more"), 0);
	assert_int_equal(w.metric, WORKLOAD_SAMPLES);
	assert_string_equal(w.metric_text, "(a)=(.)");
}

static void suites_have_members(void **state)
{
	(void)state;
	assert_int_equal(parse("about = all of them\nworkloads = gcc\t perl  429.mcf \n"), 0);
	assert_int_equal(w.nmembers, 3);
	assert_string_equal(w.member[0], "gcc");
	assert_string_equal(w.member[1], "perl");
	assert_string_equal(w.member[2], "429.mcf");
}

static const struct {
	const char *text, *why;
} bad[] = {
	{ "", "'quick' or 'ref' is missing, the command" },
	{ "about = x", "'quick' or 'ref' is missing, the command" },
	{ "quick", "line 1: 'quick' is not 'key = value'" },
	{ "\nquik = a", "line 2: 'quik' is no key of a workload" },
	{ "quick = a\nquick = b", "line 2: 'quick' is given twice" },
	{ "quick =", "line 1: 'quick' is empty or too long" },
	{ "quick = a\001", "line 1: 'quick' has a character that is not allowed" },
	{ "about = \303\244", "line 1: 'about' has a character that is not allowed" },
	{ "payload = -a", "line 1: 'payload' is not the name of a payload" },
	{ "payload = Web", "line 1: 'payload' is not the name of a payload" },
	{ "payload = abcdefghij-123456", "line 1: 'payload' is not the name of a payload" },
	{ "payload =", "line 1: 'payload' is empty or too long" },
	{ "quick_sha256 = 0123",
	  "line 1: 'quick_sha256' is not 64 hexadecimal digits in lower case" },
	{ "ref_sha256 = A" SHA_A,
	  "line 1: 'ref_sha256' is not 64 hexadecimal digits in lower case" },
	{ "exit = 126", "line 1: 'exit' is not a number in range" },
	{ "exit = -1", "line 1: 'exit' is not a number in range" },
	{ "warmups = 1001", "line 1: 'warmups' is not a number in range" },
	{ "repetitions = 0", "line 1: 'repetitions' is not a number in range" },
	{ "timeout = 5s", "line 1: 'timeout' is not a number in range" },
	{ "timeout = 0", "line 1: 'timeout' is not a number in range" },
	{ "timeout = 99999999999999999999", "line 1: 'timeout' is not a number in range" },
	{ "unit = $", "line 1: 'unit' has a character that is not allowed" },
	{ "better = most", "line 1: 'better' is neither less nor more" },
	{ "metric = speed", NO_METRIC },
	{ "metric = times", NO_METRIC },
	{ "metric = regex", "line 1: 'metric' is empty or too long" },
	{ "metric = time s", "line 1: 'metric' has a word too many" },
	{ "quick = a\nmetric = json a\nunit = s", "'metric' needs 'unit' and 'better'" },
	{ "quick = a\nmetric = regex (a)\nbetter = more",
	  "'metric' needs 'unit' and 'better'" },
	{ "quick = a\nunit = ms", "'unit' of a time is s" },
	{ "quick = a\nmetric = records\nunit = ms", "records have their units" },
	{ "metric = samples", "line 1: 'metric' is empty or too long" },
	{ "metric = rsf *.rsf", "line 1: 'metric' has a word too many" },
	{ "quick = a\nmetric = samples (a)(b)\nunit = x",
	  "'metric' needs 'unit' and 'better'" },
	{ "quick = a\nmetric = rsf\nunit = ms", "'unit' of a time is s" },
	{ "quick = a\nbetter = more", "'better' is more: not with this 'metric'" },
	{ "quick = a\nref_sha256 = " SHA_A,
	  "a checksum is given for a size that has no command" },
	{ "quick = a\noutput = x", "'output' needs a checksum" },
	{ "workloads = a\nquick = b",
	  "a suite has 'about' and 'workloads', and no other key" },
	{ "workloads =", "line 1: 'workloads' is empty or too long" },
	{ "workloads = a b a", "line 1: 'workloads' has a name twice" },
	{ "workloads = a/b", "line 1: 'workloads' has a name that no workload can have" },
	{ "workloads = .a", "line 1: 'workloads' has a name that no workload can have" },
	{ "workloads = 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 "
	  "26 27 28 29 30 31 32 33",
	  "line 1: 'workloads' has more than 32 names" },
};

static void bad_ones_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(parse(bad[i].text), -EINVAL);
		assert_string_equal(why, bad[i].why);
	}
}

/* text = key = a...a, with n of them. */
static int parse_long(const char *key, size_t n)
{
	static char text[WORKLOAD_FILE_MAX];
	size_t len = (size_t)sprintf(text, "%s = ", key);

	memset(text + len, 'a', n);
	text[len + n] = '\0';
	return parse(text);
}

static void lengths_are_bounded(void **state)
{
	(void)state;
	assert_int_equal(parse_long("quick", WORKLOAD_TEXT_MAX), 0);
	assert_int_equal(parse_long("quick", WORKLOAD_TEXT_MAX + 1), -EINVAL);
	assert_int_equal(parse_long("workloads", WORKLOAD_NAME_MAX), 0);
	assert_int_equal(parse_long("workloads", WORKLOAD_NAME_MAX + 1), -EINVAL);
	assert_int_equal(parse_long("unit", WORKLOAD_NAME_MAX + 1), -EINVAL);
	assert_string_equal(why, "line 1: 'unit' is empty or too long");
	assert_int_equal(parse_long("x", 16000), -EINVAL);
	assert_true(strlen(why) < sizeof(why) - 1);
}

static void forms_are_told_apart(void **state)
{
	static const struct {
		const char *text;
		bool described;
	} texts[] = {
		{ "quick = a", true },
		{ "# x\n\n  about=b", true },
		{ "#\n\t#x\n a = b", true },
		{ "quick_sha256= x", true },
		{ "xlab-bench micro %s syscall", false },
		{ "# about = x\nxlab-bench a=b", false },
		{ "run x = y", false },
		{ "= x", false },
		{ "A=b c", false },
		{ "", false },
		{ "# only\n# comments", false },
		{ "#\n", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(workload_is_described(texts[i].text), texts[i].described);
}

static void sizes_and_names(void **state)
{
	enum workload_size size;

	(void)state;
	assert_int_equal(workload_size_parse("quick", &size), 0);
	assert_int_equal(size, WORKLOAD_QUICK);
	assert_int_equal(workload_size_parse(workload_size_name(WORKLOAD_REF), &size), 0);
	assert_int_equal(size, WORKLOAD_REF);
	assert_int_equal(workload_size_parse("slow", &size), -EINVAL);
	assert_int_equal(workload_size_parse("", &size), -EINVAL);
	assert_true(workload_name_is_fine("429.mcf_r-1"));
	assert_false(workload_name_is_fine(""));
	assert_false(workload_name_is_fine("-a"));
	assert_false(workload_name_is_fine(".."));
	assert_false(workload_name_is_fine("a b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_read),   cmocka_unit_test(little_is_enough),
		cmocka_unit_test(suites_have_members), cmocka_unit_test(bad_ones_are_refused),
		cmocka_unit_test(lengths_are_bounded), cmocka_unit_test(forms_are_told_apart),
		cmocka_unit_test(sizes_and_names),
	};

	return cmocka_run_group_tests_name("workload", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* What xl 4.17 says of its domains, in the shape in which it said it in the testbed. */
#include "host/domains.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DOMAIN(id, type, name, platform, disks) \
	"{\"domid\": " id ", \"config\": {\"c_info\": {\"type\": \"" type "\", \"name\": \"" name "\", " \
	"\"uuid\": \"89e854a6-14e5-433d-ba21-4c076c389554\"}, \"b_info\": {\"max_vcpus\": 1, " \
	"\"type.hvm\": {\"boot\": \"c\"" platform "}}, \"disks\": [" disks "]}}"
#define DISK(path, vdev, rw) \
	"{\"pdev_path\": \"" path "\", \"vdev\": \"" vdev "\", \"format\": \"raw\", \"readwrite\": " rw "}"
#define HEADING "Name                                        ID   Mem VCPUs\tState\tTime(s)\n"

static int parse(struct domains *d, const char *json, const char *list)
{
	char text[1024];

	snprintf(text, sizeof(text), HEADING "%s", list);
	return domains_parse(d, json, text);
}

static void test_one_of_each(void **state)
{
	static const char json[] =
		"[{\"domid\": 0, \"config\": {\"c_info\": {\"type\": \"pv\", \"name\": \"Domain-0\"}}}, "
		DOMAIN("3", "pv", "a", "", DISK("/a.img", "xvda", "1") ", " DISK("/p.img", "xvdb", "0")) ", "
		DOMAIN("4", "pvh", "b", "", "") ", "
		DOMAIN("5", "hvm", "c", ", \"xen_platform_pci\": \"True\"", DISK("", "hdc", "0")) ", "
		DOMAIN("6", "hvm", "d", ", \"xen_platform_pci\": \"False\"", "") ", "
		DOMAIN("7", "hvm", "e", "", "") "]";
	static const char list[] =
		"Domain-0                                     0  1024     1     r-----      70.6\n"
		"a                                            3   128     2     --p---       0.0\n"
		"b                                            4    64     1     -b----       1.5\n"
		"c                                            5    64     1     ---s--       1.5\n"
		"d                                            6    64     1     ----c-       1.5\n"
		"e                                            7    64     1     -----d       1.5\n";
	static const struct {
		const char *name;
		enum mode mode;
		const char *state;
		size_t ndisks;
	} rows[] = {
		{ "Domain-0", MODE_UNKNOWN, "running", 0 }, { "a", MODE_PV, "paused", 2 },
		{ "b", MODE_PVH, "running", 0 },	    { "c", MODE_PVHVM, "shutdown", 0 },
		{ "d", MODE_HVM, "crashed", 0 },	    { "e", MODE_PVHVM, "dying", 0 },
	};
	struct domains d;

	(void)state;
	assert_int_equal(parse(&d, json, list), 0);
	assert_int_equal(d.n, 6);
	for (size_t i = 0; i < d.n; i++) {
		assert_string_equal(d.one[i].name, rows[i].name);
		assert_int_equal(d.one[i].mode, rows[i].mode);
		assert_string_equal(d.one[i].state, rows[i].state);
		assert_int_equal(d.one[i].ndisks, rows[i].ndisks);
	}
	assert_int_equal(d.one[1].domid, 3);
	assert_int_equal(d.one[1].memory, 128);
	assert_int_equal(d.one[1].vcpus, 2);
	assert_string_equal(d.one[1].disk[1].path, "/p.img");
	assert_string_equal(d.one[1].disk[1].vdev, "xvdb");
	assert_false(d.one[1].disk[1].writable);
	assert_true(d.one[1].disk[0].writable);
	assert_ptr_equal(domains_find(&d, "d"), &d.one[4]);
	assert_null(domains_find(&d, "f"));
	domains_free(&d);
}

static void test_time(void **state)
{
	static const char json[] =
		"[{\"domid\": 0, \"config\": {\"b_info\": {\"tsc_mode\": \"native\"}}}, "
		"{\"domid\": 1, \"config\": {\"b_info\": {\"tsc_mode\": \"always_emulate\"}}}, "
		"{\"domid\": 2, \"config\": {\"b_info\": {\"tsc_mode\": \"\\u001b-and-very-long\"}}}, "
		"{\"domid\": 3, \"config\": {\"b_info\": {}}}, {\"domid\": 4}]";
	static const char *const modes[] = { "", "always_emulate", "?-and-very-long", "default", "" };
	struct domains d;

	(void)state;
	assert_int_equal(parse(&d, json, "a  1  64  1  -b----  71.5\nb  2  64  1  -b----  nan\n"), 0);
	assert_int_equal(d.n, 5);
	for (size_t i = 0; i < d.n; i++)
		assert_string_equal(d.one[i].tsc_mode, modes[i]);
	assert_true(d.one[0].seconds == 0 && d.one[1].seconds == 71.5 && d.one[2].seconds == 0);
	domains_free(&d);
}

/* One that is being made or taken away has no config. */
static void test_without_config(void **state)
{
	struct domains d;

	(void)state;
	assert_int_equal(parse(&d, "[" DOMAIN("1", "pv", "a", "", "") "]",
			       "a                    1   128     1     -b----       0.0\n"
			       "half made            2    64     0     --p---       0.0\n"), 0);
	assert_int_equal(d.n, 2);
	assert_string_equal(d.one[1].name, "half made");
	assert_string_equal(d.one[1].state, "paused");
	assert_int_equal(d.one[1].domid, 2);
	assert_int_equal(d.one[1].mode, MODE_UNKNOWN);
	domains_free(&d);
}

/* A name goes to a terminal. */
static void test_plain(void **state)
{
	struct domains d;

	(void)state;
	assert_int_equal(parse(&d, "[" DOMAIN("1", "pv", "\\u001b[2J", "", "") "]", ""), 0);
	assert_string_equal(d.one[0].name, "?[2J");
	assert_string_equal(d.one[0].state, "unknown");
	domains_free(&d);
}

static void test_not_xl(void **state)
{
	static const char *const junk[] = { "", "{}", "[1]", "[{}]", "[{\"domid\": \"1\"}]", "null",
					    "[{\"domid\": 1}" };
	struct domains d;

	(void)state;
	for (size_t i = 0; i < sizeof(junk) / sizeof(*junk); i++)
		assert_int_equal(parse(&d, junk[i], "junk\n1 2 3\n\n"), -EPROTO);
	assert_int_equal(parse(&d, "[]", "a b c d e\na b c d e f\n"), 0);
	assert_int_equal(d.n, 0);
	domains_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_of_each),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_without_config),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_not_xl),
	};

	return cmocka_run_group_tests_name("domains", tests, NULL, NULL);
}

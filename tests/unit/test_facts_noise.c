/* SPDX-License-Identifier: ISC */
/* Two readings of one machine, ten seconds apart, and what is flagged between them. */
#include "host/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *flags_of(const char *before, const char *after)
{
	json_t *a = json_loads(before, JSON_REJECT_DUPLICATES, NULL);
	json_t *b = json_loads(after, JSON_REJECT_DUPLICATES, NULL), *noise;

	assert_non_null(a);
	assert_non_null(b);
	noise = facts_noise(a, b);
	assert_non_null(noise);
	json_decref(a);
	json_decref(b);
	return noise;
}

/* The names of the flags, in order, with a blank between them, and the figure of the first: -1 for
 * none. */
static void assert_flags(const char *before, const char *after, const char *want, double value)
{
	json_t *noise = flags_of(before, after), *one = json_array_get(noise, 0);
	char names[256] = "";
	double is = json_object_get(one, "value") ? json_number_value(json_object_get(one, "value"))
						  : -1;
	size_t i;

	json_array_foreach(noise, i, one)
	{
		strcat(names, i ? " " : "");
		strcat(names, json_string_value(json_object_get(one, "flag")));
		assert_non_null(json_string_value(json_object_get(one, "text")));
		if (json_object_get(one, "value"))
			assert_true(json_number_value(json_object_get(one, "value")) >
				    json_number_value(json_object_get(one, "limit")));
	}
	assert_string_equal(names, want);
	if (is < value - 1e-6 || is > value + 1e-6)
		fail_msg("%s: %g, not %g", want, is, value);
	json_decref(noise);
}

#define AT(s, more) "{\"host\": {\"boot_id\": \"b\", \"uptime_s\": " #s "}" more "}"
#define BEFORE(more) AT(100.0, more)
#define AFTER(more) AT(110.0, more)

static void test_quiet(void **state)
{
	static const char same[] =
		BEFORE(", \"load\": {\"ticks\": {\"idle\": 5, \"steal\": 1}, \"pressure_us\": 7},"
		       "\"domains\": [{\"domid\": 0, \"cpu_s\": 5}], \"throttled\": 3");

	(void)state;
	assert_flags(same, same, "", -1);
	assert_flags("{}", "{}", "", -1);
	assert_flags("{}", same, "", -1);
	assert_flags(same, "{}", "", -1);
}

static void test_rebooted(void **state)
{
	(void)state;
	assert_flags("{\"host\": {\"boot_id\": \"a\"}, \"throttled\": 1}",
		     "{\"host\": {\"boot_id\": \"b\"}, \"throttled\": 9}", "rebooted", -1);
}

#define TICKS(idle, iowait, steal) \
	", \"load\": {\"ticks\": {\"idle\": " #idle ", \"iowait\": " #iowait \
	", \"steal\": " #steal "}}"

static void test_steal(void **state)
{
	(void)state;
	assert_flags(BEFORE(TICKS(100, 0, 10)), AFTER(TICKS(180, 0, 30)), "steal", 0.2);
	assert_flags(BEFORE(TICKS(0, 0, 0)), AFTER(TICKS(990, 0, 10)), "", -1);
	/* The kernel's count of waiting for disks may go back. */
	assert_flags(BEFORE(TICKS(0, 50, 0)), AFTER(TICKS(90, 40, 10)), "steal", 0.1);
	assert_flags(BEFORE(TICKS(0, 0, 10)), AFTER(TICKS(50, 0, 5)), "", -1);
}

#define PRESSURE(us) ", \"load\": {\"pressure_us\": " #us "}"

static void test_pressure(void **state)
{
	(void)state;
	assert_flags(BEFORE(PRESSURE(0)), AFTER(PRESSURE(600000)), "pressure", 0.06);
	assert_flags(BEFORE(PRESSURE(0)), AFTER(PRESSURE(500000)), "", -1);
	assert_flags(BEFORE(PRESSURE(0)), AFTER(PRESSURE(10100000)), "pressure", 1);
	assert_flags(BEFORE(PRESSURE(0)), BEFORE(PRESSURE(600000)), "", -1);
}

#define DOMAIN(id, s, measured) \
	"{\"domid\": " #id ", \"name\": \"d" #id "\", \"cpu_s\": " #s ", \"measured\": " #measured \
	"}"
#define DOMAINS(list) ", \"domains\": [" list "]"

static void test_domains(void **state)
{
	(void)state;
	assert_flags(BEFORE(DOMAINS(DOMAIN(0, 1, false))), AFTER(DOMAINS(DOMAIN(0, 5, false))),
		     "dom0_busy", 0.4);
	assert_flags(BEFORE(DOMAINS(DOMAIN(0, 1, false))), AFTER(DOMAINS(DOMAIN(0, 3, false))), "",
		     -1);
	assert_flags(BEFORE(DOMAINS(DOMAIN(3, 1, false))), AFTER(DOMAINS(DOMAIN(3, 2, false))),
		     "domain_ran", 0.1);
	assert_flags(BEFORE(DOMAINS(DOMAIN(3, 1, true))), AFTER(DOMAINS(DOMAIN(3, 9, true))), "",
		     -1);
	assert_flags(BEFORE(DOMAINS("")), AFTER(DOMAINS(DOMAIN(3, 2, false))), "domain_ran", 0.2);
	assert_flags(BEFORE(DOMAINS(DOMAIN(3, 1, false))), AFTER(DOMAINS("")), "domain_gone", -1);
	assert_flags(BEFORE(DOMAINS(DOMAIN(3, 1, true))), AFTER(DOMAINS("")), "", -1);
	/* Where xl said nothing the second time, nothing is known. */
	assert_flags(BEFORE(DOMAINS(DOMAIN(3, 1, false))), AFTER(""), "", -1);
}

static void test_changes(void **state)
{
	static const struct {
		const char *before, *after, *flag;
	} cases[] = {
		{ BEFORE(", \"frequency\": {\"governors\": {\"performance\": 2}}"),
		  AFTER(", \"frequency\": {\"governors\": {\"performance\": 1, \"powersave\": 1}}"),
		  "governor" },
		{ BEFORE(", \"frequency\": {\"turbo\": true}"),
		  AFTER(", \"frequency\": {\"turbo\": false}"), "turbo" },
		{ BEFORE(", \"smt\": {\"active\": true}"), AFTER(", \"smt\": {\"active\": false}"),
		  "cpus" },
		{ BEFORE(", \"xen\": {\"pools\": [{\"name\": \"p\", \"cpus\": \"0\", \"domain_count\": 1}]}"),
		  AFTER(", \"xen\": {\"pools\": [{\"name\": \"p\", \"cpus\": \"0,1\", \"domain_count\": 1}]}"),
		  "scheduler" },
		{ BEFORE(", \"xen\": {\"pools\": [{\"name\": \"p\", \"cpus\": \"0\", \"domain_count\": 1}]}"),
		  AFTER(", \"xen\": {\"pools\": [{\"name\": \"p\", \"cpus\": \"0\", \"domain_count\": 2}]}"),
		  "" },
		{ BEFORE(DOMAINS("{\"domid\": 1, \"weight\": 256}")),
		  AFTER(DOMAINS("{\"domid\": 1, \"weight\": 512}")), "scheduler" },
		{ BEFORE(DOMAINS(
			  "{\"domid\": 1, \"affinity\": [{\"vcpu\": 0, \"cpu\": 0, \"hard\": \"all\"}]}")),
		  AFTER(DOMAINS(
			  "{\"domid\": 1, \"affinity\": [{\"vcpu\": 0, \"cpu\": 1, \"hard\": \"1\"}]}")),
		  "scheduler" },
		{ BEFORE(DOMAINS(
			  "{\"domid\": 1, \"affinity\": [{\"vcpu\": 0, \"cpu\": 0, \"hard\": \"all\"}]}")),
		  AFTER(DOMAINS(
			  "{\"domid\": 1, \"affinity\": [{\"vcpu\": 0, \"cpu\": 1, \"hard\": \"all\"}]}")),
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_flags(cases[i].before, cases[i].after, cases[i].flag, -1);
}

#define HEAT(c) \
	", \"temperatures\": [{\"sensor\": \"s\", \"celsius\": " #c ", \"critical\": 100.0}]"

static void test_heat(void **state)
{
	(void)state;
	assert_flags(BEFORE(", \"throttled\": 2"), AFTER(", \"throttled\": 5"), "throttled", 3);
	assert_flags(BEFORE(HEAT(50.0)), AFTER(HEAT(92.0)), "hot", -8);
	assert_flags(BEFORE(HEAT(50.0)), AFTER(HEAT(90.0)), "", -1);
	assert_flags(BEFORE(""),
		     AFTER(", \"temperatures\": [{\"sensor\": \"s\", \"celsius\": 150.0}]"), "",
		     -1);
}

/* The two may be read from a store of anybody's making. */
static void test_junk(void **state)
{
	static const char *const junk[] = {
		"[]",
		"{\"host\": []}",
		AFTER(DOMAINS("1, null, [], {}, {\"domid\": \"x\"}")),
		AFTER(", \"load\": {\"ticks\": [1]}"),
		AFTER(", \"throttled\": \"x\", \"temperatures\": {}"),
		AFTER(", \"xen\": {\"pools\": {\"a\": 1}}, \"frequency\": 3"),
		AFTER(DOMAINS("{\"domid\": 1, \"affinity\": 3, \"name\": 4, \"cpu_s\": \"x\"}")),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(junk) / sizeof(*junk); i++) {
		for (size_t k = 0; k < sizeof(junk) / sizeof(*junk); k++) {
			json_t *noise = flags_of(junk[i], junk[k]);

			assert_true(json_array_size(noise) <= 64);
			json_decref(noise);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quiet),	cmocka_unit_test(test_rebooted),
		cmocka_unit_test(test_steal),	cmocka_unit_test(test_pressure),
		cmocka_unit_test(test_domains), cmocka_unit_test(test_changes),
		cmocka_unit_test(test_heat),	cmocka_unit_test(test_junk),
	};

	return cmocka_run_group_tests_name("facts_noise", tests, NULL, NULL);
}

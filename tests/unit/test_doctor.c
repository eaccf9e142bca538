/* SPDX-License-Identifier: ISC */
/* Each rule on a host that has what it looks for, and on one that has not. */
#include "host/doctor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *load(const char *text)
{
	json_t *j = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	if (!j)
		fail_msg("not JSON: %s", text);
	return j;
}

static json_t *judge(const char *facts, const char *noise)
{
	json_t *f = load(facts), *n = noise ? load(noise) : NULL, *found = doctor_findings(f, n);

	assert_non_null(found);
	json_decref(f);
	json_decref(n);
	return found;
}

static const char *field(const json_t *finding, const char *key)
{
	const char *s = json_string_value(json_object_get(finding, key));

	return s ? s : "";
}

static json_t *find(const json_t *found, const char *name)
{
	json_t *one;
	size_t i;

	json_array_foreach(found, i, one) if (!strcmp(field(one, "name"), name)) return one;
	return NULL;
}

#define XEN(more) \
	"{\"xen\": {\"version\": \"4.17\", \"cmdline\": \"dom0_mem=2G\", \"spec_ctrl\": {}" more \
	"}}"
#define FREQ(more) "{\"frequency\": {" more "}}"
#define HOST(more) "{\"host\": {" more "}}"
#define DOM(more) "{\"xen\": {\"cpus\": 4}, \"domains\": [" more "]}"

/* The rule finds it, so severe, with that in its fix; severity NULL: it finds nothing. */
static const struct {
	const char *rule, *facts, *severity, *fix;
} cases[] = {
	{ "emulated", "{\"emulated\": true}", "matters", "" },
	{ "emulated", "{\"emulated\": false}", NULL, "" },
	{ "virtual", HOST("\"virtual\": true"), "matters", "" },
	{ "virtual", "{\"emulated\": true, \"host\": {\"virtual\": true}}", NULL, "" },
	{ "virtual", "{\"xen\": {}, \"host\": {\"virtual\": true}}", NULL, "" },
	{ "toolstack", "{\"xen\": {\"pools\": []}}", "spoils", "root" },
	{ "toolstack", XEN(""), NULL, "" },
	{ "toolstack", "{}", NULL, "" },
	{ "debug", XEN(", \"debug\": true"), "spoils", "" },
	{ "debug", XEN(", \"debug\": false"), NULL, "" },
	{ "governor", FREQ("\"by\": \"linux\", \"governors\": {\"ondemand\": 4}"), "spoils",
	  "cpupower frequency-set -g performance" },
	{ "governor", FREQ("\"by\": \"xen\", \"governors\": {\"ondemand\": 4}"), "spoils",
	  "xenpm set-scaling-governor performance" },
	{ "governor", FREQ("\"governors\": {\"performance\": 4, \"userspace\": 1}"), NULL, "" },
	{ "turbo", FREQ("\"driver\": \"acpi-cpufreq\", \"turbo\": true"), "matters",
	  "cpufreq/boost" },
	{ "turbo", FREQ("\"driver\": \"intel_pstate\", \"turbo\": true"), "matters", "no_turbo" },
	{ "turbo", FREQ("\"by\": \"xen\", \"turbo\": true"), "matters",
	  "xenpm disable-turbo-mode" },
	{ "turbo", FREQ("\"turbo\": false"), NULL, "" },
	{ "frequency", "{}", "fyi", "" },
	{ "frequency", FREQ("\"governors\": {\"performance\": 1}"), NULL, "" },
	{ "smt", XEN(", \"threads_per_core\": 2"), "matters", "smt=0" },
	{ "smt", "{\"smt\": {\"active\": true}}", "matters", "smt/control" },
	{ "smt", "{\"xen\": {\"threads_per_core\": 1}, \"smt\": {\"active\": true}}", NULL, "" },
	{ "numa", XEN(", \"nodes\": 2"), "matters", "nodes:0" },
	{ "numa", "{\"numa\": [{}, {}]}", "matters", "numactl" },
	{ "numa", "{\"numa\": [{}]}", NULL, "" },
	{ "clocksource", HOST("\"clocksource\": \"hpet\""), "matters", "dmesg" },
	{ "clocksource", HOST("\"clocksource\": \"xen\""), NULL, "" },
	{ "tsc", HOST("\"tsc_constant\": true, \"tsc_nonstop\": false"), "matters", "" },
	{ "tsc", HOST("\"tsc_constant\": true, \"tsc_nonstop\": true"), NULL, "" },
	{ "tsc", "{}", NULL, "" },
	{ "console", "{\"xen\": {\"cmdline\": \"a sync_console b\"}}", "matters", "sync_console" },
	{ "console", "{\"xen\": {\"cmdline\": \"no_sync_console sync_console2\"}}", NULL, "" },
	{ "dom0-cpus",
	  DOM("{\"domid\": 0, \"affinity\": [{\"hard\": \"0\"}, {\"hard\": \"all\"}]}"), "matters",
	  "dom0_vcpus_pin" },
	{ "dom0-cpus", DOM("{\"domid\": 0, \"affinity\": [{\"hard\": \"0\"}]}"), NULL, "" },
	{ "dom0-cpus", DOM("{\"domid\": 1, \"affinity\": [{\"hard\": \"all\"}]}"), NULL, "" },
	{ "dom0-memory", "{\"xen\": {\"version\": \"4.17\", \"cmdline\": \"no_dom0_mem=1\"}}",
	  "fyi", "dom0_mem=" },
	{ "dom0-memory", XEN(""), NULL, "" },
	{ "domains", DOM("{\"domid\": 5, \"name\": \"web\", \"state\": \"running\", \"vcpus\": 2}"),
	  "matters", "xl shutdown web" },
	{ "domains", DOM("{\"domid\": 5, \"name\": \"web\", \"state\": \"paused\"}"), NULL, "" },
	{ "domains", DOM("{\"domid\": 0, \"name\": \"Domain-0\", \"state\": \"running\"}"), NULL,
	  "" },
	{ "mitigations", "{\"mitigations\": {\"a\": \"Vulnerable: x\", \"b\": \"Not affected\"}}",
	  "fyi", "microcode" },
	{ "mitigations",
	  "{\"mitigations\": {\"a\": \"Vulnerable\"}, \"host\": {\"cmdline\": \"mitigations=off\"}}",
	  "fyi", "mitigations=off" },
	{ "mitigations", "{\"mitigations\": {\"b\": \"Mitigation: x; KVM: Vulnerable\"}}", NULL,
	  "" },
	{ "xpti", XEN(", \"xpti\": {\"domu\": true}"), "fyi", "xpti=" },
	{ "xpti", XEN(", \"xpti\": {\"dom0\": true, \"domu\": false}"), NULL, "" },
	{ "spec-ctrl", "{\"xen\": {\"version\": \"4.17\"}}", "fyi", "conring_size" },
	{ "spec-ctrl", XEN(""), NULL, "" },
	{ "swap", HOST("\"swap_kib\": 10, \"swap_free_kib\": 9"), "fyi", "swapoff" },
	{ "swap", HOST("\"swap_kib\": 10, \"swap_free_kib\": 10"), NULL, "" },
	{ "swap", HOST("\"swap_kib\": 10"), NULL, "" },
};

static void test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_t *found = judge(cases[i].facts, NULL), *one = find(found, cases[i].rule);

		if (!one != !cases[i].severity)
			fail_msg("%s of %s: %s", cases[i].rule, cases[i].facts,
				 one ? "found" : "not found");
		if (one) {
			assert_string_equal(field(one, "severity"), cases[i].severity);
			assert_non_null(strstr(field(one, "fix"), cases[i].fix));
			assert_true(*field(one, "what") && *field(one, "fix"));
		}
		json_decref(found);
	}
}

static void test_the_worst_comes_first(void **state)
{
	json_t *found = judge(
		"{\"emulated\": true, \"smt\": {\"active\": true},"
		"\"frequency\": {\"governors\": {\"ondemand\": 2, \"powersave\": 1}}}",
		"[{\"flag\": \"steal\", \"text\": \"x\"}, {\"flag\": \"hot\", \"text\": \"y\"},"
		"{\"flag\": \"turbo\", \"text\": \"z\"}, {\"flag\": 1}, 2]");
	static const char *const order[] = { "x", "z", "governor ondemand on 2 CPUs",
					     "governor powersave on 1 CPUs" };

	(void)state;
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		assert_string_equal(field(json_array_get(found, i), "what"), order[i]);
		assert_string_equal(field(json_array_get(found, i), "severity"), "spoils");
	}
	assert_int_equal(doctor_count(found, DOCTOR_SPOILS), 4);
	assert_int_equal(doctor_count(found, DOCTOR_MATTERS), 3);
	assert_int_equal(doctor_count(found, DOCTOR_FYI), 0);
	json_decref(found);
}

/* A terminal obeys nothing of it, and nothing is longer than it may be. */
static void test_junk(void **state)
{
	static const char *const junk[] = {
		"[]",
		"{\"xen\": [], \"host\": 1, \"domains\": {\"a\": 1}, \"numa\": \"x\"}",
		DOM("1, {\"domid\": 1, \"name\": \"\\u001b[2J\", \"state\": \"running\"}"),
		FREQ("\"governors\": {\"\\u001b]0;\": \"x\"}, \"by\": 3"),
		"{\"mitigations\": [1], \"frequency\": {\"governors\": []}, \"smt\": null}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(junk) / sizeof(*junk); i++) {
		json_t *found = judge(junk[i],
				      "[1, {}, {\"flag\": \"\\u001b\", \"text\": \"\\u001b\"}]"),
		       *one;
		size_t k;

		json_array_foreach(found, k, one)
		{
			assert_null(strchr(field(one, "what"), '\033'));
			assert_null(strchr(field(one, "fix"), '\033'));
			assert_true(strlen(field(one, "what")) < 256 &&
				    strlen(field(one, "fix")) < 256);
		}
		json_decref(found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_the_worst_comes_first),
		cmocka_unit_test(test_junk),
	};

	return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}

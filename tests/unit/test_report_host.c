/* SPDX-License-Identifier: ISC */
/* What reports make of the hosts of boots: facts by mode, what is warned of, noise, two runs beside each
 * other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/facts.h"
#include "host/store_facts.h"
#include "tests/unit/runs.h"

/* Reads the facts into the store, as `xlab run` does. */
static void observe(const struct runs_boot *b, enum store_moment moment, const char *facts)
{
	const struct store_whose whose = { b->g.run, b->g.uuid, b->g.domid };
	json_t *j = json_loads(facts, JSON_REJECT_DUPLICATES, NULL);
	char *steady, *moving;

	assert_non_null(j);
	assert_int_equal(facts_texts(j, &steady, &moving), 0);
	assert_int_equal(store_reading_add(runs_store, &whose, store_moment_name(moment), "", steady,
					   moving),
			 0);
	free(steady);
	free(moving);
	json_decref(j);
}

static void flag(const struct runs_boot *b, int64_t place, const char *name, const char *text)
{
	const struct store_whose whose = { b->g.run, b->g.uuid, b->g.domid };

	assert_int_equal(store_noise_add(runs_store, &whose, place, name, text), 0);
}

/* A boot on a host like that; more is of the guest's own record. */
static struct runs_boot boot_on(const char *run, const char *mode, const char *facts,
				const char *more)
{
	struct runs_boot b = runs_boot(run, mode, "i", more);

	observe(&b, STORE_BEFORE, facts);
	runs_measure(&b, "a", 7, 100, 1, "");
	runs_end(&b);
	observe(&b, STORE_AFTER, facts);
	return b;
}

static const char *fact(const struct report *r, const char *name, const char *mode)
{
	const json_t *texts = json_object_get(json_object_get(r->host, name), mode);
	const char *text = json_string_value(json_array_get(texts, 0));

	return json_array_size(texts) == 1 ? text : NULL;
}

#define NATIVE(governor, meltdown) \
	"{\"facts\": 1, \"emulated\": false," \
	"\"host\": {\"kernel\": \"6.1\", \"boot_id\": \"b1\", \"uptime_s\": 1.5}," \
	"\"frequency\": {\"by\": \"linux\", \"governors\": {\"" governor "\": 2}, \"turbo\": false}," \
	"\"smt\": {\"active\": true}, \"numa\": [{\"node\": 0}, {\"node\": 1}]," \
	"\"mitigations\": {\"meltdown\": \"" meltdown "\"}}"
#define XEN(governor, meltdown, uuid) \
	"{\"facts\": 1, \"emulated\": false," \
	"\"host\": {\"kernel\": \"6.1\", \"boot_id\": \"b2\", \"uptime_s\": 2.5}," \
	"\"frequency\": {\"by\": \"xen\", \"governors\": {\"" governor "\": 2}, \"turbo\": false}," \
	"\"smt\": {\"active\": false}, \"mitigations\": {\"meltdown\": \"" meltdown "\"}," \
	"\"xen\": {\"version\": \"4.17.9\", \"threads_per_core\": 2, \"nodes\": 2," \
	"\"xpti\": {\"dom0\": false, \"domu\": true}, \"pools\": [{\"name\": \"Pool-0\"," \
	"\"scheduler\": \"credit2\", \"cpus\": \"0,1\", \"parameters\": {\"ratelimit\": \"1000us\"}}]}," \
	"\"domains\": [{\"domid\": 0, \"name\": \"Domain-0\", \"vcpus\": 2, \"weight\": 256}," \
	"{\"domid\": 3, \"uuid\": \"" uuid "\", \"measured\": true, \"weight\": 512, \"cap\": 0," \
	"\"affinity\": [{\"vcpu\": 0, \"hard\": \"1\", \"soft\": \"all\"}," \
	"{\"vcpu\": 1, \"hard\": \"1\", \"soft\": \"all\"}]}," \
	"{\"domid\": 4, \"name\": \"web\"}]}"

static void facts_are_by_mode(void **state)
{
	struct report r;
	char facts[2048];
	struct runs_boot b;

	(void)state;
	boot_on("r", "native", NATIVE("performance", "Mitigation: PTI"), "");
	b = runs_boot("r", "pv", "i", "");
	snprintf(facts, sizeof(facts), XEN("performance", "Mitigation: PTI", "%s"), b.g.uuid);
	observe(&b, STORE_BEFORE, facts);
	runs_measure(&b, "a", 7, 100, 1, "");
	runs_end(&b);
	r = runs_load("r");
	assert_string_equal(fact(&r, "host.kernel", "native"), "6.1");
	assert_string_equal(fact(&r, "frequency.governors", "native"), "performance on 2 CPUs");
	assert_string_equal(fact(&r, "smt", "pv"), "on");
	assert_string_equal(fact(&r, "numa_nodes", "native"), "2");
	assert_string_equal(fact(&r, "numa_nodes", "pv"), "2");
	assert_string_equal(fact(&r, "xen.version", "pv"), "4.17.9");
	assert_string_equal(fact(&r, "pools.Pool-0", "pv"), "credit2 on 0,1; ratelimit=1000us");
	assert_string_equal(fact(&r, "guest.weight", "pv"), "512");
	assert_string_equal(fact(&r, "guest.affinity", "pv"), "hard 1, soft all");
	assert_string_equal(fact(&r, "dom0.weight", "pv"), "256");
	assert_string_equal(fact(&r, "other_domains", "pv"), "web");
	assert_null(json_object_get(r.host, "host.boot_id"));
	assert_null(json_object_get(r.host, "host.uptime_s"));
	assert_null(fact(&r, "xen.version", "native"));
	assert_false(runs_warns(&r, "is not the same for all modes"));
	assert_false(runs_warns(&r, "flaws of the processor"));
	report_free(&r);
}

/* Each spoils a comparison, and is said with what each mode had. */
static void unlike_hosts_are_warned_of(void **state)
{
	struct report r;

	(void)state;
	boot_on("r", "native", NATIVE("performance", "Vulnerable"), "");
	boot_on("r", "pv", XEN("ondemand", "Mitigation: PTI", "u"), "");
	boot_on("r", "pvh", XEN("performance", "Unknown (XEN PV detected)", "u"), "");
	r = runs_load("r");
	assert_true(runs_warns(&r, "What governs the frequency is not the same for all modes: native "
				   "performance on 2 CPUs; pv ondemand on 2 CPUs; pvh performance"));
	assert_true(runs_warns(&r, "What the host's kernel does about flaws of the processor is not the "
				   "same in all modes: meltdown (native vulnerable; pv mitigated)."));
	assert_false(runs_warns(&r, "the guest's kernel"));
	assert_false(runs_warns(&r, "Turbo"));
	report_free(&r);
}

/* The native guest's kernel without, and Xen with; and the other way round it is no finding. */
static void isolation_of_page_tables_is_compared(void **state)
{
	static const char off[] = ",\"mitigations\":{\"meltdown\":\"Vulnerable\"}";
	static const char on[] = ",\"mitigations\":{\"meltdown\":\"Mitigation: PTI\"}";
	struct report r;

	(void)state;
	boot_on("r", "native", NATIVE("performance", "Vulnerable"), off);
	boot_on("r", "pv", XEN("performance", "Unknown", "u"), "");
	boot_on("s", "native", NATIVE("performance", "Vulnerable"), on);
	boot_on("s", "pv", XEN("performance", "Unknown", "u"), "");
	r = runs_load("r");
	assert_true(runs_warns(&r, "Page tables are isolated (Meltdown) in pv, by Xen's XPTI, and not"));
	report_free(&r);
	r = runs_load("s");
	assert_false(runs_warns(&r, "Page tables"));
	report_free(&r);
}

static void noise_is_on_the_samples(void **state)
{
	char words[REPORT_NOISE];
	struct runs_boot b;
	struct report r;

	(void)state;
	b = boot_on("r", "pv", "{}", "");
	flag(&b, 0, "dom0_busy", "Domain-0 used 1.35 CPUs");
	flag(&b, 1, "turbo", "turbo was \303\274switched");
	boot_on("r", "pv", "{}", "");
	runs_quick("r", "pv", "a", 100);
	r = runs_load("r");
	assert_true(r.watched);
	assert_string_equal(report_noise(&r.boots[0], words),
			    "Domain-0 used 1.35 CPUs; turbo was ??switched");
	assert_string_equal(report_noise(&r.boots[1], words), "none");
	assert_string_equal(report_noise(&r.boots[2], words), "");
	assert_int_equal(runs_find(&r, MODE_PV, "a")->n, 21);
	assert_int_equal(runs_find(&r, MODE_PV, "a")->noisy, 7);
	assert_true(runs_warns(&r, "Noise beside 1 boot, which the list of boots names and no figure "
				   "leaves out: a in pv."));
	report_free(&r);
}

/* Of the guest of that UUID and domain, and of no other. */
static void noise_is_of_its_boot(void **state)
{
	struct runs_boot b = boot_on("r", "pv", "{}", ""), other = b;
	struct report r;

	(void)state;
	other.g.domid = 77;
	flag(&other, 0, "steal", "1 %");
	strcpy(other.g.run, "q");
	other.g.domid = b.g.domid;
	flag(&other, 0, "steal", "1 %");
	r = runs_load("r");
	assert_null(r.boots[0].noise);
	assert_int_equal(runs_find(&r, MODE_PV, "a")->noisy, 0);
	report_free(&r);
}

static void words_are_bounded(void **state)
{
	char words[REPORT_NOISE], long_one[STORE_NOISE_MAX + 1];
	struct runs_boot b = boot_on("r", "pv", "{}", "");
	struct report r;

	(void)state;
	memset(long_one, 'x', STORE_NOISE_MAX);
	long_one[STORE_NOISE_MAX] = '\0';
	for (int i = 0; i < STORE_NOISES; i++)
		flag(&b, i, "steal", long_one);
	r = runs_load("r");
	assert_int_equal(json_array_size(r.boots[0].noise), STORE_NOISES);
	assert_true(strlen(report_noise(&r.boots[0], words)) < REPORT_NOISE);
	assert_string_equal(words + strlen(words) - 5, "; ...");
	report_free(&r);
}

static void old_runs_are_not_watched(void **state)
{
	struct report r;

	(void)state;
	runs_quick("r", "native", "a", 100);
	r = runs_load("r");
	assert_false(r.watched);
	assert_int_equal(json_object_size(r.host), 0);
	report_free(&r);
}

static void junk_is_no_fact(void **state)
{
	static const char *const junk[] = {
		"{\"host\": [], \"frequency\": 1, \"xen\": [], \"domains\": {}, \"numa\": 3, \"smt\": 1}",
		"{\"xen\": {\"pools\": [1, {}, {\"name\": 3, \"parameters\": {\"a\": 1}}], \"nodes\": -1}}",
		"{\"domains\": [null, 1, {\"domid\": \"x\"}, {\"measured\": true, \"affinity\": [1, {}]}]}",
		"{\"frequency\": {\"governors\": {\"a\\u001b\": \"b\"}}, \"mitigations\": {\"meltdown\": []}}",
	};
	struct report r;

	(void)state;
	for (size_t i = 0; i < sizeof(junk) / sizeof(*junk); i++)
		boot_on("r", i ? "pv" : "native", junk[i], "");
	r = runs_load("r");
	assert_true(json_object_size(r.host) > 0);
	assert_null(json_object_get(r.host, "numa_nodes"));
	assert_string_equal(fact(&r, "frequency.governors", "pv"), "a? on 0 CPUs");
	report_free(&r);
}

static const char *difference(const struct report_pair *c, const char *name, const char *key)
{
	size_t i;
	json_t *one;

	json_array_foreach(c->facts, i, one)
	{
		if (!strcmp(json_string_value(json_object_get(one, "fact")), name))
			return json_string_value(json_object_get(one, key));
	}
	return NULL;
}

static void runs_on_unlike_hosts_are_said(void **state)
{
	struct report a, b;
	struct report_pair c;

	(void)state;
	boot_on("a", "native", NATIVE("performance", "Vulnerable"), ",\"kernel\":\"6.1\"");
	boot_on("a", "pv", XEN("performance", "Unknown", "u"), ",\"ticks\":{\"idle\":1}");
	boot_on("b", "native", NATIVE("ondemand", "Vulnerable"), ",\"kernel\":\"6.6\"");
	boot_on("b", "pv", XEN("ondemand", "Unknown", "u"), ",\"ticks\":{\"idle\":2}");
	boot_on("b", "pvh", XEN("powersave", "Unknown", "u"), "");
	a = runs_load("a");
	b = runs_load("b");
	assert_int_equal(report_compare(&a, &b, &c), 0);
	assert_int_equal(json_array_size(c.facts), 2);
	assert_string_equal(difference(&c, "frequency.governors", "mode"), "native, pv");
	assert_string_equal(difference(&c, "frequency.governors", "a"), "performance on 2 CPUs");
	assert_string_equal(difference(&c, "frequency.governors", "b"), "ondemand on 2 CPUs");
	assert_string_equal(difference(&c, "kernel", "of"), "guest");
	report_pair_free(&c);
	assert_int_equal(report_compare(&a, &a, &c), 0);
	assert_int_equal(json_array_size(c.facts), 0);
	report_pair_free(&c);
	report_free(&a);
	report_free(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, runs_open, runs_close)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(facts_are_by_mode),
		TEST(unlike_hosts_are_warned_of),
		TEST(isolation_of_page_tables_is_compared),
		TEST(noise_is_on_the_samples),
		TEST(noise_is_of_its_boot),
		TEST(words_are_bounded),
		TEST(old_runs_are_not_watched),
		TEST(junk_is_no_fact),
		TEST(runs_on_unlike_hosts_are_said),
	};

	return cmocka_run_group_tests_name("report_host", tests, NULL, NULL);
}

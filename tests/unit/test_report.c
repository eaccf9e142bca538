/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/report.h"
#include "tests/unit/runs.h"

static bool near(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fabs(b);
}

static void rows_stand_beside_native(void **state)
{
	const struct report_row *row;
	struct report r;

	(void)state;
	runs_quick("r", "pv", "a", 200);
	runs_quick("r", "native", "a", 100);
	r = runs_load("r");
	assert_int_equal(r.nrows, 2);
	row = runs_find(&r, MODE_PV, "a");
	assert_true(near(row->sum.median, 206));
	assert_true(row->native.known && near(row->native.of.ratio, 2));
	assert_true(row->native.of.interval.low > 1.9 && row->native.of.interval.high < 2.1);
	assert_int_equal(row->native.verdict, STATS_SLOWER);
	assert_int_equal(r.rows[0].mode, MODE_NATIVE);
	assert_int_equal(r.nsuites, 1);
	assert_true(near(r.suites[0].cost.ratio, 2));
	assert_false(runs_warns(&r, "No native"));
	report_free(&r);
}

static void nothing_is_divided_by_zero(void **state)
{
	struct runs_boot b = runs_boot("r", "native", "i", "");
	struct report r;

	(void)state;
	runs_measure(&b, "a", 7, 0, 0, "");
	runs_end(&b);
	runs_quick("r", "pv", "a", 200);
	r = runs_load("r");
	assert_int_equal(r.nrows, 2);
	assert_false(r.rows[0].native.known || r.rows[1].native.known);
	assert_true(runs_warns(&r, "Native's figures are 0"));
	assert_false(runs_warns(&r, "No native"));
	report_free(&r);
}

/* Of 24 comparisons six values show nothing, of one they do. */
static void many_comparisons_need_values(void **state)
{
	struct runs_boot native, pv;
	struct report r;
	char name[16];

	(void)state;
	for (unsigned n = 1; n <= 24; n += 23) {
		snprintf(name, sizeof(name), "r%u", n);
		native = runs_boot(name, "native", "i", "");
		pv = runs_boot(name, "pv", "i", "");
		for (unsigned i = 0; i < n; i++) {
			char of[16];

			snprintf(of, sizeof(of), "b%u", i);
			runs_measure(&native, of, 6, 100, 1, "");
			runs_measure(&pv, of, 6, 200, 1, "");
		}
		runs_end(&native);
		runs_end(&pv);
		r = runs_load(name);
		assert_int_equal(r.rows[1].native.verdict, n == 1 ? STATS_SLOWER : STATS_TOO_FEW);
		assert_int_equal(runs_warns(&r, "24 of 24 comparisons can show no difference, whatever the values: "
					    "so many at once take 7 on each side"),
				 n == 24);
		report_free(&r);
	}
}

static void more_may_be_better(void **state)
{
	const struct report_row *row;
	struct report r;
	struct runs_boot b;

	(void)state;
	b = runs_boot("r", "native", "i", "");
	runs_measure(&b, "rate", 7, 100, 1, ",\"better\":\"more\"");
	runs_end(&b);
	b = runs_boot("r", "pvh", "i", "");
	runs_measure(&b, "rate", 7, 200, 2, ",\"better\":\"more\"");
	runs_end(&b);
	r = runs_load("r");
	row = runs_find(&r, MODE_PVH, "rate");
	assert_true(near(row->native.of.ratio, 2));
	assert_int_equal(row->native.verdict, STATS_FASTER);
	assert_true(near(report_cost(row, &row->native).ratio, 0.5));
	assert_true(near(report_cost(row, &row->native).interval.low,
			 1 / row->native.of.interval.high));
	assert_true(near(r.suites[0].cost.ratio, 0.5));
	report_free(&r);
}

/* One median a boot, from six boots on. */
static void boots_are_the_values(void **state)
{
	const struct report_row *row;
	struct report r;

	(void)state;
	for (int i = 1; i <= 5; i++)
		runs_quick("r", "pv", "a", 100 * i);
	r = runs_load("r");
	row = runs_find(&r, MODE_PV, "a");
	assert_int_equal(row->n, 35);
	assert_false(row->by_boot);
	assert_int_equal(row->nvalues, 35);
	assert_true(runs_warns(&r, "two to 5 boots"));
	report_free(&r);
	runs_quick("r", "pv", "a", 600);
	r = runs_load("r");
	row = runs_find(&r, MODE_PV, "a");
	assert_true(row->by_boot);
	assert_int_equal(row->nvalues, 6);
	assert_true(near(row->sum.median, 1.03 * 350));
	assert_int_equal(row->samples[7].boot, 1);
	report_free(&r);
}

static void images_are_not_mixed(void **state)
{
	struct report r;
	struct runs_boot b;

	(void)state;
	runs_quick("r", "native", "a", 100);
	runs_quick("r", "pv", "a", 150);
	b = runs_boot("r", "pv", "other", "");
	runs_measure(&b, "a", 7, 200, 1, "");
	runs_end(&b);
	r = runs_load("r");
	assert_int_equal(r.nrows, 3);
	assert_string_equal(r.rows[1].label, "a, i");
	assert_string_equal(r.rows[2].label, "a, other");
	assert_true(r.rows[1].native.known);
	assert_false(r.rows[2].native.known);
	assert_true(runs_warns(&r, "Several images"));
	report_free(&r);
}

/* The native that has as many CPUs, or another, which is said. */
static void vcpus_are_looked_at(void **state)
{
	static const char *const cpus[] = { ",\"cpus\":1", ",\"cpus\":2", ",\"cpus\":4" };
	struct report r;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct runs_boot b = runs_boot("r", "pv", "i", cpus[i]);

		runs_measure(&b, "a", 7, 100, 1, "");
		runs_end(&b);
		if (i == 2)
			break;
		b = runs_boot("r", "native", "i", cpus[i]);
		runs_measure(&b, "a", 7, 100.0 / (double)(i + 1), 1, "");
		runs_end(&b);
	}
	r = runs_load("r");
	assert_int_equal(r.nrows, 5);
	assert_string_equal(r.rows[2].label, "a, 1 vcpus");
	assert_true(r.rows[2].native.of.ratio < 1.01 && !r.rows[2].other_vcpus);
	assert_true(r.rows[3].native.of.ratio > 1.8 && !r.rows[3].other_vcpus);
	assert_true(r.rows[4].other_vcpus);
	assert_true(runs_warns(&r, "Native had another number of CPUs than: a, 4 vcpus in pv"));
	report_free(&r);
}

/* Where there is no room for all of them, that is said. */
static void the_sentence_has_an_end(void **state)
{
	char sentence[REPORT_SENTENCE], cpus[16];
	struct runs_boot b;
	struct report r;

	(void)state;
	runs_quick("r", "native", "a", 100);
	for (unsigned i = 1; i <= 40; i++) {
		snprintf(cpus, sizeof(cpus), ",\"cpus\":%u", i);
		b = runs_boot("r", "pv", "i", cpus);
		runs_measure(&b, "a", 7, 200, 1, "");
		runs_end(&b);
	}
	r = runs_load("r");
	assert_int_equal(r.nsuites, 40);
	assert_non_null(strstr(report_sentence(&r, sentence), " in pv; ... (geometric means); of all"));
	assert_int_equal(sentence[strlen(sentence) - 1], '.');
	report_free(&r);
}

static void others_are_not_used(void **state)
{
	char sentence[REPORT_SENTENCE];
	struct report r;
	struct runs_boot b;

	(void)state;
	runs_quick("r", "pv", "a", 100);
	b = runs_boot("r", "pv", "i", "");
	runs_measure(&b, "a", 7, 900, 1, "");
	assert_int_equal(store_status(runs_store, &b.g, STORE_LOST, "gone"), 0);
	runs_quick("s", "pv", "a", 500);
	r = runs_load("r");
	assert_int_equal(r.nboots, 2);
	assert_int_equal(r.boots[1].samples, 7);
	assert_false(r.boots[1].used);
	assert_int_equal(runs_find(&r, MODE_PV, "a")->n, 7);
	assert_true(runs_warns(&r, "1 of 2 boots are not used") && runs_warns(&r, "No native"));
	assert_non_null(strstr(report_sentence(&r, sentence), "1 rows of figures from 1 boots"));
	report_free(&r);
	r = runs_load(NULL);
	assert_string_equal(r.run, "s");
	report_free(&r);
	assert_int_equal(report_load(runs_store, "t", &r), -ENOENT);
}

static void few_and_odd_samples_are_said(void **state)
{
	struct report r;
	struct runs_boot b = runs_boot("r", "pv", "i", "");

	(void)state;
	runs_measure(&b, "few", 3, 1, 1, "");
	runs_measure(&b, "odd", 9, 100, 1, "");
	runs_measure(&b, "odd", 1, 9000, 1, "");
	runs_measure(&b, "huge", 1, 1e200, 1, "");
	runs_end(&b);
	r = runs_load("r");
	assert_int_equal(r.nrows, 2);
	assert_true(runs_warns(&r, "Fewer than 6 values") && runs_warns(&r, "(few in pv)"));
	assert_true(runs_warns(&r, "1 outlier, none left out: odd in pv"));
	assert_true(runs_warns(&r, "Samples beyond all measure are left out: 1."));
	assert_true(runs_find(&r, MODE_PV, "odd")->samples[9].outlier);
	assert_true(runs_find(&r, MODE_PV, "few")->sum.interval.low == 1);
	report_free(&r);
}

static void facts_are_bounded(void **state)
{
	char many[16384] = "";
	size_t len = 0;
	struct report r;
	json_t *texts;

	(void)state;
	for (int i = 0; i < 400; i++)
		len += (size_t)sprintf(many + len, ",\"f%d\":{\"a\":\"\\u001b%d\"}", i, i);
	for (int i = 0; i < 12; i++) {
		char more[64];
		struct runs_boot b;

		snprintf(more, sizeof(more), ",\"load\":%d", i);
		b = runs_boot("r", "pv", "i", i ? more : many);
		runs_end(&b);
	}
	r = runs_load("r");
	assert_int_equal(json_object_size(r.facts), 256);
	texts = json_object_get(json_object_get(r.facts, "f7.a"), "pv");
	assert_string_equal(json_string_value(json_array_get(texts, 0)), "?7");
	report_free(&r);
}

static void facts_that_differ_are_kept(void **state)
{
	struct report r;
	json_t *texts;

	(void)state;
	for (int i = 0; i < 12; i++) {
		char more[64];
		struct runs_boot b;

		snprintf(more, sizeof(more), ",\"clocksource\":\"c%d\"", i);
		b = runs_boot("r", "pv", "i", more);
		runs_measure(&b, "a", 1, 1, 1, "");
		runs_end(&b);
	}
	r = runs_load("r");
	texts = json_object_get(json_object_get(r.facts, "clocksource"), "pv");
	assert_int_equal(json_array_size(texts), 9);
	assert_string_equal(json_string_value(json_array_get(texts, 8)), "and others");
	assert_true(runs_warns(&r, "The clock that times are read from is not the same"));
	report_free(&r);
}

/* One native of each kind that is given, the other "" where there is one. */
static void assert_native_warns(const char *how, const char *other, const char *of)
{
	static int run;
	char name[16], more[64];
	struct report r;

	snprintf(name, sizeof(name), "how%d", run++);
	for (const char *const *kind = (const char *const[]){ how, other, "", NULL }; **kind; kind++) {
		struct runs_boot b;

		snprintf(more, sizeof(more), ",\"native_how\":\"%s\",\"kernel\":\"6.1\"", *kind);
		b = runs_boot(name, "native", "i", more);
		runs_measure(&b, "a", 1, 1, 1, "");
		runs_end(&b);
	}
	r = runs_load(name);
	assert_true(of ? runs_warns(&r, of) : !runs_warns(&r, "Native"));
	report_free(&r);
}

static void native_is_named(void **state)
{
	(void)state;
	assert_native_warns("bare", "", NULL);
	assert_native_warns("chroot", "",
			    "Native is a chroot: nothing was booted for it (kernel 6.1).");
	assert_native_warns("qemu", "", "Native was booted by QEMU, without Xen (kernel 6.1).");
	assert_native_warns("virtual", "", "another hypervisor's virtual machine (kernel 6.1).");
	assert_native_warns("bare", "chroot", "Natives of several kinds are taken together (bare and");
	assert_native_warns("of its own making", "", NULL);
}

static void runs_are_compared(void **state)
{
	struct report a, b;
	struct report_pair c;

	(void)state;
	runs_quick("a", "pv", "x", 100);
	runs_quick("a", "pv", "y", 100);
	runs_quick("a", "pvh", "x", 100);
	runs_quick("b", "pv", "x", 50);
	runs_quick("b", "pv", "y", 100);
	runs_quick("b", "hvm", "x", 1);
	runs_quick("b", "hvm", "z", 1);
	a = runs_load("a");
	b = runs_load("b");
	assert_int_equal(report_compare(&a, &b, &c), 0);
	assert_int_equal(c.nrows, 2);
	assert_int_equal(c.only_a, 1);
	assert_int_equal(c.only_b, 2);
	assert_true(near(c.rows[0].ratio.of.ratio, 0.5));
	assert_int_equal(c.rows[0].ratio.verdict, STATS_FASTER);
	assert_int_equal(c.rows[1].ratio.verdict, STATS_NO_DIFFERENCE);
	assert_int_equal(c.nsuites, 1);
	assert_true(near(c.suites[0].cost.ratio, sqrt(0.5)));
	report_pair_free(&c);
	report_free(&a);
	report_free(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, runs_open, runs_close)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(rows_stand_beside_native),	    TEST(nothing_is_divided_by_zero),
		TEST(many_comparisons_need_values), TEST(the_sentence_has_an_end),
		TEST(more_may_be_better),
		TEST(boots_are_the_values),	    TEST(images_are_not_mixed),
		TEST(vcpus_are_looked_at),	    TEST(others_are_not_used),
		TEST(few_and_odd_samples_are_said), TEST(facts_are_bounded),
		TEST(facts_that_differ_are_kept),   TEST(native_is_named),
		TEST(runs_are_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

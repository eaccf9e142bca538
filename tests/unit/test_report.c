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
#include "host/store_sql.h"

static char path[64];
static struct store *store;
static unsigned uuids;

static int setup(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/xlab-report.XXXXXX");
	fd = mkstemp(path);
	if (fd < 0 || close(fd) < 0 || unlink(path) < 0)
		return -1;
	return store_open(path, STORE_WRITE, &store);
}

static int teardown(void **state)
{
	(void)state;
	store_close(store);
	return unlink(path);
}

/* A boot that is being read into the store. */
struct boot {
	struct store_guest g;
	uint32_t seq;
};

static void say(struct boot *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct boot *b, const char *format, ...)
{
	char text[16384];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	assert_in_range(len, 1, sizeof(text) - 1);
	assert_int_equal(store_record(store, &b->g, ++b->seq, text, (size_t)len), 0);
}

/* more: further members of the guest's record, each with a comma before it. */
static struct boot boot(const char *run, const char *mode, const char *image, const char *more)
{
	struct boot b = { .seq = 0 };

	snprintf(b.g.run, sizeof(b.g.run), "%s", run);
	snprintf(b.g.uuid, sizeof(b.g.uuid), "u%u", ++uuids);
	snprintf(b.g.asked, sizeof(b.g.asked), "%s", mode);
	snprintf(b.g.image, sizeof(b.g.image), "%s", image);
	strcpy(b.g.workload, "w");
	strcpy(b.g.size, "quick");
	assert_int_equal(store_guest_get(store, &b.g), 0);
	say(&b, "{\"type\":\"guest\",\"mode\":\"%s\",\"link\":\"xenstore\"%s}", mode, more);
	return b;
}

/* n samples: first, first + step, ... */
static void measure(struct boot *b, const char *benchmark, int n, double first, double step,
		    const char *more)
{
	for (int i = 0; i < n; i++)
		say(b,
		    "{\"type\":\"sample\",\"workload\":\"w\",\"benchmark\":\"%s\",\"unit\":\"s\","
		    "\"index\":%d,\"ops\":1,\"value\":%.9g%s}",
		    benchmark, i, first + i * step, more);
}

static void end(struct boot *b)
{
	say(b, "{\"type\":\"end\",\"steps\":1,\"failed\":0}");
	assert_int_equal(store_status(store, &b->g, STORE_DONE, NULL), 0);
}

static void quick_boot(const char *run, const char *mode, const char *benchmark, double first)
{
	struct boot b = boot(run, mode, "i", "");

	measure(&b, benchmark, 7, first, first / 100, "");
	end(&b);
}

static struct report load(const char *run)
{
	struct report r;

	assert_int_equal(report_load(store, run, &r), 0);
	return r;
}

static const struct report_row *find(const struct report *r, enum mode mode, const char *benchmark)
{
	for (size_t i = 0; i < r->nrows; i++)
		if (r->rows[i].mode == mode && !strcmp(r->rows[i].benchmark, benchmark))
			return &r->rows[i];
	fail_msg("no row of %s in %s", benchmark, mode_name(mode));
	return NULL;
}

static bool warns(const struct report *r, const char *of)
{
	size_t i;
	json_t *text;

	json_array_foreach(r->warnings, i,
			   text) if (strstr(json_string_value(text), of)) return true;
	return false;
}

static bool near(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fabs(b);
}

static void rows_stand_beside_native(void **state)
{
	const struct report_row *row;
	struct report r;

	(void)state;
	quick_boot("r", "pv", "a", 200);
	quick_boot("r", "native", "a", 100);
	r = load("r");
	assert_int_equal(r.nrows, 2);
	row = find(&r, MODE_PV, "a");
	assert_true(near(row->sum.median, 206));
	assert_true(row->native.known && near(row->native.of.ratio, 2));
	assert_true(row->native.of.interval.low > 1.9 && row->native.of.interval.high < 2.1);
	assert_int_equal(row->native.verdict, STATS_SLOWER);
	assert_int_equal(r.rows[0].mode, MODE_NATIVE);
	assert_int_equal(r.nsuites, 1);
	assert_true(near(r.suites[0].cost.ratio, 2));
	assert_false(warns(&r, "No native"));
	report_free(&r);
}

static void more_may_be_better(void **state)
{
	const struct report_row *row;
	struct report r;
	struct boot b;

	(void)state;
	b = boot("r", "native", "i", "");
	measure(&b, "rate", 7, 100, 1, ",\"better\":\"more\"");
	end(&b);
	b = boot("r", "pvh", "i", "");
	measure(&b, "rate", 7, 200, 2, ",\"better\":\"more\"");
	end(&b);
	r = load("r");
	row = find(&r, MODE_PVH, "rate");
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
		quick_boot("r", "pv", "a", 100 * i);
	r = load("r");
	row = find(&r, MODE_PV, "a");
	assert_int_equal(row->n, 35);
	assert_false(row->by_boot);
	assert_int_equal(row->nvalues, 35);
	assert_true(warns(&r, "two to 5 boots"));
	report_free(&r);
	quick_boot("r", "pv", "a", 600);
	r = load("r");
	row = find(&r, MODE_PV, "a");
	assert_true(row->by_boot);
	assert_int_equal(row->nvalues, 6);
	assert_true(near(row->sum.median, 1.03 * 350));
	assert_int_equal(row->samples[7].boot, 1);
	report_free(&r);
}

static void images_are_not_mixed(void **state)
{
	struct report r;
	struct boot b;

	(void)state;
	quick_boot("r", "native", "a", 100);
	quick_boot("r", "pv", "a", 150);
	b = boot("r", "pv", "other", "");
	measure(&b, "a", 7, 200, 1, "");
	end(&b);
	r = load("r");
	assert_int_equal(r.nrows, 3);
	assert_string_equal(r.rows[1].label, "a, i");
	assert_string_equal(r.rows[2].label, "a, other");
	assert_true(r.rows[1].native.known);
	assert_false(r.rows[2].native.known);
	assert_true(warns(&r, "Several images"));
	report_free(&r);
}

/* The native that has as many CPUs, or another, which is said. */
static void vcpus_are_looked_at(void **state)
{
	static const char *const cpus[] = { ",\"cpus\":1", ",\"cpus\":2", ",\"cpus\":4" };
	struct report r;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct boot b = boot("r", "pv", "i", cpus[i]);

		measure(&b, "a", 7, 100, 1, "");
		end(&b);
		if (i == 2)
			break;
		b = boot("r", "native", "i", cpus[i]);
		measure(&b, "a", 7, 100.0 / (double)(i + 1), 1, "");
		end(&b);
	}
	r = load("r");
	assert_int_equal(r.nrows, 5);
	assert_string_equal(r.rows[2].label, "a, 1 vcpus");
	assert_true(r.rows[2].native.of.ratio < 1.01 && !r.rows[2].other_vcpus);
	assert_true(r.rows[3].native.of.ratio > 1.8 && !r.rows[3].other_vcpus);
	assert_true(r.rows[4].other_vcpus);
	assert_true(warns(&r, "Native had another number of CPUs than: a, 4 vcpus in pv"));
	report_free(&r);
}

static void others_are_not_used(void **state)
{
	struct report r;
	struct boot b;

	(void)state;
	quick_boot("r", "pv", "a", 100);
	b = boot("r", "pv", "i", "");
	measure(&b, "a", 7, 900, 1, "");
	assert_int_equal(store_status(store, &b.g, STORE_LOST, "gone"), 0);
	quick_boot("s", "pv", "a", 500);
	r = load("r");
	assert_int_equal(r.nboots, 2);
	assert_int_equal(r.boots[1].samples, 7);
	assert_false(r.boots[1].used);
	assert_int_equal(find(&r, MODE_PV, "a")->n, 7);
	assert_true(warns(&r, "1 of 2 boots are not used") && warns(&r, "No native"));
	report_free(&r);
	r = load(NULL);
	assert_string_equal(r.run, "s");
	report_free(&r);
	assert_int_equal(report_load(store, "t", &r), -ENOENT);
}

static void few_and_odd_samples_are_said(void **state)
{
	struct report r;
	struct boot b = boot("r", "pv", "i", "");

	(void)state;
	measure(&b, "few", 3, 1, 1, "");
	measure(&b, "odd", 9, 100, 1, "");
	measure(&b, "odd", 1, 9000, 1, "");
	measure(&b, "huge", 1, 1e200, 1, "");
	end(&b);
	r = load("r");
	assert_int_equal(r.nrows, 2);
	assert_true(warns(&r, "Fewer than 6 values") && warns(&r, "(few in pv)"));
	assert_true(warns(&r, "1 outlier, none left out: odd in pv"));
	assert_true(warns(&r, "Samples beyond all measure are left out: 1."));
	assert_true(find(&r, MODE_PV, "odd")->samples[9].outlier);
	assert_true(find(&r, MODE_PV, "few")->sum.interval.low == 1);
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
		struct boot b;

		snprintf(more, sizeof(more), ",\"load\":%d", i);
		b = boot("r", "pv", "i", i ? more : many);
		end(&b);
	}
	r = load("r");
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
		struct boot b;

		snprintf(more, sizeof(more), ",\"clocksource\":\"c%d\"", i);
		b = boot("r", "pv", "i", more);
		measure(&b, "a", 1, 1, 1, "");
		end(&b);
	}
	r = load("r");
	texts = json_object_get(json_object_get(r.facts, "clocksource"), "pv");
	assert_int_equal(json_array_size(texts), 9);
	assert_string_equal(json_string_value(json_array_get(texts, 8)), "and others");
	assert_true(warns(&r, "The clock that times are read from is not the same"));
	report_free(&r);
}

static void runs_are_compared(void **state)
{
	struct report a, b;
	struct report_pair c;

	(void)state;
	quick_boot("a", "pv", "x", 100);
	quick_boot("a", "pv", "y", 100);
	quick_boot("a", "pvh", "x", 100);
	quick_boot("b", "pv", "x", 50);
	quick_boot("b", "pv", "y", 100);
	quick_boot("b", "hvm", "x", 1);
	quick_boot("b", "hvm", "z", 1);
	a = load("a");
	b = load("b");
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(rows_stand_beside_native),	    TEST(more_may_be_better),
		TEST(boots_are_the_values),	    TEST(images_are_not_mixed),
		TEST(vcpus_are_looked_at),	    TEST(others_are_not_used),
		TEST(few_and_odd_samples_are_said), TEST(facts_are_bounded),
		TEST(facts_that_differ_are_kept),   TEST(runs_are_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

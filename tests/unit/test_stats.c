/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "host/stats.h"
#include "host/stats_boot.h"

static void check(double *values, size_t n, double low, double median, double high)
{
	struct stats s = stats_of(values, n);

	assert_true(s.low == low && s.median == median && s.high == high);
}

/* Ranks from the tables of the sign test: n = 5 none, 6 and 7 the extremes, 9 the second, 12 the
 * third. */
static void ranks_are_those_of_the_tables(void **state)
{
	double v[12];

	(void)state;
	for (size_t n = 1; n <= 12; n++) {
		static const int cut[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2 };

		for (size_t i = 0; i < n; i++)
			v[i] = (double)(n - i);
		check(v, n, 1 + cut[n], (double)(n + 1) / 2, (double)n - cut[n]);
	}
}

/* The interval must hold the true median, ln 2, in at least 95 % of trials with skewed values. */
static void interval_covers(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	int held = 0;

	(void)state;
	for (int trial = 0; trial < 2000; trial++) {
		double v[15];
		struct stats s;

		for (size_t i = 0; i < 15; i++)
			v[i] = gsl_ran_exponential(rng, 1);
		s = stats_of(v, 15);
		held += s.low <= log(2) && log(2) <= s.high;
	}
	gsl_rng_free(rng);
	assert_in_range(held, 1900, 1980);
}

static const double seven[] = { 3, 1, 4, 1.5, 9, 2.6, 5 };

static void summary_leaves_its_values(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	const struct stats_boot how = { rng, 1000, 0.95 };
	double v[7];
	struct stats_summary s;

	(void)state;
	memcpy(v, seven, sizeof(v));
	assert_int_equal(stats_summarise(v, 7, &how, &s), 0);
	assert_memory_equal(v, seven, sizeof(v));
	assert_true(s.n == 7 && s.min == 1 && s.median == 3 && s.max == 9);
	assert_true(s.interval.conf == 0.95 && s.interval.low < 3 && 3 < s.interval.high);
	gsl_rng_free(rng);
}

static void summary_of_few(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	const struct stats_boot how = { rng, 1000, 0.95 };
	static const double equal[] = { 5, 5 };
	struct stats_summary s;

	(void)state;
	assert_int_equal(stats_summarise(seven, 0, &how, &s), -EINVAL);
	assert_int_equal(stats_summarise(seven, 1, &how, &s), 0);
	assert_true(s.min == 3 && s.q1 == 3 && s.median == 3 && s.q3 == 3 && s.max == 3 &&
		    s.mean == 3);
	assert_true(isnan(s.sd) && isnan(s.mad) && s.interval.conf == 0);
	assert_int_equal(stats_summarise(seven, 2, &how, &s), 0);
	assert_true(s.q1 == 1.5 && s.median == 2 && s.q3 == 2.5 && s.mean == 2);
	assert_true(fabs(s.sd - M_SQRT2) < 1e-12 && fabs(s.mad - 1.4826) < 1e-4);
	assert_int_equal(stats_summarise(equal, 2, &how, &s), 0);
	assert_true(s.sd == 0 && s.mad == 0);
	gsl_rng_free(rng);
}

static void outliers_are_named(void **state)
{
	static const double v[] = { 10.1, 50, 9.9, 10, 10.2, -30, 9.8 };
	static const double nearly[] = { 5, 5, 5, 5, 5, 5.5, 5 }, equal[] = { 5, 5, 5 };
	size_t index[7], n;

	(void)state;
	assert_int_equal(stats_outliers(v, 7, index, &n), 0);
	assert_true(n == 2 && index[0] == 1 && index[1] == 5);
	assert_int_equal(stats_outliers(nearly, 7, index, &n), 0);
	assert_true(n == 1 && index[0] == 5);
	assert_int_equal(stats_outliers(equal, 3, index, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(stats_outliers(v, 1, index, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(stats_outliers(v, 0, index, &n), -EINVAL);
}

/* What is between the ranks of the sign test is between its levels. */
static void interval_is_interpolated(void **state)
{
	static const double levels[] = { 0.875, 0.9, 0.95, 0.984375 };
	struct stats_interval i, before = { 0 };

	(void)state;
	for (size_t j = 0; j < 4; j++) {
		assert_int_equal(stats_median_interval(seven, 7, levels[j], &i), 0);
		assert_true(i.conf == levels[j]);
		assert_true(!j || (i.low < before.low && i.high > before.high));
		before = i;
	}
	assert_true(fabs(i.low - 1) < 1e-9 && fabs(i.high - 9) < 1e-9);
	assert_int_equal(stats_median_interval(seven, 7, 0.875, &i), 0);
	assert_true(fabs(i.low - 1.5) < 1e-9 && fabs(i.high - 5) < 1e-9);
}

static void interval_of_few(void **state)
{
	struct stats_interval i;

	(void)state;
	assert_int_equal(stats_interval_needs(0.5), 2);
	assert_int_equal(stats_interval_needs(0.95), 6);
	assert_int_equal(stats_interval_needs(0.99), 8);
	assert_int_equal(stats_median_interval(seven, 5, 0.95, &i), 0);
	assert_true(i.low == 1 && i.high == 9 && fabs(i.conf - 0.9375) < 1e-12);
	assert_int_equal(stats_median_interval(seven, 1, 0.95, &i), 0);
	assert_true(i.low == 3 && i.high == 3 && fabs(i.conf) < 1e-12);
	assert_int_equal(stats_median_interval(seven, 2, 0.5, &i), 0);
	assert_true(fabs(i.low - 1) < 1e-9 && fabs(i.high - 3) < 1e-9 && i.conf == 0.5);
}

static void levels_and_values_are_checked(void **state)
{
	static const double levels[] = { 0.49, 1, NAN, INFINITY },
			    bad[] = { NAN, INFINITY, 1.1e100 };
	struct stats_interval i;
	size_t n;

	(void)state;
	for (size_t j = 0; j < 4; j++) {
		assert_int_equal(stats_interval_needs(levels[j]), 0);
		assert_int_equal(stats_median_interval(seven, 7, levels[j], &i), -EINVAL);
		assert_int_equal(stats_precise_enough(seven, 7, levels[j], 0.1), -EINVAL);
	}
	for (size_t j = 0; j < 3; j++) {
		assert_int_equal(stats_median_interval(&bad[j], 1, 0.95, &i), -EDOM);
		assert_int_equal(stats_precise_enough(&bad[j], 1, 0.95, 0.1), -EDOM);
		assert_int_equal(stats_outliers(&bad[j], 1, &n, &n), -EDOM);
	}
	assert_int_equal(stats_precise_enough(seven, 0, 0.95, 0.1), -EINVAL);
	assert_int_equal(stats_precise_enough(seven, 7, 0.95, -0.1), -EINVAL);
	assert_int_equal(stats_precise_enough(seven, 7, 0.95, NAN), -EINVAL);
}

/* Six values from 98 to 102: the extremes are a little more than the interval, which is 2 % wide to
 * each side. */
static void precision_is_relative(void **state)
{
	static const double v[] = { 98, 99, 100, 100, 101, 102 },
			    minus[] = { -98, -99, -100, -100, -101, -102 };
	static const double zero[] = { 0, 0, 0, 0, 0, 0 }, around[] = { -1, -1, 0, 0, 1, 1 };

	(void)state;
	assert_int_equal(stats_precise_enough(v, 6, 0.95, 0.02), 1);
	assert_int_equal(stats_precise_enough(v, 6, 0.95, 0.015), 0);
	assert_int_equal(stats_precise_enough(v, 5, 0.95, 0.5), 0);
	assert_int_equal(stats_precise_enough(minus, 6, 0.95, 0.02), 1);
	assert_int_equal(stats_precise_enough(minus, 6, 0.95, 0.015), 0);
	assert_int_equal(stats_precise_enough(zero, 6, 0.95, 0), 1);
	assert_int_equal(stats_precise_enough(zero, 5, 0.95, 0), 0);
	assert_int_equal(stats_precise_enough(around, 6, 0.95, 100), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranks_are_those_of_the_tables),
		cmocka_unit_test(interval_covers),
		cmocka_unit_test(summary_leaves_its_values),
		cmocka_unit_test(summary_of_few),
		cmocka_unit_test(outliers_are_named),
		cmocka_unit_test(interval_is_interpolated),
		cmocka_unit_test(interval_of_few),
		cmocka_unit_test(levels_and_values_are_checked),
		cmocka_unit_test(precision_is_relative),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}

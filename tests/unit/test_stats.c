/* SPDX-License-Identifier: ISC */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "host/stats.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranks_are_those_of_the_tables),
		cmocka_unit_test(interval_covers),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/stats_boot.h"

static const double seven[] = { 3, 1, 4, 1.5, 9, 2.6, 5 },
		    base[] = { 2, 2.2, 1.9, 2.1, 2.4, 1.7, 2.05 };
static struct stats_boot how = { .resamples = 1000, .conf = 0.95 };

static int seed(void **state)
{
	(void)state;
	gsl_rng_set(how.rng, 7);
	return 0;
}

static void same_seed_same_interval(void **state)
{
	struct stats_interval a, b;

	assert_int_equal(stats_boot_median(seven, 7, &how, &a), 0);
	assert_int_equal(stats_boot_median(seven, 7, &how, &b), 0);
	assert_true(a.low != b.low || a.high != b.high);
	seed(state);
	assert_int_equal(stats_boot_median(seven, 7, &how, &b), 0);
	assert_true(a.low == b.low && a.high == b.high && a.conf == b.conf);
}

static void interval_is_within_the_values(void **state)
{
	struct stats_interval i;

	(void)state;
	assert_int_equal(stats_boot_median(seven, 7, &how, &i), 0);
	assert_true(1 <= i.low && i.low < 3 && 3 < i.high && i.high <= 9);
	assert_true(i.conf == 0.95);
}

/* 32 values take one number of the generator for their half, 33 take two. */
static void many_values_make_it_narrow(void **state)
{
	const struct stats_boot many = { how.rng, 20000, 0.95 };
	static const size_t sizes[] = { 31, 32, 33, 64, 65, 1001 };
	double v[1001];

	(void)state;
	for (size_t t = 0; t < sizeof(sizes) / sizeof(*sizes); t++) {
		struct stats_interval i, closed;
		size_t n = sizes[t];

		for (size_t j = 0; j < n; j++)
			v[j] = (double)j;
		assert_int_equal(stats_boot_median(v, n, &many, &i), 0);
		assert_int_equal(stats_median_interval(v, n, 0.95, &closed), 0);
		assert_true(fabs(i.low - closed.low) < (closed.high - closed.low) / 10);
		assert_true(fabs(i.high - closed.high) < (closed.high - closed.low) / 10);
	}
}

static void few_values_give_their_extremes(void **state)
{
	struct stats_interval i;
	struct stats_ratio r;

	(void)state;
	assert_int_equal(stats_boot_median(seven, 1, &how, &i), 0);
	assert_true(i.low == 3 && i.high == 3 && i.conf == 0);
	assert_int_equal(stats_boot_median(seven, 2, &how, &i), 0);
	assert_true(i.low == 1 && i.high == 3 && i.conf == 0.5);
	assert_int_equal(stats_boot_median(seven, 5, &how, &i), 0);
	assert_true(i.low == 1 && i.high == 9 && i.conf == 0.9375);
	assert_int_equal(stats_boot_median(seven, 6, &how, &i), 0);
	assert_true(i.conf == 0.95);

	assert_int_equal(stats_boot_ratio(&(struct stats_pair){ seven, 2, base, 7 }, &how, &r), 0);
	assert_true(fabs(r.ratio - 2 / 2.05) < 1e-12);
	assert_true(fabs(r.interval.low - 1 / 2.4) < 1e-12);
	assert_true(fabs(r.interval.high - 3 / 1.7) < 1e-12);
	assert_true(fabs(r.interval.conf - 0.5 * (1 - 1 / 64.0)) < 1e-12);
}

static void equal_values_have_a_point(void **state)
{
	static const double five[] = { 5, 5, 5, 5, 5, 5, 5 };
	struct stats_interval i;
	struct stats_ratio r;

	(void)state;
	assert_int_equal(stats_boot_median(five, 7, &how, &i), 0);
	assert_true(i.low == 5 && i.high == 5);
	assert_int_equal(stats_boot_ratio(&(struct stats_pair){ five, 7, five, 7 }, &how, &r), 0);
	assert_true(r.ratio == 1 && r.interval.low == 1 && r.interval.high == 1);
}

/* A ratio the other way round is one by it, and so are the ends of its interval, but for chance. */
static void ratio_turns_round(void **state)
{
	struct stats_boot many = { how.rng, 50000, 0.95 };
	struct stats_ratio r, turned;

	(void)state;
	assert_int_equal(stats_boot_ratio(&(struct stats_pair){ seven, 7, base, 7 }, &many, &r), 0);
	assert_int_equal(
		stats_boot_ratio(&(struct stats_pair){ base, 7, seven, 7 }, &many, &turned), 0);
	assert_true(fabs(r.ratio - 3 / 2.05) < 1e-12);
	assert_true(fabs(r.ratio * turned.ratio - 1) < 1e-12);
	assert_true(fabs(r.interval.low * turned.interval.high - 1) < 0.02);
	assert_true(fabs(r.interval.high * turned.interval.low - 1) < 0.02);
}

/* A benchmark and the same with its base for values come to 1. */
static void suite_is_a_geometric_mean(void **state)
{
	const struct stats_pair p[] = { { seven, 7, base, 7 }, { base, 7, seven, 7 } };
	struct stats_ratio r;

	(void)state;
	assert_int_equal(stats_boot_suite(p, 2, &how, &r), 0);
	assert_true(fabs(r.ratio - 1) < 1e-12);
	assert_true(r.interval.low < 1 && 1 < r.interval.high);
}

static void nonsense_is_refused(void **state)
{
	static const double bad[] = { NAN, INFINITY, -INFINITY, 2 * STATS_VALUE_MAX };
	gsl_rng *short_numbers = gsl_rng_alloc(gsl_rng_minstd);
	struct stats_boot worse[] = { how, how, how, how };
	struct stats_interval i;

	(void)state;
	assert_int_equal(stats_boot_median(seven, 0, &how, &i), -EINVAL);
	for (size_t j = 0; j < 4; j++)
		assert_int_equal(stats_boot_median(&bad[j], 1, &how, &i), -EDOM);
	worse[0].rng = short_numbers;
	worse[1].resamples = STATS_RESAMPLES_MIN - 1;
	worse[2].conf = 1;
	worse[3].conf = NAN;
	for (size_t j = 0; j < 4; j++)
		assert_int_equal(stats_boot_median(seven, 7, &worse[j], &i), -EINVAL);
	gsl_rng_free(short_numbers);
}

static void ratio_of_nonsense_is_refused(void **state)
{
	static const double bad[] = { NAN, 0, -1, 1e-101 };
	struct stats_ratio r;

	(void)state;
	for (size_t j = 0; j < 4; j++) {
		struct stats_pair p = { seven, 7, &bad[j], 1 };

		assert_int_equal(stats_boot_ratio(&p, &how, &r), -EDOM);
		p = (struct stats_pair){ &bad[j], 1, seven, 7 };
		assert_int_equal(stats_boot_ratio(&p, &how, &r), -EDOM);
	}
	assert_int_equal(stats_boot_ratio(&(struct stats_pair){ seven, 7, seven, 0 }, &how, &r),
			 -EINVAL);
	assert_int_equal(stats_boot_suite(NULL, 0, &how, &r), -EINVAL);
}

/* The largest values that are taken, by the smallest. */
static void extremes_stay_finite(void **state)
{
	static const double most = STATS_VALUE_MAX, least = 1 / STATS_VALUE_MAX;
	struct stats_ratio r;

	(void)state;
	assert_int_equal(stats_boot_ratio(&(struct stats_pair){ &most, 1, &least, 1 }, &how, &r),
			 0);
	assert_true(isfinite(r.ratio) && isfinite(r.interval.low) && isfinite(r.interval.high));
}

static int make(void **state)
{
	(void)state;
	how.rng = gsl_rng_alloc(gsl_rng_mt19937);
	return !how.rng;
}

static int unmake(void **state)
{
	(void)state;
	gsl_rng_free(how.rng);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(same_seed_same_interval, seed),
		cmocka_unit_test_setup(interval_is_within_the_values, seed),
		cmocka_unit_test_setup(many_values_make_it_narrow, seed),
		cmocka_unit_test_setup(few_values_give_their_extremes, seed),
		cmocka_unit_test_setup(equal_values_have_a_point, seed),
		cmocka_unit_test_setup(ratio_turns_round, seed),
		cmocka_unit_test_setup(suite_is_a_geometric_mean, seed),
		cmocka_unit_test_setup(nonsense_is_refused, seed),
		cmocka_unit_test_setup(ratio_of_nonsense_is_refused, seed),
		cmocka_unit_test_setup(extremes_stay_finite, seed),
	};

	return cmocka_run_group_tests_name("stats_boot", tests, make, unmake);
}

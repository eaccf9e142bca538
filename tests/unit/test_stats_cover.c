/* SPDX-License-Identifier: ISC */
/* Intervals and verdicts on samples whose truth is known. Each test makes TRIALS of them, always
 * the same, and prints what the headers of host/stats*.h say. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>

#include "host/stats.h"
#include "host/stats_boot.h"
#include "host/stats_compare.h"
#include "host/stats_verdict.h"

#define TRIALS 2000
#define N_MAX 30

static double normal(gsl_rng *rng)
{
	return 10 + gsl_ran_ugaussian(rng);
}

static double lognormal(gsl_rng *rng)
{
	return gsl_ran_lognormal(rng, 0, 1);
}

static double exponential(gsl_rng *rng)
{
	return gsl_ran_exponential(rng, 1);
}

struct kind {
	const char *name;
	double (*draw)(gsl_rng *rng);
	double median;
};

static const struct kind kinds[] = {
	{ "normal", normal, 10 },
	{ "lognormal", lognormal, 1 },
	{ "exponential", exponential, M_LN2 },
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static const size_t sizes[] = { 7, 15, 30 };

#define SIZES (sizeof(sizes) / sizeof(*sizes))

/* Of trials and of resamples: one generator each, so that one does not depend on the other. */
static gsl_rng *world;
static struct stats_boot how = { .resamples = 199, .conf = 0.95 };

static void draw(double *values, size_t n, const struct kind *k, double factor)
{
	for (size_t i = 0; i < n; i++)
		values[i] = factor * k->draw(world);
}

static bool holds(const struct stats_interval *i, double truth)
{
	return i->low <= truth && truth <= i->high;
}

static bool all_good;

/* In %; between 93 and 97. */
static double good(int held)
{
	all_good &= held >= TRIALS * 93 / 100 && held <= TRIALS * 97 / 100;
	return 100.0 * held / TRIALS;
}

static double cover_median(const struct kind *k, size_t n)
{
	double v[N_MAX];
	struct stats_interval i;
	int held = 0;

	for (int t = 0; t < TRIALS; t++) {
		draw(v, n, k, 1);
		assert_int_equal(stats_boot_median(v, n, &how, &i), 0);
		held += holds(&i, k->median);
	}
	return good(held);
}

static double cover_interpolated(const struct kind *k, size_t n)
{
	double v[N_MAX];
	struct stats_interval i;
	int held = 0;

	for (int t = 0; t < TRIALS; t++) {
		draw(v, n, k, 1);
		assert_int_equal(stats_median_interval(v, n, 0.95, &i), 0);
		held += holds(&i, k->median);
	}
	return good(held);
}

/* Of two samples of one kind, one of which is 1.5 times the other. */
static double cover_ratio(const struct kind *k, size_t n)
{
	double a[N_MAX], b[N_MAX];
	const struct stats_pair p = { a, n, b, n };
	struct stats_ratio r;
	int held = 0;

	for (int t = 0; t < TRIALS; t++) {
		draw(a, n, k, 1.5);
		draw(b, n, k, 1);
		assert_int_equal(stats_boot_ratio(&p, &how, &r), 0);
		held += holds(&r.interval, 1.5);
	}
	return good(held);
}

static void cover(const char *what, double (*share)(const struct kind *k, size_t n))
{
	for (size_t i = 0; i < KINDS; i++) {
		printf("# %-20s %-12s", what, kinds[i].name);
		for (size_t j = 0; j < SIZES; j++)
			printf(" %6.2f", share(&kinds[i], sizes[j]));
		printf("\n");
	}
	assert_true(all_good);
}

static void medians_are_covered(void **state)
{
	(void)state;
	cover("median", cover_median);
}

static void interpolated_medians_are_covered(void **state)
{
	(void)state;
	cover("median, interpolated", cover_interpolated);
}

static void ratios_are_covered(void **state)
{
	(void)state;
	cover("ratio", cover_ratio);
}

/* 7 values beside 30. */
static void uneven_ratios_are_covered(void **state)
{
	double a[7], b[30];
	const struct stats_pair p = { a, 7, b, 30 };
	struct stats_ratio r;

	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		int held = 0;

		for (int t = 0; t < TRIALS; t++) {
			draw(a, 7, &kinds[i], 1);
			draw(b, 30, &kinds[i], 1);
			assert_int_equal(stats_boot_ratio(&p, &how, &r), 0);
			held += holds(&r.interval, 1);
		}
		printf("# ratio, 7 by 30       %-12s %6.2f\n", kinds[i].name, good(held));
	}
	assert_true(all_good);
}

/* A benchmark of each kind, with ratios of 1, 2, and 3. */
static double cover_suite(size_t n)
{
	double v[2 * KINDS][N_MAX];
	struct stats_pair p[KINDS];
	struct stats_ratio r;
	int held = 0;

	for (int t = 0; t < TRIALS; t++) {
		for (size_t i = 0; i < KINDS; i++) {
			draw(v[2 * i], n, &kinds[i], (double)i + 1);
			draw(v[2 * i + 1], n, &kinds[i], 1);
			p[i] = (struct stats_pair){ v[2 * i], n, v[2 * i + 1], n };
		}
		assert_int_equal(stats_boot_suite(p, KINDS, &how, &r), 0);
		held += holds(&r.interval, cbrt(6));
	}
	return good(held);
}

static void suites_are_covered(void **state)
{
	(void)state;
	printf("# geometric mean of three, n = 7: %.2f\n", cover_suite(7));
	printf("# geometric mean of three, n = 30: %.2f\n", cover_suite(30));
	assert_true(all_good);
}

/* How often of TRIALS a verdict other than "no difference shown" comes. */
static int differences(const struct kind *k, size_t n, double factor)
{
	static const struct stats_rule rule = { 0.05, 1, false };
	double a[N_MAX], b[N_MAX];
	const struct stats_pair p = { a, n, b, n };
	int said = 0;

	for (int t = 0; t < TRIALS; t++) {
		struct stats_mann_whitney m;
		struct stats_ratio r;

		draw(a, n, k, factor);
		draw(b, n, k, 1);
		assert_int_equal(stats_boot_ratio(&p, &how, &r), 0);
		assert_int_equal(stats_mann_whitney(a, n, b, n, &m), 0);
		said += stats_verdict(&r, &m, m.p, &rule) != STATS_NO_DIFFERENCE;
	}
	return said;
}

static double steady(gsl_rng *rng)
{
	return 1 + gsl_ran_gaussian(rng, 0.05);
}

static void verdicts_are_seldom_wrong(void **state)
{
	static const struct kind small = { "steady", steady, 1 };
	int found[2];

	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		int said = differences(&kinds[i], 7, 1);

		printf("# said, none there, n = 7: %-12s %6.2f\n", kinds[i].name,
		       100.0 * said / TRIALS);
		assert_in_range(said, 1, TRIALS * 5 / 100);
	}
	for (size_t j = 0; j < 2; j++) {
		found[j] = differences(&small, sizes[j], 1.1);
		printf("# said, a tenth there, n = %zu: %6.2f\n", sizes[j],
		       100.0 * found[j] / TRIALS);
	}
	assert_true(found[1] > found[0] && found[1] > TRIALS * 9 / 10);
}

static double tenth(gsl_rng *rng)
{
	return 10 + gsl_ran_ugaussian(rng);
}

/* From 7 values on, until it is enough or there are 30. */
static void stopping_costs_little(void **state)
{
	static const struct kind k = { "tenth", tenth, 10 };
	double v[N_MAX];
	int held = 0;
	size_t used = 0;

	(void)state;
	for (int t = 0; t < TRIALS; t++) {
		struct stats_interval i;
		size_t n = 7;

		draw(v, N_MAX, &k, 1);
		while (n < N_MAX && !stats_precise_enough(v, n, 0.95, 0.05))
			n++;
		assert_int_equal(stats_median_interval(v, n, 0.95, &i), 0);
		held += holds(&i, 10);
		used += n;
	}
	printf("# stopping: %.2f %% with %.1f values\n", 100.0 * held / TRIALS,
	       (double)used / TRIALS);
	assert_in_range(held, TRIALS * 85 / 100, TRIALS * 97 / 100);
	assert_true(used < (size_t)TRIALS * N_MAX);
}

static bool beyond_fences(const double *values, size_t n)
{
	double v[N_MAX], q1, q3;

	for (size_t i = 0; i < n; i++)
		v[i] = values[i];
	gsl_sort(v, 1, n);
	q1 = gsl_stats_quantile_from_sorted_data(v, 1, n, 0.25);
	q3 = gsl_stats_quantile_from_sorted_data(v, 1, n, 0.75);
	return v[0] < q1 - 1.5 * (q3 - q1) || v[n - 1] > q3 + 1.5 * (q3 - q1);
}

/* Our rule and Tukey's on samples that have no outlier. */
static void few_normal_values_are_outliers(void **state)
{
	double v[N_MAX];
	size_t index[N_MAX], n;

	(void)state;
	for (size_t j = 0; j < SIZES; j++) {
		int ours = 0, fences = 0;

		for (int t = 0; t < TRIALS; t++) {
			draw(v, sizes[j], &kinds[0], 1);
			assert_int_equal(stats_outliers(v, sizes[j], index, &n), 0);
			ours += n > 0;
			fences += beyond_fences(v, sizes[j]);
		}
		printf("# outliers, n = %zu: %.2f %%, fences %.2f %%\n", sizes[j],
		       100.0 * ours / TRIALS, 100.0 * fences / TRIALS);
		assert_in_range(ours, 1, fences - 1);
	}
}

/* Every test begins with the same numbers, whichever ran before it. */
static int seed(void **state)
{
	(void)state;
	all_good = true;
	gsl_rng_set(world, 1);
	gsl_rng_set(how.rng, 2);
	return 0;
}

static int make(void **state)
{
	(void)state;
	world = gsl_rng_alloc(gsl_rng_mt19937);
	how.rng = gsl_rng_alloc(gsl_rng_mt19937);
	return !world || !how.rng;
}

static int unmake(void **state)
{
	(void)state;
	gsl_rng_free(world);
	gsl_rng_free(how.rng);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(medians_are_covered, seed),
		cmocka_unit_test_setup(interpolated_medians_are_covered, seed),
		cmocka_unit_test_setup(ratios_are_covered, seed),
		cmocka_unit_test_setup(uneven_ratios_are_covered, seed),
		cmocka_unit_test_setup(suites_are_covered, seed),
		cmocka_unit_test_setup(verdicts_are_seldom_wrong, seed),
		cmocka_unit_test_setup(stopping_costs_little, seed),
		cmocka_unit_test_setup(few_normal_values_are_outliers, seed),
	};

	return cmocka_run_group_tests_name("stats_cover", tests, make, unmake);
}

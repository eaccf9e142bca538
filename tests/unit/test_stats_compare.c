/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/stats.h"
#include "host/stats_compare.h"
#include "host/stats_verdict.h"

/* To as many digits as were printed. */
#define assert_near(a, b, error) assert_true(fabs((a) - (b)) <= (error))

static const double low[] = { 1, 2, 3, 4, 5, 6 }, high[] = { 11, 12, 13, 14, 15, 16 };

/* Hours of sleep won, Cushny and Peebles, of Student, Biometrika 6 (1908), 20; Welch's test of them
 * as the manual of R's t.test() has it. */
static void welch_of_sleep(void **state)
{
	static const double a[] = { 0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2 };
	static const double b[] = { 1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4 };
	struct stats_welch w;

	(void)state;
	assert_int_equal(stats_welch(a, 10, b, 10, &w), 0);
	assert_near(w.t, -1.8608, 5e-5);
	assert_near(w.df, 17.776, 5e-4);
	assert_near(w.p, 0.07939, 5e-6);
	assert_near(w.diff, 0.75 - 2.33, 1e-12);
}

/* Permeability of membranes, Hollander and Wolfe, Nonparametric Statistical Methods (1973), 4.1,
 * where the one-sided p is 0.1272. */
static void mann_whitney_of_membranes(void **state)
{
	static const double a[] = { 0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46 };
	static const double b[] = { 1.15, 0.88, 0.90, 0.74, 1.21 };
	struct stats_mann_whitney m;

	(void)state;
	assert_int_equal(stats_mann_whitney(a, 10, b, 5, &m), 0);
	assert_true(m.exact && m.u == 35);
	assert_near(m.p / 2, 0.1272, 5e-5);
	assert_near(m.larger, 0.7, 1e-12);
	assert_near(m.delta, 0.4, 1e-12);
}

/* All choices of three ranks of six: 1 of 20 has no pair, 1 one, 2 two, 3 three, 3 four. */
static void small_p_is_counted(void **state)
{
	static const double b[][3] = {
		{ 4, 5, 6 }, { 3, 5, 6 }, { 2, 5, 6 }, { 1, 5, 6 }, { 2, 3, 6 }
	};
	static const double a[][3] = {
		{ 1, 2, 3 }, { 1, 2, 4 }, { 1, 3, 4 }, { 2, 3, 4 }, { 1, 4, 5 }
	};
	static const double share[] = { 2, 4, 8, 14, 20 };
	struct stats_mann_whitney m;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(stats_mann_whitney(a[i], 3, b[i], 3, &m), 0);
		assert_true(m.exact && m.u == (double)i);
		assert_near(m.p, share[i] / 20, 1e-12);
		assert_int_equal(stats_mann_whitney(b[i], 3, a[i], 3, &m), 0);
		assert_true(m.u == 9 - (double)i);
		assert_near(m.p, share[i] / 20, 1e-12);
	}
}

static void ties_are_not_exact(void **state)
{
	static const double a[] = { 1, 2, 2, 3 }, b[] = { 2, 4, 5 };
	struct stats_mann_whitney m;

	(void)state;
	assert_int_equal(stats_mann_whitney(a, 4, b, 3, &m), 0);
	assert_false(m.exact);
	assert_true(m.u == 2);
	assert_true(m.p > 0 && m.p < 1);
}

static void many_values_are_not_exact(void **state)
{
	double v[2 * STATS_EXACT_N];
	struct stats_mann_whitney m;

	(void)state;
	for (size_t i = 0; i < 2 * STATS_EXACT_N; i++)
		v[i] = (double)i;
	assert_int_equal(stats_mann_whitney(v, STATS_EXACT_N - 1, v + STATS_EXACT_N,
					    STATS_EXACT_N - 1, &m),
			 0);
	assert_true(m.exact && m.p > 0 && m.p < 1e-27 && m.larger == 0);
	assert_near(m.p / stats_mann_whitney_least(STATS_EXACT_N - 1, STATS_EXACT_N - 1), 1, 1e-9);
	assert_int_equal(stats_mann_whitney(v, STATS_EXACT_N, v + STATS_EXACT_N, STATS_EXACT_N, &m),
			 0);
	assert_false(m.exact);
	assert_true(m.p < 1e-15 && m.larger == 0);
}

static void equal_values_do_not_differ(void **state)
{
	static const double five[] = { 5, 5, 5 };
	struct stats_mann_whitney m;
	struct stats_welch w;

	(void)state;
	assert_int_equal(stats_mann_whitney(five, 3, five, 3, &m), 0);
	assert_true(m.p == 1 && m.larger == 0.5 && m.delta == 0 && !m.exact);
	assert_int_equal(stats_welch(five, 3, five, 3, &w), -EDOM);
	assert_int_equal(stats_welch(five, 3, low, 6, &w), 0);
	assert_int_equal(stats_welch(low, 6, low, 6, &w), 0);
	assert_true(w.t == 0 && w.g == 0);
	assert_near(w.p, 1, 1e-12);
}

static void small_and_bad_samples(void **state)
{
	static const double bad[] = { NAN, INFINITY, -2 * STATS_VALUE_MAX };
	struct stats_mann_whitney m;
	struct stats_welch w;

	(void)state;
	assert_int_equal(stats_mann_whitney(low, 1, high, 1, &m), 0);
	assert_true(m.u == 0 && m.p == 1);
	assert_int_equal(stats_mann_whitney(low, 0, high, 1, &m), -EINVAL);
	assert_int_equal(stats_mann_whitney(low, 1, high, 0, &m), -EINVAL);
	assert_int_equal(stats_welch(low, 0, high, 2, &w), -EINVAL);
	assert_int_equal(stats_welch(low, 1, high, 2, &w), -EDOM);
	assert_int_equal(stats_welch(low, 2, high, 1, &w), -EDOM);
	assert_int_equal(stats_welch(low, 2, high, 2, &w), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(stats_mann_whitney(low, 6, &bad[i], 1, &m), -EDOM);
		assert_int_equal(stats_welch(&bad[i], 1, low, 6, &w), -EDOM);
	}
}

/* By hand: 0.01 four times, 0.02 thrice, 0.03 twice; the last may not be less than the one before.
 */
static void holm_by_hand(void **state)
{
	static const double p[] = { 0.03, 0.01, 0.04, 0.02 },
			    corrected[] = { 0.06, 0.04, 0.06, 0.06 };
	static const double bad[] = { -0.1, 1.1, NAN };
	double out[4];

	(void)state;
	assert_int_equal(stats_holm(p, 4, out), 0);
	for (size_t i = 0; i < 4; i++)
		assert_near(out[i], corrected[i], 1e-12);
	assert_int_equal(stats_holm((double[]){ 0.9, 0.8 }, 2, out), 0);
	assert_true(out[0] == 1 && out[1] == 1);
	assert_int_equal(stats_holm(p, 0, out), -EINVAL);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(stats_holm(&bad[i], 1, out), -EDOM);
}

static void smallest_n(void **state)
{
	(void)state;
	assert_int_equal(stats_verdict_needs(&(struct stats_rule){ 0.05, 1, false }), 6);
	assert_int_equal(stats_verdict_needs(&(struct stats_rule){ 0.05, 23, false }), 6);
	assert_int_equal(stats_verdict_needs(&(struct stats_rule){ 0.05, 24, false }), 7);
	assert_int_equal(stats_verdict_needs(&(struct stats_rule){ 0.01, 1, false }), 8);
	assert_int_equal(stats_verdict_needs(&(struct stats_rule){ 0, 1, false }), 0);
	assert_int_equal(stats_verdict_needs(&(struct stats_rule){ 0.05, 0, false }), 0);
	assert_int_equal(stats_verdict_needs(&(struct stats_rule){ NAN, 1, false }), 0);
}

struct said {
	double low, high, conf; /* of the ratio */
	double larger, p;
	size_t n;
	bool more_is_better;
	enum stats_verdict verdict;
};

static void verdict_table(void **state)
{
	static const struct said tab[] = {
		{ 1.1, 1.3, 0.95, 0.9, 0.01, 7, false, STATS_SLOWER },
		{ 1.1, 1.3, 0.95, 0.9, 0.01, 7, true, STATS_FASTER },
		{ 0.7, 0.9, 0.95, 0.1, 0.01, 7, false, STATS_FASTER },
		{ 0.7, 0.9, 0.95, 0.1, 0.01, 7, true, STATS_SLOWER },
		/* the interval holds 1, or only touches it; p is too large; they point to two ways
		 */
		{ 0.9, 1.3, 0.95, 0.9, 0.01, 7, false, STATS_NO_DIFFERENCE },
		{ 1.0, 1.3, 0.95, 0.9, 0.01, 7, false, STATS_NO_DIFFERENCE },
		{ 1.1, 1.3, 0.95, 0.9, 0.051, 7, false, STATS_NO_DIFFERENCE },
		{ 1.1, 1.3, 0.95, 0.1, 0.01, 7, false, STATS_NO_DIFFERENCE },
		{ 0.7, 0.9, 0.95, 0.9, 0.01, 7, false, STATS_NO_DIFFERENCE },
		/* what is just small enough is; a better level is good too */
		{ 1.1, 1.3, 0.99, 0.9, 0.05, 7, false, STATS_SLOWER },
		/* the interval is of no good level; too few values for any */
		{ 1.1, 1.3, 0.90, 0.9, 0.01, 7, false, STATS_TOO_FEW },
		{ 0.9, 1.3, 0.95, 0.6, 0.50, 5, false, STATS_TOO_FEW },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tab) / sizeof(*tab); i++) {
		const struct said *t = &tab[i];
		struct stats_ratio r = { 1, { t->low, t->high, t->conf } };
		struct stats_mann_whitney m = { .larger = t->larger, .an = t->n, .bn = t->n };
		struct stats_rule rule = { 0.05, 1, t->more_is_better };

		assert_int_equal(stats_verdict(&r, &m, t->p, &rule), t->verdict);
	}
}

static void verdicts_have_words(void **state)
{
	(void)state;
	assert_string_equal(stats_verdict_words(STATS_FASTER), "faster");
	assert_string_equal(stats_verdict_words(STATS_SLOWER), "slower");
	assert_string_equal(stats_verdict_words(STATS_NO_DIFFERENCE), "no difference shown");
	assert_string_equal(stats_verdict_words(STATS_TOO_FEW), "not enough samples");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(welch_of_sleep),
		cmocka_unit_test(mann_whitney_of_membranes),
		cmocka_unit_test(small_p_is_counted),
		cmocka_unit_test(ties_are_not_exact),
		cmocka_unit_test(many_values_are_not_exact),
		cmocka_unit_test(equal_values_do_not_differ),
		cmocka_unit_test(small_and_bad_samples),
		cmocka_unit_test(holm_by_hand),
		cmocka_unit_test(smallest_n),
		cmocka_unit_test(verdict_table),
		cmocka_unit_test(verdicts_have_words),
	};

	return cmocka_run_group_tests_name("stats_compare", tests, NULL, NULL);
}

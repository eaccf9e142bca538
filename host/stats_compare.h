/* SPDX-License-Identifier: ISC */
/* Two samples, taken independently, compared: do they differ, and by how much. Errors are those of
 * stats.h. */
#ifndef HOST_STATS_COMPARE_H
#define HOST_STATS_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

/* Both smaller than this and no two values equal: the p of Mann and Whitney is exact. The same as
 * in R's wilcox.test(). */
#define STATS_EXACT_N 50

/* Of means, where spreads may differ (Welch, Biometrika 34 (1947), 28-35; df by Satterthwaite,
 * Biometrics Bulletin 2 (1946), 110-114). Trusts that means are normal: skewed samples of a few
 * values are better compared by stats_mann_whitney(). */
struct stats_welch {
	double diff; /* mean of a minus mean of b, in their unit */
	double t, df;
	double p; /* two-sided */
	double g; /* diff by the pooled sd, without its bias in small samples (Hedges, Journal of
		   * Educational Statistics 6 (1981), 107-128, exact) */
};

/* -EDOM also when a sample has but one value, or when neither has any spread: then there is no t.
 */
int stats_welch(const double *a, size_t an, const double *b, size_t bn, struct stats_welch *w);

/* Of ranks, whatever the distributions (Mann and Whitney, Annals of Mathematical Statistics 18
 * (1947), 50-60). */
struct stats_mann_whitney {
	double u;      /* pairs of a value of a and one of b where a's is larger; equal: a half */
	double p;      /* two-sided */
	bool exact;    /* else p is of a normal distribution, corrected for ties and continuity
			* (Hollander and Wolfe, Nonparametric Statistical Methods, 4.1) */
	double larger; /* the share u is of all pairs: A of Vargha and Delaney, Journal of
			* Educational and Behavioral Statistics 25 (2000), 101-132; 0.5: no effect
			*/
	double delta;  /* from -1 to 1, of Cliff, Psychological Bulletin 114 (1993), 494-509 */
	size_t an, bn;
};

/* Of values that are all equal p is 1. */
int stats_mann_whitney(const double *a, size_t an, const double *b, size_t bn,
		       struct stats_mann_whitney *m);

/* The smallest p that samples of these sizes can have: when all of one are beyond all of the other.
 */
double stats_mann_whitney_least(size_t an, size_t bn);

#endif

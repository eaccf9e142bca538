/* SPDX-License-Identifier: ISC */
/* Intervals by resampling: of a median, of a ratio of medians, of the geometric mean of such
 * ratios.
 *
 * The bootstrap is the smoothed Bayesian one (Banks, Histospline smoothing the Bayesian bootstrap,
 * Biometrika 75 (1988), 673-684; without smoothing Rubin, Annals of Statistics 9 (1981), 130-134):
 * the n values cut what was sampled from into n + 1 parts whose weights are those between n uniform
 * numbers; a resample is such weights, each spread evenly over the gap between two values, and its
 * median is where the sum of weights comes to a half. The two outer parts, which hold the median
 * with a probability of 2^-n each, are as narrow as the outermost values. An interval is what is
 * between two quantiles of resamples (percentiles).
 *
 * Why not draw values with replacement: the median of such a resample is one of few values. Of
 *seven values the interval goes from the second to the sixth, which hold the median in 87.5 of 100
 *cases and not in 95. BCa does not mend that, as its acceleration comes from a jackknife, which is
 *not consistent for a median (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, 11.6).
 *
 * What is made of several samples would get intervals that hold too often, up to 99 of 100, since
 *each sample's is as wide as its own few values ask for, and these uncertainties are not all large
 *at once. So the interval is narrowed, on a scale of logarithms, by what Welch and Satterthwaite
 *would have: a sample's half width is its standard error times a quantile of Student's t, with the
 *number of gaps in its interval for degrees of freedom; the standard errors are added up and so are
 *their degrees of freedom. That the gaps may be counted so is a rule of thumb, which the figures
 *bear out.
 *
 * How often of 2,000 trials intervals of level 0.95 held what they are of, in %, by the number of
 *values (tests/unit/test_stats_cover.c prints it, with 199 resamples, and fails outside of 93 to
 *97):
 *
 *	                        7     15     30
 *	median  normal      96.00  95.85  95.15
 *	        lognormal   94.75  95.30  94.15
 *	        exponential 94.80  94.90  95.05
 *	ratio   normal      96.50  96.55  95.95
 *	        lognormal   96.05  96.50  96.55
 *	        exponential 96.15  96.80  95.85
 *
 * of the ratio of 7 values to 30: 95.40, 94.50, 96.40; of the geometric mean of three ratios, one
 *of each kind, 96.10 with 7 values and 95.90 with 30.
 *
 * Errors are those of stats.h. -EINVAL also when rng does not give all numbers of 32 bits, or
 * resamples is less than STATS_RESAMPLES_MIN. */
#ifndef HOST_STATS_BOOT_H
#define HOST_STATS_BOOT_H

#include <stddef.h>

#include <gsl/gsl_rng.h>

#include "host/stats.h"

#define STATS_RESAMPLES_MIN 100

/* The same state of the same generator gives the same interval. The caller owns it, and notes with
 * what it was seeded. gsl_rng_mt19937 is good. 10,000 resamples leave the ends of an interval of
 * level 0.95 uncertain by 0.002 of level. */
struct stats_boot {
	gsl_rng *rng;
	size_t resamples;
	double conf;
};

int stats_boot_median(const double *values, size_t n, const struct stats_boot *how,
		      struct stats_interval *i);

/* What a benchmark gave, and what it gave where it is compared to. */
struct stats_pair {
	const double *values;
	size_t n;
	const double *base;
	size_t base_n;
};

/* Has no unit. */
struct stats_ratio {
	double ratio;
	struct stats_interval interval;
};

/* The median of values by that of base; each is resampled by itself. -EDOM also when one of the
 * values is not above 1 / STATS_VALUE_MAX. */
int stats_boot_ratio(const struct stats_pair *p, const struct stats_boot *how,
		     struct stats_ratio *r);

/* The geometric mean of the ratios of n benchmarks, which alone is the same whichever of the two is
 * the base (Fleming and Wallace, How not to lie with statistics, CACM 29 (1986), 218-221). Each
 * benchmark is resampled by itself; none is left out, so the interval is that of these benchmarks,
 * and not of any others. */
int stats_boot_suite(const struct stats_pair *pairs, size_t n, const struct stats_boot *how,
		     struct stats_ratio *r);

#endif

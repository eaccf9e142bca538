/* SPDX-License-Identifier: ISC */
/* Figures of one sample. Values are in whatever unit the benchmark has, and so are all results that
 * are not said to be something else. Nothing here keeps, prints or changes what it is given, but
 * stats_of(). All of it takes values for independent of each other, which repetitions in one boot
 * are not quite (Kalibera and Jones, Rigorous benchmarking in reasonable time, ISMM 2013): who has
 * several boots has the better intervals from one value a boot, the median of it.
 *
 * Functions that return an int refuse no values, or a level that makes no sense, with -EINVAL; NaN,
 * infinities and values beyond STATS_VALUE_MAX with -EDOM; and give -ENOMEM. */
#ifndef HOST_STATS_H
#define HOST_STATS_H

#include <stdbool.h>
#include <stddef.h>

struct stats_boot;

/* In size. No benchmark has such values, and squares and products of smaller ones are finite. */
#define STATS_VALUE_MAX 1e100

struct stats {
	double median;
	/* An interval that holds the median of what was sampled from in at least 95 of 100 cases,
	 * whatever its distribution: a pair of order statistics (Conover, Practical Nonparametric
	 * Statistics, 3.2). Fewer than six values cannot have one: then it is the smallest and the
	 * largest. */
	double low, high;
};

/* Sorts the n >= 1 values in place. */
struct stats stats_of(double *values, size_t n);

/* An interval, and in which share of cases such a one holds what it is of: what was asked for, or
 * less where there are too few values for that. Then it goes from the smallest that they allow to
 * the largest. A level that is asked for is from 0.5 to less than 1. */
struct stats_interval {
	double low, high, conf;
};

struct stats_summary {
	size_t n;
	double min, q1, median, q3, max; /* quartiles: Hyndman and Fan's type 7, the one of R */
	double mean;
	double sd;  /* with n - 1; NAN of one value */
	double mad; /* median absolute deviation times 1.4826, which is sd where values are
		     * normal (Rousseeuw and Croux 1993); NAN of one value */
	struct stats_interval interval; /* of the median, by stats_boot_median() */
};

int stats_summarise(const double *values, size_t n, const struct stats_boot *how,
		    struct stats_summary *s);

/* Names outliers: their places, in ascending order, in index, which has room for n. Those whose
 * modified z-score is beyond 3.5, which is 0.6745 (x - median) / MAD (Iglewicz and Hoaglin, How to
 * Detect and Handle Outliers, 1993). Where more than half of the values are equal, so that MAD is
 * 0, the mean absolute deviation times 1.2533 takes the place of MAD / 0.6745, as those authors
 * say.
 *
 * Why not Tukey's fences: of seven normal values, which have no outlier, they name some in one
 * sample of four, this rule in one of six; of thirty, one of three and one of ten
 * (tests/unit/test_stats_cover.c prints the figures). No figure here leaves out what it names. */
int stats_outliers(const double *values, size_t n, size_t *index, size_t *count);

/* An interval of the median without resampling, from interpolated order statistics: Hettmansperger
 * and Sheather, Confidence intervals based on interpolated order statistics, Statistics and
 * Probability Letters 4 (1986), 75-79. The same whenever it is asked for, so decisions can rest on
 * it. */
int stats_median_interval(const double *values, size_t n, double conf, struct stats_interval *i);

/* How few values can have an interval of that level: six at 0.95. 0 when the level makes no sense.
 */
size_t stats_interval_needs(double conf);

/* Whether one may stop repeating: 1 when half the width of stats_median_interval() is at most bound
 * times the median's size, 0 when not, and while there are too few values for the interval.
 *
 * Who looks after every value and stops at the first good one gets intervals that are too narrow
 * now and then: with bound = 0.05, 7 to 30 values and a spread of a tenth, 92 of 100 held the
 * median and not 95 (test_stats_cover.c). A plan that starts with more values has less of that. */
int stats_precise_enough(const double *values, size_t n, double conf, double bound);

/* For the other files of stats. A sorted copy, for the caller to free. */
int stats_sorted(const double *values, size_t n, double **copy);

/* How many gaps between neighbouring values stats_median_interval() is long; n is enough for conf.
 */
double stats_gaps(size_t n, double conf);

#endif

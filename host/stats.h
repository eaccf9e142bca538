/* SPDX-License-Identifier: ISC */
#ifndef HOST_STATS_H
#define HOST_STATS_H

#include <stddef.h>

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

#endif

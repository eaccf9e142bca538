/* SPDX-License-Identifier: ISC */
#include "host/stats.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>

/* How many values may be cut off at each end: the interval misses the median when fewer than that
 * many values lie on one side of it, which a binomial distribution counts. */
static size_t cut_off(size_t n)
{
	size_t k = 0;

	while (k + 1 < (n + 1) / 2 &&
	       2 * gsl_cdf_binomial_P((unsigned)k + 1, 0.5, (unsigned)n) <= 0.05)
		k++;
	return k;
}

struct stats stats_of(double *values, size_t n)
{
	size_t k = cut_off(n);

	gsl_sort(values, 1, n);
	return (struct stats){
		.median = gsl_stats_median_from_sorted_data(values, 1, n),
		.low = values[k],
		.high = values[n - 1 - k],
	};
}

/* SPDX-License-Identifier: ISC */
#include "host/stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>

#include "host/stats_boot.h"

/* Of a normal distribution: sd / MAD, sd / mean absolute deviation. */
#define SD_BY_MAD 1.4826022185056018
#define SD_BY_MEAN_DEVIATION 1.2533141373155003
#define OUTLIER_SCORE 3.5

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

int stats_sorted(const double *values, size_t n, double **copy)
{
	if (!n)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (!(fabs(values[i]) <= STATS_VALUE_MAX))
			return -EDOM;
	*copy = calloc(n, sizeof(**copy));
	if (!*copy)
		return -ENOMEM;
	memcpy(*copy, values, n * sizeof(*values));
	gsl_sort(*copy, 1, n);
	return 0;
}

/* The sd that the deviations of the n values speak of where they are normal. Needs the values no
 * longer. */
static double robust_sd(double *values, size_t n, double median)
{
	for (size_t i = 0; i < n; i++)
		values[i] = fabs(values[i] - median);
	gsl_sort(values, 1, n);
	return SD_BY_MAD * gsl_stats_median_from_sorted_data(values, 1, n);
}

int stats_summarise(const double *values, size_t n, const struct stats_boot *how,
		    struct stats_summary *s)
{
	double *x;
	int r = stats_sorted(values, n, &x);

	if (r)
		return r;
	*s = (struct stats_summary){
		.n = n,
		.min = x[0],
		.q1 = gsl_stats_quantile_from_sorted_data(x, 1, n, 0.25),
		.median = gsl_stats_median_from_sorted_data(x, 1, n),
		.q3 = gsl_stats_quantile_from_sorted_data(x, 1, n, 0.75),
		.max = x[n - 1],
		.mean = gsl_stats_mean(x, 1, n),
		.sd = n > 1 ? gsl_stats_sd(x, 1, n) : NAN,
	};
	s->mad = n > 1 ? robust_sd(x, n, s->median) : NAN;
	free(x);
	return stats_boot_median(values, n, how, &s->interval);
}

int stats_outliers(const double *values, size_t n, size_t *index, size_t *count)
{
	double *x, median, sd;
	int r = stats_sorted(values, n, &x);

	if (r)
		return r;
	median = gsl_stats_median_from_sorted_data(x, 1, n);
	sd = robust_sd(x, n, median);
	if (sd == 0)
		sd = SD_BY_MEAN_DEVIATION * gsl_stats_mean(x, 1, n);
	*count = 0;
	for (size_t i = 0; i < n; i++)
		if (fabs(values[i] - median) > OUTLIER_SCORE * sd)
			index[(*count)++] = i;
	free(x);
	return 0;
}

/* In which share of cases the k-th value from below and the k-th from above hold the median between
 * them. */
static double held(size_t n, size_t k)
{
	return k ? 1 - 2 * gsl_cdf_binomial_P((unsigned)k - 1, 0.5, (unsigned)n) : 1;
}

/* The largest k that holds it often enough, but for rounding; 0 when none does. */
static size_t rank_for(size_t n, double conf)
{
	size_t good = 0, bad = (n + 1) / 2 + 1;

	while (bad - good > 1) {
		size_t k = good + (bad - good) / 2;

		if (held(n, k) >= conf - 1e-12)
			good = k;
		else
			bad = k;
	}
	return good;
}

/* By which part of the gap to the next value towards the middle the interval is less than that of
 * rank k >= 1. */
static double part_of_gap(size_t n, size_t k, double conf)
{
	double part = (held(n, k) - conf) / (held(n, k) - held(n, k + 1));

	return (double)(n - k) * part / ((double)k + ((double)n - 2 * (double)k) * part);
}

/* Of sorted values. */
static struct stats_interval interpolate(const double *x, size_t n, double conf)
{
	size_t k = rank_for(n, conf);
	double part;

	if (!k)
		return (struct stats_interval){ x[0], x[n - 1], held(n, 1) };
	part = part_of_gap(n, k, conf);
	return (struct stats_interval){
		.low = (1 - part) * x[k - 1] + part * x[k],
		.high = (1 - part) * x[n - k] + part * x[n - k - 1],
		.conf = conf,
	};
}

double stats_gaps(size_t n, double conf)
{
	size_t k = rank_for(n, conf);

	return (double)n + 1 - 2 * ((double)k + part_of_gap(n, k, conf));
}

int stats_median_interval(const double *values, size_t n, double conf, struct stats_interval *i)
{
	double *x;
	int r;

	if (!stats_interval_needs(conf))
		return -EINVAL;
	r = stats_sorted(values, n, &x);
	if (r)
		return r;
	*i = interpolate(x, n, conf);
	free(x);
	return 0;
}

size_t stats_interval_needs(double conf)
{
	size_t n = 2;

	if (!(conf >= 0.5 && conf < 1))
		return 0;
	while (1 - ldexp(2, -(int)n) < conf)
		n++;
	return n;
}

int stats_precise_enough(const double *values, size_t n, double conf, double bound)
{
	struct stats_interval i;
	double *x, median;
	int r;

	if (!stats_interval_needs(conf) || !(bound >= 0))
		return -EINVAL;
	r = stats_sorted(values, n, &x);
	if (r)
		return r;
	median = gsl_stats_median_from_sorted_data(x, 1, n);
	i = interpolate(x, n, conf);
	free(x);
	return n >= stats_interval_needs(conf) && (i.high - i.low) / 2 <= bound * fabs(median);
}

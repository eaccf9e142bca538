/* SPDX-License-Identifier: ISC */
#include "host/stats_boot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>

/* Sorted values. */
struct sample {
	double *x;
	size_t n;
};

static bool can(const struct stats_boot *how)
{
	return how->resamples >= STATS_RESAMPLES_MIN && stats_interval_needs(how->conf) &&
	       gsl_rng_min(how->rng) == 0 && gsl_rng_max(how->rng) == 0xffffffff;
}

/* How many of n numbers from 0 to 1 are below a half. */
static size_t below_half(gsl_rng *rng, size_t n)
{
	size_t k = 0;

	for (; n >= 32; n -= 32)
		k += (size_t)__builtin_popcountl(gsl_rng_get(rng));
	if (n)
		k += (size_t)__builtin_popcountl(gsl_rng_get(rng) >> (32 - n));
	return k;
}

/* How far the largest of k numbers from 0 to 1 is from 1. */
static double missing(gsl_rng *rng, size_t k)
{
	return -expm1(log(gsl_rng_uniform_pos(rng)) / (double)k);
}

/* The median of one resample. Of all weights only those count that have a half between them: with
 * k of n uniform numbers below it, it is the largest of them, and the smallest of the others. */
static double draw(gsl_rng *rng, const struct sample *s)
{
	size_t k = below_half(rng, s->n);
	double below, above;

	if (!k || k == s->n)
		return s->x[k ? k - 1 : 0];
	below = missing(rng, k);
	above = missing(rng, s->n - k);
	return s->x[k - 1] + (s->x[k] - s->x[k - 1]) * (below / (below + above));
}

/* Of n sorted numbers, of which the i-th from below is at i / (n + 1). */
static double quantile(const double *sorted, size_t n, double at)
{
	double place = fmax(at * ((double)n + 1) - 1, 0), whole = floor(place);
	size_t i = (size_t)whole;

	return i + 1 < n ? sorted[i] + (place - whole) * (sorted[i + 1] - sorted[i])
			 : sorted[n - 1];
}

/* Between the quantiles of what was drawn, which it sorts. */
static struct stats_interval between(double *drawn, const struct stats_boot *how)
{
	gsl_sort(drawn, 1, how->resamples);
	return (struct stats_interval){
		.low = quantile(drawn, how->resamples, (1 - how->conf) / 2),
		.high = quantile(drawn, how->resamples, (1 + how->conf) / 2),
		.conf = how->conf,
	};
}

/* How often the extremes hold the median between them. */
static double held(size_t n)
{
	return 1 - ldexp(2, -(int)GSL_MIN(n, 1000));
}

int stats_boot_median(const double *values, size_t n, const struct stats_boot *how,
		      struct stats_interval *i)
{
	struct sample s = { .n = n };
	double *drawn = NULL;
	int r;

	if (!can(how))
		return -EINVAL;
	r = stats_sorted(values, n, &s.x);
	if (r)
		return r;
	*i = (struct stats_interval){ s.x[0], s.x[n - 1], held(n) };
	if (n >= stats_interval_needs(how->conf)) {
		drawn = calloc(how->resamples, sizeof(*drawn));
		r = drawn ? 0 : -ENOMEM;
		for (size_t j = 0; drawn && j < how->resamples; j++)
			drawn[j] = draw(how->rng, &s);
		if (drawn)
			*i = between(drawn, how);
	}
	free(drawn);
	free(s.x);
	return r;
}

/* Pairs of sorted samples, those of the base second. */
struct suite {
	struct sample *samples;
	size_t n; /* of samples: two a benchmark */
};

static void suite_free(struct suite *s)
{
	for (size_t i = 0; s->samples && i < s->n; i++)
		free(s->samples[i].x);
	free(s->samples);
}

static int take_sample(struct sample *s, const double *values, size_t n)
{
	int r = stats_sorted(values, n, &s->x);

	s->n = n;
	return !r && !(s->x[0] >= 1 / STATS_VALUE_MAX) ? -EDOM : r;
}

static int suite_load(struct suite *s, const struct stats_pair *pairs, size_t n)
{
	int r = 0;

	*s = (struct suite){ .samples = calloc(n, 2 * sizeof(*s->samples)), .n = 2 * n };
	if (!s->samples)
		return -ENOMEM;
	for (size_t i = 0; !r && i < n; i++) {
		r = take_sample(&s->samples[2 * i], pairs[i].values, pairs[i].n);
		if (!r)
			r = take_sample(&s->samples[2 * i + 1], pairs[i].base, pairs[i].base_n);
	}
	return r;
}

/* The logarithm of a geometric mean of ratios; of() is what is divided. */
static double log_ratio(const struct suite *s, double (*of)(gsl_rng *, const struct sample *),
			gsl_rng *rng)
{
	double sum = 0;

	for (size_t i = 0; i < s->n; i += 2)
		sum += log(of(rng, &s->samples[i])) - log(of(rng, &s->samples[i + 1]));
	return sum / (double)(s->n / 2);
}

static double median_of(gsl_rng *rng, const struct sample *s)
{
	(void)rng;
	return gsl_stats_median_from_sorted_data(s->x, 1, s->n);
}

/* What the extremes of all samples allow. Each interval holds its median independently, and when
 * all do, theirs holds the ratio. */
static struct stats_interval extremes(const struct suite *s)
{
	struct stats_interval i = { 0, 0, 1 };

	for (size_t j = 0; j < s->n; j += 2) {
		const struct sample *a = &s->samples[j], *b = a + 1;

		i.low += log(a->x[0]) - log(b->x[b->n - 1]);
		i.high += log(a->x[a->n - 1]) - log(b->x[0]);
		i.conf *= held(a->n) * held(b->n);
	}
	i.low /= (double)(s->n / 2);
	i.high /= (double)(s->n / 2);
	return i;
}

/* By what the interval of several samples is to be narrowed: see the header. w is half the width of
 * a sample's own interval, e its standard error, from which the degrees of freedom of the sum come
 * as in Welch's test. */
static int suite_narrow(const struct suite *s, double conf, double *by)
{
	double tail = (1 + conf) / 2, sum_w = 0, sum_e = 0, sum_df = 0;

	for (size_t i = 0; i < s->n; i++) {
		double gaps = stats_gaps(s->samples[i].n, conf), w, e;
		struct stats_interval own;
		int r = stats_median_interval(s->samples[i].x, s->samples[i].n, conf, &own);

		if (r)
			return r;
		w = (log(own.high) - log(own.low)) / 2;
		e = w / gsl_cdf_tdist_Pinv(tail, gaps);
		sum_w += gsl_pow_2(w);
		sum_e += gsl_pow_2(e);
		sum_df += gsl_pow_4(e) / gaps;
	}
	*by = sum_df > 0 ? gsl_cdf_tdist_Pinv(tail, gsl_pow_2(sum_e) / sum_df) * sqrt(sum_e / sum_w)
			 : 1;
	return 0;
}

static int suite_draw(const struct suite *s, const struct stats_boot *how, double by,
		      struct stats_interval *i)
{
	double *drawn = calloc(how->resamples, sizeof(*drawn)),
	       middle = log_ratio(s, median_of, NULL);

	if (!drawn)
		return -ENOMEM;
	for (size_t j = 0; j < how->resamples; j++)
		drawn[j] = log_ratio(s, draw, how->rng);
	*i = between(drawn, how);
	i->low = middle + by * (i->low - middle);
	i->high = middle + by * (i->high - middle);
	free(drawn);
	return 0;
}

static int suite_interval(const struct suite *s, const struct stats_boot *how,
			  struct stats_interval *i)
{
	size_t needs = stats_interval_needs(how->conf);
	double by;
	int r;

	*i = extremes(s);
	for (size_t j = 0; j < s->n; j++)
		if (s->samples[j].n < needs)
			return 0;
	r = suite_narrow(s, how->conf, &by);
	return r ? r : suite_draw(s, how, by, i);
}

int stats_boot_suite(const struct stats_pair *pairs, size_t n, const struct stats_boot *how,
		     struct stats_ratio *r)
{
	struct suite s;
	struct stats_interval i;
	int err;

	if (!n || !can(how))
		return -EINVAL;
	err = suite_load(&s, pairs, n);
	if (!err)
		err = suite_interval(&s, how, &i);
	if (!err) {
		r->ratio = exp(log_ratio(&s, median_of, NULL));
		r->interval = (struct stats_interval){ exp(i.low), exp(i.high), i.conf };
	}
	suite_free(&s);
	return err;
}

int stats_boot_ratio(const struct stats_pair *p, const struct stats_boot *how,
		     struct stats_ratio *r)
{
	return stats_boot_suite(p, 1, how, r);
}

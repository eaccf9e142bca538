/* SPDX-License-Identifier: ISC */
#include "host/stats_compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>

#include "host/stats.h"

/* Two sorted samples, and both as one. */
struct both {
	double *a, *b, *all;
	size_t an, bn, n;
};

static void both_free(struct both *s)
{
	free(s->a);
	free(s->b);
	free(s->all);
}

static int both_load(struct both *s, const double *a, size_t an, const double *b, size_t bn)
{
	int r;

	*s = (struct both){ .an = an, .bn = bn, .n = an + bn };
	r = stats_sorted(a, an, &s->a);
	if (!r)
		r = stats_sorted(b, bn, &s->b);
	if (!r) {
		s->all = calloc(s->n, sizeof(*s->all));
		r = s->all ? 0 : -ENOMEM;
	}
	if (!r) {
		memcpy(s->all, s->a, an * sizeof(*a));
		memcpy(s->all + an, s->b, bn * sizeof(*b));
		gsl_sort(s->all, 1, s->n);
	}
	return r;
}

/* What an sd of df degrees of freedom is too small by. */
static double unbiased(double df)
{
	return exp(gsl_sf_lngamma(df / 2) - gsl_sf_lngamma((df - 1) / 2)) / sqrt(df / 2);
}

static void welch(const struct both *s, struct stats_welch *w)
{
	double an = (double)s->an, bn = (double)s->bn, df = an + bn - 2;
	double av = gsl_stats_variance(s->a, 1, s->an), bv = gsl_stats_variance(s->b, 1, s->bn);
	double ae = av / an, be = bv / bn;
	double pooled = sqrt(((an - 1) * av + (bn - 1) * bv) / df);

	w->diff = gsl_stats_mean(s->a, 1, s->an) - gsl_stats_mean(s->b, 1, s->bn);
	w->t = w->diff / sqrt(ae + be);
	w->df = 1 / (gsl_pow_2(ae / (ae + be)) / (an - 1) + gsl_pow_2(be / (ae + be)) / (bn - 1));
	w->p = 2 * gsl_cdf_tdist_Q(fabs(w->t), w->df);
	w->g = w->diff / pooled * unbiased(df);
}

int stats_welch(const double *a, size_t an, const double *b, size_t bn, struct stats_welch *w)
{
	struct both s;
	int r = both_load(&s, a, an, b, bn);

	if (!r && (an < 2 || bn < 2 || (s.a[0] == s.a[an - 1] && s.b[0] == s.b[bn - 1])))
		r = -EDOM;
	if (!r)
		welch(&s, w);
	both_free(&s);
	return r;
}

/* Pairs where a's value is larger than b's, and a half for each where they are equal. */
static double count_pairs(const struct both *s)
{
	size_t less = 0, least = 0; /* of b: those below a's value, and those not above it */
	double u = 0;

	for (size_t i = 0; i < s->an; i++) {
		while (less < s->bn && s->b[less] < s->a[i])
			less++;
		while (least < s->bn && s->b[least] <= s->a[i])
			least++;
		u += ((double)less + (double)least) / 2;
	}
	return u;
}

/* The sum of t^3 - t over all groups of t equal values. */
static double count_ties(const struct both *s)
{
	double sum = 0, t = 1;

	for (size_t i = 1; i <= s->n; i++) {
		if (i < s->n && s->all[i] == s->all[i - 1]) {
			t++;
			continue;
		}
		sum += t * t * t - t;
		t = 1;
	}
	return sum;
}

static double normal_p(const struct both *s, double u, double ties)
{
	double an = (double)s->an, bn = (double)s->bn, n = an + bn;
	double off = fabs(u - an * bn / 2) - 0.5;
	double var = an * bn / 12 * (n + 1 - ties / (n * (n - 1)));

	return off <= 0 || var <= 0 ? 1 : 2 * gsl_cdf_ugaussian_Q(off / sqrt(var));
}

/* ways[j * width + u]: how many choices of j of the ranks up to now have u pairs of a chosen rank
 * and a smaller one that is not. Rank r as the last of j adds the r - j that are not chosen. Counts
 * are only ever added, so doubles keep them to some 15 digits. */
static void count_ways(double *ways, size_t width, size_t chosen, size_t ranks)
{
	ways[0] = 1;
	for (size_t r = 1; r <= ranks; r++)
		for (size_t j = GSL_MIN(r, chosen); j; j--)
			for (size_t u = r - j; u < width; u++)
				ways[j * width + u] += ways[(j - 1) * width + u - (r - j)];
}

/* Sets the share of choices that are at least so far from the middle; twice the shorter tail. */
static int exact_p(const struct both *s, double u, double *p)
{
	size_t pairs = s->an * s->bn, tail = (size_t)GSL_MIN(u, (double)pairs - u);
	size_t width = pairs + 1;
	double *ways = calloc(s->an + 1, width * sizeof(*ways)), *last, in_tail = 0, all = 0;

	if (!ways)
		return -ENOMEM;
	count_ways(ways, width, s->an, s->n);
	last = &ways[s->an * width];
	for (size_t i = 0; i < width; i++) {
		all += last[i];
		in_tail += i <= tail ? last[i] : 0;
	}
	free(ways);
	*p = GSL_MIN(1, 2 * in_tail / all);
	return 0;
}

static int mann_whitney(const struct both *s, struct stats_mann_whitney *m)
{
	double pairs = (double)s->an * (double)s->bn, ties = count_ties(s);

	*m = (struct stats_mann_whitney){ .u = count_pairs(s), .an = s->an, .bn = s->bn };
	m->larger = m->u / pairs;
	m->delta = 2 * m->larger - 1;
	m->exact = ties == 0 && s->an < STATS_EXACT_N && s->bn < STATS_EXACT_N;
	if (m->exact)
		return exact_p(s, m->u, &m->p);
	m->p = normal_p(s, m->u, ties);
	return 0;
}

int stats_mann_whitney(const double *a, size_t an, const double *b, size_t bn,
		       struct stats_mann_whitney *m)
{
	struct both s;
	int r = both_load(&s, a, an, b, bn);

	if (!r)
		r = mann_whitney(&s, m);
	both_free(&s);
	return r;
}

double stats_mann_whitney_least(size_t an, size_t bn)
{
	return GSL_MIN(1, exp(M_LN2 - gsl_sf_lnchoose((unsigned)(an + bn), (unsigned)an)));
}

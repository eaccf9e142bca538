/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>

#include "host/report_parts.h"

/* A generator that begins anew for each figure, so that none depends on what else is in a report.
 */
struct dice {
	struct stats_boot how;
};

static int dice_new(struct dice *d)
{
	d->how = (struct stats_boot){
		.rng = gsl_rng_alloc(gsl_rng_mt19937),
		.resamples = REPORT_RESAMPLES,
		.conf = REPORT_CONF,
	};
	if (!d->how.rng)
		return -ENOMEM;
	gsl_rng_set(d->how.rng, REPORT_SEED);
	return 0;
}

static void dice_free(struct dice *d)
{
	gsl_rng_free(d->how.rng);
}

static size_t count_boots(const struct report_row *row)
{
	size_t n = 0;

	for (size_t i = 0; i < row->n; i++)
		n += i == 0 || row->samples[i].boot != row->samples[i - 1].boot;
	return n;
}

/* The median of each boot, in values, which has room. */
static int boot_medians(const struct report_row *row, double *values)
{
	double *own = calloc(row->n, sizeof(*own));
	size_t boots = 0, n = 0;

	if (!own)
		return -ENOMEM;
	for (size_t i = 0; i < row->n; i++) {
		own[n++] = row->samples[i].value;
		if (i + 1 < row->n && row->samples[i + 1].boot == row->samples[i].boot)
			continue;
		gsl_sort(own, 1, n);
		values[boots++] = gsl_stats_median_from_sorted_data(own, 1, n);
		n = 0;
	}
	free(own);
	return 0;
}

static int take_values(struct report_row *row)
{
	row->boots = count_boots(row);
	row->by_boot = row->boots >= stats_interval_needs(REPORT_CONF);
	row->nvalues = row->by_boot ? row->boots : row->n;
	row->values = calloc(row->nvalues, sizeof(*row->values));
	if (!row->values)
		return -ENOMEM;
	if (row->by_boot)
		return boot_medians(row, row->values);
	for (size_t i = 0; i < row->n; i++)
		row->values[i] = row->samples[i].value;
	return 0;
}

static int name_outliers(struct report_row *row)
{
	size_t *index = calloc(row->n, sizeof(*index));
	double *values = calloc(row->n, sizeof(*values));
	int r = index && values ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < row->n; i++)
		values[i] = row->samples[i].value;
	if (!r)
		r = stats_outliers(values, row->n, index, &row->outliers);
	for (size_t i = 0; !r && i < row->outliers; i++)
		row->samples[index[i]].outlier = true;
	free(index);
	free(values);
	return r;
}

static int figure_row(struct report_row *row)
{
	struct dice d;
	int r = take_values(row);

	if (!r)
		r = name_outliers(row);
	if (!r)
		r = dice_new(&d);
	if (r)
		return r;
	r = stats_summarise(row->values, row->nvalues, &d.how, &row->sum);
	dice_free(&d);
	return r;
}

/* -EDOM is no failure: what cannot be said is not. */
static int none(int r)
{
	return r == -EDOM ? 0 : r;
}

int report_figure_ratio(const struct report_row *row, const struct report_row *base,
			struct report_ratio *ratio)
{
	struct stats_pair p = { row->values, row->nvalues, base->values, base->nvalues };
	struct dice d;
	int r = dice_new(&d);

	*ratio = (struct report_ratio){ .known = false };
	if (r)
		return r;
	r = stats_boot_ratio(&p, &d.how, &ratio->of);
	dice_free(&d);
	if (!r)
		r = stats_mann_whitney(p.values, p.n, p.base, p.base_n, &ratio->rank);
	if (r)
		return none(r);
	ratio->known = true;
	r = stats_welch(p.values, p.n, p.base, p.base_n, &ratio->welch);
	ratio->welched = !r;
	return none(r);
}

int report_judge(struct report_judged *all, size_t n)
{
	double *p = calloc(2 * n + 1, sizeof(*p));
	int r = p ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < n; i++)
		p[i] = all[i].ratio->rank.p;
	if (!r && n)
		r = stats_holm(p, n, p + n);
	for (size_t i = 0; !r && i < n; i++) {
		struct report_ratio *ratio = all[i].ratio;
		struct stats_rule rule = { REPORT_ALPHA, n, all[i].row->more_is_better };

		ratio->p = p[n + i];
		ratio->verdict = stats_verdict(&ratio->of, &ratio->rank, ratio->p, &rule);
	}
	free(p);
	return r;
}

/* The native row that is most like the row: of its image, and its vcpus where there is one. */
static const struct report_row *native_of(const struct report_row *row,
					  const struct report_row *group, size_t n)
{
	const struct report_row *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (group[i].mode == MODE_NATIVE && !strcmp(group[i].image, row->image) &&
		    (!best || group[i].vcpus == row->vcpus))
			best = &group[i];
	return best;
}

/* Finds the native of each row. */
static void find_natives(struct report *r, struct report_couple *couples)
{
	for (size_t i = 0, end; i < r->nrows; i = end) {
		end = report_group(r, i);
		for (size_t j = i; j < end; j++)
			couples[j] = (struct report_couple){
				&r->rows[j], native_of(&r->rows[j], &r->rows[i], end - i)
			};
	}
}

/* Ratios to native of all rows that have one beside them. */
static int figure_natives(struct report *r, const struct report_couple *couples,
			  struct report_judged *judged)
{
	size_t n = 0;
	int err = 0;

	for (size_t i = 0; !err && i < r->nrows; i++) {
		struct report_row *row = &r->rows[i];
		const struct report_row *native = couples[i].base;

		if (!native)
			continue;
		err = report_figure_ratio(row, native, &row->native);
		if (row->native.known && row != native)
			judged[n++] = (struct report_judged){ &row->native, row };
		row->other_vcpus = native->vcpus != row->vcpus;
	}
	return err ? err : report_judge(judged, n);
}

static int figure_suites(struct report *r, struct report_couple *couples)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nrows; i++)
		if (r->rows[i].native.known && r->rows[i].mode != MODE_NATIVE)
			couples[n++] = couples[i];
	return report_suites(couples, n, &r->suites, &r->nsuites);
}

int report_figure(struct report *r)
{
	struct report_judged *judged = calloc(r->nrows + 1, sizeof(*judged));
	struct report_couple *couples = calloc(r->nrows + 1, sizeof(*couples));
	int err = judged && couples ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < r->nrows; i++)
		err = figure_row(&r->rows[i]);
	if (!err)
		find_natives(r, couples);
	if (!err)
		err = figure_natives(r, couples, judged);
	if (!err)
		err = figure_suites(r, couples);
	free(judged);
	free(couples);
	return err;
}

/* Programs that are a workload each are one suite together. */
static const char *suite_name(const struct report_row *row)
{
	return strcmp(row->workload, row->benchmark) ? row->workload : REPORT_PROGRAMS;
}

static bool is_of_suite(const struct report_suite *s, const struct report_row *row)
{
	return s->mode == row->mode && s->vcpus == row->vcpus &&
	       !strcmp(s->name, suite_name(row)) && !strcmp(s->image, row->image);
}

static int suite_cost(struct report_suite *s, const struct report_couple *couples, size_t n,
		      struct stats_pair *pairs)
{
	struct dice d;
	int r;

	s->benchmarks = 0;
	for (size_t i = 0; i < n; i++) {
		const struct report_row *row = couples[i].row, *base = couples[i].base;

		if (!is_of_suite(s, row))
			continue;
		pairs[s->benchmarks++] =
			row->more_is_better ? (struct stats_pair){ base->values, base->nvalues,
								   row->values, row->nvalues }
					    : (struct stats_pair){ row->values, row->nvalues,
								   base->values, base->nvalues };
		s->emulated |= row->emulated || base->emulated;
	}
	r = dice_new(&d);
	if (r)
		return r;
	r = stats_boot_suite(pairs, s->benchmarks, &d.how, &s->cost);
	dice_free(&d);
	return r;
}

static struct report_suite *suite_find(struct report_suite *suites, size_t n,
				       const struct report_row *row)
{
	for (size_t i = 0; i < n; i++)
		if (is_of_suite(&suites[i], row))
			return &suites[i];
	return NULL;
}

int report_suites(const struct report_couple *couples, size_t n, struct report_suite **suites,
		  size_t *nsuites)
{
	struct stats_pair *pairs = calloc(n + 1, sizeof(*pairs));
	int r = 0;

	*suites = calloc(n + 1, sizeof(**suites));
	*nsuites = 0;
	if (!pairs || !*suites)
		r = -ENOMEM;
	for (size_t i = 0; !r && i < n; i++) {
		const struct report_row *row = couples[i].row;
		struct report_suite *s = &(*suites)[*nsuites];

		if (suite_find(*suites, *nsuites, row))
			continue;
		s->mode = row->mode;
		s->vcpus = row->vcpus;
		snprintf(s->name, sizeof(s->name), "%s", suite_name(row));
		memcpy(s->image, row->image, sizeof(s->image));
		r = suite_cost(s, couples, n, pairs);
		++*nsuites;
	}
	free(pairs);
	return r;
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <math.h>

#include "host/report_parts.h"

/* A number, or null for what is none. */
static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

/* Null where nobody looked. */
static json_t *json_noise(const struct report_boot *b)
{
	if (b->noise)
		return json_incref(b->noise);
	return b->watched ? json_array() : json_null();
}

static json_t *json_boot(const struct report_boot *b)
{
	return json_pack("{ss ss ss ss ss sb sI ss ss sI ss ss ss sI so sb ss so}", "asked", b->asked,
			 "measured", b->measured, "status", b->status, "why", b->why, "link",
			 b->link, "emulated", b->emulated, "samples", (json_int_t)b->samples,
			 "image_sha256", b->image, "uuid", b->uuid, "domid", (json_int_t)b->domid,
			 "workload", b->workload, "size", b->size, "first_seen", b->first_seen,
			 "vcpus", (json_int_t)b->vcpus, "took_s",
			 b->took > 0 ? json_real(b->took) : json_null(), "used", b->used, "host",
			 b->host, "noise", json_noise(b));
}

/* The flags of what went on while it was taken, without the words. */
static json_t *json_flags(const struct report_boot *b)
{
	json_t *flags = b->noise || b->watched ? json_array() : json_null();
	const json_t *one;
	size_t i;

	json_array_foreach(b->noise, i, one)
		json_array_append(flags, json_object_get(one, "flag"));
	return flags;
}

static json_t *json_samples(const struct report *r, const struct report_row *row)
{
	json_t *samples = json_array();

	for (size_t i = 0; i < row->n; i++) {
		const struct report_sample *v = &row->samples[i];

		json_array_append_new(samples,
				      json_pack("{sf sI sI sb so}", "value", v->value, "guest",
						(json_int_t)v->boot, "index", (json_int_t)v->index,
						"outlier", v->outlier, "noise",
						json_flags(&r->boots[v->boot])));
	}
	return samples;
}

static json_t *json_welch(const struct report_ratio *ratio)
{
	const struct stats_welch *w = &ratio->welch;

	if (!ratio->welched)
		return json_null();
	return json_pack("{sf so so sf so}", "difference", w->diff, "t", number(w->t), "df",
			 number(w->df), "p", w->p, "hedges_g", number(w->g));
}

static json_t *json_rank(const struct stats_mann_whitney *m)
{
	return json_pack("{sf sf sb sf sf}", "u", m->u, "p", m->p, "exact", m->exact,
			 "vargha_delaney_a", m->larger, "cliff_delta", m->delta);
}

static json_t *json_of_ratio(const struct report_ratio *ratio)
{
	const struct stats_ratio *of = &ratio->of;

	if (!ratio->known)
		return json_null();
	return json_pack("{sf sf sf sf so so sf ss}", "ratio", of->ratio, "low", of->interval.low,
			 "high", of->interval.high, "confidence", of->interval.conf, "welch",
			 json_welch(ratio), "mann_whitney", json_rank(&ratio->rank), "p_corrected",
			 ratio->p, "verdict", stats_verdict_words(ratio->verdict));
}

static json_t *json_summary(const struct report_row *row)
{
	const struct stats_summary *s = &row->sum;

	return json_pack("{ss sI sI sI sI sf sf sf sf sf so so sf}", "of",
			 row->by_boot ? "medians of boots" : "samples", "values",
			 (json_int_t)row->nvalues, "boots", (json_int_t)row->boots, "outliers",
			 (json_int_t)row->outliers, "noisy", (json_int_t)row->noisy, "min", s->min, "q1", s->q1, "q3", s->q3, "max",
			 s->max, "mean", s->mean, "sd", number(s->sd), "mad", number(s->mad),
			 "confidence", s->interval.conf);
}

/* A row beside itself says nothing but that it is 1. */
static json_t *json_native(const struct report_row *row)
{
	return row->mode == MODE_NATIVE ? json_null() : json_of_ratio(&row->native);
}

static json_t *json_expected(const struct report_expected *e)
{
	if (!e)
		return json_null();
	return json_pack("{sf sf ss ss}", "low", e->low, "high", e->high, "source", e->source,
			 "note", e->note);
}

static json_t *json_row(const struct report *r, const struct report_row *row)
{
	const struct stats_summary *s = &row->sum;

	return json_pack("{ss ss ss sf sf sf sI so sb ss ss sI ss so so so so}", "mode",
			 mode_name(row->mode), "benchmark", row->benchmark, "unit", row->unit,
			 "median", s->median, "low", s->interval.low, "high", s->interval.high, "n",
			 (json_int_t)row->n, "ratio_to_native",
			 row->native.known ? json_real(row->native.of.ratio) : json_null(),
			 "emulated", row->emulated, "image_sha256", row->image, "workload",
			 row->workload, "vcpus", (json_int_t)row->vcpus, "better",
			 row->more_is_better ? "more" : "less", "summary", json_summary(row),
			 "native", json_native(row), "samples", json_samples(r, row), "expected",
			 json_expected(row->expected));
}

/* Puts the rows in the order of the modes. */
static json_t *json_rows(const struct report *r)
{
	json_t *rows = json_array();

	for (int m = MODE_UNKNOWN; m < MODE_COUNT; m++)
		for (size_t i = 0; i < r->nrows; i++)
			if (r->rows[i].mode == (enum mode)m)
				json_array_append_new(rows, json_row(r, &r->rows[i]));
	return rows;
}

static json_t *json_suites(const struct report_suite *suites, size_t n)
{
	json_t *all = json_array();

	for (size_t i = 0; i < n; i++) {
		const struct report_suite *s = &suites[i];

		json_array_append_new(all,
				      json_pack("{ss ss sI ss sI sf sf sf sf sb}", "suite", s->name,
						"mode", mode_name(s->mode), "vcpus",
						(json_int_t)s->vcpus, "image_sha256", s->image,
						"benchmarks", (json_int_t)s->benchmarks, "cost",
						s->cost.ratio, "low", s->cost.interval.low, "high",
						s->cost.interval.high, "confidence",
						s->cost.interval.conf, "emulated", s->emulated));
	}
	return all;
}

static json_t *json_plan(const struct report *r)
{
	if (!r->plan)
		return json_null();
	return json_pack("{ss sI ss}", "text", r->plan, "seed", (json_int_t)r->seed, "order",
			 r->order);
}

static json_t *json_of(const struct report *r)
{
	json_t *guests = json_array();
	char sentence[REPORT_SENTENCE];

	for (size_t i = 0; i < r->nboots; i++)
		json_array_append_new(guests, json_boot(&r->boots[i]));
	return json_pack("{si ss sb ss so sO so so sO sO so s{sf sf sI ss sI}}", "report", 1, "run",
			 r->run, "emulated", r->emulated, "summary", report_sentence(r, sentence),
			 "guests", guests, "warnings", r->warnings, "suites",
			 json_suites(r->suites, r->nsuites), "rows", json_rows(r), "confounders",
			 r->facts, "host", r->host, "plan", json_plan(r), "statistics", "confidence", REPORT_CONF,
			 "alpha", REPORT_ALPHA, "resamples", (json_int_t)REPORT_RESAMPLES,
			 "generator", "mt19937", "seed", (json_int_t)REPORT_SEED);
}

static int json_write(json_t *json, FILE *f)
{
	int r = json ? json_dumpf(json, f, JSON_INDENT(1) | JSON_REAL_PRECISION(15)) : -1;

	json_decref(json);
	putc('\n', f);
	return r ? -ENOMEM : 0;
}

int report_json(const struct report *r, FILE *f)
{
	return json_write(json_of(r), f);
}

static json_t *pair_row_json(const struct report_pair_row *row)
{
	return json_pack("{ss ss ss ss sI ss sf sf sI sI so ss ss}", "mode",
			 mode_name(row->a->mode), "workload", row->a->workload, "benchmark",
			 row->a->benchmark, "unit", row->a->unit, "vcpus",
			 (json_int_t)row->a->vcpus, "better",
			 row->b->more_is_better ? "more" : "less", "median_a", row->a->sum.median,
			 "median_b", row->b->sum.median, "n_a", (json_int_t)row->a->n, "n_b",
			 (json_int_t)row->b->n, "b_by_a", json_of_ratio(&row->ratio), "image_a",
			 row->a->image, "image_b", row->b->image);
}

int report_pair_json(const struct report_pair *c, FILE *f)
{
	json_t *rows = json_array();
	char sentence[REPORT_SENTENCE];

	for (size_t i = 0; i < c->nrows; i++)
		json_array_append_new(rows, pair_row_json(&c->rows[i]));
	return json_write(json_pack("{si ss so sI sI so sO so so}", "comparison", 1, "summary",
				    report_pair_sentence(c, sentence), "rows", rows, "only_in_a",
				    (json_int_t)c->only_a, "only_in_b", (json_int_t)c->only_b,
				    "suites", json_suites(c->suites, c->nsuites), "facts", c->facts, "a",
				    json_of(c->a), "b", json_of(c->b)),
			  f);
}

/* SPDX-License-Identifier: ISC */
#include <math.h>

#include "host/export.h"
#include "host/report_parts.h"

/* The columns' names are the first line; what is not known is an empty cell. */
static const char rows_columns[] =
	"run,workload,benchmark,mode,vcpus,unit,better,samples,boots,outliers,noisy,median,low,high,confidence,"
	"min,q1,q3,max,mean,sd,mad,ratio_to_native,ratio_low,ratio_high,ratio_confidence,p,p_corrected,"
	"cliff_delta,hedges_g,verdict,emulated,image_sha256,expected_low,expected_high,expected_source\r\n";

static const char samples_columns[] =
	"run,workload,benchmark,mode,vcpus,unit,better,boot,index,value,outlier,noise,uuid,domid,first_seen,"
	"emulated,image_sha256\r\n";

static const char pair_columns[] =
	"run_a,run_b,workload,benchmark,mode,vcpus,unit,better,n_a,n_b,median_a,median_b,ratio,low,high,"
	"confidence,p,p_corrected,cliff_delta,hedges_g,verdict,emulated,image_a,image_b\r\n";

static void put_number(FILE *f, double v)
{
	char number[EXPORT_NUMBER];

	fprintf(f, "%s,", isfinite(v) ? export_number(v, number) : "");
}

static void put_count(FILE *f, size_t n)
{
	fprintf(f, "%zu,", n);
}

static void put_empty(FILE *f, size_t n)
{
	while (n--)
		putc(',', f);
}

static void put_text(FILE *f, const char *text)
{
	export_csv_text(f, text, ",");
}

/* The last cell of a line. */
static void put_end(FILE *f, const char *text)
{
	export_csv_text(f, text, "\r\n");
}

static void put_benchmark(FILE *f, const struct report_row *row)
{
	put_text(f, row->workload);
	put_text(f, row->benchmark);
	put_text(f, mode_name(row->mode));
	if (row->vcpus)
		put_count(f, row->vcpus);
	else
		put_empty(f, 1);
	put_text(f, row->unit);
	put_text(f, row->more_is_better ? "more" : "less");
}

static void put_summary(FILE *f, const struct report_row *row)
{
	const struct stats_summary *s = &row->sum;

	put_number(f, s->median);
	put_number(f, s->interval.low);
	put_number(f, s->interval.high);
	put_number(f, s->interval.conf);
	put_number(f, s->min);
	put_number(f, s->q1);
	put_number(f, s->q3);
	put_number(f, s->max);
	put_number(f, s->mean);
	put_number(f, s->sd);
	put_number(f, s->mad);
}

/* Nine cells. */
static void put_ratio(FILE *f, const struct report_ratio *ratio)
{
	if (!ratio->known) {
		put_empty(f, 9);
		return;
	}
	put_number(f, ratio->of.ratio);
	put_number(f, ratio->of.interval.low);
	put_number(f, ratio->of.interval.high);
	put_number(f, ratio->of.interval.conf);
	put_number(f, ratio->rank.p);
	put_number(f, ratio->p);
	put_number(f, ratio->rank.delta);
	put_number(f, ratio->welched ? ratio->welch.g : NAN);
	put_text(f, stats_verdict_words(ratio->verdict));
}

static void put_expected(FILE *f, const struct report_row *row)
{
	if (!row->expected) {
		put_empty(f, 2);
		return;
	}
	put_number(f, row->expected->low);
	put_number(f, row->expected->high);
}

static void put_row(const struct report *r, const struct report_row *row, FILE *f)
{
	static const struct report_ratio none = { .known = false };

	put_text(f, r->run);
	put_benchmark(f, row);
	put_count(f, row->n);
	put_count(f, row->boots);
	put_count(f, row->outliers);
	if (r->watched)
		put_count(f, row->noisy);
	else
		put_empty(f, 1);
	put_summary(f, row);
	put_ratio(f, row->mode == MODE_NATIVE ? &none : &row->native);
	put_count(f, row->emulated);
	put_text(f, row->image);
	put_expected(f, row);
	put_end(f, row->expected ? row->expected->source : "");
}

int report_csv(const struct report *r, FILE *f)
{
	fputs(rows_columns, f);
	for (size_t i = 0; i < r->nrows; i++)
		put_row(r, &r->rows[i], f);
	return 0;
}

static void put_sample(const struct report *r, const struct report_row *row,
		       const struct report_sample *v, FILE *f)
{
	const struct report_boot *b = &r->boots[v->boot];
	char noise[REPORT_NOISE];

	put_text(f, r->run);
	put_benchmark(f, row);
	put_count(f, v->boot);
	put_count(f, (size_t)v->index);
	put_number(f, v->value);
	put_count(f, v->outlier);
	put_text(f, report_noise(b, noise));
	put_text(f, b->uuid);
	put_count(f, b->domid);
	put_text(f, b->first_seen);
	put_count(f, b->emulated);
	put_end(f, row->image);
}

int report_samples(const struct report *r, FILE *f)
{
	fputs(samples_columns, f);
	for (size_t i = 0; i < r->nrows; i++)
		for (size_t j = 0; j < r->rows[i].n; j++)
			put_sample(r, &r->rows[i], &r->rows[i].samples[j], f);
	return 0;
}

int report_pair_csv(const struct report_pair *c, FILE *f)
{
	fputs(pair_columns, f);
	for (size_t i = 0; i < c->nrows; i++) {
		const struct report_pair_row *row = &c->rows[i];

		put_text(f, c->a->run);
		put_text(f, c->b->run);
		put_benchmark(f, row->b);
		put_count(f, row->a->n);
		put_count(f, row->b->n);
		put_number(f, row->a->sum.median);
		put_number(f, row->b->sum.median);
		put_ratio(f, &row->ratio);
		put_count(f, row->a->emulated || row->b->emulated);
		put_text(f, row->a->image);
		put_end(f, row->b->image);
	}
	return 0;
}

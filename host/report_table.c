/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "host/report_parts.h"
#include "host/report_text.h"

enum { CELL = 14 };

/* The first of n rows that is of the mode; or NULL. */
static const struct report_row *find(const struct report_row *rows, size_t n, enum mode mode)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].mode == mode)
			return &rows[i];
	return NULL;
}

/* "1.23x +-4%": how many times native, and half the interval as a part of the median. */
static void put_cell(const struct report_row *row, FILE *f)
{
	char cell[TEXT_NUMBER + 16] = "-", number[TEXT_NUMBER];

	if (row && row->native.known && row->sum.median > 0)
		snprintf(cell, sizeof(cell), "%sx +-%.0f%%",
			 text_ratio(row->native.of.ratio, number),
			 50 * (row->sum.interval.high - row->sum.interval.low) / row->sum.median);
	else if (row)
		text_number(row->sum.median, cell);
	fprintf(f, " %*s", CELL, cell);
}

static bool has_mode(const struct report *r, enum mode mode)
{
	for (size_t i = 0; i < r->nrows; i++)
		if (r->rows[i].mode == mode)
			return true;
	return false;
}

static void put_mode(const struct report *r, enum mode mode, FILE *f)
{
	size_t fewest = 0;

	fprintf(f, "%-7s", mode_name(mode));
	for (size_t i = 0, end; i < r->nrows; i = end) {
		const struct report_row *row;

		end = report_group(r, i);
		row = find(&r->rows[i], end - i, mode);
		put_cell(row, f);
		if (row && (!fewest || row->n < fewest))
			fewest = row->n;
	}
	fprintf(f, " %4zu\n", fewest);
}

/* Where a mode has several rows of a benchmark, the first: the others are in the details. */
static void put_summary(const struct report *r, FILE *f)
{
	fprintf(f, "%-7s", "mode");
	for (size_t i = 0; i < r->nrows; i = report_group(r, i))
		fprintf(f, " %*.*s", CELL, CELL, r->rows[i].benchmark);
	fprintf(f, "    n\n");
	for (enum mode m = MODE_UNKNOWN + 1; m < MODE_COUNT; m++)
		if (has_mode(r, m))
			put_mode(r, m, f);
}

/* The last two columns; nothing is behind the unit where nothing is said. */
static void put_end(const char *unit, const char *verdict, FILE *f)
{
	if (*verdict)
		fprintf(f, "  %-14s %s\n", unit, verdict);
	else
		fprintf(f, "  %s\n", unit);
}

/* expects: there is a column for what the literature has. */
static void put_detail(const struct report_row *row, bool expects, FILE *f)
{
	const struct stats_interval *in = &row->native.of.interval;
	bool beside = row->native.known && row->mode != MODE_NATIVE;
	char ratio[TEXT_NUMBER] = "", interval[TEXT_INTERVAL] = "", expected[REPORT_EXPECTED];

	if (row->native.known)
		text_ratio(row->native.of.ratio, ratio);
	if (beside)
		text_interval(in->low, in->high, "-", interval);
	fprintf(f, "%-7s %-14s %12.5g %12.5g %12.5g %4zu %8s %13s", mode_name(row->mode),
		row->label, row->sum.median, row->sum.interval.low, row->sum.interval.high, row->n,
		ratio, interval);
	if (expects)
		fprintf(f, " %9s", report_expected(row, expected));
	put_end(row->unit, beside ? stats_verdict_words(row->native.verdict) : "", f);
}

static void put_details(const struct report *r, FILE *f)
{
	bool expects = report_expects(r);

	fprintf(f, "\n%-7s %-14s %12s %12s %12s %4s %8s %13s%s  %-14s %s\n", "mode", "benchmark",
		"median", "low", "high", "n", "ratio", "interval", expects ? "  expected" : "",
		"unit", "beside native");
	for (enum mode m = MODE_UNKNOWN + 1; m < MODE_COUNT; m++)
		for (size_t i = 0; i < r->nrows; i++)
			if (r->rows[i].mode == m)
				put_detail(&r->rows[i], expects, f);
}

static void put_suites(const struct report_suite *suites, size_t n, const char *beside, FILE *f)
{
	if (n)
		fprintf(f, "\n%-7s %-14s %8s %13s %10s\n", "mode", "suite", beside, "interval",
			"benchmarks");
	for (size_t i = 0; i < n; i++) {
		const struct stats_ratio *c = &suites[i].cost;
		char ratio[TEXT_NUMBER], interval[TEXT_INTERVAL];

		fprintf(f, "%-7s %-14s %8s %13s %10zu\n", mode_name(suites[i].mode), suites[i].name,
			text_ratio(c->ratio, ratio),
			text_interval(c->interval.low, c->interval.high, "-", interval),
			suites[i].benchmarks);
	}
}

static void put_sources(const struct report *r, FILE *f)
{
	char expected[REPORT_EXPECTED];

	for (size_t i = 0; i < r->nrows; i++)
		if (r->rows[i].expected)
			fprintf(f, "expected of %s in %s: %s times native: %s (%s)\n",
				r->rows[i].benchmark, mode_name(r->rows[i].mode),
				report_expected(&r->rows[i], expected), r->rows[i].expected->source,
				r->rows[i].expected->note);
}

static void put_unused(const struct report *r, FILE *f)
{
	for (size_t i = 0; i < r->nboots; i++) {
		const struct report_boot *b = &r->boots[i];

		if (!b->used)
			fprintf(f, "NOT USED: %s asked for, %s measured: %s%s%s\n", b->asked,
				b->measured[0] ? b->measured : "nothing", b->status,
				b->why[0] ? ": " : "", b->why);
	}
}

static void put_noise(const struct report *r, FILE *f)
{
	char noise[REPORT_NOISE];

	for (size_t i = 0; i < r->nboots; i++) {
		const struct report_boot *b = &r->boots[i];

		if (b->used && b->noise)
			fprintf(f, "NOISE: %s, %s, %s: %s\n", b->first_seen, b->workload, b->measured,
				report_noise(b, noise));
	}
}

static void put_warnings(const struct report *r, FILE *f)
{
	size_t i;
	json_t *text;

	json_array_foreach(r->warnings, i, text)
		fprintf(f, "WARNING: %s\n", json_string_value(text));
}

int report_table(const struct report *r, FILE *f)
{
	char sentence[REPORT_SENTENCE];

	fprintf(f, "run %s%s\n", r->run,
		r->emulated
			? ": EMULATED figures: ratios mean something, absolute times mean nothing"
			: "");
	fprintf(f, "%s\n\n", report_sentence(r, sentence));
	fprintf(f, "medians as multiples of native's, and their 95 %% intervals\n\n");
	put_summary(r, f);
	put_details(r, f);
	put_suites(r->suites, r->nsuites, "cost", f);
	putc('\n', f);
	put_sources(r, f);
	put_unused(r, f);
	put_noise(r, f);
	put_warnings(r, f);
	return 0;
}

static void put_pair_row(const struct report_pair_row *row, FILE *f)
{
	const struct stats_interval *in = &row->ratio.of.interval;
	char ratio[TEXT_NUMBER] = "-", interval[TEXT_INTERVAL] = "";

	if (row->ratio.known) {
		text_ratio(row->ratio.of.ratio, ratio);
		text_interval(in->low, in->high, "-", interval);
	}
	fprintf(f, "%-7s %-14s %12.5g %12.5g %4zu %4zu %8s %13s", mode_name(row->a->mode),
		row->a->label, row->a->sum.median, row->b->sum.median, row->a->n, row->b->n, ratio,
		interval);
	put_end(row->a->unit, row->ratio.known ? stats_verdict_words(row->ratio.verdict) : "", f);
}

static void put_differences(const json_t *facts, FILE *f)
{
	const json_t *one;
	size_t i;

	if (json_array_size(facts))
		fprintf(f, "\nnot the same in both:\n");
	json_array_foreach(facts, i, one)
	{
		const char *of, *fact, *mode, *a, *b;

		if (!json_unpack((json_t *)one, "{ss ss ss ss ss}", "of", &of, "fact", &fact, "mode",
				 &mode, "a", &a, "b", &b))
			fprintf(f, "%s %s in %s: A %s; B %s\n", of, fact, mode, a, b);
	}
}

int report_pair_table(const struct report_pair *c, FILE *f)
{
	char sentence[REPORT_SENTENCE];

	fprintf(f, "run %s, and run %s beside it%s\n%s\n\n", c->a->run, c->b->run,
		c->a->emulated || c->b->emulated
			? ": EMULATED figures: ratios mean something, absolute times mean nothing"
			: "",
		report_pair_sentence(c, sentence));
	fprintf(f, "%-7s %-14s %12s %12s %4s %4s %8s %13s  %-14s %s\n", "mode", "benchmark", "A",
		"B", "n A", "n B", "B / A", "interval", "unit", "B beside A");
	for (size_t i = 0; i < c->nrows; i++)
		put_pair_row(&c->rows[i], f);
	put_suites(c->suites, c->nsuites, "cost", f);
	put_differences(c->facts, f);
	if (c->only_a || c->only_b)
		fprintf(f, "\nWARNING: %zu rows are in A alone, %zu in B alone.\n", c->only_a,
			c->only_b);
	return 0;
}

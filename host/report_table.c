/* SPDX-License-Identifier: ISC */
#include "host/report.h"

#include <string.h>

enum { CELL = 14 };

struct line {
	const struct report *r;
	enum mode mode;
	FILE *f;
	size_t n; /* fewest samples of a cell */
};

static void put_heading(const char *name, void *arg)
{
	fprintf(((struct line *)arg)->f, " %*.*s", CELL, CELL, name);
}

/* "1.23x +-4%": how many times native, and half the interval as a part of the median. */
static void put_ratio(const char *name, void *arg)
{
	struct line *l = arg;
	const struct report_row *row = report_find(l->r, l->mode, name);
	char cell[32] = "-";

	if (row && row->ratio > 0 && row->median > 0)
		snprintf(cell, sizeof(cell), "%.2fx +-%.0f%%", row->ratio,
			 50 * (row->high - row->low) / row->median);
	else if (row)
		snprintf(cell, sizeof(cell), "%.4g", row->median);
	fprintf(l->f, " %*s", CELL, cell);
	if (row && (!l->n || row->n < l->n))
		l->n = row->n;
}

static void put_detail(const char *name, void *arg)
{
	struct line *l = arg;
	const struct report_row *row = report_find(l->r, l->mode, name);

	if (row)
		fprintf(l->f, "%-7s %-14s %12.5g %12.5g %12.5g %4zu %8.2f  %s\n",
			mode_name(l->mode), name, row->median, row->low, row->high, row->n,
			row->ratio, row->unit);
}

static bool has_mode(const struct report *r, enum mode mode)
{
	for (size_t i = 0; i < r->nrows; i++)
		if (r->rows[i].mode == mode)
			return true;
	return false;
}

static void put_summary(const struct report *r, FILE *f)
{
	struct line l = { .r = r, .f = f };

	fprintf(f, "%-7s", "mode");
	report_benchmarks(r, put_heading, &l);
	fprintf(f, "    n\n");
	for (l.mode = MODE_UNKNOWN + 1; l.mode < MODE_COUNT; l.mode++) {
		if (!has_mode(r, l.mode))
			continue;
		l.n = 0;
		fprintf(f, "%-7s", mode_name(l.mode));
		report_benchmarks(r, put_ratio, &l);
		fprintf(f, " %4zu\n", l.n);
	}
}

static void put_details(const struct report *r, FILE *f)
{
	struct line l = { .r = r, .f = f };

	fprintf(f, "\n%-7s %-14s %12s %12s %12s %4s %8s  %s\n", "mode", "benchmark", "median",
		"low", "high", "n", "ratio", "unit");
	for (l.mode = MODE_UNKNOWN + 1; l.mode < MODE_COUNT; l.mode++)
		report_benchmarks(r, put_detail, &l);
}

static void put_unused(const struct report *r, FILE *f)
{
	for (size_t i = 0; i < r->nguests; i++) {
		const struct report_guest *g = &r->guests[i];

		if (strcmp(g->status, store_status_name(STORE_DONE)))
			fprintf(f, "NOT USED: %s asked for, %s measured: %s: %s\n", g->asked,
				g->measured[0] ? g->measured : "nothing", g->status, g->why);
	}
}

void report_table(const struct report *r, FILE *f)
{
	fprintf(f, "run %s%s\n", r->run,
		r->emulated
			? ": EMULATED figures: ratios mean something, absolute times mean nothing"
			: "");
	fprintf(f, "time per operation as a multiple of native, and its 95 %% interval\n\n");
	put_summary(r, f);
	put_details(r, f);
	put_unused(r, f);
}

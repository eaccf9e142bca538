/* SPDX-License-Identifier: ISC */
#include "host/report_plot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/report_text.h"

/* In pixels of a narrow screen. */
enum { WIDTH = 420, ROW = 16, MARGINS = 84, LABEL_MAX = 16 };

/* More dots than these of a row show nothing more. */
enum { DOTS_MAX = 400 };

/* What is beyond is not drawn. */
#define COST_MIN 1e-6
#define COST_MAX 1e6

/* A script and its text alternative, as they are written. */
struct plot {
	char *script, *words;
	size_t script_len, words_len;
	FILE *f, *alt;
	double low, high; /* costs, from 1 on */
	size_t rows;
};

static int plot_open(struct plot *p)
{
	*p = (struct plot){ .low = 1, .high = 1 };
	p->f = open_memstream(&p->script, &p->script_len);
	p->alt = open_memstream(&p->words, &p->words_len);
	if (p->f && p->alt)
		return 0;
	if (p->f)
		fclose(p->f);
	if (p->alt)
		fclose(p->alt);
	free(p->script);
	free(p->words);
	return -ENOMEM;
}

/* Draws what was written. */
static int plot_close(struct plot *p, const char *id, const char *title, char **svg)
{
	int err = fclose(p->f) | fclose(p->alt) ? -ENOMEM : 0;

	*svg = NULL;
	if (!err && p->rows)
		err = plot_draw(p->script, p->script_len,
				&(struct plot_words){ id, title, p->words }, svg);
	free(p->script);
	free(p->words);
	return err;
}

static void widen(struct plot *p, double v)
{
	if (v >= COST_MIN && v <= COST_MAX) {
		p->low = fmin(p->low, v);
		p->high = fmax(p->high, v);
	}
}

/* In single quotes gnuplot takes a text for what it is. The name of a row: of its benchmark where
 * that begins, and its mode. */
static void put_tic(struct plot *p, const char *label, const char *above, enum mode mode)
{
	char plain[LABEL_MAX + 1];
	bool begins = !above || strcmp(above, label), cut = strlen(label) > LABEL_MAX;

	fprintf(p->f, "set ytics add ('%s%s%s%s' %zu)\n",
		begins ? text_harmless(label, plain, sizeof(plain)) : "", begins && cut ? ".." : "",
		begins ? "  " : "", mode_name(mode), p->rows);
}

static void put_head(struct plot *p, size_t rows)
{
	fprintf(p->f,
		"set terminal svg size %d,%zu dynamic font 'sans-serif,13' noenhanced\n"
		"unset key\nset encoding utf8\nset border 3 lc rgb '" PLOT_FG "'\n"
		"set tics nomirror out scale 0.5 textcolor rgb '" PLOT_FG "'\n"
		"set grid xtics lc rgb '" PLOT_GRID "' lt 1\nset ytics ()\n"
		"set yrange [%zu.5:-0.7]\n",
		WIDTH, MARGINS + ROW * rows, rows - 1);
}

/* Marks that are few enough to be read, whatever the range: all tenths, 1-2-5, or decades. */
static void put_cost_axis(struct plot *p, const char *beside)
{
	static const double few[] = { 1, 2, 5 };
	static const double many[] = { 1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 4, 5, 6, 7, 8, 9 };
	double low = p->low / 1.1, high = p->high * 1.1, range = high / low;
	const double *steps = range < 4 ? many : few;
	size_t n = range < 4 ? sizeof(many) / sizeof(*many) : range < 2000 ? 3 : 1;

	fprintf(p->f, "set logscale x\nset xrange [%g:%g]\nset xtics ()\n", low, high);
	for (int decade = (int)floor(log10(low)); decade <= (int)ceil(log10(high)); decade++)
		for (size_t i = 0; i < n; i++)
			fprintf(p->f, "set xtics add ('%g' %g)\n", steps[i] * pow(10, decade),
				steps[i] * pow(10, decade));
	fprintf(p->f,
		"set xlabel 'times %s (log)' textcolor rgb '" PLOT_FG "'\n"
		"set arrow from 1,graph 0 to 1,graph 1 nohead lc rgb '" PLOT_FG "' dt 2\n",
		beside);
}

/* Columns to draw, a block of data a mode; style is what gnuplot does with them. between is "plot",
 * or "," behind others. */
static void put_plots(struct plot *p, const bool has[MODE_COUNT], const char *between,
		      const char *columns, const char *style)
{
	for (int m = MODE_NATIVE; m < MODE_COUNT; m++) {
		if (!has[m])
			continue;
		fprintf(p->f, "%s $%s using %s %s lc rgb '#00000%d'", between,
			mode_name((enum mode)m), columns, style, PLOT_MODE(m));
		between = ",";
	}
}

static void put_ratio_data(struct plot *p, const struct plot_ratio *points, size_t n, int mode)
{
	fprintf(p->f, "$%s << END\n", mode_name((enum mode)mode));
	for (size_t i = 0; i < n; i++)
		if ((int)points[i].mode == mode)
			fprintf(p->f, "%g %zu %g %g\n", points[i].cost.ratio, i,
				fmax(points[i].cost.interval.low, COST_MIN),
				fmin(points[i].cost.interval.high, COST_MAX));
	fputs("END\n", p->f);
}

static void put_ratio_row(struct plot *p, const struct plot_ratio *point, const char *above)
{
	const struct stats_ratio *c = &point->cost;
	char a[TEXT_NUMBER], b[TEXT_NUMBER], d[TEXT_NUMBER];

	put_tic(p, point->label, above, point->mode);
	fprintf(p->alt, "%s in %s: %s (%s to %s). ", point->label, mode_name(point->mode),
		text_number(c->ratio, a), text_number(c->interval.low, b),
		text_number(c->interval.high, d));
	widen(p, c->interval.low);
	widen(p, c->interval.high);
	widen(p, c->ratio);
	p->rows++;
}

int plot_ratios(const struct plot_ratio *points, size_t n, const char *beside, char **svg)
{
	bool has[MODE_COUNT] = { false };
	char title[96];
	struct plot p;
	int err = plot_open(&p);

	if (err)
		return err;
	put_head(&p, n ? n : 1);
	for (size_t i = 0; i < n; i++) {
		put_ratio_row(&p, &points[i], i ? points[i - 1].label : NULL);
		has[points[i].mode] = true;
	}
	put_cost_axis(&p, beside);
	for (int m = MODE_NATIVE; m < MODE_COUNT; m++)
		if (has[m])
			put_ratio_data(&p, points, n, m);
	put_plots(&p, has, "plot", "1:2:3:4", "with xerrorbars pt 7 ps 0.5 lw 1.5");
	putc('\n', p.f);
	snprintf(title, sizeof(title), "Cost in times %s, with intervals", beside);
	return plot_close(&p, "ratios", title, svg);
}

/* What a sample cost beside the median of native, or, without one, of the first row. */
static double sample_cost(const struct report_row *row, double base, double value)
{
	return row->more_is_better ? base / value : value / base;
}

static double base_of(const struct report_row *row, const struct report_row *first)
{
	return row->native.known ? row->sum.median / row->native.of.ratio : first->sum.median;
}

/* The dots of a row from top to bottom as they were taken. */
static void put_dots(struct plot *p, const struct report_row *row, double base, size_t place)
{
	size_t step = (row->n + DOTS_MAX - 1) / DOTS_MAX;

	for (size_t i = 0; i < row->n; i += step) {
		const struct report_sample *v = &row->samples[i];
		double cost = sample_cost(row, base, v->value);
		double at = row->n > 1 ? 0.7 * (double)i / (double)(row->n - 1) - 0.35 : 0;

		if (cost >= COST_MIN && cost <= COST_MAX)
			fprintf(p->f, "%g %g %d\n", cost, (double)place + at, v->outlier ? 6 : 7);
	}
}

static void put_sample_row(struct plot *p, const struct report *r, size_t i,
			   const struct report_row *first)
{
	const struct report_row *row = &r->rows[i];
	char low[TEXT_NUMBER], high[TEXT_NUMBER];
	double base = base_of(row, first);

	put_tic(p, row->label, i ? r->rows[i - 1].label : NULL, row->mode);
	fprintf(p->alt, "%s in %s: %zu from %s to %s %s, %zu of them outliers. ", row->label,
		mode_name(row->mode), row->n, text_number(row->sum.min, low),
		text_number(row->sum.max, high), row->unit, row->outliers);
	for (size_t j = 0; j < row->n; j++)
		widen(p, sample_cost(row, base, row->samples[j].value));
	p->rows++;
}

/* Of all rows that are of the mode. */
static bool put_sample_data(struct plot *p, const struct report *r, enum mode mode)
{
	bool any = false;

	fprintf(p->f, "$%s << END\n", mode_name(mode));
	for (size_t i = 0, end; i < r->nrows; i = end) {
		end = report_group(r, i);
		for (size_t j = i; j < end; j++) {
			if (r->rows[j].mode != mode)
				continue;
			put_dots(p, &r->rows[j], base_of(&r->rows[j], &r->rows[i]), j);
			any = true;
		}
	}
	fputs("END\n", p->f);
	return any;
}

int plot_samples(const struct report *r, char **svg)
{
	bool has[MODE_COUNT] = { false };
	struct plot p;
	int err = plot_open(&p);

	if (err)
		return err;
	put_head(&p, r->nrows ? r->nrows : 1);
	for (size_t i = 0, end; i < r->nrows; i = end) {
		end = report_group(r, i);
		for (size_t j = i; j < end; j++)
			put_sample_row(&p, r, j, &r->rows[i]);
	}
	put_cost_axis(&p, "native");
	for (enum mode m = MODE_NATIVE; m < MODE_COUNT; m++)
		has[m] = put_sample_data(&p, r, m);
	put_plots(&p, has, "plot", "1:2:3", "with points pt variable ps 0.4");
	putc('\n', p.f);
	return plot_close(&p, "samples", "All samples, as they were taken from top to bottom", svg);
}

/* How times are told: in which unit, and how many seconds that has. */
struct unit {
	const char *name;
	double seconds;
};

static struct unit unit_for(double span)
{
	if (span < 300)
		return (struct unit){ "seconds", 1 };
	if (span < 4 * 3600)
		return (struct unit){ "minutes", 60 };
	return (struct unit){ "hours", 3600 };
}

/* When the first boot began, and how long it was until the last was over. */
static bool find_span(const struct report *r, double *from, double *span)
{
	double to = 0;

	*from = INFINITY;
	for (size_t i = 0; i < r->nboots; i++) {
		const struct report_boot *b = &r->boots[i];

		if (b->begun <= 0)
			continue;
		*from = fmin(*from, b->begun);
		to = fmax(to, b->begun + b->took);
	}
	*span = to - *from;
	return isfinite(*from);
}

/* The row of a boot: of the mode that was measured, or of the one that was asked for. */
static enum mode row_of(const struct report_boot *b)
{
	enum mode mode = MODE_UNKNOWN;

	if (mode_parse(b->measured, &mode))
		mode_parse(b->asked, &mode);
	return mode;
}

static size_t put_time_data(struct plot *p, const struct report *r, enum mode mode, double from,
			    const struct unit *u)
{
	size_t n = 0;

	fprintf(p->f, "$%s << END\n", mode_name(mode));
	for (size_t i = 0; i < r->nboots; i++) {
		const struct report_boot *b = &r->boots[i];

		if (row_of(b) != mode || b->begun <= 0)
			continue;
		fprintf(p->f, "%g %zu %g %d\n", (b->begun - from) / u->seconds, p->rows,
			b->took / u->seconds, b->used ? 7 : 2);
		fprintf(p->alt, "%s %s: %s. ", b->first_seen, mode_name(mode), b->status);
		n++;
	}
	fputs("END\n", p->f);
	return n;
}

static void put_time_axis(struct plot *p, double span, const struct unit *u)
{
	fprintf(p->f,
		"set terminal svg size %d,%zu dynamic font 'sans-serif,13' noenhanced\n"
		"set yrange [%zu.5:-0.7]\nset xrange [0:%g]\n"
		"set xlabel '%s since the first boot was seen (x: not used)' textcolor rgb '" PLOT_FG
		"'\n",
		WIDTH, MARGINS + 2 * ROW * p->rows, p->rows - 1, fmax(1, 1.03 * span / u->seconds),
		u->name);
}

int plot_times(const struct report *r, char **svg)
{
	bool has[MODE_COUNT] = { false };
	double from, span;
	struct unit u;
	struct plot p;
	int err = plot_open(&p);

	if (err)
		return err;
	put_head(&p, MODE_COUNT);
	if (find_span(r, &from, &span)) {
		u = unit_for(span);
		for (enum mode m = MODE_NATIVE; m < MODE_COUNT; m++) {
			has[m] = put_time_data(&p, r, m, from, &u) > 0;
			if (has[m])
				put_tic(&p, "", "", m);
			p.rows += has[m];
		}
	}
	if (p.rows) {
		put_time_axis(&p, span, &u);
		put_plots(&p, has, "plot", "1:2:3:(0)", "with vectors nohead lw 5");
		put_plots(&p, has, ",", "1:2:4", "with points pt variable ps 0.7");
		putc('\n', p.f);
	}
	return plot_close(&p, "times", "Time line of the run", svg);
}

/* SPDX-License-Identifier: ISC */
#include "tests/bench/result.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <jansson.h>

enum better { LESS, MORE };

static const struct {
	const char *key, *unit;
	enum better better;
	const char *text;
} rows[ROW_COUNT] = {
#define RESULT_INFO(id, key, unit, better, text) [ROW_##id] = { key, unit, better, text },
	RESULT_ROWS(RESULT_INFO)
#undef RESULT_INFO
};

void result_add(struct cell *c, double value)
{
	if (c->n < RESULT_SAMPLES)
		c->samples[c->n++] = value;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The sample that has that share of all others below it. */
static double quantile(const struct cell *c, double share)
{
	double sorted[RESULT_SAMPLES + 1], at = share * (double)(c->n - 1);
	size_t i = (size_t)at;

	memcpy(sorted, c->samples, c->n * sizeof(sorted[0]));
	qsort(sorted, c->n, sizeof(sorted[0]), ascending);
	sorted[c->n] = sorted[c->n - 1];
	return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}

double result_median(const struct cell *c)
{
	return quantile(c, 0.5);
}

double result_min(const struct cell *c)
{
	return quantile(c, 0);
}

double result_max(const struct cell *c)
{
	return quantile(c, 1);
}

static bool is_better(enum result_row row, double a, double b)
{
	return rows[row].better == LESS ? a < b : a > b;
}

/* The best of all, or of those that supervise services; of all but one. subject_count: none. */
static size_t best(const struct result *r, enum result_row row, bool supervisors, size_t but)
{
	size_t found = subject_count;

	for (size_t i = 0; i < subject_count; i++) {
		const struct cell *c = &r->cells[row][i];

		if (i == but || c->n == 0 || (supervisors && !subjects[i].supervises))
			continue;
		if (found == subject_count ||
		    is_better(row, result_median(c), result_median(&r->cells[row][found])))
			found = i;
	}
	return found;
}

static bool is_first(const struct result *r, enum result_row row, size_t i)
{
	const struct cell *c = &r->cells[row][i];
	size_t b = best(r, row, false, subject_count);

	return c->n > 0 && !is_better(row, result_median(&r->cells[row][b]), result_median(c));
}

static int digits(double v)
{
	return v < 10 ? 2 : v < 1000 ? 1 : 0;
}

static void print_cell(const struct result *r, enum result_row row, size_t i,
		       double (*of)(const struct cell *), FILE *out)
{
	const struct cell *c = &r->cells[row][i];
	double v;

	if (c->n == 0) {
		fprintf(out, " %10s ", *r->missing[i] ? "missing" : "n/a");
		return;
	}
	v = of(c);
	fprintf(out, " %10.*f%c", row <= ROW_PRIVATE ? 0 : digits(v), v,
		of == result_median && is_first(r, row, i) ? '*' : ' ');
}

/* How many times better the best of the other supervisors is than we, the first subject. */
static void print_ratio(const struct result *r, enum result_row row, FILE *out)
{
	size_t b = best(r, row, true, 0);
	double us, them;

	if (r->cells[row][0].n == 0 || b == subject_count) {
		fprintf(out, "  n/a\n");
		return;
	}
	us = result_median(&r->cells[row][0]);
	them = result_median(&r->cells[row][b]);
	if (us == them)
		fprintf(out, "  1.00 as %s\n", subjects[b].name);
	else if (is_better(row, us, them))
		fprintf(out, us == 0 || them == 0 ? "  1.00 next: %s\n" : "  1.00 next: %s %.2f\n",
			subjects[b].name, us < them ? them / us : us / them);
	else if (us == 0 || them == 0)
		fprintf(out, "  %.4g more than %s\n", us - them, subjects[b].name);
	else
		fprintf(out, "  %.2f of %s\n", us < them ? them / us : us / them, subjects[b].name);
}

static void print_row(const struct result *r, enum result_row row, FILE *out)
{
	char title[40];

	snprintf(title, sizeof(title), "%s, %s", rows[row].key, rows[row].unit);
	fprintf(out, "%-22s", title);
	for (size_t i = 0; i < subject_count; i++)
		print_cell(r, row, i, result_median, out);
	print_ratio(r, row, out);
	if (row != ROW_START && row != ROW_ORPHANS)
		return;
	fprintf(out, "%-22s", rows[row].better == LESS ? "  the least" : "  the most");
	for (size_t i = 0; i < subject_count; i++)
		print_cell(r, row, i, rows[row].better == LESS ? result_min : result_max, out);
	fprintf(out, "\n");
}

static void print_notes(const struct result *r, FILE *out)
{
	char version[64];

	for (size_t i = 0; i < subject_count; i++) {
		const struct subject *s = &subjects[i];

		subject_version(s, version, sizeof(version));
		fprintf(out, "%s", s->name);
		if (s->packages)
			fprintf(out, " (%.*s %s)", (int)strcspn(s->packages, " "), s->packages,
				version);
		fprintf(out, ": %s", s->argv[0]);
		if (s->delay)
			fprintf(out, "; delay before a restart: %s", s->delay);
		if (s->note)
			fprintf(out, "; %s", s->note);
		fprintf(out, "\n");
		if (*r->missing[i])
			fprintf(out, "  MISSING: %s\n", r->missing[i]);
		for (size_t row = 0; !*r->missing[i] && row < ROW_COUNT; row++)
			if (r->cells[row][i].n == 0 && *r->cells[row][i].note)
				fprintf(out, "  no %s: %s\n", rows[row].key, r->cells[row][i].note);
	}
}

void result_print(const struct result *r, FILE *out)
{
	fprintf(out, "%-22s", "medians");
	for (size_t i = 0; i < subject_count; i++)
		fprintf(out, " %10s ", subjects[i].name);
	fprintf(out, "  xlab-init to the best other supervisor\n%-22s", "");
	for (size_t i = 0; i < subject_count; i++)
		fprintf(out, " %10s ", r->linkage[i]);
	fprintf(out, "\n");
	for (enum result_row row = 0; row < ROW_COUNT; row++)
		print_row(r, row, out);
	fprintf(out, "\n* first of all. The ratio: 1.00 is first, more is so many times worse.\n");
	for (enum result_row row = 0; row < ROW_COUNT; row++)
		fprintf(out, "%s: %s\n", rows[row].key, rows[row].text);
	fprintf(out, "\n");
	print_notes(r, out);
}

static void set_text(json_t *o, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(o, key, json_string(text));
}

static json_t *subject_json(const struct result *r, size_t i)
{
	json_t *o = json_pack("{s:s, s:s, s:b}", "name", subjects[i].name, "file",
			      subjects[i].argv[0], "supervises", subjects[i].supervises);
	char version[64];

	subject_version(&subjects[i], version, sizeof(version));
	set_text(o, "packages", subjects[i].packages);
	set_text(o, "version", version);
	set_text(o, "linkage", r->linkage[i]);
	set_text(o, "restart_delay", subjects[i].delay);
	set_text(o, "note", subjects[i].note);
	set_text(o, "missing", r->missing[i]);
	return o;
}

static json_t *row_json(enum result_row row)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "row", rows[row].key, "unit", rows[row].unit,
			 "better", rows[row].better == LESS ? "less" : "more", "text",
			 rows[row].text);
}

static json_t *value_json(const struct result *r, enum result_row row, size_t i)
{
	const struct cell *c = &r->cells[row][i];
	json_t *o = json_pack("{s:s, s:s, s:s, s:i}", "subject", subjects[i].name, "row",
			      rows[row].key, "unit", rows[row].unit, "n", (int)c->n);

	json_object_set_new(o, "value", c->n ? json_real(result_median(c)) : json_null());
	if (c->n > 1) {
		json_object_set_new(o, "min", json_real(result_min(c)));
		json_object_set_new(o, "max", json_real(result_max(c)));
	}
	set_text(o, "note", c->n == 0 && *r->missing[i] ? r->missing[i] : c->note);
	return o;
}

int result_write_json(const struct result *r, const char *path)
{
	json_t *who = json_array(), *what = json_array(), *values = json_array(), *all;
	struct utsname u;
	int e;

	uname(&u);
	for (size_t i = 0; i < subject_count; i++)
		json_array_append_new(who, subject_json(r, i));
	for (enum result_row row = 0; row < ROW_COUNT; row++) {
		json_array_append_new(what, row_json(row));
		for (size_t i = 0; i < subject_count; i++)
			json_array_append_new(values, value_json(r, row, i));
	}
	all = json_pack("{s:s, s:i, s:o, s:o, s:o}", "kernel", u.release, "cpus",
			(int)sysconf(_SC_NPROCESSORS_ONLN), "subjects", who, "rows", what,
			"values", values);
	e = json_dump_file(all, path, JSON_INDENT(1) | JSON_REAL_PRECISION(8)) < 0 ? -EIO : 0;
	json_decref(all);
	return e;
}

/* SPDX-License-Identifier: ISC */
#include "tests/bench/store_figures.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <jansson.h>

enum goal { NONE, MOST, LEAST };

static const struct {
	const char *key, *unit;
	double goal;
	enum goal how;
	const char *text, *with;
} rows[FIGURE_COUNT] = {
#define FIGURE_ROW(id, key, unit, goal, how, text, with) { key, unit, goal, how, text, with },
	FIGURES(FIGURE_ROW)
#undef FIGURE_ROW
};

/* What the goal is about: the ratio, or the value where there is nothing to compare it with. */
static double measure(const struct figures *f, enum figure i)
{
	return rows[i].with ? f->value[i] / f->base[i] : f->value[i];
}

static bool is_met(const struct figures *f, enum figure i)
{
	return rows[i].how == MOST ? measure(f, i) <= rows[i].goal : measure(f, i) >= rows[i].goal;
}

static void print_row(const struct figures *f, enum figure i, FILE *out)
{
	fprintf(out, "%-11s %-5s %10.2f", rows[i].key, rows[i].unit, f->value[i]);
	if (rows[i].with)
		fprintf(out, " %10.2f %8.2f", f->base[i], measure(f, i));
	else
		fprintf(out, " %10s %8s", "", "");
	if (rows[i].how != NONE)
		fprintf(out, "   %s %-8g %-6s", rows[i].how == MOST ? "<=" : ">=", rows[i].goal,
			is_met(f, i) ? "met" : "MISSED");
	else
		fprintf(out, "   %18s", "");
	fprintf(out, " %s%s%s\n", rows[i].text, rows[i].with ? "; with: " : "",
		rows[i].with ? rows[i].with : "");
}

void figures_print(const struct figures *f, const char *daemon, FILE *out)
{
	fprintf(out, "%-11s %-5s %10s %10s %8s   goal\n", daemon, "", "collector", "with", "ratio");
	for (enum figure i = 0; i < FIGURE_COUNT; i++)
		print_row(f, i, out);
	fprintf(out, "\n");
}

static json_t *row_json(const struct figures *f, enum figure i, const char *daemon)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:f}", "daemon", daemon, "figure", rows[i].key,
			      "unit", rows[i].unit, "text", rows[i].text, "value", f->value[i]);

	if (rows[i].with) {
		json_object_set_new(o, "with", json_string(rows[i].with));
		json_object_set_new(o, "with_value", json_real(f->base[i]));
		json_object_set_new(o, "ratio", json_real(measure(f, i)));
	}
	if (rows[i].how != NONE) {
		json_object_set_new(o, rows[i].how == MOST ? "at_most" : "at_least",
				    json_real(rows[i].goal));
		json_object_set_new(o, "met", json_boolean(is_met(f, i)));
	}
	return o;
}

int figures_write_json(const struct figures *f, const char *const daemons[], size_t n,
		       const char *path)
{
	json_t *values = json_array(), *all;
	struct utsname u;
	int r;

	uname(&u);
	for (size_t d = 0; d < n; d++)
		for (enum figure i = 0; i < FIGURE_COUNT; i++)
			json_array_append_new(values, row_json(&f[d], i, daemons[d]));
	all = json_pack("{s:s, s:i, s:o}", "kernel", u.release, "cpus",
			(int)sysconf(_SC_NPROCESSORS_ONLN), "values", values);
	r = json_dump_file(all, path, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) < 0 ? -EIO : 0;
	json_decref(all);
	return r;
}

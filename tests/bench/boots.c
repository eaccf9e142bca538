/* SPDX-License-Identifier: ISC */
/*
 * bench-boots FILE.json NAME=REPORT.json...: of boots with one process 1 or another, the time from its
 * exec until the host can see the agent; a table, and added to FILE.json under "boot".
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 4 };

static const char *const modes[] = { "native", "pv", "pvh", "pvhvm", "hvm" };

struct report {
	char name[32];
	json_t *rows;
};

_Noreturn static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench-boots: %s: %s\n", what, why);
	exit(111);
}

static json_t *load(const char *path)
{
	json_error_t error;
	json_t *json = json_load_file(path, 0, &error);

	if (!json)
		die(path, error.text);
	return json;
}

static struct report open_report(const char *word)
{
	const char *path = strchr(word, '=');
	struct report r;

	if (!path)
		die(word, "not NAME=REPORT.json");
	snprintf(r.name, sizeof(r.name), "%.*s", (int)(path - word), word);
	r.rows = json_object_get(load(path + 1), "rows");
	return r;
}

/* The row of that mode, or NULL when no boot of it is in the report. */
static json_t *find(const struct report *r, const char *mode)
{
	json_t *row;
	size_t i;

	json_array_foreach(r->rows, i, row)
		if (!strcmp(json_string_value(json_object_get(row, "mode")), mode))
			return row;
	return NULL;
}

static json_t *add_row(const struct report *r, const char *mode)
{
	const json_t *row = find(r, mode);
	json_t *median = row ? json_object_get(row, "median") : NULL;

	if (!median)
		return NULL;
	printf(" %14.1f", json_number_value(median));
	return json_pack("{s:s, s:s, s:s, s:O, s:O, s:b}", "mode", mode, "subject", r->name, "unit",
			 "ms", "median", median, "n", json_object_get(row, "n"), "emulated",
			 json_is_true(json_object_get(row, "emulated")));
}

static double median_of(const struct report *r, const char *mode)
{
	return json_number_value(json_object_get(find(r, mode), "median"));
}

static void print_mode(const struct report *reports, int n, const char *mode, json_t *out)
{
	printf("%-10s", mode);
	for (int i = 0; i < n; i++) {
		json_t *row = add_row(&reports[i], mode);

		if (row)
			json_array_append_new(out, row);
		else
			printf(" %14s", "-");
	}
	if (n == 2 && find(&reports[0], mode) && find(&reports[1], mode))
		printf(" %9.2f", median_of(&reports[0], mode) / median_of(&reports[1], mode));
	printf("\n");
}

int main(int argc, char **argv)
{
	struct report reports[NAMES_MAX];
	json_t *out = json_array(), *all;
	int n = argc - 2;

	if (n < 1 || n > NAMES_MAX) {
		fprintf(stderr, "usage: bench-boots FILE.json NAME=REPORT.json...\n");
		return 100;
	}
	printf("\nfrom process 1 to an agent that the host can see, ms (medians, emulated)\n%-10s", "");
	for (int i = 0; i < n; i++) {
		reports[i] = open_report(argv[i + 2]);
		printf(" %14s", reports[i].name);
	}
	printf(" %9s\n", n == 2 ? "ratio" : "");
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		print_mode(reports, n, modes[i], out);
	all = load(argv[1]);
	if (json_object_set_new(all, "boot", out) || json_dump_file(all, argv[1], JSON_INDENT(2)))
		die(argv[1], "cannot be written");
	return 0;
}

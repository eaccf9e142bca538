/* SPDX-License-Identifier: ISC */
/* The results of one run, summed up: a table for people, JSON for machines, a page to hand in. */
#ifndef HOST_REPORT_H
#define HOST_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "guest-tools/proto/modes.h"
#include "host/store.h"

/* One mode and benchmark. Figures are in unit; ratio is median / native's median, 0 without a
 * native. */
struct report_row {
	enum mode mode; /* as measured */
	char benchmark[RECORD_NAME_MAX + 1], unit[RECORD_NAME_MAX + 1];
	double median, low, high, ratio;
	size_t n;
	bool emulated;
	char image[65];
};

/* One boot, used or not. */
struct report_guest {
	char asked[16], measured[16], status[16], why[128], link[16], image[65];
	bool emulated;
	long long samples;
};

struct report {
	char run[64];
	bool emulated; /* one of the figures is */
	struct report_row *rows;
	size_t nrows;
	struct report_guest *guests;
	size_t nguests;
};

/* Loads the run of that name, or the newest when NULL. Figures come only from boots that are done.
 * 0, -ENOENT when there is no such run, -EUCLEAN for a store that holds what no xlab wrote, -EIO,
 * -ENOMEM. */
int report_load(struct store *s, const char *run, struct report *r);
void report_free(struct report *r);

/* The row of that mode and benchmark, or NULL. */
const struct report_row *report_find(const struct report *r, enum mode mode, const char *benchmark);

/* Calls each(name) once for every benchmark, in the order in which they were run. */
void report_benchmarks(const struct report *r, void (*each)(const char *name, void *arg),
		       void *arg);

void report_table(const struct report *r, FILE *f);

/* The form of docs/report.schema.json. NULL when memory is short. */
json_t *report_json(const struct report *r);

/* One HTML page that needs no other file, with a plot by gnuplot(1). *text is the caller's to free.
 * 0 or -errno; -ENOENT without gnuplot. */
int report_html(const struct report *r, char **text, size_t *len);

#endif

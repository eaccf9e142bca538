/* SPDX-License-Identifier: ISC */
/* For the files of report alone. */
#ifndef HOST_REPORT_PARTS_H
#define HOST_REPORT_PARTS_H

#include "host/report.h"

/* One more element at the end of a growing array of n; zeroed. NULL when memory is short: then the
 * old one is still there. */
void *report_grow(void *array, size_t n, size_t size);

/* Seconds since the Epoch of a time as in RFC 3339, 0 for what is none. */
double report_seconds(const char *rfc3339);

/* Adds what the store knows of the plan of that run, if it had one, before rows are sorted. 0 or
 * -errno. */
int report_plan(struct store *s, const char *run, struct report *r);

/* Adds the members of an object to facts of that mode, members of members with a dot in their name. 0 or
 * -ENOMEM. */
int report_facts_add(json_t *facts, enum mode mode, json_t *object);

/* Adds what the store knows of the hosts of boots, and of noise, when all rows and boots are there. 0 or
 * -errno. */
int report_host(struct store *s, const char *run, struct report *r);

/* The facts of two runs that differ: what is in a report_pair. NULL when memory is short. */
json_t *report_differences(const struct report *a, const struct report *b);

/* "3 slower, 1 no difference shown", of how many comparisons have each verdict. Returns buf. */
#define REPORT_VERDICT_ONE(id, words) +1
enum { REPORT_VERDICTS = 0 STATS_VERDICTS(REPORT_VERDICT_ONE), REPORT_COUNTS = 160 };
#undef REPORT_VERDICT_ONE
const char *report_counts(const size_t count[REPORT_VERDICTS], char buf[REPORT_COUNTS]);

/* Names all rows, once they are sorted. */
void report_label(struct report *r);

/* Makes all figures of rows that have their samples, and of suites. 0 or -ENOMEM. */
int report_figure(struct report *r);

/* A ratio and tests of one row beside another; all but the corrected p and the verdict. 0 or
 * -ENOMEM. */
int report_figure_ratio(const struct report_row *row, const struct report_row *base,
			struct report_ratio *ratio);

/* Corrects the p of n ratios together, and judges: row is what it is of. 0 or -ENOMEM. */
struct report_judged {
	struct report_ratio *ratio;
	const struct report_row *row;
};
int report_judge(struct report_judged *all, size_t n);

/* Suites of pairs of rows: of row i and base(i), where that is not NULL. */
struct report_couple {
	const struct report_row *row, *base;
};
int report_suites(const struct report_couple *couples, size_t n, struct report_suite **suites,
		  size_t *nsuites);

/* Fills r->warnings. 0 or -ENOMEM. */
int report_warn(struct report *r);

/* Adds to them. 0 or -ENOMEM. */
int report_warn_add(struct report *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Warns of what differs between the hosts, and what guests know of them, that bends figures. 0 or -ENOMEM. */
int report_warn_host(struct report *r);

/* Whether a fact is not the same in all modes; "native tsc; pv xen" in text. */
bool report_fact_differs(json_t *modes, char *text, size_t size);

#endif

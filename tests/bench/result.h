/* SPDX-License-Identifier: ISC */
/* The figures: a row for each question, a cell for each subject, and the two ways to show them. */
#ifndef XLAB_TESTS_BENCH_RESULT_H
#define XLAB_TESTS_BENCH_RESULT_H

#include "tests/bench/subject.h"

#include <stdio.h>

/* X(id, key, unit, which is better, what it is) */
#define RESULT_ROWS(X) \
	X(BYTES, "bytes", "bytes", LESS, "PID 1's own file, and the shared libraries of a dynamic one") \
	X(OWN_BYTES, "own_bytes", "bytes", LESS, "the file alone") \
	X(RSS, "rss", "kB", LESS, "resident memory of PID 1, idle, one service up") \
	X(TREE_RSS, "tree_rss", "kB", LESS, "the same with its supervisor processes") \
	X(PRIVATE, "anon", "kB", LESS, "of that what is not a page of a file") \
	X(START, "start", "ms", LESS, "from exec of PID 1 to the service's first act") \
	X(ORPHANS, "orphans", "1/s", MORE, "orphans reaped per second, handed over at once") \
	X(RESTARTS, "restarts", "1/s", MORE, "starts of a service that ends at once") \
	X(AGAIN, "again", "ms", LESS, "from a service's end after 1.5 s to its next start") \
	X(WAKEUPS, "wakeups", "1/min", LESS, "context switches of PID 1, idle") \
	X(TREE_WAKEUPS, "tree_wakeups", "1/min", LESS, "the same with its supervisor processes")

#define RESULT_ENUM(id, key, unit, better, text) ROW_##id,
enum result_row { RESULT_ROWS(RESULT_ENUM) ROW_COUNT };
#undef RESULT_ENUM

#define RESULT_SAMPLES 256

struct cell {
	double samples[RESULT_SAMPLES];
	size_t n;
	char note[160];		/* why there is no sample, or more about them */
};

struct result {
	struct cell cells[ROW_COUNT][16];	/* by subject */
	char linkage[16][8];			/* "static" or "dynamic" */
	char missing[16][200];			/* why a subject could not be started; "" */
};

void result_add(struct cell *c, double value);

/* Of the samples, of which there is one at least. */
double result_median(const struct cell *c);
double result_min(const struct cell *c);
double result_max(const struct cell *c);

void result_print(const struct result *r, FILE *out);

/* 0 or -errno. */
int result_write_json(const struct result *r, const char *path);

#endif

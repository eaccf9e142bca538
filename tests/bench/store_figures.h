/* SPDX-License-Identifier: ISC */
/* The figures of bench-store: each is what the collector does, and what it is compared with. */
#ifndef XLAB_TESTS_BENCH_STORE_FIGURES_H
#define XLAB_TESTS_BENCH_STORE_FIGURES_H

#include <stdio.h>

/* X(id, key, unit, goal, how the ratio is to be to it, what is measured, what with) */
#define FIGURES(X) \
	X(LATENCY, "latency", "ms", 2.5, MOST, "a small result, from its write to the acknowledgement", \
	  "one write of that guest's and one fsync") \
	X(RATE, "rate", "1/s", 50, LEAST, "results, 100 guests", "collect.sh, a loop in shell") \
	X(BULK, "bulk", "kB/s", 0.8, LEAST, "one guest's records of 1 MiB", \
	  "its writes of 1,900 bytes") \
	X(SCALE, "scale", "us", 1.3, MOST, "the collector's processor time for a result, 1,000 guests", \
	  "10 guests") \
	X(SCALE_WALL, "scale_wall", "us", 0, NONE, "time for a result, 1,000 guests", "10 guests") \
	X(IDLE, "idle", "%", 0.5, MOST, "the collector's processor time, 1,000 idle guests", NULL) \
	X(RSS, "rss", "kB", 30720, MOST, "the collector's memory, 1,000 idle guests", NULL)

#define FIGURE_ENUM(id, ...) FIGURE_##id,
enum figure { FIGURES(FIGURE_ENUM) FIGURE_COUNT };
#undef FIGURE_ENUM

struct figures {
	double value[FIGURE_COUNT];
	double base[FIGURE_COUNT]; /* what it is compared with, where there is something */
};

void figures_print(const struct figures *f, const char *daemon, FILE *out);

/* 0 or -errno. */
int figures_write_json(const struct figures *f, const char *const daemons[], size_t n,
		       const char *path);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Microbenchmarks: what each costs is one row of a table, how each is measured is the same for all.
 * A benchmark is set up once, run to warm up, then run to be measured with a fixed number of
 * operations; each of those runs is a sample, in ns per operation by CLOCK_MONOTONIC.
 */
#ifndef XLAB_BENCH_H
#define XLAB_BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define BENCH_SAMPLES 7
#define BENCH_NAP_NS 1000000	/* how long timer_wake asks to sleep */

enum bench_size {
	BENCH_QUICK,	/* a sample takes tens of ms where everything is emulated */
	BENCH_REF,	/* a sample takes at least 200 ms on real hardware */
	BENCH_SIZES
};

/* All but run may be NULL. Those that return int return 0 or -errno. */
struct bench_ops {
	int (*setup)(enum bench_size size);
	int (*run)(long ops);		/* the only one that is timed */
	int (*check)(void);		/* did the last run do its work? -EBADMSG if not */
	void (*teardown)(void);		/* also after a setup or a run that failed */
};

struct bench {
	const char *name, *unit, *text;
	long ops[BENCH_SIZES];
	long planned_ns;	/* time that an operation has to take; not counted */
	const struct bench_ops *impl;
};

/* How often. */
struct bench_times {
	unsigned warmups, samples;
};
#define BENCH_TIMES ((struct bench_times){ 1, BENCH_SAMPLES })

extern const struct bench bench_micro[];
extern const size_t bench_micro_count;

extern const struct bench_ops bench_syscall, bench_page_fault, bench_int_loop, bench_mem_loop;
extern const struct bench_ops bench_fork_exec, bench_pipe, bench_timer;
extern const struct bench_ops bench_sha256, bench_gzip;

/* The argument that makes this program do nothing: what fork_exec runs. */
#define BENCH_EXIT_ARG "--exit"

/* Returns 0, or -EINVAL for a word that is no size. */
int bench_size_parse(const char *word, enum bench_size *size);

/* ns per operation, beyond what was planned. */
double bench_value(const struct bench *b, uint64_t elapsed_ns, long ops);

/*
 * Measures b and writes one line of JSON to out for each sample, flushed at once. Returns 0 or
 * -errno; nothing that b made is left behind.
 */
int bench_run(const struct bench *b, enum bench_size size, struct bench_times times, FILE *out);

#endif

/* SPDX-License-Identifier: ISC */
/* What bench-store measures with: xenstoreds with guests, and who collects from them. What cannot be
 * done ends the program. */
#ifndef XLAB_TESTS_BENCH_STORE_RUN_H
#define XLAB_TESTS_BENCH_STORE_RUN_H

#include "tests/store/swarm.h"

/* Seconds for a piece: of the clock, and of the collector's processor time. */
struct cost {
	double wall, cpu;
};

extern char bench_dir[64]; /* a folder on the disk, once bench_begin() has been called */

void bench_begin(void);
void bench_end(void);

_Noreturn void bench_die(const char *what, int r);

/* A fresh xenstored without guests, and its end. */
void bench_open(enum daemon which);
void bench_close(void);

/* Adds n honest guests that do that. */
void bench_add(unsigned n, struct swarm_spec spec);

/* Start who collects; the caller stops it. */
pid_t bench_collector(void);
pid_t bench_shell(void);

/* Turns until the host has something of every guest, and says how many pieces it has; until all
 * guests are at their end. */
unsigned long bench_run_in(void);
void bench_run(void);

/* What n guests cost, from when all of them are served to their end. */
void bench_collect(enum daemon which, unsigned n, struct swarm_spec spec, pid_t (*start_it)(void),
		   struct cost *c);

/* Seconds for n writes of a guest, one at a time, with or without an fsync behind each. */
double bench_write(enum daemon which, unsigned n, size_t len, bool with_fsync);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * What process 1 and its supervisors use. Memory is by /proc/PID/smaps_rollup: the counters in
 * /proc/PID/status are the same where the kernel adds them up, but Linux 6.1 leaves up to 64 pages
 * out, which is more than a small program has.
 */
#ifndef XLAB_TESTS_BENCH_TREE_H
#define XLAB_TESTS_BENCH_TREE_H

#include <sys/types.h>

struct usage {
	int processes;
	long rss_kb, anon_kb;	/* resident; of that what is not a page of a file */
	long pss_kb;		/* rss_kb, but of a page that n processes map an nth */
	long switches;		/* context switches, voluntary and not */
};

/*
 * one: of process 1, whose pid is init; all: of it and everything below it but processes that
 * run the file svc. 0 or -errno.
 */
int tree_read(pid_t init, const char *svc, struct usage *one, struct usage *all);

#endif

/* SPDX-License-Identifier: ISC */
/* What process 1 and its supervisors use, by proc_pid_status(5). */
#ifndef XLAB_TESTS_BENCH_TREE_H
#define XLAB_TESTS_BENCH_TREE_H

#include <sys/types.h>

struct usage {
	int processes;
	long anon_kb, file_kb, shmem_kb;	/* resident; pages of files may be shared */
	long switches;				/* voluntary and not */
};

/*
 * one: of process 1, whose pid is init; all: of it and everything below it but processes that
 * run the file svc. 0 or -errno.
 */
int tree_read(pid_t init, const char *svc, struct usage *one, struct usage *all);

long usage_resident_kb(const struct usage *u);

#endif

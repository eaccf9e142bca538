/* SPDX-License-Identifier: ISC */
/*
 * Result files of SPEC CPU, as runspec (CPU2006) and runcpu (CPU2017) write them: lines of a key
 * and its value, of which those of one execution are
 *
 *	spec.cpu2006.results.429_mcf.base.000.reported_time: 287.4
 *
 * with the suite, the benchmark (a dot is an underscore there), the tuning, the iteration and the
 * field. What the fields mean is in "SPEC CPU2006 Result File Fields" and its like for CPU2017; S
 * is the only value of "valid" that makes an execution count. Other lines do not matter. Pure: no
 * I/O, no allocation; the text may hold anything and is bounded by its NUL.
 */
#ifndef XLAB_RSF_H
#define XLAB_RSF_H

#include <stdbool.h>
#include <stddef.h>

enum { RSF_NAME_MAX = 58, RSF_WHY_MAX = 160, RSF_RUNS_MAX = 512, RSF_ITERATION_MAX = 999 };

/* One execution of one benchmark. */
struct rsf_run {
	char key[RSF_NAME_MAX + 1];  /* 429_mcf */
	char name[RSF_NAME_MAX + 1]; /* 429.mcf: letters, digits and ._- */
	bool peak;		     /* else base */
	unsigned iteration;	     /* from 0 */
	double seconds, ratio;	     /* -1 where there is none; seconds are there when it is valid */
	char why[RSF_WHY_MAX + 1];   /* "" when it is valid; else why not, printable ASCII */
	char code[3];		     /* "valid", as in the file, */
	char error[RSF_WHY_MAX / 2]; /* and the first of "errors" */
};

struct rsf {
	struct rsf_run run[RSF_RUNS_MAX]; /* in the order of the file */
	size_t n;
	unsigned iterations; /* of the benchmark that has most */
};

/* Returns 0, -ENOENT for a text without executions, or -E2BIG for too many of them. */
int rsf_parse(const char *text, struct rsf *rsf);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * xlab-work: runs one workload of xlab-workload(5), so many times, and says of each repetition what
 * it measured. A repetition is one command, in a folder of its own that is empty at first, with
 * nothing on its standard input and an environment that is always the same.
 */
#ifndef XLAB_WORK_H
#define XLAB_WORK_H

#include <limits.h>
#include <stddef.h>
#include <stdio.h>

#include "guest-tools/lib/workload.h"

enum {
	RUN_OUT_MAX = 1 << 20, /* bytes that a command may print */
	RUN_SAID_MAX = 512,    /* of what it said on standard error at last */
	WORK_WHY = 2048	       /* enough for every reason */
};

/* What became of one command. */
struct run {
	char out[RUN_OUT_MAX + 1]; /* what it printed, with a NUL behind it */
	size_t len;
	char said[RUN_SAID_MAX + 1]; /* the end of what it said on standard error */
	size_t said_len;
	int status;	     /* as of waitpid(2) */
	double seconds;	     /* from before fork to its end, by CLOCK_MONOTONIC */
	double user, system; /* of it and all that it waited for, s */
	long max_rss_kib;    /* of the largest process among those */
};

/* Runs the words of a command in a folder, as the leader of a process group which has no process
 * left when this returns. Returns 0 when it ended by itself; -ETIMEDOUT after so many seconds,
 * -EMSGSIZE when it printed too much, or -errno, also of exec. */
int run_command(const char *command, const char *dir, unsigned timeout, struct run *r);

/* The last line that the command said on standard error; cuts said. */
const char *run_last_words(struct run *r);

/* Whether a command that ended did what it had to: 0, or -EBADMSG or -errno with the reason in why.
 */
int check_run(const struct workload *w, enum workload_size size, const char *dir, struct run *r,
	      char why[WORK_WHY]);

/* Prints what a repetition measured: a sample, some, or the records that it printed itself. Returns
 * 0, or -errno with the reason in why; what is valid is printed even so. */
int sample_print(const struct workload *w, const char *suite, const char *name, unsigned index,
		 const struct run *r, FILE *out, char why[WORK_WHY]);

/* Prints a record that says which repetition is invalid, and why. What fails is out's to tell. */
void invalid_print(const char *what, const char *why, FILE *out);

/* Runs a workload and prints to out. suite is what it is part of, or its own name. Reports what
 * goes wrong; returns an exit status. */
int work_run(const struct workload *w, enum workload_size size, const char *suite, const char *name,
	     FILE *out);

#endif

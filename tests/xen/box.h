/* SPDX-License-Identifier: ISC */
/* What the drivers of real boots share: programs that are run within minutes, here and in dom0. What
 * they say goes to stderr, for TAP has stdout. */
#ifndef TESTS_XEN_BOX_H
#define TESTS_XEN_BOX_H

#include <unistd.h>

#include "host/proc.h"

#define XLAB "build/host/xlab"

enum { MINUTE_MS = 60 * 1000 };

/* Returns the program's exit status or -errno. */
static inline int box_run(int minutes, const char *const *words)
{
	return proc_run(words, &(struct proc_opts){ .out = STDERR_FILENO,
						    .deadline_ms = minutes * MINUTE_MS });
}

#define RUN(minutes, ...) box_run(minutes, (const char *const[]){ __VA_ARGS__, NULL })

/* In dom0 of the testbed in that folder. */
#define IN_DOM0(box, minutes, ...) \
	RUN(minutes, XLAB, "testbed", "exec", "--dir", box, "--", __VA_ARGS__)

#endif

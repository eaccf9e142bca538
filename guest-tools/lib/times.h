/* SPDX-License-Identifier: ISC */
/* How often something is to be done, where the host has said so: xlab-agent leaves it in the
 * environment of what it runs. */
#ifndef XLAB_TIMES_H
#define XLAB_TIMES_H

#define TIMES_WARMUPS "XLAB_WARMUPS"
#define TIMES_REPETITIONS "XLAB_REPETITIONS"
#define TIMES_MAX 100000

/* Takes the number of that name, from min to TIMES_MAX, into *n, which stays as it is where there is
 * none. 0, or -EINVAL and a line on stderr. */
int times_take(const char *name, unsigned min, unsigned *n);

#endif

/* SPDX-License-Identifier: ISC */
/* Sets of CPUs that programs are kept to. */
#ifndef HOST_PIN_H
#define HOST_PIN_H

#include <sched.h>

/* What keyfile_cpus() takes, as a set; those that no set has room for are on no machine of ours. */
void pin_parse(const char *cpus, cpu_set_t *set);

/* The first n of those that this thread may use, and that are named, unless cpus is "". 0 or -errno,
 * -ERANGE when there are not as many. */
int pin_first(const char *cpus, unsigned n, cpu_set_t *set);

#endif

/* SPDX-License-Identifier: ISC */
/* What a process that runs has used (proc(5)). A process that is not there has used nothing. */
#ifndef XLAB_TESTS_BENCH_USAGE_H
#define XLAB_TESTS_BENCH_USAGE_H

#include <sys/types.h>

/* Processor time of all its threads, in seconds. */
double usage_cpu_s(pid_t pid);

double usage_rss_kb(pid_t pid);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Services: processes that are kept running, each in a session of its own so that all of it can be
 * stopped. There is one fixed table of them; nothing is allocated. Times are CLOCK_MONOTONIC.
 */
#ifndef XLAB_INIT_SVC_H
#define XLAB_INIT_SVC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SVC_MAX 16

/* What a service is; name and argv stay the caller's and have to live as long as the program. */
struct svc_def {
	const char *name;
	char *const *argv;	/* argv[0] is an absolute path */
	int stop_signal;
};

uint64_t svc_now_ms(void);

/* Adds a service and starts it, unless its program is not installed or the table is full. */
void svc_add(const struct svc_def *def);

/* Reaps up to max of all children, services or orphans. Returns how many there were. */
int svc_reap(int max);

/* Fires what is due. Returns ms until the next timer, -1 for never: a time-out for poll(2). */
int svc_run_timers(void);

void svc_stop_all(void);

/* True once no service runs, or is waited for. */
bool svc_all_down(void);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Services: processes that are started in order and kept running, each in a session of its own so
 * that all of it can be stopped. There is one fixed table of them, beside the state that outlives
 * process 1 (state.h); nothing is allocated.
 */
#ifndef XLAB_INIT_SVC_H
#define XLAB_INIT_SVC_H

#include "init/conf.h"
#include "init/state.h"
#include "init/sup.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SVC_STOP_ALL_MS 30000	/* for all services together to stop */
#define SVC_POLL_MAX (2 * CONF_SERVICES)

/*
 * Takes the services, n of them, that live as long as the program. What the state knows of one goes
 * on, what it knows of others is killed; the new ones are down.
 */
void svc_load(const struct conf *confs, size_t n);

size_t svc_count(void);
const struct conf *svc_conf(size_t i);

/* The number of the service of that name, or -1. */
int svc_find(const char *name);

/* EV_START, EV_STOP or EV_RESTART for one service; everything that follows from it is done. */
void svc_ask(size_t i, enum sup_event event);

/* Those whose names begin so; "" for all. */
void svc_start_all(const char *prefix);

/* From now on services stop, in reverse order. */
void svc_stop_all(void);

/* True once no service runs or is waited for, or SVC_STOP_ALL_MS after svc_stop_all(). */
bool svc_all_down(void);

/* Reaps up to max of all children, services or orphans. Returns how many there were. */
int svc_reap(int max);

/* Fires what is due. Returns when the next is, or NEVER. */
uint64_t svc_run_timers(void);

/* Fills p, SVC_POLL_MAX long, with what services may write to; returns how many there are. */
size_t svc_poll(struct pollfd *p);

/* Reads what poll(2) found. */
void svc_read(const struct pollfd *p, size_t n);

#endif

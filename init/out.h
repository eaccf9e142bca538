/* SPDX-License-Identifier: ISC */
/*
 * What services write to their standard output and error: it comes through a pipe each, and goes to
 * the ring line by line. A line that begins with "<0>" to "<4>", as in sd-daemon(3), goes to the
 * kernel's log as well, and so to the consoles. Who writes more than OUT_RATE a second is not
 * listened to for the rest of it: its pipe fills up, and it waits.
 */
#ifndef XLAB_INIT_OUT_H
#define XLAB_INIT_OUT_H

#include "init/state.h"

#define OUT_RATE 65536

/* All lines go to the kernel's log too. */
void out_be_verbose(void);

/* Makes the service's pipe unless it has one. Without one it has to do with /dev/null. */
void out_open(struct state_svc *s);

/*
 * Reads what is there, up to 4096 bytes; no more than 512 once a line has gone to the kernel's log,
 * whose console may be a slow serial line that process 1 then waits for. Returns how many.
 */
size_t out_read(struct state_svc *s);

/* When its process has ended: as much as the ring has room for, and a line that is not finished is one. */
void out_end(struct state_svc *s);

/* When it may be read again; a time that has passed: now. */
uint64_t out_muted_until(const struct state_svc *s);

#endif

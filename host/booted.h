/* SPDX-License-Identifier: ISC */
/* A domain that a run has created, from its config to its end. What goes wrong is reported. */
#ifndef HOST_BOOTED_H
#define HOST_BOOTED_H

#include "host/run.h"
#include "host/source.h"

struct booted {
	struct run *run;
	struct run_guest *guest;
	enum mode mode;
	char log[PATH_MAX + 16]; /* what xl said */
	struct xst *xs;
	bool stirred; /* xenstored has spoken since we looked */
	struct source_xs src;
	enum xp_state state; /* as it said last */
};

/* Creates the domain, paused, and finds out who it is. An exit status; after 0 call booted_end(). */
int booted_create(struct booted *b, struct run *run, struct run_guest *guest, enum mode mode);

/* Tells it what to do, and lets it run. An exit status. */
int booted_begin(struct booted *b, const char *barrier);

/* Waits until it says that it is in that state, or XPS_NONE: until it is gone. until is of
 * io_now_ms(). An exit status. */
int booted_wait(struct booted *b, enum xp_state state, int64_t until);

/* Takes it away, if it is still there. */
void booted_end(struct booted *b);

#endif

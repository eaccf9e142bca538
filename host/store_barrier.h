/* SPDX-License-Identifier: ISC */
/* Starts that guests made together, as the store keeps them. All times are in nanoseconds. */
#ifndef HOST_STORE_BARRIER_H
#define HOST_STORE_BARRIER_H

#include "host/store.h"

/* For what has not been measured, or not yet. */
#define STORE_UNKNOWN INT64_MIN

/* One start of a run's guests on one host. */
struct store_barrier {
	int64_t id;
	char run[64];
	char host[65]; /* as in struct store_guest */
	char name[64];
	int64_t planned_ns; /* when they were to start, on the host's clock */
	int64_t guests;	    /* how many were to */
	int64_t skew_ns;    /* from the first that did to the last, or STORE_UNKNOWN */
};

/* One guest at it. What it says it says in its own clock. Each may be STORE_UNKNOWN. */
struct store_barrier_guest {
	int64_t barrier, guest; /* ids */
	int64_t offset_ns;	/* guest's clock minus the host's */
	int64_t error_ns;	/* the offset is known within +- this */
	int64_t planned_ns, actual_ns;
};

/* Finds the row of b's run, host and name, and fills in the rest. -ENOENT. */
int store_barrier_get(struct store *s, struct store_barrier *b);

/* Makes the row of run, host and name, or writes over it, and sets b->id. */
int store_barrier_put(struct store *s, struct store_barrier *b);

/* The same for the row of barrier and guest. */
int store_barrier_guest_put(struct store *s, const struct store_barrier_guest *g);

/* Notes what a guest says of its start; when it is the last, how far apart they all were. Nothing where
 * the guest is at no barrier of that name. */
int store_barrier_began(struct store *s, const struct store_guest *g, const struct record *rec);

#endif

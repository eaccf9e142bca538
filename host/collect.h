/* SPDX-License-Identifier: ISC */
/*
 * The collector: one process, one loop, no threads. It may be killed at any instant: what it has
 * acknowledged is in the store, and what it has not it reads again when it is started again.
 */
#ifndef HOST_COLLECT_H
#define HOST_COLLECT_H

#include <stdbool.h>

#include "host/guest.h"
#include "host/store.h"

struct collect_opts {
	bool once;	 /* take what is there, and return */
	bool follow;	 /* show what comes, on standard output */
	unsigned reads;	 /* of xenstore, that one guest may cost a second */
	int ready;	 /* what daemon_ready() wants; negative: nothing */
	struct guest_limits limits;
};

/* What a guest has unless told: ten times what a long run leaves, and no less than the bulk of one
 * sender at full speed. */
#define COLLECT_OPTS_DEFAULT \
	{ .reads = 20000, .ready = -1, .limits = { .bytes = INT64_C(128) << 20, .records = 1000000 } }

/* What the host says to a guest that has no domain. uuid is what its results are stored under;
 * NULL: the guest's boot_id. network (a specification) and ssh_keys (lines) are NULL for none. */
struct collect_serial {
	const char *line, *uuid, *run, *mode, *workload, *size, *image;
	const char *network, *ssh_keys;
	const char *warmups, *repetitions; /* numbers, NULL for what the workload has */
};

/*
 * Both serve until stop_fd is readable. collect_serial() returns also when the far end has gone.
 * Trouble with the store is logged once and tried again every COLLECT_RETRY_MS. xenstored going away
 * is logged once, too, and collect_xenstore() goes on when it is back; where it never was there,
 * that is -errno.
 */
enum { COLLECT_RETRY_MS = 2000 };

int collect_xenstore(struct store *s, int stop_fd, const struct collect_opts *opts);
int collect_serial(struct store *s, int stop_fd, const struct collect_opts *opts,
		   const struct collect_serial *how);

/* Shared by both: says trouble with the store once, and its end. r is what the store returned;
 * returns 0 where it was trouble, else r. */
int collect_trouble(int r, struct store *s);

#endif

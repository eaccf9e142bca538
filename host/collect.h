/* SPDX-License-Identifier: ISC */
/*
 * The collector: one process, one loop (libxenstore reads its socket in a thread of its own). It
 * may be killed at any instant: what it has acknowledged is in the store, and what it has not it
 * reads again when it is started again.
 */
#ifndef HOST_COLLECT_H
#define HOST_COLLECT_H

#include <stdbool.h>

#include "host/store.h"

/* What the host says to a guest that has no domain. uuid is what its results are stored under;
 * NULL: the guest's boot_id. network (a specification) and ssh_keys (lines) are NULL for none. */
struct collect_serial {
	const char *line, *uuid, *run, *mode, *workload, *size, *image;
	const char *network, *ssh_keys;
};

/*
 * Both serve until stop_fd (a signalfd, say) is readable. collect_serial() returns also when the
 * far end has gone. Trouble with the store is logged once and tried again every
 * COLLECT_BACKSTOP_MS; xenstored going away ends collect_xenstore() with -errno.
 */
enum { COLLECT_BACKSTOP_MS = 2000 };

int collect_xenstore(struct store *s, int stop_fd);
int collect_serial(struct store *s, int stop_fd, const struct collect_serial *how);

/* Shared by both. The first turns trouble with the store, said once, into 0: the backstop tries
 * again. The second serves one guest and tells the log what changed. 0 or -errno. */
struct guest;
int collect_trouble(int r, struct store *s);
int collect_serve(struct guest *g, struct store *s, const char *name);

#endif

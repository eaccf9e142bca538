/* SPDX-License-Identifier: ISC */
/* The host's side of the protocol for one guest: read what is new, store it, acknowledge it. */
#ifndef HOST_GUEST_H
#define HOST_GUEST_H

#include "host/source.h"
#include "host/store.h"

/* What one boot may report: at 1,840 bytes a piece, 115 MiB. More is refused. */
enum { GUEST_PIECES_MAX = 65536 };

struct guest {
	struct source *src;
	struct store_guest row;
	uint32_t acked; /* what xlab/ack says; 0 before it was written */
	bool refused;	/* it broke the protocol: nothing more is taken */
};

/*
 * Fills in the row from the host's keys of src (run, mode, workload, size, image) and the given
 * identity, and finds or makes it in the store. -ENOENT when the guest belongs to no run.
 */
int guest_bind(struct guest *g, struct source *src, struct store *s, const char *uuid,
	       unsigned domid, bool emulated);

/*
 * Stores every piece that the guest shows beyond the last, with one fsync, and then acknowledges.
 * Returns how many pieces were new, or -errno: when the store or xenstore failed nothing was
 * acknowledged, and the call may be repeated.
 */
int guest_serve(struct guest *g, struct store *s);

/* Notes that the guest has gone; it is lost if its workload was not over. */
int guest_gone(struct guest *g, struct store *s);

#endif

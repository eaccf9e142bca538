/* SPDX-License-Identifier: ISC */
/* One guest's ring with the xenstored, shared by the clients of that guest as a kernel does it. */
#ifndef TESTS_STORE_MUX_H
#define TESTS_STORE_MUX_H

#include <stdbool.h>

#include "tests/store/bus.h"
#include "tests/store/bytes.h"

enum {
	MUX_CLIENTS = 7, /* at once; slot MUX_CLIENTS is the kernel itself */
	MUX_QUEUE = 64 * 1024
};

struct mux_client {
	int fd; /* -1: free, or gone and still owed answers */
	uint32_t serial, events;
	unsigned owed; /* answers */
	bool raw;      /* it broke the framing: what follows goes to the ring as it is */
	struct bytes in, out;
};

struct mux {
	unsigned domid;
	int listener;
	uint32_t serials;
	struct bus_ring *ring;
	struct bytes req, rsp; /* on their way to the ring, and from it */
	struct mux_client clients[MUX_CLIENTS];
};

/* Cuts what a client has sent into messages and queues them for the ring. */
void mux_take(struct mux *m, unsigned slot);

/* Moves what can be moved between queues and ring. True when the daemon must be told. */
bool mux_move(struct mux *m);

/* True when the ring has something for clients that are not stuffed. */
bool mux_has_more(const struct mux *m);

/* To be called when the client's socket is closed. */
void mux_left(struct mux *m, unsigned slot);

/* A free slot, or MUX_CLIENTS. */
unsigned mux_slot(const struct mux *m);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Requests to xenstored that do not wait for each other's answers, which libxenstore has no call for,
 * and events of watches, for which it starts a thread.
 * The format is xen.git's xen/include/public/io/xs_wire.h, what it means docs/misc/xenstore.txt.
 * For xs.c alone: everybody else has xs.h.
 */
#ifndef XLAB_XS_WIRE_H
#define XLAB_XS_WIRE_H

#include <stdint.h>

#include "guest-tools/lib/xs.h"

enum {
	XSW_MESSAGE_MAX = 16 + 4096, /* bytes, header and payload */
	XSW_OUT = 16 * XSW_MESSAGE_MAX,
	XSW_IN = 4 * XSW_MESSAGE_MAX
};

struct xsw {
	int fd;
	bool device; /* which takes one request at a time */
	xst_event *event; /* NULL: nobody listens; stays over xsw_open() */
	void *arg;
	uint32_t next_id;
	size_t out_len, out_sent, in_len, in_taken;
	char out[XSW_OUT], in[XSW_IN];
};

/* Connects to a socket, or opens a device. 0 or -errno. */
int xsw_open(struct xsw *w, const char *path);
void xsw_close(struct xsw *w);

/* xst_take_events(). */
int xsw_take_events(struct xsw *w);

/* xst_batch(). After an error of the connection, not of a request, it is closed: -EPIPE from then on. */
int xsw_batch(struct xsw *w, struct xst_op *ops, size_t n);

#endif

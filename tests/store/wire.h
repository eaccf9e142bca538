/* SPDX-License-Identifier: ISC */
/*
 * A xenstore client that never waits: messages as xen.git xen/include/public/io/xs_wire.h has them,
 * over a non-blocking socket. One loop can carry a thousand of them.
 */
#ifndef TESTS_STORE_WIRE_H
#define TESTS_STORE_WIRE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <xen/io/xs_wire.h>

#include "tests/store/bytes.h"

struct wire {
	int fd;
	uint32_t last; /* number of the newest request */
	int call_ms;   /* how long wire_call() waits; 0: ten seconds */
	struct bytes in, out, msg;
};

/* data, which has a NUL behind it, lives until the next message of that wire is taken. */
struct wire_msg {
	struct xsd_sockmsg head;
	const char *data;
};

/* 0 or -errno. */
int wire_open(struct wire *w, const char *path);
void wire_close(struct wire *w);

/* Queue a request in transaction tx (0: none). Paths are as xenstored takes them. */
void wire_ask(struct wire *w, uint32_t type, uint32_t tx, const void *data, size_t len);
void wire_write(struct wire *w, uint32_t tx, const char *path, const void *val, size_t len);

/* For requests whose argument is words, each with its NUL: READ, DIRECTORY, MKDIR, RM, WATCH... b
 * may be NULL. */
void wire_words(struct wire *w, uint32_t type, uint32_t tx, const char *a, const char *b);

/* Send what is queued, as far as the socket takes it; and the same and receive what it has. What
 * has been received is there for wire_next(), whether or not the socket says more. 0, or -errno
 * when it is closed. */
int wire_flush(struct wire *w);
int wire_move(struct wire *w);

/* Takes the next whole message: true, or false when there is none yet. */
bool wire_next(struct wire *w, struct wire_msg *m);

/* What the answer says: 0, or -errno, as libxenstore would have it. */
int wire_error(const struct wire_msg *m);

/* Asks and waits for the answer, at most call_ms; events that come meanwhile are dropped.
 * Returns 0 or -errno. For what is not done in a loop. */
int wire_call(struct wire *w, uint32_t type, uint32_t tx, const void *data, size_t len,
	      struct wire_msg *answer);

#endif

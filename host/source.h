/* SPDX-License-Identifier: ISC */
/*
 * Where a guest's keys are read and the host's are written: a domain's home in xenstore, or the far
 * end of a serial line. Values that come out are the guest's word and nothing else.
 */
#ifndef HOST_SOURCE_H
#define HOST_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "guest-tools/lib/xs.h"
#include "guest-tools/proto/proto.h"

/* One of several keys that are read together. */
struct source_value {
	unsigned key;
	char *buf;
	size_t size;
	int len; /* what get() would return */
};

struct source {
	/* A length, with a NUL behind it, or -errno: -ENOENT, -EMSGSIZE. */
	int (*get)(struct source *src, unsigned key, char *buf, size_t size);
	/* 0 or -errno. */
	int (*put)(struct source *src, unsigned key, const char *val, size_t len);
	/* 0 while the guest is the one it was at first, -ESTALE when another has its place, or -errno;
	 * NULL where that cannot be. */
	int (*still)(struct source *src);
};

/* A domain; any number of them share one connection. */
struct source_xs {
	struct source src;
	struct xst *store;
	unsigned domid;
	char uuid[40]; /* as source_xs_uuid() read it first; "" before */
};

void source_xs_init(struct source_xs *x, struct xst *store, unsigned domid);

/* Reads the domain's UUID, as xl has written it. 0 or -errno. Numbers of domains are given again,
 * UUIDs are not. */
int source_xs_uuid(struct source_xs *x, char *buf, size_t size);

/* The path of the key in xenstore, in buf. */
const char *source_xs_path(const struct source_xs *x, unsigned key, char *buf, size_t size);

/* A serial line. What was put is sent again whenever the guest says who it is, for it says that
 * only when it has no answer. */
struct source_serial {
	struct source src;
	int fd; /* -1 where there is no line: nothing is sent */
	struct source_slot {
		bool set;
		size_t len;
		char val[XP_VALUE_MAX + 1];
	} keys[XPK_COUNT];
	char in[XP_LINE_MAX];
	size_t in_len;
};

/* path is a serial port, a unix socket, or "-" for standard input, which then is used in both
 * directions. 0 or -errno. */
int source_serial_open(struct source_serial *s, const char *path);
void source_serial_init(struct source_serial *s); /* without a line */
void source_serial_close(struct source_serial *s);

/* Takes what the line has, when s->fd is readable. 0, or -EPIPE when the far end is gone. */
int source_serial_read(struct source_serial *s);

/* Takes one line, without its newline, from wherever it comes. The guest's key that it sets, or -1. */
int source_serial_take(struct source_serial *s, const char *text, size_t len);

#endif

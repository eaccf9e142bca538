/* SPDX-License-Identifier: ISC */
/*
 * Xenstore for guest programs and the host: xs.c is the only user of <xenstore.h>. Calls block until
 * xenstored answers. Paths without a leading slash are below the caller's own home. Returned errors
 * are the negated codes of docs/misc/xenstore.txt; a full quota is ENOSPC, E2BIG, EINVAL or EAGAIN
 * depending on the daemon: see xst_is_full().
 */
#ifndef XLAB_XS_H
#define XLAB_XS_H

#include <stdbool.h>
#include <stddef.h>

struct xst;

/* Opens the socket in $XENSTORED_PATH, the daemon's socket, or /dev/xen/xenbus. Returns 0 or
 * -errno. */
int xst_open(struct xst **x);
void xst_close(struct xst *x);

/* Becomes readable when xst_next_event() has something. */
int xst_fd(struct xst *x);

/* Copies the value with a NUL behind it. Returns its length, or -errno: -ENOENT, or -EMSGSIZE when
 * it is longer than size - 1. */
int xst_read(struct xst *x, const char *path, char *buf, size_t size);

int xst_write(struct xst *x, const char *path, const char *val, size_t len);

/* One of several requests. */
struct xst_op {
	bool write;
	const char *path;
	char *buf;   /* the value to write, not changed, or room for the one that is read */
	size_t size; /* of either */
	int result;  /* what xst_write() or xst_read() would return */
};

/* Sends all of them before it waits for the first answer, in dom0; in a guest, whose kernel can have
 * but one at a time, one after the other. xenstored serves them in order, and an error of one keeps
 * none of the others. 0, or -errno of the connection, and then no result counts; -E2BIG, and nothing
 * sent, for a request that is too long. */
int xst_batch(struct xst *x, struct xst_op *ops, size_t n);

/* Removes the node and all below it; 0 too where there is none. */
int xst_remove(struct xst *x, const char *path);

/* Calls each(name, arg) for the children until it returns non-zero, and returns that; 0 or -errno.
 */
int xst_list(struct xst *x, const char *path, int (*each)(const char *name, void *arg), void *arg);

/* The watch fires once at once. token comes back with each event. */
int xst_watch(struct xst *x, const char *path, const char *token);
int xst_unwatch(struct xst *x, const char *path, const char *token);

/* Takes one pending event and copies its token. Returns 1, 0 when there is none, or -errno. */
int xst_next_event(struct xst *x, char *token, size_t size);

/* True for the errors that mean "back off and try again". */
bool xst_is_full(int err);

#endif

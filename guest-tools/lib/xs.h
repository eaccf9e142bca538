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

/* Hears of each event of a watch, with the watch's token. It is called from within any of the calls
 * below, so it only notes what has changed. */
typedef void xst_event(const char *token, void *arg);

/* One for whom all events are alike: sets the bool at arg. */
xst_event xst_stir;

/* Opens the socket in $XENSTORED_PATH, the daemon's socket, or /dev/xen/xenbus. event is NULL for who
 * watches nothing. Returns 0 or -errno. */
int xst_open(struct xst **x, xst_event *event, void *arg);
void xst_close(struct xst *x);

/* Becomes readable when xenstored says something: xst_take_events() then. What a call heard while it
 * waited for its answer has been told by then. */
int xst_fd(struct xst *x);

/* Tells the events that are there, some hundred at most, and does not wait. 0 or -errno. */
int xst_take_events(struct xst *x);

/* Copies the value with a NUL behind it. Returns its length, or -errno: -ENOENT, or -EMSGSIZE when
 * it is longer than size - 1. */
int xst_read(struct xst *x, const char *path, char *buf, size_t size);

int xst_write(struct xst *x, const char *path, const char *val, size_t len);

enum xst_verb { XST_READ, XST_WRITE, XST_WATCH, XST_UNWATCH };

/* One of several requests. */
struct xst_op {
	enum xst_verb verb;
	const char *path;
	char *buf;   /* the value to write or the token, not changed, or room for what is read */
	size_t size; /* of any; a token's with its NUL */
	int result;  /* what xst_read(), xst_write(), xst_watch() or xst_unwatch() would return */
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

/* True for the errors that mean "back off and try again". */
bool xst_is_full(int err);

#endif

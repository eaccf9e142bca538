/* SPDX-License-Identifier: ISC */
#include "guest-tools/lib/xs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "guest-tools/lib/xs_wire.h"

/* A handle that has watches reads its answers in a thread of its own, and hands each over, one at a
 * time: it is for watches, and for what is seldom. Reads and writes have a connection of their own. */
struct xst {
	struct xs_handle *h;
	struct xsw wire;
};

static int xst_error(void)
{
	return errno ? -errno : -EIO;
}

/* The same ways in the same order as libxenstore. */
static int wire_open(struct xsw *w)
{
	int r = xsw_open(w, xs_daemon_socket());

	if (r)
		r = xsw_open(w, "/dev/xen/xenbus");
	return r;
}

int xst_open(struct xst **x)
{
	struct xst *n = calloc(1, sizeof(*n));
	int r;

	if (!n)
		return -ENOMEM;
	n->wire.fd = -1;
	n->h = xs_open(0);
	r = n->h ? wire_open(&n->wire) : xst_error();
	if (r) {
		xst_close(n);
		return r;
	}
	*x = n;
	return 0;
}

void xst_close(struct xst *x)
{
	if (!x)
		return;
	xsw_close(&x->wire);
	if (x->h)
		xs_close(x->h);
	free(x);
}

int xst_fd(struct xst *x)
{
	return xs_fileno(x->h);
}

int xst_batch(struct xst *x, struct xst_op *ops, size_t n)
{
	return xsw_batch(&x->wire, ops, n);
}

static int xst_ask(struct xst *x, struct xst_op op)
{
	int r = xst_batch(x, &op, 1);

	return r ? r : op.result;
}

int xst_read(struct xst *x, const char *path, char *buf, size_t size)
{
	return xst_ask(x, (struct xst_op){ .path = path, .buf = buf, .size = size });
}

int xst_write(struct xst *x, const char *path, const char *val, size_t len)
{
	struct xst_op op = { .write = true, .path = path, .buf = (char *)val, .size = len };

	return xst_ask(x, op);
}

int xst_remove(struct xst *x, const char *path)
{
	return xs_rm(x->h, XBT_NULL, path) ? 0 : xst_error();
}

int xst_list(struct xst *x, const char *path, int (*each)(const char *name, void *arg), void *arg)
{
	unsigned int n;
	char **names = xs_directory(x->h, XBT_NULL, path, &n);
	int r = 0;

	if (!names)
		return xst_error();
	for (unsigned int i = 0; i < n && !r; i++)
		r = each(names[i], arg);
	free(names);
	return r;
}

int xst_watch(struct xst *x, const char *path, const char *token)
{
	return xs_watch(x->h, path, token) ? 0 : xst_error();
}

int xst_unwatch(struct xst *x, const char *path, const char *token)
{
	return xs_unwatch(x->h, path, token) ? 0 : xst_error();
}

int xst_next_event(struct xst *x, char *token, size_t size)
{
	char **event = xs_check_watch(x->h);

	if (!event)
		return errno == EAGAIN ? 0 : xst_error();
	token[0] = '\0';
	strncat(token, event[XS_WATCH_TOKEN], size - 1);
	free(event);
	return 1;
}

bool xst_is_full(int err)
{
	switch (err < 0 ? -err : err) {
	case ENOSPC:
	case E2BIG:
	case EINVAL:
	case EAGAIN: return true;
	default: return false;
	}
}

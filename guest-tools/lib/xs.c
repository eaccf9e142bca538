/* SPDX-License-Identifier: ISC */
#include "guest-tools/lib/xs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "guest-tools/lib/xs_wire.h"

/* The handle is for what is seldom. With a watch it would read its answers in a thread of its own, which
 * hands each over, one at a time: watches, reads and writes have a connection of their own. */
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

void xst_stir(const char *token, void *arg)
{
	(void)token;
	*(bool *)arg = true;
}

int xst_open(struct xst **x, xst_event *event, void *arg)
{
	struct xst *n = calloc(1, sizeof(*n));
	int r;

	if (!n)
		return -ENOMEM;
	n->wire.fd = -1;
	n->wire.event = event;
	n->wire.arg = arg;
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
	return x->wire.fd;
}

int xst_take_events(struct xst *x)
{
	return xsw_take_events(&x->wire);
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
	return xst_ask(x, (struct xst_op){ XST_READ, path, buf, size, 0 });
}

int xst_write(struct xst *x, const char *path, const char *val, size_t len)
{
	return xst_ask(x, (struct xst_op){ XST_WRITE, path, (char *)val, len, 0 });
}

int xst_watch(struct xst *x, const char *path, const char *token)
{
	return xst_ask(x, (struct xst_op){ XST_WATCH, path, (char *)token, strlen(token) + 1, 0 });
}

int xst_unwatch(struct xst *x, const char *path, const char *token)
{
	return xst_ask(x, (struct xst_op){ XST_UNWATCH, path, (char *)token, strlen(token) + 1, 0 });
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

/* SPDX-License-Identifier: ISC */
#include "guest-tools/lib/xs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

/* A handle that has watches reads its answers in a thread of its own, and hands each over: so the
 * watches have one, and requests another, whose answers nobody has to be woken for. */
struct xst {
	struct xs_handle *h;
	struct xs_handle *watches; /* NULL before the first */
};

static int xst_error(void)
{
	return errno ? -errno : -EIO;
}

int xst_open(struct xst **x)
{
	struct xst *n = calloc(1, sizeof(*n));

	if (!n)
		return -ENOMEM;
	n->h = xs_open(0);
	if (!n->h) {
		int r = xst_error();

		free(n);
		return r;
	}
	*x = n;
	return 0;
}

void xst_close(struct xst *x)
{
	if (!x)
		return;
	if (x->watches)
		xs_close(x->watches);
	xs_close(x->h);
	free(x);
}

int xst_fd(struct xst *x)
{
	return x->watches ? xs_fileno(x->watches) : -1;
}

int xst_read(struct xst *x, const char *path, char *buf, size_t size)
{
	unsigned int len;
	char *val = xs_read(x->h, XBT_NULL, path, &len);

	if (!val)
		return xst_error();
	if (len >= size) {
		free(val);
		return -EMSGSIZE;
	}
	memcpy(buf, val, len);
	buf[len] = '\0';
	free(val);
	return (int)len;
}

int xst_write(struct xst *x, const char *path, const char *val, size_t len)
{
	return xs_write(x->h, XBT_NULL, path, val, (unsigned int)len) ? 0 : xst_error();
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
	if (!x->watches)
		x->watches = xs_open(0);
	if (!x->watches)
		return xst_error();
	return xs_watch(x->watches, path, token) ? 0 : xst_error();
}

int xst_unwatch(struct xst *x, const char *path, const char *token)
{
	return x->watches && xs_unwatch(x->watches, path, token) ? 0 : xst_error();
}

int xst_next_event(struct xst *x, char *token, size_t size)
{
	char **event;

	if (!x->watches)
		return 0;
	event = xs_check_watch(x->watches);
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

/* SPDX-License-Identifier: ISC */
#include "guest-tools/lib/xs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

struct xst {
	struct xs_handle *h;
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
	xs_close(x->h);
	free(x);
}

int xst_fd(struct xst *x)
{
	return xs_fileno(x->h);
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

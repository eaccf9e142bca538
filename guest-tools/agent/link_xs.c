/* SPDX-License-Identifier: ISC */
#include "guest-tools/agent/link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "guest-tools/lib/xs.h"
#include "guest-tools/proto/proto.h"

static struct xst *store;
static bool stirred; /* xenstored has spoken of a key of the host's */

static int link_xs_put(unsigned key, const char *val, size_t len)
{
	char path[XP_KEY_MAX];
	int r = xst_write(store, xp_key_path(key, path), val, len);

	return xst_is_full(r) ? -EAGAIN : r;
}

static int link_xs_put_all(const struct link_value *values, size_t n)
{
	struct xst_op ops[LINK_VALUES_MAX];
	char paths[LINK_VALUES_MAX][XP_KEY_MAX];
	int r;

	for (size_t i = 0; i < n; i++)
		ops[i] = (struct xst_op){
			.verb = XST_WRITE,
			.path = xp_key_path(values[i].key, paths[i]),
			.buf = (char *)values[i].val,
			.size = values[i].len,
		};
	r = xst_batch(store, ops, n);
	for (size_t i = 0; i < n && !r; i++)
		r = ops[i].result;
	return xst_is_full(r) ? -EAGAIN : r;
}

static int link_xs_get(unsigned key, char *buf, size_t size)
{
	char path[XP_KEY_MAX];

	return xst_read(store, xp_key_path(key, path), buf, size);
}

static int link_xs_fd(void)
{
	return xst_fd(store);
}

static int link_xs_wait(int ms)
{
	struct pollfd fd = { .fd = xst_fd(store), .events = POLLIN };
	int n, r;

	if (!stirred && poll(&fd, 1, ms) < 0 && errno != EINTR)
		return -errno;
	r = xst_take_events(store);
	n = stirred;
	stirred = false;
	return r ? r : n;
}

static void link_xs_note(const char *path, const char *val)
{
	xst_write(store, path, val, strlen(val));
}

static const struct link_ops link_xs = {
	.name = "xenstore",
	.put = link_xs_put,
	.put_all = link_xs_put_all,
	.get = link_xs_get,
	.wait = link_xs_wait,
	.fd = link_xs_fd,
	.note = link_xs_note,
};

const struct link_ops *link_xs_open(void)
{
	int r = xst_open(&store, xst_stir, &stirred);

	if (!r)
		r = xst_watch(store, "xlab", "host");
	if (r) {
		xst_close(store);
		errno = -r;
		return NULL;
	}
	return &link_xs;
}

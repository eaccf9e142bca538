/* SPDX-License-Identifier: ISC */
#include "host/collect.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "guest-tools/lib/log.h"
#include "host/guest.h"

/* What the guest must be told, in the order in which it waits for it; the run comes last. */
static int serial_give(struct source_serial *src, const struct collect_serial *how)
{
	const struct {
		unsigned key;
		const char *val;
	} keys[] = {
		{ XPK_NET, how->network }, { XPK_SSH_KEYS, how->ssh_keys },
		{ XPK_MODE, how->mode },       { XPK_WORKLOAD, how->workload },
		{ XPK_SIZE, how->size },       { XPK_IMAGE, how->image },
		{ XPK_WARMUPS, how->warmups }, { XPK_REPETITIONS, how->repetitions },
		{ XPK_RUN, how->run },
	};
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i].val)
			r = src->src.put(&src->src, keys[i].key, keys[i].val, strlen(keys[i].val));
	return r;
}

/* A kernel's boot_id: 36 characters of a UUID. */
static bool serial_boot_id(struct source_serial *src, char *uuid, size_t size)
{
	static const char ok[] = "0123456789abcdef-";
	int n = src->src.get(&src->src, XPK_BOOT, uuid, size);

	return n == 36 && strspn(uuid, ok) == 36;
}

/* Binds the guest and serves it. 0 or -errno. */
static int serial_guest(struct source_serial *src, struct guest *g, struct store *s,
			const struct collect_opts *opts, const char *uuid)
{
	enum store_status was;
	int r = 0;

	if (!g->src) {
		r = guest_identify(g, &src->src, uuid, 0, false, &opts->limits);
		if (!r)
			r = store_guest_get(s, &g->row);
		if (r)
			g->src = NULL;
	}
	was = g->row.status;
	if (!r)
		r = guest_serve(g, s);
	r = collect_trouble(r, s);
	if (g->src && was != g->row.status)
		log_info("serial line: %s, %u pieces", store_status_name(g->row.status), g->row.last.seq);
	return r < 0 ? r : 0;
}

static int serial_serve(struct source_serial *src, struct guest *g, struct store *s,
			const struct collect_opts *opts, const char *name)
{
	char boot[40];

	if (!serial_boot_id(src, boot, sizeof(boot)))
		return 0;
	/* The machine was booted again; its host's name for it, if it has one, is for one boot. */
	if (g->src && !name && strcmp(boot, g->row.uuid)) {
		guest_gone(g, s);
		g->src = NULL;
	}
	return serial_guest(src, g, s, opts, name ? name : boot);
}

static int serial_loop(struct source_serial *src, struct guest *g, struct store *s, int stop_fd,
		       const struct collect_opts *opts, const char *name)
{
	struct pollfd fds[] = {
		{ .fd = src->fd, .events = POLLIN },
		{ .fd = stop_fd, .events = POLLIN },
	};
	int r = 0;

	while (!r && !(fds[1].revents & POLLIN)) {
		r = serial_serve(src, g, s, opts, name);
		if (!r && poll(fds, 2, COLLECT_RETRY_MS) < 0 && errno != EINTR)
			r = -errno;
		if (!r && fds[0].revents)
			r = source_serial_read(src);
	}
	return r == -EPIPE || r == -ECONNRESET ? 0 : r;
}

int collect_serial(struct store *s, int stop_fd, const struct collect_opts *opts,
		   const struct collect_serial *how)
{
	static struct source_serial src;
	struct guest g = { 0 };
	int r = source_serial_open(&src, how->line);

	if (r)
		return r;
	r = serial_give(&src, how);
	if (!r)
		r = serial_loop(&src, &g, s, stop_fd, opts, how->uuid);
	if (!r && g.src)
		r = guest_gone(&g, s);
	if (g.src)
		log_info("serial line: closed, %s", store_status_name(g.row.status));
	source_serial_close(&src);
	return r;
}

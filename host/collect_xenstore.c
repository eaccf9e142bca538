/* SPDX-License-Identifier: ISC */
#include "host/collect.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/guest.h"
#include "host/machine.h"

/* A domain that exists. It is bound, that is, has a row in the store, when it belongs to a run. */
struct domain {
	struct domain *next;
	unsigned domid;
	bool bound, seen, odd;
	struct source_xs src;
	struct guest guest;
};

struct collector {
	struct xst *xs;
	struct store *store;
	struct domain *domains;
	bool emulated;
};

static const unsigned watched[] = { XPK_RUN, XPK_HEAD };

/* Events are taken in turns, so that no guest that makes many keeps us from the rest. */
enum { NWATCHED = sizeof(watched) / sizeof(*watched), EVENTS_MAX = 256 };

static const char *domain_watch(const struct domain *d, unsigned key, char *buf, size_t size)
{
	char path[XP_KEY_MAX];

	snprintf(buf, size, "/local/domain/%u/%s", d->domid, xp_key_path(key, path));
	return buf;
}

static void domain_name(const struct domain *d, char *buf, size_t size)
{
	snprintf(buf, size, "domain %u (%s)", d->domid, d->bound ? d->guest.row.asked : "?");
}

/* True for an error that is one domain's matter and not the connection's or the store's. */
static bool error_is_domains(int r)
{
	return r == -EINVAL || r == -EMSGSIZE || r == -EPROTO || r == -EACCES || r == -ENOENT;
}

/* Makes the domain a guest of the store if it is part of a run. 0 or -errno. */
static int domain_bind(struct collector *c, struct domain *d)
{
	char run[sizeof(d->guest.row.run)], uuid[40];
	int r = d->src.src.get(&d->src.src, XPK_RUN, run, sizeof(run));

	if (r >= 0)
		r = source_xs_uuid(&d->src, uuid, sizeof(uuid));
	if (!r)
		r = guest_bind(&d->guest, &d->src.src, c->store, uuid, d->domid, c->emulated);
	d->bound = !r;
	if (!r || r == -ENOENT)
		return 0;
	if (!error_is_domains(r))
		return collect_trouble(r, c->store);
	log_warnx("domain %u: cannot be served: %s", d->domid, strerror(-r));
	d->odd = true;
	return 0;
}

/* Binds the domain if it has become part of a run, and serves it. 0 or -errno. */
static int domain_serve(struct collector *c, struct domain *d)
{
	char name[32];
	int r = d->bound || d->odd ? 0 : domain_bind(c, d);

	if (r || !d->bound)
		return r;
	domain_name(d, name, sizeof(name));
	r = collect_serve(&d->guest, c->store, name);
	return error_is_domains(r) ? 0 : r;
}

static struct domain *domain_find(struct collector *c, unsigned domid)
{
	struct domain *d = c->domains;

	while (d && d->domid != domid)
		d = d->next;
	return d;
}

/* Begins to watch a domain; each watch fires at once, which serves it. */
static int domain_add(struct collector *c, unsigned domid)
{
	struct domain *d = calloc(1, sizeof(*d));
	char path[64], token[16];
	int r = 0;

	if (!d)
		return -ENOMEM;
	d->domid = domid;
	d->seen = true;
	source_xs_init(&d->src, c->xs, domid);
	d->next = c->domains;
	c->domains = d;
	snprintf(token, sizeof(token), "%u", domid);
	for (size_t i = 0; !r && i < NWATCHED; i++)
		r = xst_watch(c->xs, domain_watch(d, watched[i], path, sizeof(path)), token);
	return r;
}

static void domain_drop(struct collector *c, struct domain *d)
{
	char path[64], token[16], name[32];

	domain_name(d, name, sizeof(name));
	snprintf(token, sizeof(token), "%u", d->domid);
	for (size_t i = 0; i < NWATCHED; i++)
		xst_unwatch(c->xs, domain_watch(d, watched[i], path, sizeof(path)), token);
	if (d->bound && guest_gone(&d->guest, c->store))
		log_warnx("%s: cannot note that it has gone: %s", name, store_error(c->store));
	if (d->bound)
		log_info("%s: gone, %s", name, store_status_name(d->guest.row.status));
	free(d);
}

static int domain_listed(const char *name, void *arg)
{
	struct collector *c = arg;
	struct domain *d;
	uint32_t domid;

	if (xp_number_parse(name, strlen(name), &domid) || domid == 0)
		return 0;
	d = domain_find(c, domid);
	if (!d)
		return domain_add(c, domid);
	d->seen = true;
	return 0;
}

/* Compares the domains that exist with those known. 0 or -errno. */
static int collect_rescan(struct collector *c)
{
	struct domain *d, **link = &c->domains;
	int r;

	for (d = c->domains; d; d = d->next)
		d->seen = false;
	r = xst_list(c->xs, "/local/domain", domain_listed, c);
	if (r)
		return r;
	while ((d = *link)) {
		if (d->seen) {
			link = &d->next;
			continue;
		}
		*link = d->next;
		domain_drop(c, d);
	}
	return 0;
}

static int collect_all(struct collector *c)
{
	int r = collect_rescan(c);

	for (struct domain *d = c->domains; d && !r; d = d->next)
		r = domain_serve(c, d);
	return r;
}

/* Takes what xenstored has to say. Tokens are "@" or a domain's number. */
static int collect_events(struct collector *c)
{
	char token[16];
	uint32_t domid;
	int r = 0;

	for (int n = 0; n < EVENTS_MAX && (r = xst_next_event(c->xs, token, sizeof(token))) > 0;
	     n++) {
		struct domain *d = NULL;

		if (token[0] == '@')
			r = collect_rescan(c);
		else if (!xp_number_parse(token, strlen(token), &domid))
			d = domain_find(c, domid);
		if (d)
			r = domain_serve(c, d);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : 0;
}

static int collect_loop(struct collector *c, int stop_fd)
{
	struct pollfd fds[] = {
		{ .fd = xst_fd(c->xs), .events = POLLIN },
		{ .fd = stop_fd, .events = POLLIN },
	};
	int64_t backstop = 0;
	int r = 0;

	while (!r && !(fds[1].revents & POLLIN)) {
		if (io_now_ms() >= backstop) {
			r = collect_all(c);
			backstop = io_now_ms() + COLLECT_BACKSTOP_MS;
		}
		if (!r)
			r = collect_events(c);
		if (!r && poll(fds, 2, COLLECT_BACKSTOP_MS) < 0 && errno != EINTR)
			r = -errno;
	}
	return r;
}

int collect_xenstore(struct store *s, int stop_fd)
{
	struct collector c = { .store = s, .emulated = machine_is_emulated() };
	int r = xst_open(&c.xs);

	if (r)
		return r;
	r = xst_watch(c.xs, "@introduceDomain", "@");
	if (!r)
		r = xst_watch(c.xs, "@releaseDomain", "@");
	if (!r)
		r = collect_loop(&c, stop_fd);
	while (c.domains) {
		struct domain *d = c.domains;

		c.domains = d->next;
		free(d);
	}
	xst_close(c.xs);
	return r;
}

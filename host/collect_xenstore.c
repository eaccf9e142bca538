/* SPDX-License-Identifier: ISC */
#include "host/collect.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/collect_group.h"
#include "host/daemon.h"
#include "host/follow.h"
#include "host/machine.h"

enum {
	BACKSTOP_MS = 10 * 1000, /* watches are not lost; should one be, this looks */
	LOOK_MS = 1000,		 /* the same for guests that wait for a start, and what is shown */
	THROTTLE_MS = 20,
	RECONNECT_MS = 1000
};

struct collector {
	struct domains domains;
	struct store *store;
	const struct collect_opts *opts;
	struct follow *follow; /* NULL: nobody looks on */
	int stop_fd;
	bool emulated, rescan;
	int64_t backstop_at, look_at, retry_at; /* ms; the last for a store that failed */

	struct group group;
};

/* True for an error that is one domain's matter and not the connection's. */
static bool error_is_domains(int r)
{
	return r == -EINVAL || r == -EMSGSIZE || r == -EACCES || r == -ENOENT || r == -ENOSPC ||
	       r == -E2BIG || r == -EAGAIN;
}

static void collect_retry(struct collector *c)
{
	c->retry_at = io_now_ms() + COLLECT_RETRY_MS;
}

static void domain_gone(struct domain *d, void *arg)
{
	struct collector *c = arg;
	char title[32];

	if (!d->bound)
		return;
	if (guest_gone(&d->guest, c->store))
		log_warnx("%s: cannot note that it has gone: %s",
			  domain_title(d, title, sizeof(title)), store_error(c->store));
	if (c->follow)
		follow_gone(c->follow, d, c->store);
	else
		log_info("%s: gone, %s", domain_title(d, title, sizeof(title)),
			 store_status_name(d->guest.row.status));
}

/* Makes the domain a guest of the store if it is part of a run. 0 or -errno. */
static int domain_bind(struct collector *c, struct domain *d)
{
	char uuid[40];
	unsigned looks = 1u << LOOK_VERSION | 1u << LOOK_HEAD;
	int r = source_xs_uuid(&d->src, uuid, sizeof(uuid));

	if (!r)
		r = guest_identify(&d->guest, &d->src.src, uuid, d->domid, c->emulated,
				   &c->opts->limits);
	if (r)
		return r;
	if (store_guest_get(c->store, &d->guest.row)) {
		collect_trouble(-EIO, c->store);
		collect_retry(c);
		domains_due(&c->domains, d, 1u << LOOK_RUN);
		return 0;
	}
	r = barrier_join(&d->member, &d->src.src, &d->guest.row, c->store);
	if (r < 0)
		return r;
	if (c->follow)
		looks |= 1u << LOOK_STATE | 1u << LOOK_PROGRESS;
	if (r)
		looks |= 1u << LOOK_STATE | 1u << LOOK_TIME;
	d->bound = true;
	return domains_watch(&c->domains, d, looks);
}

/* Reads a key of the guest's that decides nothing but what is shown and when it starts. Returns its
 * length, or 0 when it has no value that is fine. */
static size_t domain_get(struct domain *d, unsigned key, char *val, size_t size)
{
	int n;

	n = d->src.src.get(&d->src.src, key, val, size);
	return n > 0 && xp_value_is_fine(key, val, (size_t)n) ? (size_t)n : 0;
}

static int domain_look(struct collector *c, struct domain *d, unsigned looks)
{
	char val[XP_VALUE_MAX + 1];
	size_t n = 0;
	int r = 0;

	if (looks & 1u << LOOK_PROGRESS && (n = domain_get(d, XPK_PROGRESS, val, sizeof(val))))
		xp_part_parse(val, n, &d->step, &d->steps);
	if (looks & 1u << LOOK_STATE && (n = domain_get(d, XPK_STATE, val, sizeof(val)))) {
		d->state = xp_state_find(val, n);
		if (d->state == XPS_ARMED)
			r = barrier_arm(&d->member, c->store);
	}
	if (!r && looks & 1u << LOOK_TIME && (n = domain_get(d, XPK_TIME, val, sizeof(val))))
		r = barrier_answer(&d->member, val, n, c->store);
	if (c->follow)
		follow_change(c->follow);
	return r;
}

/* Looks at what decides nothing, and says whether the domain's news are to be read: 1, 0, or -errno
 * of xenstore's. */
static int domain_begin(struct collector *c, struct domain *d)
{
	int r = d->bound ? 0 : domain_bind(c, d);
	unsigned looks = d->looks;

	if (r || !d->bound)
		return r == -ENOENT ? 0 : r;
	d->looks = 0;
	if (looks & ~LOOK_NEWS)
		r = domain_look(c, d, looks & d->watches);
	return r ? r : 1;
}

/* True while the domain has not cost more than its share. */
static bool domain_may_cost(const struct collector *c, struct domain *d)
{
	int64_t now = io_now_ms(), full = c->opts->reads * INT64_C(1000);

	d->reads_left += (now - d->reads_at) * c->opts->reads;
	if (d->reads_left > full)
		d->reads_left = full;
	d->reads_at = now;
	return d->reads_left > 0;
}

/* What is one domain's matter is said once, and passed over. Returns r where it is more than that. */
static int domain_trouble(struct collector *c, struct domain *d, int r)
{
	char title[32];

	if (r == -ESTALE) {
		domain_gone(d, c);
		domains_forget(&c->domains, d);
		c->rescan = true;
		return 0;
	}
	if (r >= 0 || !error_is_domains(r))
		return r;
	/* Of one that is gone xenstored speaks next. */
	if (r != -ENOENT && !d->odd)
		log_warnx("%s: cannot be served: %s", domain_title(d, title, sizeof(title)),
			  strerror(-r));
	d->odd |= r != -ENOENT;
	return 0;
}

/* Begins a group of those domains that are due. 0 or -errno of xenstore's. */
static int group_begin(struct collector *c)
{
	int r = 0, due = c->domains.due_count;

	c->group.n = 0;
	while (r >= 0 && due-- > 0 && c->group.n < GROUP_MAX) {
		struct domain *d = domains_next(&c->domains);

		if (!domain_may_cost(c, d)) {
			domains_due(&c->domains, d, 0);
			continue;
		}
		r = domain_begin(c, d);
		if (r > 0)
			c->group.turns[c->group.n++] = (struct turn){ .d = d };
		else
			r = domain_trouble(c, d, r);
	}
	return r < 0 ? r : 0;
}

/* Leaves in the group those whose news count. 0 or -errno of xenstore's. */
static int group_check(struct collector *c)
{
	struct group *g = &c->group;
	int n = 0, r = 0;

	for (int i = 0; i < g->n && !r; i++) {
		struct turn *t = &g->turns[i];
		struct domain *d = t->d;

		d->reads_left -= t->cost * 1000;
		d->answered |= d->guest.greeted;
		if (!t->r)
			t->r = domains_still(&c->domains, d);
		if (t->r) {
			r = domain_trouble(c, d, t->r);
			continue;
		}
		t->before = d->guest;
		g->turns[n++] = *t;
	}
	g->n = n;
	return r;
}

/* Stores what the group has to say, with one fsync. 0 or -errno; then it is as if it had not been
 * read. */
static int group_store(struct collector *c)
{
	struct group *g = &c->group;
	bool open = false;
	int r = 0;

	for (int i = 0; i < g->n && !r; i++) {
		struct turn *t = &g->turns[i];

		if (!t->news.n && !t->news.refused[0])
			continue;
		if (!open)
			r = store_begin(c->store);
		open = true;
		if (!r)
			r = guest_store(&t->d->guest, c->store, &t->news);
	}
	if (!r && open)
		r = store_commit(c->store);
	if (!open)
		return 0;
	collect_trouble(r, c->store);
	if (!r)
		return 0;
	store_rollback(c->store);
	for (int i = 0; i < g->n; i++) {
		g->turns[i].d->guest = g->turns[i].before;
		domains_due(&c->domains, g->turns[i].d, 1u << LOOK_HEAD);
	}
	collect_retry(c);
	return r;
}

static void turn_say(struct collector *c, const struct turn *t)
{
	const struct guest *g = &t->d->guest;
	char title[32];

	domain_title(t->d, title, sizeof(title));
	if (g->refused && !t->before.refused)
		log_warnx("%s: %s", title, g->why);
	if (c->follow)
		follow_change(c->follow);
	else if (g->row.status != t->before.row.status)
		log_info("%s: %s, %u pieces", title, store_status_name(g->row.status),
			 g->row.last.seq);
}

/* Acknowledges what is stored. 0 or -errno. */
static int group_answer(struct collector *c)
{
	int r = group_acknowledge(&c->group, &c->domains);

	for (int i = 0; i < c->group.n && !r; i++) {
		struct turn *t = &c->group.turns[i];

		t->d->answered = true;
		if (t->d->guest.ahead)
			domains_due(&c->domains, t->d, 1u << LOOK_HEAD);
		turn_say(c, t);
		r = domain_trouble(c, t->d, t->r);
	}
	return r;
}

/* Serves some of the domains that are due. 0 or -errno of xenstore's. */
static int collect_group(struct collector *c)
{
	int r = group_begin(c);

	if (!r)
		r = group_read(&c->group, &c->domains);
	if (!r)
		r = group_check(c);
	if (r || group_store(c))
		return r;
	return group_answer(c);
}

/* Notes what xenstored says. Tokens are "@", or one of a domain. */
static void collect_hear(const char *token, void *arg)
{
	struct collector *c = arg;

	if (token[0] == '@') {
		c->rescan = true;
		domains_changed(&c->domains);
	} else {
		domains_event(&c->domains, token);
	}
}

/* What is done however little is heard. 0 or -errno. */
static int collect_backstop(struct collector *c)
{
	int64_t now = io_now_ms();
	bool all = now >= c->backstop_at, look = now >= c->look_at, rescan = all || c->rescan;
	int r = 0;

	c->rescan = false;
	if (rescan)
		r = domains_rescan(&c->domains, domain_gone, c);
	for (struct domain *d = c->domains.all; d && all; d = d->next)
		domains_due(&c->domains, d, LOOK_ALL);
	for (struct domain *d = c->domains.all; d && look && !r; d = d->next)
		r = d->member.barrier ? domain_trouble(c, d, barrier_look(&d->member, c->store)) : 0;
	if (all)
		c->backstop_at = now + BACKSTOP_MS;
	if (look)
		c->look_at = now + LOOK_MS;
	return r;
}

/* How long there is nothing to do, ms. */
static int collect_pause(const struct collector *c)
{
	int64_t now = io_now_ms(), until = c->look_at;

	if (c->rescan)
		return 0;
	if (c->follow && follow_due(c->follow) < until)
		until = follow_due(c->follow);
	if (c->domains.due && now < c->retry_at)
		until = c->retry_at;
	else if (c->domains.due)
		until = c->domains.due->reads_left > 0 ? now : now + THROTTLE_MS;
	return until > now ? (int)(until - now) : 0;
}

static int collect_turn(struct collector *c)
{
	int r = xst_take_events(c->domains.xs);

	if (!r)
		r = collect_backstop(c);
	if (!r && io_now_ms() >= c->retry_at)
		r = collect_group(c);
	if (c->follow)
		follow_draw(c->follow, &c->domains, c->store);
	return r;
}

/* True when somebody wants us to stop; waits for it, or for xs_fd, at most ms. */
static bool collect_wait(const struct collector *c, int xs_fd, int ms)
{
	struct pollfd fds[] = {
		{ .fd = xs_fd, .events = POLLIN },
		{ .fd = c->stop_fd, .events = POLLIN },
	};

	poll(fds, 2, ms);
	return fds[1].revents & POLLIN;
}

/* Guests that went away while nobody looked: before a collector was started, or with a xenstored. What
 * the store does not take now it takes at the next session's start. 0 or -errno of xenstore's. */
static int collect_settle(struct collector *c)
{
	char host[sizeof(((struct store_guest *)0)->host)];
	struct store_guest g = { 0 };
	int found, there = 0;

	machine_id(host);
	while ((found = store_guest_running(c->store, host, &g)) > 0 &&
	       (there = domains_has(&c->domains, g.domid, g.uuid)) >= 0) {
		if (there)
			continue;
		log_info("domain %u (%s): gone, unseen", g.domid, g.asked);
		found = store_status(c->store, &g, STORE_LOST, "went away while no collector ran");
		if (found)
			break;
	}
	if (found < 0)
		collect_trouble(found, c->store);
	return there < 0 ? there : 0;
}

/* Returns 0 when somebody wants us to stop, or has what he wanted; or -errno of xenstore's. */
static int collect_session(struct collector *c)
{
	int r = xst_watch(c->domains.xs, "@introduceDomain", "@");

	domains_changed(&c->domains);
	if (!r)
		r = xst_watch(c->domains.xs, "@releaseDomain", "@");
	if (!r)
		r = domains_rescan(&c->domains, domain_gone, c);
	if (!r)
		r = collect_settle(c);
	while (!r) {
		r = collect_turn(c);
		if (!r && c->opts->once && io_now_ms() < c->retry_at)
			r = -EIO;
		if (r || (c->opts->once && !c->domains.due))
			break;
		if (collect_wait(c, xst_fd(c->domains.xs), collect_pause(c)))
			break;
	}
	return r;
}

/* Until it is back, or somebody wants us to stop: then 0. */
static int collect_reconnect(struct collector *c, int r)
{
	log_warnx("xenstored does not answer: %s; waiting for it", strerror(-r));
	while ((r = xst_open(&c->domains.xs, collect_hear, c)))
		if (collect_wait(c, -1, RECONNECT_MS))
			return 0;
	log_info("xenstored is back");
	c->backstop_at = 0;
	return 1;
}

int collect_xenstore(struct store *s, int stop_fd, const struct collect_opts *opts)
{
	struct collector *c = calloc(1, sizeof(*c));
	int r = c ? xst_open(&c->domains.xs, collect_hear, c) : -ENOMEM;

	if (r) {
		free(c);
		return r;
	}
	c->store = s;
	c->opts = opts;
	c->stop_fd = stop_fd;
	c->emulated = machine_is_emulated();
	if (opts->follow)
		c->follow = follow_open();
	daemon_ready(opts->ready);
	do {
		r = collect_session(c);
		domains_clear(&c->domains);
		xst_close(c->domains.xs);
	} while (r < 0 && !opts->once && (r = collect_reconnect(c, r)) > 0);
	follow_close(c->follow);
	free(c);
	return r;
}

/* SPDX-License-Identifier: ISC */
#include "host/barrier.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/collect.h"

enum {
	QUESTIONS = 16,
	ASK_AGAIN_NS = 1000 * 1000 * 1000,
	/* From the choice of the instant to the instant, besides what it takes to tell everybody. */
	LEAD_NS = 50 * 1000 * 1000
};

struct barrier {
	struct barrier *next;
	struct store_barrier row;
	bool by_ssh, started;
	struct barrier_member *members;
	struct barrier_member *asked; /* whose answer is awaited: one at a time disturbs none */
};

static struct barrier *barriers;

/* Finds the barrier, or makes it with what the store knows of it. */
static struct barrier *barrier_find(const struct store_guest *g, uint32_t guests, const char *name,
				    size_t len, struct store *s)
{
	struct store_barrier row = { .guests = guests, .skew_ns = STORE_UNKNOWN };
	struct barrier *b;

	strcpy(row.run, g->run);
	strcpy(row.host, g->host);
	snprintf(row.name, sizeof(row.name), "%.*s", (int)len, name);
	for (b = barriers; b; b = b->next)
		if (!strcmp(b->row.run, row.run) && !strcmp(b->row.name, row.name))
			return b;
	b = calloc(1, sizeof(*b));
	if (!b)
		return NULL;
	b->started = store_barrier_get(s, &row) == 0;
	b->row = row;
	b->next = barriers;
	barriers = b;
	return b;
}

int barrier_join(struct barrier_member *m, struct source *src, const struct store_guest *row,
		 struct store *s)
{
	char val[XP_VALUE_MAX + 1], sync[XP_VALUE_MAX + 1];
	const char *name;
	size_t len;
	uint32_t guests;
	int n = src->get(src, XPK_BARRIER, val, sizeof(val));

	*m = (struct barrier_member){ .src = src, .row = row, .error = INT64_MAX };
	if (n == -ENOENT)
		return 0;
	if (n < 0)
		return n;
	if (!xp_value_is_fine(XPK_BARRIER, val, (size_t)n))
		return -EINVAL;
	n = xp_counted_parse(val, (size_t)n, &guests, &name, &len);
	m->barrier = n ? NULL : barrier_find(row, guests, name, len, s);
	if (!m->barrier)
		return -ENOMEM;
	n = src->get(src, XPK_SYNC, sync, sizeof(sync));
	m->barrier->by_ssh = n >= 0 && !strcmp(sync, "ssh");
	m->next = m->barrier->members;
	m->barrier->members = m;
	return 1;
}

void barrier_leave(struct barrier_member *m)
{
	struct barrier *b = m->barrier, **link = &barriers;
	struct barrier_member **at;

	if (!b)
		return;
	for (at = &b->members; *at != m; at = &(*at)->next)
		;
	*at = m->next;
	if (b->asked == m)
		b->asked = NULL;
	m->barrier = NULL;
	if (b->members)
		return;
	while (*link != b)
		link = &(*link)->next;
	*link = b->next;
	free(b);
}

static int member_ask(struct barrier_member *m)
{
	char n[12];

	m->barrier->asked = m;
	m->asked_at = io_now_ns();
	m->asked++;
	return m->src->put(m->src, XPK_ASK, n, (size_t)snprintf(n, sizeof(n), "%" PRIu32, m->asked));
}

static int member_start(struct barrier_member *m)
{
	char ns[24];
	int64_t at = m->barrier->row.planned_ns + m->offset;
	int r;

	if (m->started || m->barrier->by_ssh)
		return 0;
	r = m->src->put(m->src, XPK_START, ns, (size_t)snprintf(ns, sizeof(ns), "%" PRId64, at));
	m->started = !r;
	return r;
}

/* Stores the instant, and then names it: whoever is told it later is told the same. 0 or -errno. */
static int barrier_start(struct barrier *b, struct store *s)
{
	struct barrier_member *m;
	int64_t slowest = 0;
	int r = 0;

	for (m = b->members; m; m = m->next)
		if (m->error > slowest)
			slowest = m->error;
	b->row.planned_ns = b->by_ssh ? 0 : io_now_ns() + LEAD_NS + 2 * slowest * b->row.guests;
	r = store_begin(s);
	if (!r)
		r = store_barrier_put(s, &b->row);
	for (m = b->members; m && !r; m = m->next)
		r = store_barrier_guest_put(s, &(struct store_barrier_guest){
						       .barrier = b->row.id,
						       .guest = m->row->id,
						       .offset_ns = m->offset,
						       .error_ns = m->error,
						       .planned_ns = STORE_UNKNOWN,
						       .actual_ns = STORE_UNKNOWN,
					       });
	if (!r)
		r = store_commit(s);
	collect_trouble(r, s);
	if (r) {
		store_rollback(s); /* barrier_look() tries again */
		return 0;
	}
	b->started = true;
	log_info("%s: all %" PRId64 " guests are armed%s", b->row.name, b->row.guests,
		 b->by_ssh ? "" : ", and start");
	for (m = b->members; m && !r; m = m->next)
		r = member_start(m);
	return r;
}

/* Asks the next that is not known well enough; where there is none, starts those who wait. 0 or
 * -errno. */
static int barrier_next(struct barrier *b, struct store *s)
{
	struct barrier_member *m;
	uint32_t armed = 0;
	int r = 0;

	for (m = b->members; m; m = m->next)
		armed += m->armed;
	if ((int64_t)armed < b->row.guests)
		return 0;
	for (m = b->members; m; m = m->next)
		if (m->armed && m->answers < QUESTIONS)
			return member_ask(m);
	b->asked = NULL;
	if (!b->started)
		return barrier_start(b, s);
	for (m = b->members; m && !r; m = m->next)
		r = m->armed ? member_start(m) : 0;
	return r;
}

int barrier_arm(struct barrier_member *m, struct store *s)
{
	if (!m->barrier || m->armed)
		return 0;
	m->armed = true;
	/* Numbers that an earlier collector has used up are not asked again. */
	m->asked = (uint32_t)(io_now_ns() / 1000000);
	return barrier_next(m->barrier, s);
}

int barrier_answer(struct barrier_member *m, const char *val, size_t len, struct store *s)
{
	int64_t now = io_now_ns(), theirs, took = now - m->asked_at;
	uint32_t number;

	if (!m->barrier || m->barrier->asked != m || xp_time_parse(val, len, &number, &theirs) ||
	    number != m->asked)
		return 0;
	m->answers++;
	if (took / 2 < m->error) {
		m->error = took / 2;
		m->offset = theirs - (m->asked_at + took / 2);
	}
	return barrier_next(m->barrier, s);
}

int barrier_look(struct barrier_member *m, struct store *s)
{
	struct barrier *b = m->barrier;

	if (b->asked && io_now_ns() - b->asked->asked_at < ASK_AGAIN_NS)
		return 0;
	return barrier_next(b, s);
}

/* SPDX-License-Identifier: ISC */
#include "host/guest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/machine.h"

/* Copies a key of the host's own into buf. */
static int bind_key(struct source *src, unsigned key, char *buf, size_t size)
{
	int n = src->get(src, key, buf, size);

	return n < 0 ? n : 0;
}

int guest_identify(struct guest *g, struct source *src, const char *uuid, unsigned domid,
		   bool emulated, const struct guest_limits *limits)
{
	struct store_guest *row = &g->row;
	const struct {
		unsigned key;
		char *buf;
		size_t size;
	} keys[] = {
		{ XPK_RUN, row->run, sizeof(row->run) },
		{ XPK_MODE, row->asked, sizeof(row->asked) },
		{ XPK_WORKLOAD, row->workload, sizeof(row->workload) },
		{ XPK_SIZE, row->size, sizeof(row->size) },
		{ XPK_IMAGE, row->image, sizeof(row->image) },
	};
	int r = 0;

	*g = (struct guest){ .src = src, .limits = limits };
	for (size_t i = 0; !r && i < sizeof(keys) / sizeof(*keys); i++)
		r = bind_key(src, keys[i].key, keys[i].buf, keys[i].size);
	if (r)
		return r;
	snprintf(row->uuid, sizeof(row->uuid), "%s", uuid);
	row->domid = domid;
	row->emulated = emulated;
	machine_id(row->host);
	return 0;
}

static int guest_refuse(struct guest *g, struct store *s, const char *why)
{
	g->refused = true;
	snprintf(g->why, sizeof(g->why), "%s", why);
	return store_status(s, &g->row, STORE_INVALID, g->why);
}

/* Whether the guest may store no such piece more. */
static bool guest_is_full(const struct guest *g, const struct xp_piece *p)
{
	return g->row.bytes + (int64_t)p->len > g->limits->bytes ||
	       (p->offset == 0 && g->row.records >= g->limits->records);
}

/* Makes one of piece i and those of the same record behind it, as far as the guest may store them; the
 * text of more than one is put together in buf. Returns the number of the first that is not in it. */
static int join_pieces(const struct guest *g, const struct guest_news *news, int i,
		       char buf[XP_WINDOW * XP_PIECE_DATA_MAX], struct xp_piece *all)
{
	*all = news->pieces[i].piece;
	while (++i < news->n) {
		const struct xp_piece *p = &news->pieces[i].piece;

		if (p->record != all->record ||
		    g->row.bytes + (int64_t)(all->len + p->len) > g->limits->bytes)
			break;
		if (all->data != buf)
			memcpy(buf, all->data, all->len);
		memcpy(buf + all->len, p->data, p->len);
		all->data = buf;
		all->len += p->len;
		all->seq = p->seq;
	}
	return i;
}

int guest_store(struct guest *g, struct store *s, const struct guest_news *news)
{
	char buf[XP_WINDOW * XP_PIECE_DATA_MAX];
	struct xp_piece p;
	bool full = false;
	int i = 0, r = 0;

	while (!r && !full && i < news->n) {
		i = join_pieces(g, news, i, buf, &p);
		full = guest_is_full(g, &p);
		if (!full)
			r = store_piece(s, &g->row, &p);
	}
	if (!r && news->n)
		r = store_last(s, &g->row);
	if (!r && full)
		r = guest_refuse(g, s, "has used up what one guest may store");
	else if (!r && news->refused[0])
		r = guest_refuse(g, s, news->refused);
	return r;
}

void guest_ack(const struct guest *g, char buf[12])
{
	buf[0] = '\0';
	if (g->row.last.seq != g->acked)
		snprintf(buf, 12, "%" PRIu32, g->row.last.seq);
}

void guest_seen(struct guest *g, const char *head, int len)
{
	uint32_t last = g->row.last.seq, seq;

	if (len < 0 || xp_number_parse(head, (size_t)len, &seq) || seq < last ||
	    seq - last > XP_WINDOW)
		return;
	g->ahead = seq - last;
}

int guest_told(struct guest *g, int r)
{
	if (!r)
		g->acked = g->row.last.seq;
	if (!r && g->refused && !g->told)
		r = g->src->put(g->src, XPK_REFUSED, g->why, strlen(g->why));
	if (!r)
		g->told = g->refused;
	return r;
}

int guest_acknowledge(struct guest *g)
{
	char n[12];

	guest_ack(g, n);
	return guest_told(g, n[0] ? g->src->put(g->src, XPK_ACK, n, strlen(n)) : 0);
}

int guest_serve(struct guest *g, struct store *s)
{
	static struct guest_text pieces[XP_WINDOW];
	struct guest_news news = { .pieces = pieces };
	struct guest before;
	int r = guest_read(g, &news);

	before = *g;
	if (r > 0) {
		r = store_begin(s);
		if (!r)
			r = guest_store(g, s, &news);
		if (!r)
			r = store_commit(s);
		if (r) {
			store_rollback(s);
			*g = before;
		}
	}
	if (!r)
		r = guest_acknowledge(g);
	return r ? r : (int)(g->row.last.seq - before.row.last.seq);
}

int guest_gone(struct guest *g, struct store *s)
{
	if (g->row.status != STORE_RUNNING)
		return 0;
	return store_status(s, &g->row, STORE_LOST, "went away before its workload was over");
}

/* SPDX-License-Identifier: ISC */
#include "host/guest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Copies a key of the host's own into buf. */
static int bind_key(struct source *src, unsigned key, char *buf, size_t size)
{
	int n = src->get(src, key, buf, size);

	return n < 0 ? n : 0;
}

int guest_bind(struct guest *g, struct source *src, struct store *s, const char *uuid,
	       unsigned domid, bool emulated)
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

	*g = (struct guest){ .src = src };
	for (size_t i = 0; !r && i < sizeof(keys) / sizeof(*keys); i++)
		r = bind_key(src, keys[i].key, keys[i].buf, keys[i].size);
	if (r)
		return r;
	snprintf(row->uuid, sizeof(row->uuid), "%s", uuid);
	row->domid = domid;
	row->emulated = emulated;
	return store_guest_get(s, row);
}

/* Reads what the guest says is its newest piece. -EPROTO when it cannot be. */
static int guest_head(struct guest *g, uint32_t *head)
{
	char val[16];
	int n = g->src->get(g->src, XPK_HEAD, val, sizeof(val));

	*head = g->row.last.seq;
	if (n == -ENOENT)
		return 0;
	if (n < 0)
		return n == -EMSGSIZE ? -EPROTO : n;
	if (xp_number_parse(val, (size_t)n, head) || *head < g->row.last.seq ||
	    *head - g->row.last.seq > XP_WINDOW)
		return -EPROTO;
	return 0;
}

/* Reads the piece after the last. -EAGAIN when its slot still holds an older one. */
static int guest_piece(struct guest *g, char *buf, struct xp_piece *p)
{
	uint32_t seq = g->row.last.seq + 1;
	int n = g->src->get(g->src, xp_piece_key(seq), buf, XP_VALUE_MAX + 1);

	if (n == -ENOENT)
		return -EAGAIN;
	if (n < 0)
		return n == -EMSGSIZE ? -EPROTO : n;
	if (xp_piece_parse(buf, (size_t)n, p))
		return -EPROTO;
	if (p->seq < seq)
		return -EAGAIN;
	if (p->seq > GUEST_PIECES_MAX)
		return -EPROTO;
	return xp_piece_follows(&g->row.last, p) ? 0 : -EPROTO;
}

/* Stores the pieces up to head. Returns 0, -EPROTO, or what made it impossible. */
static int guest_store(struct guest *g, struct store *s, uint32_t head)
{
	char buf[XP_VALUE_MAX + 1];
	struct xp_piece p;
	int r = 0;

	while (!r && g->row.last.seq < head) {
		r = guest_piece(g, buf, &p);
		if (!r)
			r = store_piece(s, &g->row, &p);
	}
	return r == -EAGAIN ? 0 : r;
}

static int guest_ack(struct guest *g)
{
	char n[12];
	uint32_t seq = g->row.last.seq;
	int r = 0;

	if (seq != g->acked)
		r = g->src->put(g->src, XPK_ACK, n, (size_t)snprintf(n, sizeof(n), "%u", seq));
	if (!r)
		g->acked = seq;
	return r;
}

/* No more is taken from a guest that breaks the protocol; what was good before stays. */
static int guest_refuse(struct guest *g, struct store *s)
{
	g->refused = true;
	return store_status(s, &g->row, STORE_INVALID, "broke the protocol");
}

/* One transaction: all that is new up to head, or, when head is nonsense, the refusal alone. */
static int guest_take(struct guest *g, struct store *s, uint32_t head, bool sound)
{
	struct guest before = *g;
	int r = store_begin(s);

	if (!r)
		r = sound ? guest_store(g, s, head) : -EPROTO;
	if (r == -EPROTO)
		r = guest_refuse(g, s);
	if (!r)
		r = store_commit(s);
	if (r) {
		store_rollback(s);
		*g = before;
	}
	return r;
}

int guest_serve(struct guest *g, struct store *s)
{
	uint32_t head, had = g->row.last.seq;
	int r;

	if (g->refused)
		return 0;
	r = guest_head(g, &head);
	if (r && r != -EPROTO)
		return r;
	if (r || head != had)
		r = guest_take(g, s, head, !r);
	if (!r)
		r = guest_ack(g);
	return r ? r : (int)(g->row.last.seq - had);
}

int guest_gone(struct guest *g, struct store *s)
{
	if (g->row.status != STORE_RUNNING)
		return 0;
	return store_status(s, &g->row, STORE_LOST, "went away before its workload was over");
}

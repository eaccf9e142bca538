/* SPDX-License-Identifier: ISC */
#include "host/guest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
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

/* Notes why no more can be taken. Returns -EPROTO. */
__attribute__((format(printf, 2, 3))) static int refuse(struct guest_news *news, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(news->refused, sizeof(news->refused), fmt, ap);
	va_end(ap);
	return -EPROTO;
}

/* Reads a key of the guest's. Its length, -ENOENT, -EPROTO for a value that is none of the key's, or
 * -errno. */
static int guest_get(struct guest *g, struct guest_news *news, unsigned key, char *buf, size_t size)
{
	char path[XP_KEY_MAX];
	int n = g->src->get(g->src, key, buf, size);

	if (n == -EMSGSIZE || (n >= 0 && !xp_value_is_fine(key, buf, (size_t)n)))
		return refuse(news, "broke the protocol: a bad value in %s", xp_key_path(key, path));
	return n;
}

/* Who greets us speaks a protocol that we do; then it may know ours. 0 or -errno. */
static int guest_greet(struct guest *g, struct guest_news *news)
{
	char val[XP_VALUE_MAX + 1];
	uint32_t major, minor;
	int n = guest_get(g, news, XPK_VERSION, val, sizeof(val));

	if (n < 0)
		return n == -ENOENT ? 0 : n;
	xp_version_parse(val, (size_t)n, &major, &minor);
	if (major != XP_MAJOR)
		return refuse(news, "speaks protocol %s; this host speaks %d.x", val, XP_MAJOR);
	g->row.newer = minor > XP_MINOR;
	snprintf(g->row.protocol, sizeof(g->row.protocol), "%.*s", n, val);
	g->greeted = true;
	return g->src->put(g->src, XPK_HOST_VERSION, XP_VERSION, strlen(XP_VERSION));
}

/* Reads what the guest says is its newest piece. */
static int guest_head(struct guest *g, struct guest_news *news, uint32_t *head)
{
	char val[XP_VALUE_MAX + 1];
	uint32_t last = g->row.last.seq;
	int n = guest_get(g, news, XPK_HEAD, val, sizeof(val));

	*head = last;
	if (n < 0)
		return n == -ENOENT ? 0 : n;
	xp_number_parse(val, (size_t)n, head);
	if (!g->greeted)
		return refuse(news, "broke the protocol: pieces before a version");
	if (*head < last || *head - last > XP_WINDOW)
		return refuse(news, "broke the protocol: piece %" PRIu32 " after piece %" PRIu32,
			      *head, last);
	return 0;
}

/* Reads the piece after *last, which becomes it. -EAGAIN when its slot still holds an older one. */
static int guest_piece(struct guest *g, struct guest_news *news, struct xp_piece *last)
{
	struct guest_text *t = &news->pieces[news->n];
	struct xp_piece p;
	uint32_t seq = last->seq + 1;
	int n = guest_get(g, news, xp_piece_key(seq), t->text, sizeof(t->text));

	if (n < 0)
		return n == -ENOENT ? -EAGAIN : n;
	xp_piece_parse(t->text, (size_t)n, &p);
	if (p.seq < seq)
		return -EAGAIN;
	if (!xp_piece_follows(last, &p))
		return refuse(news, "broke the protocol: piece %" PRIu32 " does not follow", p.seq);
	t->len = n;
	news->n++;
	p.offset += (uint32_t)p.len;
	p.len = 0;
	*last = p;
	return 0;
}

static int guest_read_news(struct guest *g, struct guest_news *news)
{
	struct xp_piece last = g->row.last;
	uint32_t head;
	int r = g->greeted ? 0 : guest_greet(g, news);

	if (!r)
		r = guest_head(g, news, &head);
	while (!r && last.seq < head)
		r = guest_piece(g, news, &last);
	return r;
}

int guest_read(struct guest *g, struct guest_news *news)
{
	int r;

	news->n = 0;
	news->refused[0] = '\0';
	if (g->refused)
		return 0;
	r = guest_read_news(g, news);
	if (r == -EPROTO || r == -EAGAIN)
		r = 0;
	/* All of it was read from the domain that still is there: a UUID does not come back. */
	if (!r && (news->n || news->refused[0]) && g->src->still)
		r = g->src->still(g->src);
	return r ? r : news->n || news->refused[0];
}

static int guest_refuse(struct guest *g, struct store *s, const char *why)
{
	g->refused = true;
	snprintf(g->why, sizeof(g->why), "%s", why);
	return store_status(s, &g->row, STORE_INVALID, g->why);
}

/* Whether the piece is one too many. */
static bool guest_is_full(const struct guest *g, const struct xp_piece *p)
{
	return g->row.bytes + (int64_t)p->len > g->limits->bytes ||
	       (p->offset == 0 && g->row.records >= g->limits->records);
}

int guest_store(struct guest *g, struct store *s, const struct guest_news *news)
{
	struct xp_piece p;
	int r = 0;

	for (int i = 0; !r && i < news->n; i++) {
		xp_piece_parse(news->pieces[i].text, (size_t)news->pieces[i].len, &p);
		if (guest_is_full(g, &p))
			return guest_refuse(g, s, "has used up what one guest may store");
		r = store_piece(s, &g->row, &p);
	}
	return !r && news->refused[0] ? guest_refuse(g, s, news->refused) : r;
}

int guest_acknowledge(struct guest *g)
{
	char n[12];
	uint32_t seq = g->row.last.seq;
	int r = 0;

	if (seq != g->acked)
		r = g->src->put(g->src, XPK_ACK, n, (size_t)snprintf(n, sizeof(n), "%u", seq));
	if (!r)
		g->acked = seq;
	if (!r && g->refused && !g->told)
		r = g->src->put(g->src, XPK_REFUSED, g->why, strlen(g->why));
	if (!r)
		g->told = g->refused;
	return r;
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

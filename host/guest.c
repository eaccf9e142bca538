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

static int refuse_value(struct guest_news *news, unsigned key)
{
	char path[XP_KEY_MAX];

	return refuse(news, "broke the protocol: a bad value in %s", xp_key_path(key, path));
}

/* What was read of a key of the guest's. Its length, -ENOENT, -EPROTO for a value that is none of the
 * key's, or -errno. */
static int guest_check(struct guest_news *news, const struct source_value *v)
{
	if (v->len == -EMSGSIZE ||
	    (v->len >= 0 && !xp_value_is_fine(v->key, v->buf, (size_t)v->len)))
		return refuse_value(news, v->key);
	return v->len;
}

/* Who greets us speaks a protocol that we do; then it may know ours. 0 or -errno. */
static int guest_greet(struct guest *g, struct guest_news *news)
{
	char val[XP_VALUE_MAX + 1];
	struct source_value v = { .key = XPK_VERSION, .buf = val, .size = sizeof(val) };
	uint32_t major, minor;
	int n = source_get_all(g->src, &v, 1);

	if (!n)
		n = guest_check(news, &v);
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

/* Takes what the guest says is its newest piece. */
static int guest_head(struct guest *g, struct guest_news *news, const struct source_value *v,
		      uint32_t *head)
{
	uint32_t last = g->row.last.seq;
	int n = guest_check(news, v);

	*head = last;
	if (n < 0)
		return n == -ENOENT ? 0 : n;
	xp_number_parse(v->buf, (size_t)n, head);
	if (!g->greeted)
		return refuse(news, "broke the protocol: pieces before a version");
	if (*head < last || *head - last > XP_WINDOW)
		return refuse(news, "broke the protocol: piece %" PRIu32 " after piece %" PRIu32,
			      *head, last);
	return 0;
}

/* Takes the piece after *last, which becomes it. -EAGAIN when its slot still holds an older one. */
static int guest_piece(struct guest_news *news, const struct source_value *v, struct xp_piece *last)
{
	struct xp_piece *p = &news->pieces[news->n].piece;

	if (v->len == -ENOENT)
		return -EAGAIN;
	if (v->len < 0 && v->len != -EMSGSIZE)
		return v->len;
	if (v->len < 0 || xp_piece_parse(v->buf, (size_t)v->len, p))
		return refuse_value(news, v->key);
	if (p->seq <= last->seq)
		return -EAGAIN;
	if (!xp_piece_follows(last, p))
		return refuse(news, "broke the protocol: piece %" PRIu32 " does not follow", p->seq);
	news->n++;
	*last = xp_piece_end(p);
	return 0;
}

/* Where piece seq is to be read to, number i of those that follow the guest's last. */
static struct source_value guest_slot(struct guest_news *news, uint32_t seq, int i)
{
	return (struct source_value){
		.key = xp_piece_key(seq),
		.buf = news->pieces[i].text,
		.size = sizeof(news->pieces[i].text),
	};
}

/* Reads the pieces after *last up to head. */
static int guest_pieces(struct guest *g, struct guest_news *news, struct xp_piece *last,
			uint32_t head)
{
	struct source_value values[XP_WINDOW];
	int n = (int)(head - last->seq), r;

	for (int i = 0; i < n; i++)
		values[i] = guest_slot(news, last->seq + 1 + (uint32_t)i, news->n + i);
	r = source_get_all(g->src, values, (size_t)n);
	for (int i = 0; i < n && !r; i++)
		r = guest_piece(news, &values[i], last);
	return r;
}

/* Reads what the guest says is its newest piece, and, as most often there is one, the one after *last
 * together with that; then the others. */
static int guest_read_to_head(struct guest *g, struct guest_news *news, struct xp_piece *last)
{
	char val[XP_VALUE_MAX + 1];
	struct source_value values[] = {
		{ .key = XPK_HEAD, .buf = val, .size = sizeof(val) },
		guest_slot(news, last->seq + 1, news->n),
	};
	uint32_t head;
	int r = source_get_all(g->src, values, 2);

	if (!r)
		r = guest_head(g, news, &values[0], &head);
	if (!r && last->seq < head)
		r = guest_piece(news, &values[1], last);
	if (!r && last->seq < head)
		r = guest_pieces(g, news, last, head);
	return r;
}

/* What guest_seen() was told saves asking: how many pieces there are, or that there is one most likely.
 * The newest of all is asked for behind the acknowledgement again. */
static int guest_read_news(struct guest *g, struct guest_news *news)
{
	struct xp_piece last = g->row.last;
	uint32_t ahead = g->ahead ? g->ahead : g->single;
	int r = g->greeted ? 0 : guest_greet(g, news);

	g->ahead = 0;
	g->single = false;
	if (!r && ahead)
		r = guest_pieces(g, news, &last, last.seq + ahead);
	if (!r && ahead)
		return 0;
	return !r || r == -EAGAIN ? guest_read_to_head(g, news, &last) : r;
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
	return r ? r : news->n || news->refused[0];
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
	g->single = last - g->acked == 1;
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

/* SPDX-License-Identifier: ISC */
/* What a guest shows becomes news, a step at a time: each is asked for, and taken. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/guest.h"

/* Notes why no more can be taken. Returns -EPROTO. */
__attribute__((format(printf, 2, 3))) static int refuse(struct guest_news *news, const char *fmt,
							...)
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

/* What was read of a key of the guest's. Its length, -ENOENT, -EPROTO for a value that is none of
 * the key's, or -errno. */
static int guest_check(struct guest_news *news, const struct source_value *v)
{
	if (v->len == -EMSGSIZE ||
	    (v->len >= 0 && !xp_value_is_fine(v->key, v->buf, (size_t)v->len)))
		return refuse_value(news, v->key);
	return v->len;
}

/* What guest_seen() was told saves asking for the head. */
static enum guest_step step_after_greeting(struct guest *g, struct guest_news *news)
{
	enum guest_step step = g->ahead ? GUEST_REST : GUEST_HEAD;

	news->head = news->last.seq + g->ahead;
	g->ahead = 0;
	return step;
}

void guest_begin(struct guest *g, struct guest_news *news)
{
	news->n = 0;
	news->refused[0] = '\0';
	news->last = g->row.last;
	if (g->refused)
		news->step = GUEST_READ;
	else
		news->step = g->greeted ? step_after_greeting(g, news) : GUEST_GREET;
}

/* Asks for the pieces up to head. */
static int ask_pieces(struct guest_news *news, uint32_t head, struct source_value *values)
{
	int n = (int)(head - news->last.seq);

	for (int i = 0; i < n; i++)
		values[i] = (struct source_value){
			.key = xp_piece_key(news->last.seq + 1 + (uint32_t)i),
			.buf = news->pieces[news->n + i].text,
			.size = sizeof(news->pieces[news->n + i].text),
		};
	return n;
}

static struct source_value ask_word(unsigned key, char buf[16])
{
	return (struct source_value){ .key = key, .buf = buf, .size = 16 };
}

int guest_ask(struct guest_news *news, struct source_value *values)
{
	int n = 0;

	switch (news->step) {
	case GUEST_GREET:
		/* In this order: who has a head, and then no version, has never said one. */
		values[n++] = ask_word(XPK_HEAD, news->said);
		values[n++] = ask_word(XPK_VERSION, news->version);
		break;
	case GUEST_HEAD:
		/* Most often there is one new piece: it need not be said first. */
		values[n++] = ask_word(XPK_HEAD, news->said);
		n += ask_pieces(news, news->last.seq + 1, values + n);
		break;
	case GUEST_REST: n = ask_pieces(news, news->head, values); break;
	case GUEST_READ: break;
	}
	return n;
}

/* Who greets us speaks a protocol that we do; then it may know ours. 0, -EAGAIN while it does not,
 * or -errno. */
static int take_greeting(struct guest *g, struct guest_news *news, const struct source_value *head,
			 const struct source_value *v)
{
	uint32_t major, minor;
	int n = guest_check(news, v), r;

	if (n == -ENOENT && (head->len >= 0 || head->len == -EMSGSIZE))
		return refuse(news, "broke the protocol: pieces before a version");
	if (n == -ENOENT && head->len == -ENOENT)
		return -EAGAIN;
	if (n < 0)
		return n == -ENOENT ? head->len : n;
	xp_version_parse(v->buf, (size_t)n, &major, &minor);
	if (major != XP_MAJOR)
		return refuse(news, "speaks protocol %s; this host speaks %d.x", v->buf, XP_MAJOR);
	g->row.newer = minor > XP_MINOR;
	snprintf(g->row.protocol, sizeof(g->row.protocol), "%.*s", n, v->buf);
	r = g->src->put(g->src, XPK_HOST_VERSION, XP_VERSION, strlen(XP_VERSION));
	g->greeted = !r;
	return r;
}

/* Takes what the guest says is its newest piece. */
static int take_head(const struct guest *g, struct guest_news *news, const struct source_value *v)
{
	uint32_t last = g->row.last.seq;
	int n = guest_check(news, v);

	news->head = last;
	if (n < 0)
		return n == -ENOENT ? 0 : n;
	xp_number_parse(v->buf, (size_t)n, &news->head);
	if (news->head < last || news->head - last > XP_WINDOW)
		return refuse(news, "broke the protocol: piece %" PRIu32 " after piece %" PRIu32,
			      news->head, last);
	return 0;
}

/* Takes the next piece. -EAGAIN when its slot still holds an older one. */
static int take_piece(struct guest_news *news, const struct source_value *v)
{
	struct xp_piece *p = &news->pieces[news->n].piece;

	if (v->len == -ENOENT)
		return -EAGAIN;
	if (v->len < 0 && v->len != -EMSGSIZE)
		return v->len;
	if (v->len < 0 || xp_piece_parse(v->buf, (size_t)v->len, p))
		return refuse_value(news, v->key);
	if (p->seq <= news->last.seq)
		return -EAGAIN;
	if (!xp_piece_follows(&news->last, p))
		return refuse(news, "broke the protocol: piece %" PRIu32 " does not follow",
			      p->seq);
	news->n++;
	news->last = xp_piece_end(p);
	return 0;
}

static int take_pieces(struct guest_news *news, const struct source_value *values, int n)
{
	int r = 0;

	for (int i = 0; i < n && !r; i++)
		r = take_piece(news, &values[i]);
	return r;
}

/* The step after one that went well. */
static enum guest_step step_next(struct guest *g, struct guest_news *news)
{
	if (news->step == GUEST_GREET)
		return step_after_greeting(g, news);
	return news->last.seq < news->head ? GUEST_REST : GUEST_READ;
}

int guest_take(struct guest *g, struct guest_news *news, const struct source_value *values, int n)
{
	int r = 0;

	if (news->step == GUEST_GREET) {
		r = take_greeting(g, news, &values[0], &values[1]);
	} else if (news->step != GUEST_HEAD) {
		r = take_pieces(news, values, n);
	} else {
		r = take_head(g, news, values);
		if (!r && news->last.seq < news->head)
			r = take_pieces(news, values + 1, n - 1);
	}
	news->step = r ? GUEST_READ : step_next(g, news);
	return r == -EAGAIN || r == -EPROTO ? 0 : r;
}

int guest_read(struct guest *g, struct guest_news *news)
{
	struct source_value values[GUEST_ASK_MAX];
	int n, r = 0;

	guest_begin(g, news);
	while (!r && (n = guest_ask(news, values)) > 0) {
		for (int i = 0; i < n; i++)
			values[i].len =
				g->src->get(g->src, values[i].key, values[i].buf, values[i].size);
		r = guest_take(g, news, values, n);
	}
	return r ? r : news->n || news->refused[0];
}

/* SPDX-License-Identifier: ISC */
/* Guests that know how the protocol is framed and lie within it. */
#include <stdio.h>

#include "tests/store/hostile.h"

void hostile_put(struct swarm_guest *g, unsigned key, const void *val, size_t len)
{
	char path[XP_KEY_MAX];

	guest_write(g, xp_key_path(key, path), val, len);
}

void hostile_piece(struct swarm_guest *g, const struct xp_piece *p, unsigned slot)
{
	char buf[XP_VALUE_MAX];
	int n = xp_piece_format(p, buf, sizeof(buf));

	hostile_put(g, XPK_SLOT0 + slot % XP_WINDOW, buf, n < 0 ? 0 : (size_t)n);
}

void hostile_head(struct swarm_guest *g, uint32_t head)
{
	char n[12];

	hostile_put(g, XPK_HEAD, n, (size_t)snprintf(n, sizeof(n), "%u", head));
}

bool hostile_greets(struct swarm_guest *g)
{
	if (g->phase)
		return false;
	g->phase = 1;
	hostile_put(g, XPK_VERSION, XP_VERSION, strlen(XP_VERSION));
	return true;
}

bool hostile_is_over(struct swarm_guest *g)
{
	if (hostile_greets(g))
		return true;
	if (++g->record > g->spec.records)
		g->over = true;
	return g->over;
}

static const char guest_text[] = "{\"type\":\"guest\",\"link\":\"xenstore\",\"mode\":\"native\"}";

/* A record in one piece. */
static void whole(struct swarm_guest *g, uint32_t seq, const char *text, size_t len)
{
	const struct xp_piece p = { seq, seq, 0, (uint32_t)len, text, len };

	hostile_piece(g, &p, seq);
}

static void heads_next(struct swarm_guest *g)
{
	static const char *const odd[] = { "",	  "-1",	   "0x10", "1 ",	 "4294967296",
					   "1e3", "\x1b[", "99",   "0000000001", "3\n" };
	uint64_t r = guest_random(g);

	if (hostile_is_over(g))
		return;
	if (g->record <= 2)
		whole(g, g->record, guest_text, sizeof(guest_text) - 1);
	else if (r % 8 == 0)
		hostile_put(g, XPK_HEAD, odd[r / 8 % 10], strlen(odd[r / 8 % 10]));
	else
		hostile_head(g, (uint32_t)(r >> 8) % (r % 3 ? 64 : 0xffffffff));
}

/* Any field of a sound piece, wrong. */
static void numbers_next(struct swarm_guest *g)
{
	struct xp_piece p = { 1, 1, 0, sizeof(guest_text) - 1, guest_text, sizeof(guest_text) - 1 };
	uint64_t r = guest_random(g);
	uint32_t v = r >> 8 & 1 ? (uint32_t)(r >> 16) : (uint32_t)(r >> 16) % 40;

	if (hostile_is_over(g))
		return;
	if (g->record % 3 == 0) {
		hostile_head(g, 1 + (uint32_t)(r >> 40) % 33);
		return;
	}
	switch (r % 5) {
	case 0: p.seq = v; break;
	case 1: p.record = v; break;
	case 2: p.offset = v; break;
	case 3: p.total = v; break;
	default: p.len = v % p.len; break;
	}
	hostile_piece(g, &p, (unsigned)(r >> 32) % 3);
}

/* Shows a slot, and writes it again at once: the same number, other words. */
static void rewriter_next(struct swarm_guest *g)
{
	char text[200];
	uint32_t seq = g->record / 3 + 1;
	int n;

	if (hostile_is_over(g))
		return;
	if (g->record % 3 == 1) {
		hostile_head(g, seq);
		return;
	}
	n = snprintf(text, sizeof(text),
		     "{\"type\":\"sample\",\"workload\":\"w\",\"benchmark\":\"b\",\"unit\":\"u\","
		     "\"index\":%u,\"ops\":1,\"value\":%u}",
		     seq, g->record);
	whole(g, seq, seq == 1 ? guest_text : text, seq == 1 ? sizeof(guest_text) - 1 : (size_t)n);
}

/* Says one record after the other, each shown and waited for. */
static void say_next(struct swarm_guest *g, size_t (*text)(struct swarm_guest *g, char *buf))
{
	char buf[XP_PIECE_DATA_MAX];
	uint32_t seq = g->record / 2 + 1;

	if (hostile_is_over(g))
		return;
	if (g->record % 2)
		hostile_head(g, seq);
	else
		whole(g, seq, buf, text(g, buf));
}

static size_t nested_text(struct swarm_guest *g, char *buf)
{
	static const char *const texts[] = {
		"{\"type\":\"unknown\"}",
		"{\"type\":7}",
		"{}",
		"[]",
		"null",
		"\"",
		"{\"type\":\"end\"}",
		"{\"type\":\"sample\",\"workload\":\"w\",\"benchmark\":\"b\",\"unit\":\"u\",\"index\":1e999}",
		"{\"type\":\"end\",\"steps\":-1,\"failed\":9223372036854775807}",
		"{\"type\":\"guest\",\"link\":\"x\",\"mode\":\"pv\"}",
	};
	uint64_t r = guest_random(g);
	const char *t = texts[r / 4 % (sizeof(texts) / sizeof(*texts))];

	if (r % 4) {
		memcpy(buf, t, strlen(t));
		return strlen(t);
	}
	memset(buf, r & 4 ? '[' : '{', XP_PIECE_DATA_MAX);
	return XP_PIECE_DATA_MAX;
}

static void nested_next(struct swarm_guest *g)
{
	say_next(g, nested_text);
}

/* Words that do harm where somebody shows them: first raw, then as JSON escapes them. */
static size_t names_text(struct swarm_guest *g, char *buf)
{
	static const char *const words[] = {
		"\x1b]0;pwned\a\x1b[2J",
		"a\\u0000b",
		"\\u001b[31m",
		"'; DROP TABLE guest; --",
		"<script>alert(1)</script>",
		"=HYPERLINK(\\\"http://x\\\")",
		"@SUM(1)",
		"a\\nb",
		"\n\r\t",
		"\xff\xfe",
		"%s%n%s%n",
		"\\\"\\\\",
	};
	const char *w = words[guest_random(g) % (sizeof(words) / sizeof(*words))];

	return (size_t)snprintf(buf, XP_PIECE_DATA_MAX,
				"{\"type\":\"sample\",\"workload\":\"%s\",\"benchmark\":\"%s\","
				"\"unit\":\"%s\",\"index\":1,\"ops\":1,\"value\":1}",
				w, w, w);
}

static void names_next(struct swarm_guest *g)
{
	say_next(g, names_text);
}

#define KIND(kind) const struct swarm_kind hostile_##kind = { .name = #kind, .next = kind##_next }
KIND(heads);
KIND(numbers);
KIND(rewriter);
KIND(nested);
KIND(names);

/* SPDX-License-Identifier: ISC */
/* Guests that abuse xenstore itself: what they write, where, and how fast. */
#include <stdio.h>

#include "guest-tools/lib/io.h"
#include "tests/store/hostile.h"

/* One record as long as may be, sent as an honest guest would, but of bytes that are none. */
static void garbage_next(struct swarm_guest *g)
{
	struct xp_piece p;

	if (hostile_greets(g))
		return;
	if (!g->text) {
		g->text = malloc(XP_RECORD_MAX);
		if (!g->text)
			abort();
		for (size_t i = 0; i < XP_RECORD_MAX; i++)
			g->text[i] = g->spec.seed % 2 ? '[' : (char)guest_random(g);
		xp_sender_begin(&g->sender, g->text, XP_RECORD_MAX);
	}
	if (xp_sender_next(&g->sender, &p)) {
		hostile_piece(g, &p, p.seq);
	} else if (g->shown != g->sender.head) {
		g->shown = g->sender.head;
		hostile_head(g, g->shown);
	} else if (xp_sender_idle(&g->sender) && g->sender.ack == g->sender.head) {
		g->over = true;
	} else if (g->look) {
		g->look = false;
		g->doing = 1;
		guest_words(g, XS_READ, "xlab/ack", NULL);
	} else {
		g->pause_ms = 20;
	}
}

static void garbage_answer(struct swarm_guest *g, const struct wire_msg *m, int r)
{
	uint32_t ack;

	if (g->doing == 1 && !r && !xp_number_parse(m->data, m->head.len, &ack))
		xp_sender_ack(&g->sender, ack);
	g->doing = 0;
}

static size_t junk(struct swarm_guest *g, char *buf, size_t max)
{
	size_t n = guest_random(g) % (max + 1);

	for (size_t i = 0; i < n; i++)
		buf[i] = (char)guest_random(g);
	return n;
}

static void keys_next(struct swarm_guest *g)
{
	static const unsigned keys[] = { XPK_STATE, XPK_VERSION, XPK_BOOT, XPK_LOG, XPK_HEAD };
	char buf[2000];

	if (!hostile_is_over(g))
		hostile_put(g, keys[guest_random(g) % 5], buf, junk(g, buf, sizeof(buf)));
}

/* A path below data/xlab that the host reads. */
static const char *some_path(struct swarm_guest *g, char *buf, size_t size)
{
	static const char *const paths[] = { "head", "state", "p", "p/01", "version", "boot" };

	snprintf(buf, size, "data/xlab/%s", paths[guest_random(g) % 6]);
	return buf;
}

static void folders_next(struct swarm_guest *g)
{
	char path[XP_KEY_MAX], child[XP_KEY_MAX + 16];
	uint64_t r = guest_random(g);

	if (hostile_is_over(g))
		return;
	some_path(g, path, sizeof(path));
	snprintf(child, sizeof(child), "%s/%u", path, (unsigned)(r >> 8) % 64);
	if (r % 4 == 0)
		guest_words(g, XS_RM, path, NULL);
	else if (r % 4 == 1)
		hostile_head(g, (uint32_t)(r >> 16) % 33);
	else
		guest_words(g, XS_MKDIR, child, NULL);
}

/* Nobody may read it; or it is given away, which a guest may not. */
static void permissions_next(struct swarm_guest *g)
{
	char path[XP_KEY_MAX], perm[16];
	uint64_t r = guest_random(g);

	if (hostile_is_over(g))
		return;
	some_path(g, path, sizeof(path));
	snprintf(perm, sizeof(perm), "%c%u", "nwrb"[r % 4],
		 r & 16 ? g->domid : (unsigned)(r >> 8) % 9);
	if (r % 3)
		guest_words(g, XS_SET_PERMS, path, perm);
	else
		hostile_head(g, (uint32_t)(r >> 16) % 33);
}

/* As many at once as xenstored lets a guest have. */
static void flood_next(struct swarm_guest *g)
{
	if (hostile_is_over(g))
		return;
	for (uint32_t i = 0; i < 16; i++)
		hostile_head(g, i % 2);
}

/* One word for an argument: C xenstored 4.17 may fall over one that has no NUL, or two
 * (xenstored_core.c: onearg() gives NULL, canonicalize() then NULL without an errno). */
static size_t word(struct swarm_guest *g, char *buf, size_t max)
{
	size_t n = 1 + guest_random(g) % (max - 1);

	for (size_t i = 0; i < n; i++)
		buf[i] = (char)(1 + guest_random(g) % 255);
	buf[n] = '\0';
	return n + 1;
}

/* Bytes under names, and now and then requests that are none; but no transaction, for while one is
 * open C xenstored takes 200 writes a second of all guests together (XSA-206). */
static void noise_next(struct swarm_guest *g)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_@/";
	char path[64] = "data/", buf[2048];
	size_t n = 5 + guest_random(g) % 40;
	uint32_t type = (uint32_t)guest_random(g) % 24;

	if (hostile_is_over(g))
		return;
	for (size_t i = 5; i < n; i++)
		path[i] = letters[guest_random(g) % (sizeof(letters) - 1)];
	path[n] = '\0';
	if (guest_random(g) % 4)
		guest_write(g, path, buf, junk(g, buf, sizeof(buf)));
	else
		guest_bytes(g, type == XS_TRANSACTION_START ? XS_READ : type, buf,
			    word(g, buf, 64));
}

#define KIND(kind) const struct swarm_kind hostile_##kind = { .name = #kind, .next = kind##_next }
const struct swarm_kind hostile_garbage = {
	.name = "garbage",
	.next = garbage_next,
	.answer = garbage_answer,
};
KIND(keys);
KIND(folders);
KIND(permissions);
KIND(flood);
KIND(noise);

/* SPDX-License-Identifier: ISC */
/* The guest as docs and proto.h want it, a step of the agent's way at a time. */
#include <stdio.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/xs.h"
#include "tests/store/swarm.h"

enum phase { SAY_BOOT, SAY_VERSION, SAY_READY, WATCH, ASK_RUN, SAY_RUNNING, SEND, SAY_END };

/* What the outstanding requests are, while it sends. */
enum doing { BURST, ACK };

enum { FULL_MS = 50, SAMPLE_MAX = 160, BATCH = XP_WINDOW / 2 };

static void put(struct swarm_guest *g, unsigned key, const char *val, size_t len)
{
	char path[XP_KEY_MAX];

	guest_write(g, xp_key_path(key, path), val, len);
}

static void put_text(struct swarm_guest *g, unsigned key, const char *val)
{
	put(g, key, val, strlen(val));
}

static void get(struct swarm_guest *g, unsigned key)
{
	char path[XP_KEY_MAX];

	guest_words(g, XS_READ, xp_key_path(key, path), NULL);
}

/* A sample of the size that is asked for, with its number in it. Returns the length. */
static size_t sample_text(const struct swarm_guest *g, char *buf, size_t size)
{
	unsigned i = g->record - 1;
	int n = snprintf(buf, size,
			 "{\"type\":\"sample\",\"workload\":\"swarm\",\"benchmark\":\"b%u\","
			 "\"unit\":\"ns/op\",\"index\":%u,\"ops\":1,\"value\":%u.5,\"pad\":\"",
			 g->domid, i, i);

	while ((size_t)n + 2 < g->spec.size)
		buf[n++] = 'p';
	memcpy(buf + n, "\"}", 2);
	return (size_t)n + 2;
}

/* Begins with the next record, if there is one. */
static bool next_record(struct swarm_guest *g)
{
	static const char guest[] =
		"{\"type\":\"guest\",\"link\":\"xenstore\",\"mode\":\"native\"}";
	static const char end[] = "{\"type\":\"end\",\"steps\":1,\"failed\":0}";
	size_t room = g->spec.size + SAMPLE_MAX, len;

	if (g->record == g->spec.records + 2)
		return false;
	if (!g->text && !(g->text = malloc(room)))
		abort();
	if (g->record == 0)
		len = (size_t)snprintf(g->text, room, "%s", guest);
	else if (g->record <= g->spec.records)
		len = sample_text(g, g->text, room);
	else
		len = (size_t)snprintf(g->text, room, "%s", end);
	g->record++;
	xp_sender_begin(&g->sender, g->text, len);
	return true;
}

static bool is_at_stop(const struct swarm_guest *g)
{
	return g->spec.stop_at && g->sender.head >= g->spec.stop_at;
}

/* A record may have to wait for the test, for the host to have the one before, and for its time. */
static bool may_begin(struct swarm_guest *g)
{
	int64_t now;

	if (g->spec.hold && g->record > g->may)
		return false;
	if ((g->spec.sync || g->spec.every_ms) && g->sender.ack < g->sender.head)
		return false;
	if (!g->spec.every_ms)
		return true;
	now = io_now_ms();
	if (now < g->due) {
		g->pause_ms = (int)(g->due - now);
		return false;
	}
	g->due = now + g->spec.every_ms;
	return true;
}

/* Queues the next piece. False when there is none, or no room for it in the window. */
static bool send_piece(struct swarm_guest *g)
{
	char buf[XP_VALUE_MAX];
	struct xp_piece p;

	if (is_at_stop(g))
		return false;
	if (xp_sender_idle(&g->sender) && (!may_begin(g) || !next_record(g)))
		return false;
	if (!xp_sender_next(&g->sender, &p))
		return false;
	put(g, xp_piece_key(p.seq), buf, (size_t)xp_piece_format(&p, buf, sizeof(buf)));
	return true;
}

/* Writes some pieces and the head, all at once, as the agent does. False when there are none. */
static bool send_burst(struct swarm_guest *g)
{
	char n[12];
	int pieces = 0;

	while (pieces < BATCH && send_piece(g))
		pieces++;
	if (!pieces)
		return false;
	g->doing = BURST;
	g->shown = g->sender.head;
	put(g, XPK_HEAD, n, (size_t)snprintf(n, sizeof(n), "%u", g->shown));
	g->burst.len = 0;
	bytes_add(&g->burst, g->w.out.at, g->w.out.len);
	return true;
}

/* The same once more, as something of it was refused. */
static void send_again(struct swarm_guest *g)
{
	g->again = false;
	bytes_add(&g->w.out, g->burst.at, g->burst.len);
	g->asked = g->w.last;
}

static void ask_ack(struct swarm_guest *g)
{
	g->look = false;
	g->doing = ACK;
	get(g, XPK_ACK);
}

/* Pieces while there is room, and the host's word for them. */
static void send_step(struct swarm_guest *g)
{
	bool stored;

	if (g->again) {
		send_again(g);
		return;
	}
	if (g->look && g->sender.head - g->sender.ack > XP_WINDOW - BATCH) {
		ask_ack(g);
		return;
	}
	if (send_burst(g))
		return;
	stored = g->sender.ack == g->sender.head;
	if (stored && is_at_stop(g)) {
		g->over = true;
	} else if (stored && g->record == g->spec.records + 2 && xp_sender_idle(&g->sender)) {
		g->phase = SAY_END;
		put_text(g, XPK_STATE, "done");
	} else if (g->look) {
		ask_ack(g);
	}
}

static void honest_next(struct swarm_guest *g)
{
	char uuid[40];

	switch ((enum phase)g->phase) {
	case SAY_BOOT:
		swarm_uuid(g->domid, g->spec.life, uuid);
		put_text(g, XPK_BOOT, uuid);
		break;
	case SAY_VERSION: put_text(g, XPK_VERSION, XP_VERSION); break;
	case SAY_READY: put_text(g, XPK_STATE, "ready"); break;
	case WATCH: guest_words(g, XS_WATCH, "xlab", "host"); break;
	case ASK_RUN: get(g, XPK_RUN); break;
	case SAY_RUNNING: put_text(g, XPK_STATE, "running"); break;
	case SEND: send_step(g); break;
	case SAY_END: put_text(g, XPK_STATE, "done"); break;
	}
}

/* What was refused is asked for again after a while. */
static void back_off(struct swarm_guest *g)
{
	g->again = g->phase == SEND && g->doing == BURST;
	g->refused++;
	g->until = io_now_ms() + FULL_MS;
}

static void take_ack(struct swarm_guest *g, const struct wire_msg *m, int r)
{
	uint32_t ack;

	if (r == -ENOENT)
		return;
	if (r || xp_number_parse(m->data, m->head.len, &ack) || xp_sender_ack(&g->sender, ack))
		g->wrong++;
}

static void honest_answer(struct swarm_guest *g, const struct wire_msg *m, int r)
{
	if (r && xst_is_full(r)) {
		back_off(g);
	} else if (g->phase == SEND && g->doing == ACK) {
		take_ack(g, m, r);
	} else if (r) {
		g->wrong += g->phase != ASK_RUN;
	} else if (g->phase == SAY_END) {
		g->over = true;
	} else if (g->phase != SEND) {
		g->phase++;
	}
}

const struct swarm_kind swarm_honest = {
	.name = "honest",
	.next = honest_next,
	.answer = honest_answer,
};

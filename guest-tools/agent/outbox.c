/* SPDX-License-Identifier: ISC */
#include "guest-tools/agent/outbox.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"

enum {
	WAIT_MS = 1000, /* backstop of every wait: watches may be lost, lines too */
	BACKOFF_MS = 50,
	BACKOFF_MAX_MS = 2000,
	/* How many pieces are put before the host is told: it stores some while we put the next. */
	BATCH = XP_WINDOW / 4
};

static const struct link_ops *host;
static struct xp_sender sender;
static uint32_t shown; /* what XPK_HEAD says */
static enum xp_state state;

int outbox_put(unsigned key, const char *val, size_t len)
{
	int r, ms = BACKOFF_MS;

	while ((r = host->put(key, val, len)) == -EAGAIN) {
		struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

		if (ms == BACKOFF_MS)
			log_warnx("the store is full: waiting for room");
		nanosleep(&t, NULL);
		ms = ms * 2 < BACKOFF_MAX_MS ? ms * 2 : BACKOFF_MAX_MS;
	}
	return r;
}

int outbox_become(enum xp_state to)
{
	const char *word = xp_state_word(to);
	int r;

	if (!xp_state_may_follow(state, to))
		return -EPROTO;
	r = outbox_put(XPK_STATE, word, strlen(word));
	if (!r)
		state = to;
	return r;
}

static int outbox_put_head(void)
{
	char n[12];
	int r = outbox_put(XPK_HEAD, n, (size_t)snprintf(n, sizeof(n), "%u", sender.head));

	if (!r)
		shown = sender.head;
	return r;
}

/* Where the link may lose a key, everything that the host has not answered is put again. */
static int outbox_again(void)
{
	static const unsigned always[] = { XPK_BOOT, XPK_VERSION, XPK_STATE };
	int r = 0;

	if (!host->lossy)
		return 0;
	for (size_t i = 0; !r && i < sizeof(always) / sizeof(*always); i++)
		r = host->again(always[i]);
	for (uint32_t seq = sender.ack + 1; !r && seq <= sender.head; seq++)
		r = host->again(xp_piece_key(seq));
	return r ? r : host->again(XPK_HEAD);
}

static int outbox_look_refused(void)
{
	char why[XP_VALUE_MAX + 1];
	int n = host->get(XPK_REFUSED, why, sizeof(why));

	if (n == -ENOENT)
		return 0;
	if (n < 0)
		return n;
	log_warnx("the host takes nothing more: %s", why);
	return -ECONNREFUSED;
}

int outbox_wait(void)
{
	int r = host->wait(WAIT_MS);

	if (r == 0)
		r = outbox_again();
	return r < 0 ? r : outbox_look_refused();
}

/* Reads the acknowledgement. Returns 1 when it is a new one, 0, or -errno. */
static int outbox_read_ack(void)
{
	char val[16];
	uint32_t before = sender.ack, ack;
	int n = host->get(XPK_ACK, val, sizeof(val));

	if (n == -ENOENT)
		return 0;
	if (n < 0)
		return n;
	if (xp_number_parse(val, (size_t)n, &ack) || xp_sender_ack(&sender, ack))
		log_warnx("the host acknowledges '%s' of %u pieces", val, sender.head);
	return sender.ack != before;
}

/* Shows the host what has been put, and waits until at most `left` pieces are not acknowledged. */
static int outbox_flush(uint32_t left)
{
	int r = shown == sender.head ? 0 : outbox_put_head();

	while (r >= 0 && sender.head - sender.ack > left) {
		r = host->wait(WAIT_MS);
		if (r == 0)
			r = outbox_again();
		if (r >= 0)
			r = outbox_read_ack();
		if (r == 0)
			r = outbox_look_refused();
	}
	return r < 0 ? r : 0;
}

/* Puts what the window has room for. 0 or -errno. */
static int outbox_fill(void)
{
	char buf[XP_VALUE_MAX];
	struct xp_piece p;
	int r = 0;

	while (r >= 0 && xp_sender_next(&sender, &p)) {
		int n = xp_piece_format(&p, buf, sizeof(buf));

		r = n < 0 ? n : outbox_put(xp_piece_key(p.seq), buf, (size_t)n);
		if (r || sender.head - shown < BATCH)
			continue;
		r = outbox_put_head();
		if (!r && host->wait(0) > 0)
			r = outbox_read_ack();
	}
	return r < 0 ? r : 0;
}

int outbox_send(const char *record, size_t len)
{
	int r;

	xp_sender_begin(&sender, record, len);
	while (!(r = outbox_fill()) && !xp_sender_idle(&sender))
		if ((r = outbox_flush(XP_WINDOW - BATCH)))
			return r;
	return r;
}

int outbox_sync(void)
{
	return outbox_flush(0);
}

void outbox_switch(const struct link_ops *to)
{
	host = to;
}

/* After a restart of the agent in the same boot: numbers go on where they stood. */
static int outbox_resume(void)
{
	char val[16];
	int n = host->get(XPK_HEAD, val, sizeof(val));

	if (n == -ENOENT)
		return 0;
	if (n < 0 || xp_number_parse(val, (size_t)n, &sender.head))
		return n < 0 ? n : -EINVAL;
	shown = sender.head;
	n = outbox_read_ack();
	return n < 0 ? n : 0;
}

int outbox_open(const struct link_ops *to)
{
	char boot[64];
	int n = io_read_file("/proc/sys/kernel/random/boot_id", boot, sizeof(boot)), r;

	host = to;
	r = n < 0 ? n : outbox_put(XPK_BOOT, boot, strcspn(boot, "\n"));
	if (!r)
		r = outbox_put(XPK_VERSION, XP_VERSION, strlen(XP_VERSION));
	return r ? r : outbox_resume();
}

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
	/* How many pieces are put at once: the host stores some while we put the next. */
	BATCH = XP_WINDOW / 2
};

static const struct link_ops *host;
static struct xp_sender sender;
static enum xp_state state;

/* Pieces that are put together. */
static struct {
	struct link_value values[BATCH + 1]; /* the last is the head */
	char text[BATCH][XP_VALUE_MAX];
	size_t n;
} kept;

static int put_once(const struct link_value *values, size_t n)
{
	int r = 0;

	if (n > 1 && host->put_all)
		return host->put_all(values, n);
	for (size_t i = 0; i < n && !r; i++)
		r = host->put(values[i].key, values[i].val, values[i].len);
	return r;
}

/* Puts them in that order, however long there is no room. 0 or -errno. */
static int outbox_put_all(const struct link_value *values, size_t n)
{
	int r, ms = BACKOFF_MS;

	while ((r = put_once(values, n)) == -EAGAIN) {
		struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

		if (ms == BACKOFF_MS)
			log_warnx("the store is full: waiting for room");
		nanosleep(&t, NULL);
		ms = ms * 2 < BACKOFF_MAX_MS ? ms * 2 : BACKOFF_MAX_MS;
	}
	return r;
}

int outbox_put(unsigned key, const char *val, size_t len)
{
	return outbox_put_all(&(struct link_value){ key, val, len }, 1);
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

/* Puts the pieces that are kept, and then which is the newest. 0 or -errno. */
static int outbox_put_kept(void)
{
	char head[12];
	int r;

	if (!kept.n)
		return 0;
	r = snprintf(head, sizeof(head), "%u", sender.head);
	kept.values[kept.n] = (struct link_value){ XPK_HEAD, head, (size_t)r };
	r = outbox_put_all(kept.values, kept.n + 1);
	kept.n = 0;
	if (!r && host->wait(0) > 0)
		r = outbox_read_ack();
	return r < 0 ? r : 0;
}

/* Shows the host all pieces, and waits until at most `left` of them are not acknowledged. */
static int outbox_flush(uint32_t left)
{
	int r = outbox_put_kept();

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

/* Cuts the record as far as the window has room. 0 or -errno. */
static int outbox_cut(void)
{
	struct xp_piece p;
	int r = 0;

	while (r >= 0 && xp_sender_next(&sender, &p)) {
		char *text = kept.text[kept.n];

		r = xp_piece_format(&p, text, XP_VALUE_MAX);
		if (r < 0)
			break;
		kept.values[kept.n++] = (struct link_value){ xp_piece_key(p.seq), text, (size_t)r };
		r = kept.n == BATCH ? outbox_put_kept() : 0;
	}
	return r;
}

int outbox_send(const char *record, size_t len)
{
	int r;

	xp_sender_begin(&sender, record, len);
	while (!(r = outbox_cut()) && !xp_sender_idle(&sender))
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

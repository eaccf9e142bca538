/* SPDX-License-Identifier: ISC */
#include "guest-tools/agent/barrier.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "guest-tools/agent/outbox.h"
#include "guest-tools/lib/io.h"
#include "guest-tools/lib/json.h"
#include "guest-tools/lib/log.h"

enum { LOOK_MS = 1000 }; /* backstop */

struct barrier {
	const struct link_ops *host;
	char name[XP_NAME_MAX + 1], sync[9];
	int fifo;	   /* -1 where the start comes through xenstore */
	uint32_t answered; /* the question answered last, 0 before the first */
	int64_t planned;   /* 0 where nobody named an instant */
};

/* Sleeps until then, to the timer's own precision. */
static void clock_wait(int64_t until)
{
	struct timespec t = { until / 1000000000, until % 1000000000 };

	prctl(PR_SET_TIMERSLACK, 1);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
	prctl(PR_SET_TIMERSLACK, 0);
}

/* Answers the host's newest question. */
static int barrier_answer(struct barrier *b)
{
	char val[XP_VALUE_MAX + 1], answer[40];
	int64_t now = io_now_ns();
	uint32_t question;
	int n = b->host->get(XPK_ASK, val, sizeof(val));

	if (n == -ENOENT || (n >= 0 && xp_number_parse(val, (size_t)n, &question)) ||
	    (n >= 0 && question == b->answered))
		return 0;
	if (n < 0)
		return n;
	b->answered = question;
	n = snprintf(answer, sizeof(answer), "%" PRIu32 " %" PRId64, question, now);
	return outbox_put(XPK_TIME, answer, (size_t)n);
}

/* Returns 1 when the start has come, 0, or -errno. */
static int barrier_look(struct barrier *b)
{
	char val[XP_VALUE_MAX + 1];
	int n;

	if (b->fifo >= 0)
		return read(b->fifo, val, sizeof(val)) > 0;
	n = b->host->get(XPK_START, val, sizeof(val));
	if (n < 0)
		return n == -ENOENT ? 0 : n;
	return !xp_nano_parse(val, (size_t)n, &b->planned);
}

static int barrier_sleep(struct barrier *b)
{
	struct pollfd fds[] = { { .fd = b->host->fd(), .events = POLLIN },
				{ .fd = b->fifo, .events = POLLIN } };

	int r = b->host->wait(0);

	if (r)
		return r;
	poll(fds, 2, LOOK_MS);
	if (fds[1].revents)
		return 0;
	return fds[0].revents ? b->host->wait(0) : outbox_wait();
}

static int barrier_hold(struct barrier *b)
{
	int r = outbox_become(XPS_ARMED);

	while (r >= 0) {
		r = barrier_answer(b);
		if (r >= 0 && (r = barrier_look(b)))
			break;
		if (r >= 0)
			r = barrier_sleep(b);
	}
	return r < 0 ? r : outbox_become(XPS_RUNNING);
}

/* Reads which barrier, and how the start comes. Returns 1, 0 for none, or -errno. */
static int barrier_find(struct barrier *b)
{
	char val[XP_VALUE_MAX + 1];
	const char *name;
	size_t len;
	uint32_t count;
	int n = b->host->get(XPK_BARRIER, val, sizeof(val));

	if (n == -ENOENT)
		return 0;
	if (n < 0)
		return n;
	if (!xp_value_is_fine(XPK_BARRIER, val, (size_t)n))
		return -EINVAL;
	xp_counted_parse(val, (size_t)n, &count, &name, &len);
	snprintf(b->name, sizeof(b->name), "%.*s", (int)len, name);
	n = b->host->get(XPK_SYNC, b->sync, sizeof(b->sync));
	if (n == -ENOENT)
		strcpy(b->sync, "xenstore");
	return n < 0 && n != -ENOENT ? n : 1;
}

/* Both ends are ours, so that it never ends; whoever writes a line to it starts us. */
static int fifo_open(void)
{
	const char *path = getenv("XLAB_START_FIFO");
	int fd;

	if (!path)
		path = XP_START_FIFO;
	if (mkfifo(path, 0600) < 0 && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int barrier_tell(const struct barrier *b, int64_t actual, char *record, size_t size, size_t *len)
{
	struct json j;
	int r;

	json_init(&j, record, size);
	json_obj(&j, NULL);
	json_str(&j, "type", "start");
	json_str(&j, "barrier", b->name);
	json_str(&j, "sync", b->sync);
	json_int(&j, "planned", b->planned);
	json_int(&j, "actual", actual);
	json_end_obj(&j);
	r = json_finish(&j);
	*len = j.len;
	return r;
}

int barrier_pass(const struct link_ops *host, char *record, size_t size, size_t *len)
{
	struct barrier b = { .host = host, .fifo = -1 };
	int r = barrier_find(&b);

	*len = 0;
	if (r <= 0)
		return r;
	if (!strcmp(b.sync, "ssh"))
		b.fifo = r = fifo_open();
	if (r >= 0) {
		log_info("armed: waiting for the start of %s by %s", b.name, b.sync);
		r = barrier_hold(&b);
	}
	if (b.fifo >= 0)
		close(b.fifo);
	if (r < 0)
		return r;
	clock_wait(b.planned);
	return barrier_tell(&b, io_now_ns(), record, size, len);
}

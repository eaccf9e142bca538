/* SPDX-License-Identifier: ISC */
#include "guest-tools/lib/xs_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <xen/io/xs_wire.h>

#include "guest-tools/lib/io.h"

/* From how many on that are outstanding, and how slow, answers are let gather; how long at most. */
enum { GATHER_MIN = 8, GATHER_EACH_NS = 200 * 1000, GATHER_MAX_NS = 5 * 1000 * 1000 };

static int connect_to(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd, r = 0;

	if (snprintf(to.sun_path, sizeof(to.sun_path), "%s", path) >= (int)sizeof(to.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) || fcntl(fd, F_SETFL, O_NONBLOCK))
		r = -errno;
	if (r)
		close(fd);
	return r ? r : fd;
}

int xsw_open(struct xsw *w, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	w->device = !S_ISSOCK(st.st_mode);
	w->fd = w->device ? open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC) : connect_to(path);
	if (w->fd < 0)
		return w->device ? -errno : w->fd;
	w->next_id = 0;
	w->out_len = w->out_sent = w->in_len = w->in_taken = 0;
	return 0;
}

void xsw_close(struct xsw *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

static const uint32_t types[] = {
	[XST_READ] = XS_READ,
	[XST_WRITE] = XS_WRITE,
	[XST_WATCH] = XS_WATCH,
	[XST_UNWATCH] = XS_UNWATCH,
};

/* How long what follows the path is. */
static size_t op_value(const struct xst_op *op)
{
	return op->verb == XST_READ ? 0 : op->size;
}

/* Appends the request to what is to be sent. False when there is no room now. */
static bool wire_put(struct xsw *w, const struct xst_op *op)
{
	size_t path = strlen(op->path) + 1, val = op_value(op);
	struct xsd_sockmsg head = {
		.type = types[op->verb],
		.req_id = w->next_id,
		.len = (uint32_t)(path + val),
	};

	if (w->out_sent == w->out_len)
		w->out_sent = w->out_len = 0;
	if (sizeof(head) + path + val > sizeof(w->out) - w->out_len)
		return false;
	memcpy(w->out + w->out_len, &head, sizeof(head));
	memcpy(w->out + w->out_len + sizeof(head), op->path, path);
	if (val)
		memcpy(w->out + w->out_len + sizeof(head) + path, op->buf, val);
	w->out_len += sizeof(head) + path + val;
	w->next_id++;
	return true;
}

static int wire_send(struct xsw *w)
{
	while (w->out_sent < w->out_len) {
		const char *from = w->out + w->out_sent;
		size_t len = w->out_len - w->out_sent;
		ssize_t n = w->device ? write(w->fd, from, len)
				      : send(w->fd, from, len, MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		w->out_sent += (size_t)n;
	}
	return 0;
}

static int wire_receive(struct xsw *w)
{
	ssize_t n;

	memmove(w->in, w->in + w->in_taken, w->in_len - w->in_taken);
	w->in_len -= w->in_taken;
	w->in_taken = 0;
	n = read(w->fd, w->in + w->in_len, sizeof(w->in) - w->in_len);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	w->in_len += (size_t)n;
	return n ? 0 : -EPIPE;
}

/* Sends and receives what can be; sleeps while neither can. 0 or -errno. */
static int wire_move(struct xsw *w)
{
	struct pollfd fd = { .fd = w->fd, .events = POLLIN };
	int r = wire_send(w);

	if (r)
		return r;
	if (w->out_sent < w->out_len)
		fd.events |= POLLOUT;
	if (poll(&fd, 1, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	return fd.revents & ~POLLOUT ? wire_receive(w) : 0;
}

/* The errno that an answer's word stands for; oxenstored has words of its own, which libxenstore too
 * takes for EINVAL. */
static int wire_error(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(xsd_errors) / sizeof(*xsd_errors); i++) {
		const char *name = xsd_errors[i].errstring;

		if (len > strlen(name) && !memcmp(word, name, strlen(name) + 1))
			return -xsd_errors[i].errnum;
	}
	return -EINVAL;
}

static int wire_answer(struct xst_op *op, const struct xsd_sockmsg *head, const char *text)
{
	if (head->type == XS_ERROR)
		return wire_error(text, head->len);
	if (head->type != types[op->verb])
		return -EPROTO;
	if (op->verb != XST_READ)
		return 0;
	if (head->len >= op->size)
		return -EMSGSIZE;
	memcpy(op->buf, text, head->len);
	op->buf[head->len] = '\0';
	return (int)head->len;
}

/* Takes one message off what has come. 1, 0 when none is whole yet, or -errno. */
static int wire_next(struct xsw *w, struct xsd_sockmsg *head, const char **text)
{
	const char *from = w->in + w->in_taken;
	size_t have = w->in_len - w->in_taken;

	if (have < sizeof(*head))
		return 0;
	memcpy(head, from, sizeof(*head));
	if (head->len > XENSTORE_PAYLOAD_MAX)
		return -EPROTO;
	if (have < sizeof(*head) + head->len)
		return 0;
	*text = from + sizeof(*head);
	w->in_taken += sizeof(*head) + head->len;
	return 1;
}

/* An event has a path and a token, with a NUL behind each. 0 or -errno. */
static int wire_tell(const struct xsw *w, const char *text, size_t len)
{
	size_t token = strnlen(text, len) + 1;

	if (token >= len || text[len - 1])
		return -EPROTO;
	if (w->event)
		w->event(text + token, w->arg);
	return 0;
}

/* Takes one answer, to one of the n requests from number first on, and the events before it. 1, 0 when
 * there is none yet, or -errno. */
static int wire_take(struct xsw *w, struct xst_op *ops, uint32_t first, size_t n)
{
	struct xsd_sockmsg head;
	const char *text;
	int r;

	while ((r = wire_next(w, &head, &text)) > 0 && head.type == XS_WATCH_EVENT)
		if ((r = wire_tell(w, text, head.len)))
			return r;
	if (r <= 0)
		return r;
	if (head.req_id - first >= n)
		return -EPROTO;
	ops[head.req_id - first].result = wire_answer(&ops[head.req_id - first], &head, text);
	return 1;
}

int xsw_take_events(struct xsw *w)
{
	int r = w->fd < 0 ? -EPIPE : wire_receive(w);

	/* An answer that nobody waits for is none of xenstored's. */
	if (!r)
		r = wire_take(w, NULL, w->next_id, 0);
	if (r < 0)
		xsw_close(w);
	return r;
}

static bool wire_is_small(const struct xst_op *op)
{
	return strlen(op->path) < XENSTORE_ABS_PATH_MAX &&
	       strlen(op->path) + 1 + op_value(op) <= XENSTORE_PAYLOAD_MAX;
}

/* Whether the next request may be sent. Of the device's the kernel keeps only where the body is, in a
 * buffer that the next write(2) overwrites (Linux 6.1, xenbus_dev_request_and_reply() in
 * drivers/xen/xenbus/xenbus_xs.c): there one waits for the other. */
static bool wire_may_put(const struct xsw *w, size_t put, size_t taken)
{
	return !w->device || put == taken;
}

/* Where answers come slowly, each would wake us. So some are let gather: a quarter of what the rest
 * will take, if each takes as long as those since then have. */
static void wire_gather(int64_t since, size_t taken, size_t left)
{
	int64_t each = taken ? (io_now_ns() - since) / (int64_t)taken : 0;
	int64_t ns = each * (int64_t)left / 4;
	struct timespec t = { .tv_nsec = ns < GATHER_MAX_NS ? ns : GATHER_MAX_NS };

	if (left >= GATHER_MIN && each >= GATHER_EACH_NS)
		nanosleep(&t, NULL);
}

int xsw_batch(struct xsw *w, struct xst_op *ops, size_t n)
{
	uint32_t first = w->next_id;
	size_t put = 0, taken = 0;
	int64_t since = io_now_ns();
	int r = 0;

	if (w->fd < 0)
		return -EPIPE;
	for (size_t i = 0; i < n; i++)
		if (!wire_is_small(&ops[i]))
			return -E2BIG;
	while (r >= 0 && taken < n) {
		while (put < n && wire_may_put(w, put, taken) && wire_put(w, &ops[put]))
			put++;
		if (put == n && w->out_sent == w->out_len)
			wire_gather(since, taken, n - taken);
		r = wire_move(w);
		while (r >= 0 && (r = wire_take(w, ops, first, taken < put ? put : 0)) > 0)
			taken++;
	}
	if (r < 0)
		xsw_close(w);
	return r < 0 ? r : 0;
}

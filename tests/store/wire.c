/* SPDX-License-Identifier: ISC */
#include "tests/store/wire.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { HEAD = sizeof(struct xsd_sockmsg), CHUNK = 8192, CALL_MS = 10 * 1000 };

int wire_open(struct wire *w, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	*w = (struct wire){ .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (w->fd >= 0 && connect(w->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return 0;
	int r = -errno;

	wire_close(w);
	return r;
}

void wire_close(struct wire *w)
{
	if (w->fd >= 0)
		close(w->fd);
	bytes_free(&w->in);
	bytes_free(&w->out);
	bytes_free(&w->msg);
	w->fd = -1;
}

static void wire_head(struct wire *w, uint32_t type, uint32_t tx, size_t len)
{
	struct xsd_sockmsg head = { type, ++w->last, tx, (uint32_t)len };

	bytes_add(&w->out, &head, sizeof(head));
}

void wire_ask(struct wire *w, uint32_t type, uint32_t tx, const void *data, size_t len)
{
	wire_head(w, type, tx, len);
	bytes_add(&w->out, data, len);
}

void wire_write(struct wire *w, uint32_t tx, const char *path, const void *val, size_t len)
{
	wire_head(w, XS_WRITE, tx, strlen(path) + 1 + len);
	bytes_add(&w->out, path, strlen(path) + 1);
	bytes_add(&w->out, val, len);
}

void wire_words(struct wire *w, uint32_t type, uint32_t tx, const char *a, const char *b)
{
	wire_head(w, type, tx, strlen(a) + 1 + (b ? strlen(b) + 1 : 0));
	bytes_add(&w->out, a, strlen(a) + 1);
	if (b)
		bytes_add(&w->out, b, strlen(b) + 1);
}

int wire_flush(struct wire *w)
{
	ssize_t n;

	while (w->out.len) {
		n = send(w->fd, w->out.at, w->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0)
			break;
		bytes_drop(&w->out, (size_t)n);
	}
	return w->out.len && errno != EAGAIN ? -errno : 0;
}

int wire_move(struct wire *w)
{
	ssize_t n;
	int r = wire_flush(w);

	if (r)
		return r;
	n = recv(w->fd, bytes_room(&w->in, CHUNK), CHUNK, MSG_DONTWAIT);
	if (n > 0)
		w->in.len += (size_t)n;
	return n > 0 || (n < 0 && errno == EAGAIN) ? 0 : n ? -errno : -EPIPE;
}

bool wire_next(struct wire *w, struct wire_msg *m)
{
	if (w->in.len < HEAD)
		return false;
	memcpy(&m->head, w->in.at, HEAD);
	if (w->in.len - HEAD < m->head.len)
		return false;
	w->msg.len = 0;
	bytes_add(&w->msg, w->in.at + HEAD, m->head.len);
	bytes_add(&w->msg, "", 1);
	bytes_drop(&w->in, HEAD + m->head.len);
	m->data = w->msg.at;
	return true;
}

int wire_error(const struct wire_msg *m)
{
	if (m->head.type != XS_ERROR)
		return 0;
	for (size_t i = 0; i < sizeof(xsd_errors) / sizeof(*xsd_errors); i++)
		if (!strcmp(m->data, xsd_errors[i].errstring))
			return -xsd_errors[i].errnum;
	return -EINVAL; /* oxenstored has words of its own; libxenstore takes them for this */
}

int wire_call(struct wire *w, uint32_t type, uint32_t tx, const void *data, size_t len,
	      struct wire_msg *answer)
{
	struct pollfd fd = { .fd = w->fd, .events = POLLIN };
	int r;

	wire_ask(w, type, tx, data, len);
	for (;;) {
		r = wire_move(w);
		while (wire_next(w, answer))
			if (answer->head.type != XS_WATCH_EVENT && answer->head.req_id == w->last)
				return wire_error(answer);
		if (r)
			return r;
		fd.events = POLLIN | (w->out.len ? POLLOUT : 0);
		if (poll(&fd, 1, w->call_ms ? w->call_ms : CALL_MS) <= 0)
			return -ETIMEDOUT;
	}
}

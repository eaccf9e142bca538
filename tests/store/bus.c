/* SPDX-License-Identifier: ISC */
#include "tests/store/bus.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RING = 1024 };

/* xen.git, xen/include/public/io/xs_wire.h: struct xenstore_domain_interface. */
struct ring {
	char req[RING], rsp[RING];
	_Atomic uint32_t req_cons, req_prod, rsp_cons, rsp_prod;
	uint32_t features, connection, error;
};

struct bus {
	struct ring *ring;
	const char *dir;
	unsigned domid;
	int events, client;
	char out[8192]; /* from the client, not in the ring yet */
	size_t len;
};

static void ring_path(char *buf, size_t size, const char *dir, unsigned domid)
{
	snprintf(buf, size, "%s/ring.%u", dir, domid);
}

int bus_make_ring(const char *dir, unsigned domid)
{
	char path[128];
	int fd, r;

	ring_path(path, sizeof(path), dir, domid);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = ftruncate(fd, BUS_PAGE) < 0 ? -errno : 0;
	close(fd);
	return r;
}

static void bus_die(const char *what)
{
	fprintf(stderr, "bus: %s: %s\n", what, strerror(errno));
	_exit(111);
}

static void bus_notify(const struct bus *b)
{
	struct sockaddr_un addr;
	uint32_t port = BUS_PORT + b->domid;

	bus_address(&addr, b->dir, BUS_DAEMON);
	sendto(b->events, &port, sizeof(port), 0, (struct sockaddr *)&addr, sizeof(addr));
}

/* Moves what there is room for into the ring. */
static bool bus_push(struct bus *b)
{
	struct ring *r = b->ring;
	uint32_t prod = r->req_prod, room = RING - (prod - r->req_cons);
	size_t n = b->len < room ? b->len : room;

	for (size_t i = 0; i < n; i++)
		r->req[(prod + i) % RING] = b->out[i];
	r->req_prod = prod + (uint32_t)n;
	b->len -= n;
	memmove(b->out, b->out + n, b->len);
	return n > 0;
}

/* Hands the client what the ring holds. */
static bool bus_pull(struct bus *b)
{
	struct ring *r = b->ring;
	uint32_t cons = r->rsp_cons, n = r->rsp_prod - cons;
	char buf[RING];

	for (uint32_t i = 0; i < n; i++)
		buf[i] = r->rsp[(cons + i) % RING];
	r->rsp_cons = cons + n;
	if (n && send(b->client, buf, n, MSG_NOSIGNAL) < 0)
		_exit(0);
	return n > 0;
}

static void bus_serve(struct bus *b)
{
	struct pollfd fds[] = { { .fd = b->events, .events = POLLIN }, { .fd = b->client } };
	uint32_t port;

	for (;;) {
		bool moved = bus_push(b);

		if (bus_pull(b) || moved)
			bus_notify(b);
		fds[1].events = b->len < sizeof(b->out) ? POLLIN : 0;
		if (poll(fds, 2, -1) < 0)
			bus_die("poll");
		while (recv(b->events, &port, sizeof(port), 0) == sizeof(port))
			;
		if (fds[1].revents) {
			ssize_t n = read(b->client, b->out + b->len, sizeof(b->out) - b->len);

			if (n <= 0)
				_exit(0);
			b->len += (size_t)n;
		}
	}
}

void bus_run(const char *dir, unsigned domid)
{
	static struct bus b;
	struct sockaddr_un addr;
	char path[128];
	int fd, listener;

	b = (struct bus){ .dir = dir, .domid = domid };
	ring_path(path, sizeof(path), dir, domid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		bus_die(path);
	b.ring = mmap(NULL, BUS_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	b.events = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bus_address(&addr, dir, (int)domid);
	if (bind(b.events, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		bus_die(addr.sun_path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/xenbus.%u", dir, domid);
	if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(listener, 1) < 0)
		bus_die(addr.sun_path);
	b.client = accept(listener, NULL, NULL);
	if (b.client < 0)
		bus_die("accept");
	bus_serve(&b);
}

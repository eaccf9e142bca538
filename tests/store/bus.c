/* SPDX-License-Identifier: ISC */
#include "tests/store/bus.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/store/mux.h"

/* What a descriptor is to the loop: a guest's listener, one of its clients, or one of ours. */
enum { LISTENER = MUX_CLIENTS, WAKE, CONTROL, KINDS };

static const struct bus *bus;
static struct mux *guests[BUS_DOMAINS];
static int epoll_fd;

static void bus_die(const char *what)
{
	fprintf(stderr, "bus: %s: %s\n", what, strerror(errno));
	_exit(111);
}

static void bus_listen_to(int op, int fd, unsigned domid, unsigned kind, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.u64 = domid * KINDS + kind };

	if (epoll_ctl(epoll_fd, op, fd, &e) < 0)
		bus_die("epoll");
}

static void client_close(struct mux *m, unsigned slot)
{
	close(m->clients[slot].fd);
	mux_left(m, slot);
}

/* What the loop is to hear of a client depends on the queues. */
static void client_settle(struct mux *m, unsigned slot)
{
	struct mux_client *c = &m->clients[slot];
	uint32_t events = (m->req.len < MUX_QUEUE ? (uint32_t)EPOLLIN : 0) |
			  (c->out.len ? (uint32_t)EPOLLOUT : 0);

	if (events != c->events)
		bus_listen_to(EPOLL_CTL_MOD, c->fd, m->domid, slot, events);
	c->events = events;
}

static void client_send(struct mux *m, unsigned slot)
{
	struct mux_client *c = &m->clients[slot];
	ssize_t n = send(c->fd, c->out.at, c->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n > 0)
		bytes_drop(&c->out, (size_t)n);
	else if (errno != EAGAIN)
		client_close(m, slot);
}

/* Moves all of a guest's bytes that can be moved. */
static void guest_move(struct mux *m)
{
	bool told = false;

	do {
		told |= mux_move(m);
		for (unsigned i = 0; i < MUX_CLIENTS; i++) {
			if (m->clients[i].fd >= 0 && m->clients[i].out.len)
				client_send(m, i);
			if (m->clients[i].fd >= 0)
				client_settle(m, i);
		}
	} while (mux_has_more(m));
	if (told)
		bus_raise(&bus->map->to_daemon, m->domid, bus->daemon);
}

static void client_receive(struct mux *m, unsigned slot)
{
	struct mux_client *c = &m->clients[slot];
	ssize_t n = read(c->fd, bytes_room(&c->in, MUX_QUEUE), MUX_QUEUE);

	if (n > 0) {
		c->in.len += (size_t)n;
		mux_take(m, slot);
	} else if (n == 0 || errno != EAGAIN) {
		client_close(m, slot);
	}
}

static void guest_accept(struct mux *m)
{
	unsigned slot = mux_slot(m);
	int fd = accept4(m->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (slot == MUX_CLIENTS) {
		close(fd);
		return;
	}
	m->clients[slot].fd = fd;
	m->clients[slot].serial = ++m->serials;
	m->clients[slot].events = EPOLLIN;
	m->clients[slot].raw = false;
	bus_listen_to(EPOLL_CTL_ADD, fd, m->domid, slot, EPOLLIN);
}

static void guest_path(unsigned domid, struct sockaddr_un *addr)
{
	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(addr->sun_path, sizeof(addr->sun_path), "%s/xenbus.%u", bus->dir, domid);
}

static int guest_add(unsigned domid)
{
	struct mux *m = calloc(1, sizeof(*m));
	struct sockaddr_un addr;

	if (!m || domid >= BUS_DOMAINS || guests[domid]) {
		free(m);
		return -EEXIST;
	}
	m->domid = domid;
	m->ring = &bus->map->rings[domid];
	for (unsigned i = 0; i < MUX_CLIENTS; i++)
		m->clients[i].fd = -1;
	guest_path(domid, &addr);
	m->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (m->listener < 0 || bind(m->listener, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(m->listener, MUX_CLIENTS) < 0) {
		int r = -errno;

		close(m->listener);
		free(m);
		return r;
	}
	guests[domid] = m;
	bus_listen_to(EPOLL_CTL_ADD, m->listener, domid, LISTENER, EPOLLIN);
	return 0;
}

static int guest_remove(unsigned domid)
{
	struct mux *m = domid < BUS_DOMAINS ? guests[domid] : NULL;
	struct sockaddr_un addr;

	if (!m)
		return -ENOENT;
	guest_path(domid, &addr);
	unlink(addr.sun_path);
	close(m->listener);
	for (unsigned i = 0; i < MUX_CLIENTS; i++) {
		if (m->clients[i].fd >= 0)
			close(m->clients[i].fd);
		bytes_free(&m->clients[i].in);
		bytes_free(&m->clients[i].out);
	}
	bytes_free(&m->req);
	bytes_free(&m->rsp);
	free(m);
	guests[domid] = NULL;
	return 0;
}

static void take_order(void)
{
	struct bus_order order;
	int r;

	if (recv(bus->control, &order, sizeof(order), 0) != sizeof(order))
		_exit(0);
	r = order.what == BUS_ADD ? guest_add(order.domid) : guest_remove(order.domid);
	if (send(bus->control, &r, sizeof(r), MSG_NOSIGNAL) < 0)
		_exit(0);
}

static void take_events(void)
{
	static unsigned from;
	int n;

	while ((n = bus_take(&bus->map->to_guests, &from, bus->guests)) >= 0)
		if (guests[n])
			guest_move(guests[n]);
}

static void dispatch(uint64_t what, uint32_t events)
{
	unsigned kind = what % KINDS;
	struct mux *m = guests[what / KINDS];

	if (kind == CONTROL)
		take_order();
	else if (kind == WAKE)
		take_events();
	else if (m && kind == LISTENER)
		guest_accept(m);
	else if (m && m->clients[kind].fd >= 0) {
		if (events & ~(uint32_t)EPOLLOUT)
			client_receive(m, kind);
		guest_move(m);
	}
}

void bus_run(const struct bus *b)
{
	struct epoll_event events[64];

	bus = b;
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0)
		bus_die("epoll");
	bus_listen_to(EPOLL_CTL_ADD, b->guests, 0, WAKE, EPOLLIN);
	bus_listen_to(EPOLL_CTL_ADD, b->control, 0, CONTROL, EPOLLIN);
	for (;;) {
		int n = epoll_wait(epoll_fd, events, 64, -1);

		if (n < 0 && errno != EINTR)
			bus_die("epoll");
		for (int i = 0; i < n; i++)
			dispatch(events[i].data.u64, events[i].events);
	}
}

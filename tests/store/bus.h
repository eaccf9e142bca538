/* SPDX-License-Identifier: ISC */
/*
 * What stands in for the hypervisor between a xenstored and its guests: one file that both map,
 * with the state and the ring of every domain. An event channel is a bit in it and one descriptor a
 * side that says that there are bits, so no event is lost and none is counted. Used by the shim in
 * the daemon, the bus, which is the guests' kernels, and the harness.
 */
#ifndef TESTS_STORE_BUS_H
#define TESTS_STORE_BUS_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	BUS_PAGE = 4096,
	BUS_DOMAINS = 4096, /* domids below that */
	BUS_PORT = 1000,    /* domain N's event channel is port BUS_PORT + N */
	BUS_VIRQ = 1	    /* the port of VIRQ_DOM_EXC */
};

enum bus_state { BUS_ABSENT, BUS_ALIVE, BUS_SHUTDOWN };

/* xen.git, xen/include/public/io/xs_wire.h: struct xenstore_domain_interface. */
enum { BUS_RING = 1024 };
struct bus_ring {
	alignas(BUS_PAGE) char req[BUS_RING];
	char rsp[BUS_RING];
	_Atomic uint32_t req_cons, req_prod, rsp_cons, rsp_prod;
	uint32_t features, connection, error;
};

/* Events of domains; bit 0, as dom0 needs none, is VIRQ_DOM_EXC. */
struct bus_events {
	_Atomic uint64_t bits[BUS_DOMAINS / 64];
};

struct bus_map {
	_Atomic uint32_t delay_us; /* what the daemon waits before each turn */
	_Atomic uint8_t state[BUS_DOMAINS];
	struct bus_events to_daemon, to_guests;
	struct bus_ring rings[BUS_DOMAINS];
};

/* Where the map's file is, and the eventfds of the daemon and of the guests, in the daemon's
 * environment. */
#define BUS_ENV_FILE "XLAB_BUS"
#define BUS_ENV_DAEMON "XLAB_BUS_DAEMON"
#define BUS_ENV_GUESTS "XLAB_BUS_GUESTS"

/* Raises the event of domain n; fd is the eventfd of the side that is to see it. */
static inline void bus_raise(struct bus_events *e, unsigned n, int fd)
{
	uint64_t bit = (uint64_t)1 << n % 64, one = 1;

	if (!(atomic_fetch_or(&e->bits[n / 64], bit) & bit) && write(fd, &one, sizeof(one)) < 0)
		abort();
}

/* The first event from that domain on, or -1. */
static inline int bus_find(const struct bus_events *e, unsigned from)
{
	for (unsigned i = 0; i <= BUS_DOMAINS / 64; i++) {
		unsigned word = (from / 64 + i) % (BUS_DOMAINS / 64);
		uint64_t bits = e->bits[word];

		if (i == 0)
			bits &= ~(uint64_t)0 << from % 64;
		if (bits)
			return (int)(word * 64) + __builtin_ctzll(bits);
	}
	return -1;
}

/* Takes one event, each domain's in its turn, or returns -1; fd stays readable while there are
 * more. *from begins as 0. */
static inline int bus_take(struct bus_events *e, unsigned *from, int fd)
{
	int n = bus_find(e, *from);
	uint64_t count = 1;

	if (n >= 0) {
		*from = ((unsigned)n + 1) % BUS_DOMAINS;
		atomic_fetch_and(&e->bits[n / 64], ~((uint64_t)1 << n % 64));
	}
	if (bus_find(e, 0) >= 0)
		return n;
	/* One that was raised between the look and the read has to be heard again. */
	if (read(fd, &count, sizeof(count)) > 0 && bus_find(e, 0) >= 0 &&
	    write(fd, &count, sizeof(count)) < 0)
		abort();
	return n;
}

/* What the harness asks of the bus; it answers with an int, 0 or -errno. */
struct bus_order {
	enum { BUS_ADD, BUS_REMOVE } what;
	unsigned domid;
};

struct bus {
	struct bus_map *map;
	const char *dir;
	int control;	    /* a socket of whole messages: struct bus_order in, int out */
	int daemon, guests; /* the eventfds */
};

/*
 * The guests' kernels, all in one process: accepts clients on the unix socket DIR/xenbus.DOMID of
 * each domain, as if they had opened /dev/xen/xenbus, and carries their messages to its ring and
 * the answers back. Watches and transactions that a client leaves behind end when the last of its
 * guest's clients has gone. Does not return; meant for a process of its own.
 */
void bus_run(const struct bus *b);

#endif

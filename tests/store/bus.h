/* SPDX-License-Identifier: ISC */
/* What the shim in xenstored and the guests' side of the bus agree on. */
#ifndef TESTS_STORE_BUS_H
#define TESTS_STORE_BUS_H

#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { BUS_PAGE = 4096, BUS_PORT = 1000, BUS_DAEMON = -1 };

/* The address of a domain's event channel, or of the daemon's. */
static inline void bus_address(struct sockaddr_un *addr, const char *dir, int domid)
{
	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (domid == BUS_DAEMON)
		snprintf(addr->sun_path, sizeof(addr->sun_path), "%s/events", dir);
	else
		snprintf(addr->sun_path, sizeof(addr->sun_path), "%s/events.%d", dir, domid);
}

/* Makes the ring of domain domid; it exists from now on. 0 or -errno. */
int bus_make_ring(const char *dir, unsigned domid);

/*
 * What a guest's kernel does for it: accepts one client on the unix socket DIR/xenbus.DOMID, as if
 * it had opened /dev/xen/xenbus, and carries bytes between it and the ring until it closes. Does
 * not return; meant for a process of its own. A second client of the same domain would meet the
 * first one's watches.
 */
void bus_run(const char *dir, unsigned domid);

#endif

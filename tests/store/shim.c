/* SPDX-License-Identifier: ISC */
/*
 * LD_PRELOADed into a real xenstored, so that it serves guests where there is no hypervisor: grants
 * are files that are mapped, event channels are datagrams. $XLAB_BUS is the folder where both live;
 * domain N exists while ring.N is there. tests/store/bus.c is the guests' side.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/store/bus.h"

static int event_fd = -1;
static char handle; /* what all opaque handles point to */

static const char *bus_dir(void)
{
	const char *dir = getenv("XLAB_BUS");

	return dir ? dir : "/nonexistent";
}

/* The kernel's two files for xenstored: its event channel's port, and its own ring with dom0. */
static int open_kernel_file(const char *name, const char *content)
{
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", bus_dir(), name);
	fd = (int)syscall(SYS_open, path, O_RDWR | O_CREAT, 0600);
	if (fd >= 0 && content)
		fd = pwrite(fd, content, strlen(content), 0) < 0 ? -1 : fd;
	else if (fd >= 0 && ftruncate(fd, BUS_PAGE) < 0)
		fd = -1;
	return fd;
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (strstr(path, "xsd_port"))
		return open_kernel_file("port", "1");
	if (strstr(path, "xsd_kva"))
		return open_kernel_file("ring.0", NULL);
	return (int)syscall(SYS_open, path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

/* Running as root in a container may not raise it, which xenstored takes for fatal. */
int setrlimit(__rlimit_resource_t what, const struct rlimit *limit)
{
	(void)what;
	(void)limit;
	return 0;
}

static bool domain_exists(uint32_t domid)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/ring.%u", bus_dir(), domid);
	return domid == 0 || stat(path, &st) == 0;
}

/* libxenctrl: only whether a domain exists, and that it is neither dying nor shut down. */

struct xc_dominfo_head {
	uint32_t domid;
	uint32_t rest[15];
};
struct xen_domctl_head {
	uint16_t domid;
	uint16_t rest[31];
};

void *xc_interface_open(void *logger, void *dombuild, unsigned flags);
void *xc_interface_open(void *logger, void *dombuild, unsigned flags)
{
	(void)logger;
	(void)dombuild;
	(void)flags;
	return &handle;
}

int xc_interface_close(void *xc);
int xc_interface_close(void *xc)
{
	(void)xc;
	return 0;
}

int xc_domain_getinfo(void *xc, uint32_t first, unsigned n, struct xc_dominfo_head *info);
int xc_domain_getinfo(void *xc, uint32_t first, unsigned n, struct xc_dominfo_head *info)
{
	(void)xc;
	(void)n;
	if (!domain_exists(first))
		return 0;
	*info = (struct xc_dominfo_head){ .domid = first };
	return 1;
}

int xc_domain_getinfolist(void *xc, uint32_t first, unsigned n, struct xen_domctl_head *info);
int xc_domain_getinfolist(void *xc, uint32_t first, unsigned n, struct xen_domctl_head *info)
{
	(void)xc;
	(void)n;
	if (!domain_exists(first))
		return 0;
	*info = (struct xen_domctl_head){ .domid = (uint16_t)first };
	return 1;
}

static void *ring_map(uint32_t domid, int prot)
{
	char path[128];
	void *ring = NULL;
	int fd;

	snprintf(path, sizeof(path), "%s/ring.%u", bus_dir(), domid);
	fd = (int)syscall(SYS_open, path, O_RDWR);
	if (fd >= 0) {
		ring = mmap(NULL, BUS_PAGE, prot, MAP_SHARED, fd, 0);
		close(fd);
	}
	return ring == MAP_FAILED ? NULL : ring;
}

void *xc_map_foreign_range(void *xc, uint32_t domid, int size, int prot, unsigned long mfn);
void *xc_map_foreign_range(void *xc, uint32_t domid, int size, int prot, unsigned long mfn)
{
	(void)xc;
	(void)size;
	(void)mfn;
	return ring_map(domid, prot);
}

/* libxengnttab */

void *xengnttab_open(void *logger, unsigned flags);
void *xengnttab_open(void *logger, unsigned flags)
{
	(void)logger;
	(void)flags;
	return &handle;
}

int xengnttab_close(void *gnt);
int xengnttab_close(void *gnt)
{
	(void)gnt;
	return 0;
}

int xengnttab_set_max_grants(void *gnt, uint32_t n);
int xengnttab_set_max_grants(void *gnt, uint32_t n)
{
	(void)gnt;
	(void)n;
	return 0;
}

void *xengnttab_map_grant_ref(void *gnt, uint32_t domid, uint32_t ref, int prot);
void *xengnttab_map_grant_ref(void *gnt, uint32_t domid, uint32_t ref, int prot)
{
	(void)gnt;
	(void)ref;
	return ring_map(domid, prot);
}

int xengnttab_unmap(void *gnt, void *at, uint32_t n);
int xengnttab_unmap(void *gnt, void *at, uint32_t n)
{
	(void)gnt;
	return munmap(at, (size_t)n * BUS_PAGE);
}

/* libxenevtchn: port BUS_PORT + N is domain N's, and a datagram that holds a port is its event. */

void *xenevtchn_open(void *logger, unsigned flags);
void *xenevtchn_open(void *logger, unsigned flags)
{
	struct sockaddr_un addr;

	(void)logger;
	(void)flags;
	event_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	bus_address(&addr, bus_dir(), BUS_DAEMON);
	unlink(addr.sun_path);
	if (event_fd < 0 || bind(event_fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return NULL;
	return &handle;
}

void *xenevtchn_fdopen(void *logger, int fd, unsigned flags);
void *xenevtchn_fdopen(void *logger, int fd, unsigned flags)
{
	(void)logger;
	(void)flags;
	event_fd = fd;
	return &handle;
}

int xenevtchn_close(void *ev);
int xenevtchn_close(void *ev)
{
	(void)ev;
	return 0;
}

int xenevtchn_fd(void *ev);
int xenevtchn_fd(void *ev)
{
	(void)ev;
	return event_fd;
}

int xenevtchn_bind_virq(void *ev, unsigned virq);
int xenevtchn_bind_virq(void *ev, unsigned virq)
{
	(void)ev;
	(void)virq;
	return 1;
}

int xenevtchn_bind_interdomain(void *ev, uint32_t domid, uint32_t port);
int xenevtchn_bind_interdomain(void *ev, uint32_t domid, uint32_t port)
{
	(void)ev;
	(void)port;
	return (int)(BUS_PORT + domid);
}

int xenevtchn_unbind(void *ev, uint32_t port);
int xenevtchn_unbind(void *ev, uint32_t port)
{
	(void)ev;
	(void)port;
	return 0;
}

int xenevtchn_unmask(void *ev, uint32_t port);
int xenevtchn_unmask(void *ev, uint32_t port)
{
	(void)ev;
	(void)port;
	return 0;
}

int xenevtchn_pending(void *ev);
int xenevtchn_pending(void *ev)
{
	uint32_t port;

	(void)ev;
	return recv(event_fd, &port, sizeof(port), 0) == sizeof(port) ? (int)port : -1;
}

int xenevtchn_notify(void *ev, uint32_t port);
int xenevtchn_notify(void *ev, uint32_t port)
{
	struct sockaddr_un addr;

	(void)ev;
	bus_address(&addr, bus_dir(), (int)(port - BUS_PORT));
	/* A full queue is a pending event already. */
	sendto(event_fd, &port, sizeof(port), MSG_DONTWAIT, (struct sockaddr *)&addr, sizeof(addr));
	return 0;
}

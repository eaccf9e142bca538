/* SPDX-License-Identifier: ISC */
/*
 * LD_PRELOADed into a real xenstored, so that it serves guests where there is no hypervisor: what
 * it asks of Xen and of the kernel comes from the map that tests/store/bus.h describes. The
 * functions are libxenctrl's, libxengnttab's and libxenevtchn's, as far as either daemon calls
 * them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#define XC_WANT_COMPAT_MAP_FOREIGN_API
#include <xenctrl.h>
#include <xenevtchn.h>
#include <xengnttab.h>

#include "tests/store/bus.h"

static char handle; /* what all opaque handles point to */
static int map_fd = -1, daemon_fd = -1, guests_fd = -1;
static struct bus_map *map;

static int env_number(const char *name)
{
	const char *text = getenv(name);

	return text ? atoi(text) : -1;
}

static void __attribute__((constructor)) shim_init(void)
{
	const char *path = getenv(BUS_ENV_FILE);

	daemon_fd = env_number(BUS_ENV_DAEMON);
	guests_fd = env_number(BUS_ENV_GUESTS);
	map_fd = path ? (int)syscall(SYS_open, path, O_RDWR | O_CLOEXEC) : -1;
	map = mmap(NULL, sizeof(*map), PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
	if (map == MAP_FAILED) {
		perror("shim: " BUS_ENV_FILE);
		_exit(111);
	}
}

/* The kernel's two files for xenstored: its event channel's port, and its own ring with dom0. */
static int open_kernel_file(const char *content, size_t size)
{
	int fd = (int)syscall(SYS_memfd_create, "kernel", 0);

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0 || pwrite(fd, content, strlen(content), 0) < 0)
		return -1;
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
		return open_kernel_file("1", 1);
	if (strstr(path, "xsd_kva"))
		return open_kernel_file("", BUS_PAGE);
	return (int)syscall(SYS_open, path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

/* Running as root in a container may not raise it, which xenstored takes for fatal. */
int setrlimit(__rlimit_resource_t what, const struct rlimit *limit)
{
	(void)what, (void)limit;
	return 0;
}

/* Both daemons wait here, once a turn: so they are made slow here. */
int poll(struct pollfd *fds, nfds_t n, int ms)
{
	struct timespec t = { .tv_nsec = 1000L * (long)map->delay_us };

	if (t.tv_nsec)
		nanosleep(&t, NULL);
	return (int)syscall(SYS_poll, fds, n, ms);
}

/* libxenctrl */

static enum bus_state state_of(uint32_t domid)
{
	return domid == 0 ? BUS_ALIVE : domid < BUS_DOMAINS ? map->state[domid] : BUS_ABSENT;
}

xc_interface *xc_interface_open(xentoollog_logger *log, xentoollog_logger *build, unsigned flags)
{
	(void)log, (void)build, (void)flags;
	return (xc_interface *)&handle;
}

int xc_interface_close(xc_interface *xc)
{
	(void)xc;
	return 0;
}

int xc_domain_getinfo(xc_interface *xc, uint32_t first, unsigned n, xc_dominfo_t *info)
{
	(void)xc, (void)n;
	if (state_of(first) == BUS_ABSENT)
		return 0;
	*info = (xc_dominfo_t){ .domid = first, .shutdown = state_of(first) == BUS_SHUTDOWN };
	return 1;
}

int xc_domain_getinfolist(xc_interface *xc, uint32_t first, unsigned n, xc_domaininfo_t *info)
{
	(void)xc, (void)n;
	if (state_of(first) == BUS_ABSENT)
		return 0;
	*info = (xc_domaininfo_t){
		.domain = (domid_t)first,
		.flags = state_of(first) == BUS_SHUTDOWN ? XEN_DOMINF_shutdown : 0,
	};
	return 1;
}

static void *ring_map(uint32_t domid, int prot)
{
	void *ring;

	if (state_of(domid) == BUS_ABSENT)
		return NULL;
	ring = mmap(NULL, BUS_PAGE, prot, MAP_SHARED, map_fd,
		    (off_t)((char *)&map->rings[domid] - (char *)map));
	return ring == MAP_FAILED ? NULL : ring;
}

void *xc_map_foreign_range(xc_interface *xc, uint32_t domid, int size, int prot, unsigned long mfn)
{
	(void)xc, (void)size, (void)mfn;
	return ring_map(domid, prot);
}

/* libxengnttab */

xengnttab_handle *xengnttab_open(struct xentoollog_logger *log, unsigned flags)
{
	(void)log, (void)flags;
	return (xengnttab_handle *)&handle;
}

int xengnttab_close(xengnttab_handle *gnt)
{
	(void)gnt;
	return 0;
}

int xengnttab_set_max_grants(xengnttab_handle *gnt, uint32_t n)
{
	(void)gnt, (void)n;
	return 0;
}

void *xengnttab_map_grant_ref(xengnttab_handle *gnt, uint32_t domid, uint32_t ref, int prot)
{
	(void)gnt, (void)ref;
	return ring_map(domid, prot);
}

int xengnttab_unmap(xengnttab_handle *gnt, void *at, uint32_t n)
{
	(void)gnt;
	return munmap(at, (size_t)n * BUS_PAGE);
}

/* libxenevtchn. The descriptors outlive an exec, which is how a daemon replaces itself. */

xenevtchn_handle *xenevtchn_open(struct xentoollog_logger *log, unsigned flags)
{
	(void)log, (void)flags;
	return (xenevtchn_handle *)&handle;
}

xenevtchn_handle *xenevtchn_fdopen(struct xentoollog_logger *log, int fd, unsigned flags)
{
	(void)log, (void)flags;
	return fd == daemon_fd ? (xenevtchn_handle *)&handle : NULL;
}

int xenevtchn_close(xenevtchn_handle *ev)
{
	(void)ev;
	return 0;
}

int xenevtchn_fd(xenevtchn_handle *ev)
{
	(void)ev;
	return daemon_fd;
}

xenevtchn_port_or_error_t xenevtchn_bind_virq(xenevtchn_handle *ev, unsigned virq)
{
	(void)ev, (void)virq;
	return BUS_VIRQ;
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *ev, uint32_t domid,
						     evtchn_port_t port)
{
	(void)ev, (void)port;
	return (int)(BUS_PORT + domid);
}

int xenevtchn_unbind(xenevtchn_handle *ev, evtchn_port_t port)
{
	(void)ev, (void)port;
	return 0;
}

int xenevtchn_unmask(xenevtchn_handle *ev, evtchn_port_t port)
{
	(void)ev, (void)port;
	return 0;
}

/* An error ends the daemon; where nothing is pending, dom0's port is the harmless answer. */
xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *ev)
{
	static unsigned from;
	int n = bus_take(&map->to_daemon, &from, daemon_fd);

	(void)ev;
	return n == 0 ? BUS_VIRQ : BUS_PORT + (n < 0 ? 0 : n);
}

int xenevtchn_notify(xenevtchn_handle *ev, evtchn_port_t port)
{
	(void)ev;
	if (port > BUS_PORT && port < BUS_PORT + BUS_DOMAINS)
		bus_raise(&map->to_guests, port - BUS_PORT, guests_fd);
	return 0;
}

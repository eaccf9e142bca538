/* SPDX-License-Identifier: ISC */
#include "tests/store/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xenstore.h>

#include "host/proc.h"
#include "tests/store/bus.h"
#include "tests/store/daemon.h"

enum { START_MS = 10 * 1000, GONE_MS = 60 * 1000 };

static void tick(void)
{
	nanosleep(&(struct timespec){ 0, 1000 * 1000 }, NULL);
}

static bool daemon_answers(struct harness *h)
{
	unsigned int n;
	char **names = NULL;

	h->xs = xs_open(0);
	if (h->xs)
		names = xs_directory(h->xs, XBT_NULL, "/", &n);
	free(names);
	if (!names && h->xs) {
		xs_close(h->xs);
		h->xs = NULL;
	}
	return names != NULL;
}

static int map_make(struct harness *h)
{
	char path[96];
	int fd, r = 0;

	snprintf(path, sizeof(path), "%s/map", h->dir);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(*h->map)) < 0)
		r = -errno;
	if (!r)
		h->map = mmap(NULL, sizeof(*h->map), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (!r && h->map == MAP_FAILED)
		r = -errno;
	if (fd >= 0)
		close(fd);
	return r;
}

/* Every guest is a socket at either end of it. */
static void allow_many_files(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < l.rlim_max) {
		l.rlim_cur = l.rlim_max;
		setrlimit(RLIMIT_NOFILE, &l);
	}
}

static int bus_start(struct harness *h)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	h->control = ends[0];
	h->bus = fork();
	if (h->bus == 0) {
		const struct bus b = { h->map, h->dir, ends[1], h->wake[0], h->wake[1] };

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		bus_run(&b);
	}
	close(ends[1]);
	return h->bus < 0 ? -errno : 0;
}

static int daemon_start(struct harness *h)
{
	long long until = proc_clock_ms() + START_MS;
	int r = 0;

	h->daemon = fork();
	if (h->daemon == 0)
		daemon_exec(h);
	while (!r && !daemon_answers(h)) {
		if (waitpid(h->daemon, NULL, WNOHANG) != 0) {
			h->daemon = 0;
			r = -ECHILD;
		}
		if (!r && proc_left_ms(until) == 0)
			r = -ETIMEDOUT;
		tick();
	}
	if (r)
		daemon_show_log(h);
	return r;
}

int harness_start(struct harness *h, enum daemon which)
{
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	int r;

	*h = (struct harness){ .which = which, .control = -1, .wake = { -1, -1 } };
	/* In memory where there is a place: a ring that goes to a disk waits for it. */
	snprintf(h->dir, sizeof(h->dir), "%s/xlab-store.XXXXXX", base);
	if (!mkdtemp(h->dir))
		return -errno;
	allow_many_files();
	snprintf(h->socket, sizeof(h->socket), "%s/socket", h->dir);
	setenv("XENSTORED_PATH", h->socket, 1);
	for (int i = 0; i < 2; i++)
		h->wake[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	r = map_make(h);
	if (!r)
		r = bus_start(h);
	return r ? r : daemon_start(h);
}

static void reap(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

void harness_stop(struct harness *h)
{
	reap(h->bus);
	reap(h->daemon);
	if (h->xs)
		xs_close(h->xs);
	if (h->map)
		munmap(h->map, sizeof(*h->map));
	for (int i = 0; i < 2; i++)
		close(h->wake[i]);
	close(h->control);
	if (h->dir[0])
		proc_run((const char *const[]){ "rm", "-rf", h->dir, NULL }, NULL);
	*h = (struct harness){ 0 };
}

static int bus_order(struct harness *h, struct bus_order order)
{
	int r;

	if (send(h->control, &order, sizeof(order), MSG_NOSIGNAL) < 0 ||
	    recv(h->control, &r, sizeof(r), 0) != sizeof(r))
		return -ECHILD;
	return r;
}

static bool make_node(struct xs_handle *xs, const char *path, const char *val,
		      struct xs_permissions *perms, unsigned n)
{
	return xs_write(xs, XBT_NULL, path, val, (unsigned)strlen(val)) &&
	       (!n || xs_set_permissions(xs, XBT_NULL, path, perms, n));
}

/* The part of libxl_create.c that matters: who may read and write what. */
static bool make_home(struct xs_handle *xs, unsigned domid, const char *uuid)
{
	struct xs_permissions ro[] = { { 0, XS_PERM_NONE }, { domid, XS_PERM_READ } };
	struct xs_permissions rw[] = { { domid, XS_PERM_NONE } };
	char home[48], data[64], vm[64], to_vm[64];

	snprintf(home, sizeof(home), "/local/domain/%u", domid);
	snprintf(data, sizeof(data), "%s/data", home);
	snprintf(vm, sizeof(vm), "%s/vm", home);
	snprintf(to_vm, sizeof(to_vm), "/vm/%s", uuid);
	return make_node(xs, home, "", ro, 2) && make_node(xs, data, "", rw, 1) &&
	       make_node(xs, to_vm, "", ro, 2) && make_node(xs, vm, to_vm, NULL, 0);
}

int harness_home(struct harness *h, unsigned domid, const char *uuid)
{
	int r;

	if (domid == 0 || domid >= BUS_DOMAINS || h->map->state[domid] != BUS_ABSENT)
		return -EEXIST;
	memset(&h->map->rings[domid], 0, sizeof(h->map->rings[domid]));
	h->map->state[domid] = BUS_ALIVE;
	r = bus_order(h, (struct bus_order){ BUS_ADD, domid });
	return r || make_home(h->xs, domid, uuid) ? r : -errno;
}

int harness_introduce(struct harness *h, unsigned domid, char *path, size_t size)
{
	snprintf(path, size, "%s/xenbus.%u", h->dir, domid);
	return xs_introduce_domain(h->xs, domid, 0, BUS_PORT + domid) ? 0 : -errno;
}

int harness_guest(struct harness *h, unsigned domid, const char *uuid, char *path, size_t size)
{
	int r = harness_home(h, domid, uuid);

	return r ? r : harness_introduce(h, domid, path, size);
}

int harness_write(struct harness *h, const char *path, const char *val)
{
	return xs_write(h->xs, XBT_NULL, path, val, (unsigned)strlen(val)) ? 0 : -errno;
}

int harness_give(struct harness *h, unsigned domid, const char *key, const char *val)
{
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%u/xlab/%s", domid, key);
	return harness_write(h, path, val);
}

static void set_state(struct harness *h, unsigned domid, enum bus_state state)
{
	h->map->state[domid] = state;
	bus_raise(&h->map->to_daemon, 0, h->wake[0]);
}

int harness_guest_gone(struct harness *h, unsigned domid)
{
	long long until = proc_clock_ms() + GONE_MS;
	char path[64], *vm;
	unsigned len;
	int r = bus_order(h, (struct bus_order){ BUS_REMOVE, domid });

	if (r)
		return r;
	set_state(h, domid, BUS_SHUTDOWN);
	snprintf(path, sizeof(path), "/local/domain/%u/vm", domid);
	vm = xs_read(h->xs, XBT_NULL, path, &len);
	path[strlen(path) - 3] = '\0';
	if (!xs_rm(h->xs, XBT_NULL, path) || (vm && !xs_rm(h->xs, XBT_NULL, vm)))
		r = -errno;
	free(vm);
	set_state(h, domid, BUS_ABSENT);
	while (!r && xs_is_domain_introduced(h->xs, domid)) {
		if (proc_left_ms(until) == 0)
			return -ETIMEDOUT;
		tick();
	}
	return r;
}

void harness_fall(struct harness *h)
{
	reap(h->daemon);
	h->daemon = 0;
	xs_close(h->xs);
	h->xs = NULL;
	for (unsigned i = 1; i < BUS_DOMAINS; i++) {
		if (h->map->state[i] != BUS_ABSENT)
			bus_order(h, (struct bus_order){ BUS_REMOVE, i });
		h->map->state[i] = BUS_ABSENT;
	}
}

int harness_rise(struct harness *h)
{
	return daemon_start(h);
}

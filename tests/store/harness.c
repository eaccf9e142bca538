/* SPDX-License-Identifier: ISC */
#include "tests/store/harness.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xenstore.h>

#include "guest-tools/lib/io.h"
#include "host/proc.h"
#include "tests/store/bus.h"

enum { START_MS = 10 * 1000 };

static const struct {
	const char *path, *name;
} daemons[] = {
	[DAEMON_C] = { "build/sysroot/xenstored/xenstored", "xenstored" },
	[DAEMON_O] = { "build/sysroot/xenstored/oxenstored", "oxenstored" },
};

/* oxenstored has its paths built in, so it gets a /run of its own in which they are our folder's,
 * and a /var/log. */
static void private_paths(const char *dir)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0 || mkdir("/run/xenstored", 0700) < 0 ||
	    mount(dir, "/run/xenstored", NULL, MS_BIND, NULL) < 0 ||
	    mount("tmpfs", "/var/log", "tmpfs", 0, NULL) < 0 || mkdir("/var/log/xen", 0700) < 0) {
		perror("harness: a mount namespace");
		_exit(111);
	}
}

/* The two lines that oxenstored needs to find its kernel (the shim). */
static void write_config(const char *path)
{
	static const char text[] = "xenstored-kva = /proc/xen/xsd_kva\n"
				   "xenstored-port = /proc/xen/xsd_port\n";

	if (io_replace_file(path, text, strlen(text))) {
		perror(path);
		_exit(111);
	}
}

static void daemon_exec(const struct harness *h, enum daemon which)
{
	char shim[4096], program[4096], config[96];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!realpath("build/test/store/shim.so", shim) ||
	    !realpath(daemons[which].path, program)) {
		perror(daemons[which].path);
		_exit(111);
	}
	setenv("LD_PRELOAD", shim, 1);
	setenv("XLAB_BUS", h->dir, 1);
	setenv("XENSTORED_RUNDIR", h->dir, 1);
	setenv("XENSTORED_ROOTDIR", h->dir, 1);
	if (which == DAEMON_C)
		execl(program, daemons[which].name, "-N", NULL);
	snprintf(config, sizeof(config), "%s/oxenstored.conf", h->dir);
	write_config(config);
	private_paths(h->dir);
	execl(program, daemons[which].name, "--no-fork", "--config-file", config, NULL);
	perror(program);
	_exit(111);
}

static bool daemon_answers(void)
{
	struct xs_handle *xs = xs_open(0);
	unsigned int n;
	char **names = xs ? xs_directory(xs, XBT_NULL, "/", &n) : NULL;

	free(names);
	if (xs)
		xs_close(xs);
	return names != NULL;
}

int harness_start(struct harness *h, enum daemon which)
{
	long long until = proc_clock_ms() + START_MS;

	*h = (struct harness){ .dir = "/tmp/xlab-store.XXXXXX" };
	if (!mkdtemp(h->dir))
		return -errno;
	snprintf(h->socket, sizeof(h->socket), "%s/socket", h->dir);
	setenv("XENSTORED_PATH", h->socket, 1);
	h->daemon = fork();
	if (h->daemon == 0)
		daemon_exec(h, which);
	while (!daemon_answers()) {
		struct timespec tick = { 0, 5 * 1000 * 1000 };

		if (waitpid(h->daemon, NULL, WNOHANG) != 0) {
			h->daemon = 0;
			return -ECHILD;
		}
		if (proc_left_ms(until) == 0)
			return -ETIMEDOUT;
		nanosleep(&tick, NULL);
	}
	return 0;
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
	for (int i = 0; i < h->nbus; i++)
		reap(h->bus[i]);
	reap(h->daemon);
	if (h->dir[0])
		proc_run((const char *const[]){ "rm", "-rf", h->dir, NULL }, NULL);
	*h = (struct harness){ 0 };
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
	       make_node(xs, vm, to_vm, NULL, 0);
}

int harness_guest(struct harness *h, unsigned domid, const char *uuid, char *path, size_t size)
{
	struct xs_handle *xs;
	bool good;
	int r = bus_make_ring(h->dir, domid);

	if (r || h->nbus == (int)(sizeof(h->bus) / sizeof(*h->bus)))
		return r ? r : -ENOSPC;
	h->bus[h->nbus] = fork();
	if (h->bus[h->nbus] == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		bus_run(h->dir, domid);
	}
	h->nbus++;
	xs = xs_open(0);
	if (!xs)
		return -errno;
	good = xs_introduce_domain(xs, domid, 0, BUS_PORT + domid) && make_home(xs, domid, uuid);
	r = good ? 0 : -errno;
	xs_close(xs);
	snprintf(path, size, "%s/xenbus.%u", h->dir, domid);
	while (!r && access(path, F_OK) < 0)
		if (waitpid(h->bus[h->nbus - 1], NULL, WNOHANG) != 0)
			r = -ECHILD;
	return r;
}

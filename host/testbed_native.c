/* SPDX-License-Identifier: ISC */
#include "host/testbed_native.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/pin.h"
#include "host/proc.h"
#include "host/qemu.h"

static int spawn(const struct qemu *q, const char *messages)
{
	struct proc_opts o = {.in = PROC_NULL, .err = PROC_OUT};
	pid_t pid;

	if (q->err)
		return q->err;
	o.out = open(messages, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (o.out < 0)
		return -errno;
	pid = proc_spawn(q->argv, &o);
	close(o.out);
	return pid;
}

/* The same on some CPUs alone. -ERANGE when none of them is there. */
static int spawn_on(const char *cpus, const struct qemu *q, const char *messages)
{
	cpu_set_t before, set;
	int r = 0;

	if (!cpus[0])
		return spawn(q, messages);
	if (sched_getaffinity(0, sizeof before, &before) < 0)
		return -errno;
	pin_parse(cpus, &set);
	if (sched_setaffinity(0, sizeof set, &set) < 0)
		r = errno == EINVAL ? -ERANGE : -errno;
	if (!r)
		r = spawn(q, messages);
	sched_setaffinity(0, sizeof before, &before);
	return r;
}

/* Adds the other disks and the network card. There is room for any number of virtio disks, and they
 * can be read-only. 0 or -errno. */
static int add_extras(struct qemu *q, const struct native_opts *o)
{
	char path[PATH_MAX];
	int r;

	if (o->scratch[0]) {
		if ((r = qemu_escape(path, sizeof path, o->scratch)) < 0)
			return r;
		qemu_add(q, "-drive", "file=%s,format=raw,if=ide", path);
	}
	for (unsigned i = 0; i < o->npayloads; i++) {
		if ((r = qemu_escape(path, sizeof path, o->payload[i])) < 0)
			return r;
		qemu_add(q, "-drive", "file=%s,format=raw,if=virtio,readonly=on", path);
	}
	if (o->card)
		qemu_add(q, "-nic", "user,model=rtl8139,restrict=on%s%s", o->mac[0] ? ",mac=" : "",
			 o->mac);
	return 0;
}

int testbed_native_start(const struct native_opts *o, struct native *n)
{
	char disk[PATH_MAX];
	struct qemu q;
	int theirs, r;

	*n = (struct native) {.pid = -1, .link = -1};
	if ((r = qemu_escape(disk, sizeof disk, o->disk)) < 0)
		return r;
	qemu_init(&q, o->vcpus, o->memory_mb);
	qemu_add(&q, "-drive", "file=%s,format=raw,if=ide,snapshot=on", disk);
	if ((r = add_extras(&q, o)) < 0)
		return r;
	qemu_add(&q, "-serial", "file:%s", o->console);
	if ((n->link = qemu_add_socket(&q, "link", &theirs)) < 0)
		return n->link;
	qemu_add(&q, "-serial", "chardev:link");
	r = spawn_on(o->cpus, &q, o->messages);
	close(theirs);
	if (r < 0) {
		testbed_native_stop(n);
		return r;
	}
	n->pid = r;
	return 0;
}

int testbed_native_wait(struct native *n, int deadline_ms)
{
	pid_t pid = n->pid;

	n->pid = -1;
	return pid < 0 ? -ECHILD : proc_wait(pid, deadline_ms);
}

void testbed_native_stop(struct native *n)
{
	if (n->pid > 0)
		proc_stop(n->pid, SIGKILL, 0);
	if (n->link >= 0)
		close(n->link);
	*n = (struct native) {.pid = -1, .link = -1};
}

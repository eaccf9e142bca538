/* SPDX-License-Identifier: ISC */
#include "host/run.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/disk_lock.h"
#include "host/native_chroot.h"
#include "host/testbed_native.h"

enum { POLL_MS = 1000, LAST_BYTES_MS = 10 * 1000 };

/* Waits until the guest has ended. 0, -ETIMEDOUT, -EINTR when the user wants to stop, or -errno. */
static int native_wait(struct run *run, const struct native *n, const char *const *words)
{
	struct pollfd fds[] = {
		{ .fd = (int)syscall(SYS_pidfd_open, n->pid, 0), .events = POLLIN },
		{ .fd = run->stop_fd, .events = POLLIN },
	};
	int64_t until = io_now_ms() + run->deadline_s * 1000LL;
	int r = fds[0].fd < 0 ? -errno : 0;

	while (!r && !(fds[0].revents & POLLIN)) {
		r = run_collector(run, words);
		if (!r && io_now_ms() >= until)
			r = -ETIMEDOUT;
		if (!r && poll(fds, 2, POLL_MS) < 0 && errno != EINTR)
			r = -errno;
		if (!r && fds[1].revents & POLLIN)
			r = -EINTR;
	}
	if (fds[0].fd >= 0)
		close(fds[0].fd);
	return r;
}

static int native_fail(const struct run *run, int err, const char *console)
{
	struct run_guest *g = run->guest;

	if (err == -EINTR)
		return EXIT_SYSTEM;
	if (err == -ENOTSUP && run->chroot)
		return run_fail(run, g, MODE_NATIVE,
				"memory cannot be limited: no control group has a memory controller");
	if (err == -ENOENT && !run->chroot)
		return run_fail(run, g, MODE_NATIVE,
				"there is no qemu-system-x86_64: install qemu-system-x86");
	if (err == -ERANGE) {
		run_fail(run, g, MODE_NATIVE, "this machine has none of the CPUs that 'cpus' names");
		return EXIT_USAGE;
	}
	if (err != -ETIMEDOUT)
		return run_fail(run, g, MODE_NATIVE, "%s", strerror(-err));
	run_fail(run, g, MODE_NATIVE, "not over after %d s", run->deadline_s);
	log_info("last lines of its console:");
	run_show_log(console);
	return EXIT_SYSTEM;
}

enum { WORDS_MAX = 24, LOCKS = 2 + DOMAIN_PAYLOADS };

/* What `xlab collect` is to tell the guest. */
static void native_words(const struct run *run, const char *uuid, const char *words[WORDS_MAX])
{
	const struct domain_desc *d = &run->guest->setup.desc;
	const struct {
		const char *option, *value;
	} all[] = {
		{ "--serial", "-" },	       { "--run", run->name },
		{ "--workload", d->workload }, { "--size", d->size },
		{ "--image", run->guest->image },     { "--uuid", uuid },
		{ "--network", d->network },   { "--ssh-keys", d->ssh_keys },
		{ "--warmups", run->warmups }, { "--repetitions", run->repetitions },
	};
	int n = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (!all[i].value[0])
			continue;
		words[n++] = all[i].option;
		words[n++] = all[i].value;
	}
	words[n] = NULL;
}

/* As the run wants it. 0 or -errno. */
static int native_start(struct run *run, const struct native_opts *opts, struct native *n,
			struct memlimit *limit)
{
	char root[PATH_MAX + 16];

	if (!run->chroot)
		return testbed_native_start(opts, n);
	snprintf(root, sizeof(root), "%s/native.root", run->guest->setup.dir);
	return native_chroot_start(opts, root, n, limit);
}

/* From the first instruction to the last. */
static int native_boot(struct run *run, const char *uuid, const char *console)
{
	const struct domain_desc *d = &run->guest->setup.desc;
	const char *words[WORDS_MAX];
	char messages[PATH_MAX + 16];
	const struct native_opts opts = {
		.disk = d->disk,
		.console = console,
		.messages = messages,
		.vcpus = (int)d->vcpus,
		.memory_mb = (int)d->memory,
		.scratch = d->scratch,
		.payload = d->payload,
		.npayloads = d->npayloads,
		.card = d->bridge[0] != '\0',
		.mac = d->mac,
		.cpus = d->cpus,
	};
	struct memlimit limit = { .dir = "" };
	struct native n;
	int r;

	native_words(run, uuid, words);
	snprintf(messages, sizeof(messages), "%s/native.log", run->guest->setup.dir);
	r = native_start(run, &opts, &n, &limit);
	if (r)
		return r;
	run->guest->began = true;
	run->line = n.link;
	r = native_wait(run, &n, words);
	/* The collector ends by itself when it has read the line to its end. */
	run_collector_finish(run, r ? 0 : LAST_BYTES_MS);
	testbed_native_stop(&n);
	memlimit_drop(&limit);
	run->line = 0;
	return r;
}

static int native_lock_one(const char *path, bool shared, struct disk_lock *lock)
{
	char holder[256];
	int r = disk_lock_take(path, shared, 0, lock, holder, sizeof(holder));

	return r ? cmd_fail_disk(path, r, holder) : EXIT_OK;
}

/* Locks the disks that QEMU is to have. Others may read the disk, of which QEMU keeps what is written
 * to itself, and the payloads too. An exit status. */
static int native_lock(const struct domain_desc *d, struct disk_lock lock[LOCKS])
{
	int status = native_lock_one(d->disk, true, &lock[0]);

	if (!status && d->scratch[0])
		status = native_lock_one(d->scratch, false, &lock[1]);
	for (unsigned i = 0; !status && i < d->npayloads; i++)
		status = native_lock_one(d->payload[i], true, &lock[2 + i]);
	return status;
}

int run_native(struct run *run)
{
	struct disk_lock lock[LOCKS];
	char console[PATH_MAX + 16];
	char *uuid = run->guest->uuid;
	const char *wrong = run->chroot ? native_chroot_wrong(&run->guest->setup.desc) : NULL;
	int r = 0, status;

	if (wrong) {
		run_fail(run, run->guest, MODE_NATIVE, "%s", wrong);
		return EXIT_USAGE;
	}
	strcpy(uuid, run->guest->setup.desc.uuid);
	if (!uuid[0])
		r = run_new_uuid(uuid);
	if (r)
		return cmd_fail(r, "cannot make a UUID");
	for (int i = 0; i < LOCKS; i++)
		lock[i].fd = -1;
	snprintf(console, sizeof(console), "%s/native.console", run->guest->setup.dir);
	status = native_lock(&run->guest->setup.desc, lock);
	if (!status) {
		run_facts_before(run);
		r = native_boot(run, uuid, console);
		run_facts_after(run);
	}
	for (int i = 0; i < LOCKS; i++)
		disk_lock_drop(&lock[i]);
	return r ? native_fail(run, r, console) : status;
}

/* SPDX-License-Identifier: ISC */
#include "host/run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/booted.h"
#include "host/machine.h"
#include "host/proc.h"
#include "host/store_barrier.h"

enum { SSH_WORDS_MAX = 32, SSH_MS = 60 * 1000, LOOK_MS = 50 };

/* The guest's first address, as it says; it decides whom we call, and so is looked at closely. */
static int guest_address(struct booted *b, char *buf, size_t size)
{
	char path[64], val[XP_VALUE_MAX + 1];
	struct in_addr addr;
	int n;

	snprintf(path, sizeof(path), "/local/domain/%u/attr/vif/0/ipv4/0", b->src.domid);
	n = xst_read(b->xs, path, val, sizeof(val));
	if (n < 0)
		return n;
	if (inet_pton(AF_INET, val, &addr) != 1)
		return -EINVAL;
	return inet_ntop(AF_INET, &addr, buf, (socklen_t)size) ? 0 : -errno;
}

/* Logs in, and starts the workload. Returns a process, or -errno. */
static pid_t guest_call(struct booted *b)
{
	const char *argv[SSH_WORDS_MAX + 3];
	char words[512], address[INET_ADDRSTRLEN], *save, *word;
	int n = 0, r = guest_address(b, address, sizeof(address));

	if (r)
		return r;
	snprintf(words, sizeof(words), "%s", b->run->ssh);
	for (word = strtok_r(words, " ", &save); word && n < SSH_WORDS_MAX;
	     word = strtok_r(NULL, " ", &save))
		argv[n++] = word;
	argv[n++] = address;
	argv[n++] = "echo >" XP_START_FIFO;
	argv[n] = NULL;
	return proc_spawn(argv, &(struct proc_opts){ .in = PROC_NULL });
}

/* Starts all by remote commands, as near to each other as that can be. An exit status. */
static int guests_call(struct booted *b, int n)
{
	pid_t pid[RUN_GUESTS_MAX];
	int status = EXIT_OK;

	for (int i = 0; i < n; i++)
		pid[i] = guest_call(&b[i]);
	for (int i = 0; i < n; i++) {
		int r = pid[i] < 0 ? pid[i] : proc_wait(pid[i], SSH_MS);

		if (!r)
			continue;
		log_warnx("%s: cannot log in to start it: %s", b[i].guest->setup.desc.name,
			  r < 0 ? strerror(-r) : "the command failed");
		status = EXIT_SYSTEM;
	}
	return status;
}

/* Whether the collector knows all their clocks: it stores the start then. */
static bool is_measured(const struct run *run, enum mode mode)
{
	struct store_barrier start = { .guests = 0 };
	struct store *s;
	bool found;

	if (store_open(run->store, STORE_READ, &s))
		return false;
	snprintf(start.run, sizeof(start.run), "%s", run->name);
	snprintf(start.name, sizeof(start.name), "%s", mode_name(mode));
	machine_id(start.host);
	found = !store_barrier_get(s, &start);
	store_close(s);
	return found;
}

/* Until all are armed, and their clocks known: of an earlier start nobody could say how far apart it
 * was. An exit status. */
static int guests_wait(struct run *run, struct booted *b, enum mode mode, int64_t until)
{
	struct pollfd stop = { .fd = run->stop_fd, .events = POLLIN };
	int status = EXIT_OK;

	do {
		for (int i = 0; i < run->nguests && !status; i++)
			status = booted_wait(&b[i], XPS_ARMED, until);
		if (status || is_measured(run, mode))
			return status;
		if (poll(&stop, 1, LOOK_MS) > 0)
			return EXIT_SYSTEM;
	} while (io_now_ms() < until);
	return run_fail(run, b[0].guest, mode, "no collector has stored its start after %d s",
			run->deadline_s);
}

/* From the domains, which are there and paused, to their ends. An exit status. */
static int guests_run(struct run *run, struct booted *b, enum mode mode)
{
	int64_t until = io_now_ms() + run->deadline_s * 1000LL;
	bool together = run->together || run->nguests > 1;
	char barrier[32] = "";
	int n = run->nguests, status = EXIT_OK, r;

	if (together)
		snprintf(barrier, sizeof(barrier), "%d %s", n, mode_name(mode));
	for (int i = 0; i < n && !status; i++)
		status = booted_begin(&b[i], barrier);
	if (!status && together && run->ssh) {
		status = guests_wait(run, b, mode, until);
		status = status ? status : guests_call(b, n);
	}
	if (status)
		return status;
	for (int i = 0; i < n; i++) {
		r = booted_wait(&b[i], XPS_NONE, until);
		status = status ? status : r;
	}
	return status;
}

int run_xen(struct run *run, enum mode mode)
{
	struct booted *b = calloc((size_t)run->nguests, sizeof(*b));
	int n = 0, status = b ? EXIT_OK : EXIT_SYSTEM;

	if (!b)
		log_warn("%s", mode_name(mode));
	while (!status && n < run->nguests) {
		status = booted_create(&b[n], run, &run->guest[n], mode);
		n += !status;
	}
	if (!status) {
		run_facts_before(run);
		status = guests_run(run, b, mode);
	}
	while (n--)
		booted_end(&b[n]);
	run_facts_after(run);
	free(b);
	return status;
}

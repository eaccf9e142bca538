/* SPDX-License-Identifier: ISC */
/*
 * The limits that a guest meets, on real xenstoreds: which error each daemon gives for which, that
 * all of them mean to xst_is_full() what they should, and that the agent gets over them.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/xs.h"
#include "host/proc.h"
#include "tests/store/support.h"

#define UUID "11111111-2222-3333-4444-555555555555"

enum { DEADLINE_MS = 60 * 1000 };

static char guest_bus[96];

static void guest_open(struct wire *w)
{
	assert_int_equal(wire_open(w, guest_bus), 0);
}

static int ask_write(struct wire *w, const char *path, size_t len)
{
	static const char zeros[4096];
	char data[4096];
	struct wire_msg m;
	size_t n = strlen(path) + 1;

	memcpy(data, path, n);
	memcpy(data + n, zeros, len);
	return wire_call(w, XS_WRITE, 0, data, n + len, &m);
}

static int long_value(struct wire *w, unsigned i)
{
	return ask_write(w, "data/v", 1900 + i);
}

static int child(struct wire *w, unsigned i)
{
	char path[32];

	snprintf(path, sizeof(path), "data/wide/result-%06u", i);
	return ask_write(w, path, 1);
}

static int node(struct wire *w, unsigned i)
{
	char path[32];

	snprintf(path, sizeof(path), "data/fill/%02u/%02u", i / 64, i % 64);
	return ask_write(w, path, 1);
}

static int watch(struct wire *w, unsigned i)
{
	char data[32];
	struct wire_msg m;
	int n = snprintf(data, sizeof(data), "data%c%u", 0, i);

	return wire_call(w, XS_WATCH, 0, data, (size_t)n + 1, &m);
}

static int transaction(struct wire *w, unsigned i)
{
	struct wire_msg m;

	(void)i;
	return wire_call(w, XS_TRANSACTION_START, 0, "", 1, &m);
}

/* How often each works before it fails, at least and at most, and how it fails. */
static const struct {
	const char *what;
	int (*ask)(struct wire *w, unsigned i);
	struct {
		unsigned least, most;
		int error;
	} by[2];
} limits[] = {
	{ "a value", long_value, { { 100, 148, ENOSPC }, { 100, 149, E2BIG } } },
	{ "children", child, { { 100, 200, ENOSPC }, { 900, 1000, EINVAL } } },
	{ "nodes", node, { { 900, 1000, ENOSPC }, { 900, 1000, EINVAL } } },
	{ "watches", watch, { { 128, 129, E2BIG }, { 100, 101, EINVAL } } },
	{ "transactions", transaction, { { 10, 11, ENOSPC }, { 10, 11, EINVAL } } },
};

enum { NLIMITS = sizeof(limits) / sizeof(*limits) };

static void each_limit_has_its_error(void **state)
{
	unsigned which = lab.h.which;

	(void)state;
	for (unsigned k = 0; k < NLIMITS; k++) {
		unsigned n = 0;
		struct wire w;
		int r;

		assert_int_equal(harness_guest(&lab.h, k + 1, UUID, guest_bus, sizeof(guest_bus)),
				 0);
		guest_open(&w);
		while ((r = limits[k].ask(&w, n)) == 0)
			n++;
		wire_close(&w);
		fprintf(stderr, "# %s: %u, then %s\n", limits[k].what, n, strerror(-r));
		assert_int_equal(r, -limits[k].by[which].error);
		assert_in_range(n, limits[k].by[which].least, limits[k].by[which].most);
		assert_true(xst_is_full(r));
	}
}

/* What the agent says in its log; whether that is in it yet. */
static void wait_for_words(const char *path, const char *words)
{
	long long until = proc_clock_ms() + DEADLINE_MS;
	char text[4096];

	for (;;) {
		if (io_read_file(path, text, sizeof(text)) >= 0 && strstr(text, words))
			return;
		assert_true(proc_left_ms(until) > 0);
		nanosleep(&(struct timespec){ 0, 5 * 1000 * 1000 }, NULL);
	}
}

static void fill(struct wire *w)
{
	unsigned n = 0;

	while (node(w, n) == 0)
		n++;
	/* The last gaps: nodes that need no new folder. */
	for (char path[32]; snprintf(path, sizeof(path), "data/fill/x%u", n) > 0; n++)
		if (ask_write(w, path, 1))
			break;
}

static void give_run(unsigned domid, const char *workload)
{
	assert_int_equal(harness_give(&lab.h, domid, "mode", "native"), 0);
	assert_int_equal(harness_give(&lab.h, domid, "workload", workload), 0);
	assert_int_equal(harness_give(&lab.h, domid, "size", "quick"), 0);
	assert_int_equal(harness_give(&lab.h, domid, "image", "00"), 0);
	assert_int_equal(harness_give(&lab.h, domid, "run", "quota"), 0);
}

/* Another program of the guest has used all that xenstore gives it, and lets go of it later. */
static void agent_waits_for_room(void **state)
{
	char log[96], workload[96];
	struct wire_msg m;
	struct wire other;
	pid_t collector, guest;
	int err, status;

	(void)state;
	snprintf(log, sizeof(log), "%s/agent.log", lab.h.dir);
	snprintf(workload, sizeof(workload), "%s/echo", lab.h.dir);
	assert_int_equal(io_replace_file(workload, "true\n", 5), 0);
	assert_int_equal(harness_guest(&lab.h, 7, UUID, guest_bus, sizeof(guest_bus)), 0);
	give_run(7, "echo");
	guest_open(&other);
	fill(&other);
	collector = collector_start(COLLECTOR);
	err = open(log, O_RDWR | O_CREAT, 0600);
	guest = agent_start(guest_bus, lab.h.dir, err);
	close(err);
	wait_for_words(log, "waiting for room");
	assert_int_equal(query("SELECT count(*) FROM record"), 0);
	assert_int_equal(wire_call(&other, XS_RM, 0, "data/fill", sizeof("data/fill"), &m), 0);
	wire_close(&other);
	assert_int_equal(waitpid(guest, &status, 0), guest);
	assert_int_equal(status, 0);
	collector_stop(collector);
	assert_int_equal(query("SELECT count(*) FROM guest WHERE status='done'"), 1);
	assert_int_equal(query("SELECT count(*) FROM record"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BOTH(each_limit_has_its_error),
		ON_BOTH(agent_waits_for_room),
	};

	return lab_run("quota", tests);
}

/* SPDX-License-Identifier: ISC */
/* Many guests and the real collector on real xenstoreds that are slow, hang or replace themselves:
 * nothing is lost and nothing is doubled. With the argument "open": what the collector does not do
 * yet. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest-tools/lib/io.h"
#include "host/proc.h"
#include "tests/store/support.h"

enum { MANY = 1000, FEW = 50, SOME = 20, DEADLINE_MS = 120 * 1000, HANG_MS = 3000 };

static void add(unsigned n, unsigned records, unsigned every_ms)
{
	lab_add_many(n, (struct swarm_spec){ .records = records, .every_ms = every_ms });
}

/* Turns the swarm until somebody has sent that many samples. */
static void run_until_sent(unsigned samples)
{
	long long until = proc_clock_ms() + DEADLINE_MS;

	for (;;) {
		assert_true(proc_left_ms(until) > 0);
		swarm_step(&lab.swarm, 10);
		for (unsigned i = 0; i < lab.swarm.n; i++)
			if (lab.swarm.guests[i].record > samples + 1)
				return;
	}
}

static void finish(pid_t collector, unsigned n, unsigned samples)
{
	assert_int_equal(swarm_run(&lab.swarm, DEADLINE_MS), 0);
	collector_stop(collector);
	lab_assert_complete(n, samples);
}

static void a_thousand_guests_report_at_once(void **state)
{
	(void)state;
	add(MANY, 5, 0);
	finish(collector_start(COLLECTOR), MANY, 5);
}

static unsigned long acknowledged(void)
{
	unsigned long n = 0;

	for (unsigned i = 0; i < lab.swarm.n; i++)
		n += lab.swarm.guests[i].sender.ack;
	return n;
}

/* Each time it has acknowledged some more, from one piece to two hundred. */
static void collector_is_killed_while_fifty_report(void **state)
{
	pid_t collector = collector_start(COLLECTOR);
	long long until = proc_clock_ms() + DEADLINE_MS;
	unsigned long next = 1;
	unsigned seed = 1;
	int kills = 0;

	(void)state;
	add(FEW, 60, 0);
	while (swarm_step(&lab.swarm, 1) && proc_left_ms(until) > 0) {
		if (acknowledged() < next)
			continue;
		seed = seed * 1103515245 + 12345;
		next = acknowledged() + 1 + (seed >> 8) % 200;
		proc_stop(collector, SIGKILL, 1000);
		kills++;
		collector = collector_start(COLLECTOR);
	}
	fprintf(stderr, "# killed %d times\n", kills);
	assert_true(kills >= FEW * 60 / 200);
	finish(collector, FEW, 60);
}

/* Watches fire for nothing, and many events of one node become one. */
static void events_are_spurious_and_merged(void **state)
{
	pid_t collector = collector_start(COLLECTOR);
	char path[64];
	unsigned turns = 0;

	(void)state;
	add(SOME, 30, 2);
	do {
		unsigned domid = turns % SOME + 1;

		snprintf(path, sizeof(path), "/local/domain/%u/data/xlab/head/x", domid);
		if (lab.swarm.guests[domid - 1].shown && !lab.swarm.guests[domid - 1].over)
			assert_int_equal(harness_write(&lab.h, path, "x"), 0);
		assert_int_equal(harness_give(&lab.h, domid, "run", "swarm"), 0);
		if (turns % 40 == 10)
			collector_freeze(collector);
		if (turns % 40 == 30)
			kill(collector, SIGCONT);
		turns++;
	} while (swarm_step(&lab.swarm, 5) && turns < 200000);
	kill(collector, SIGCONT);
	fprintf(stderr, "# %u turns\n", turns);
	finish(collector, SOME, 30);
}

static void xenstored_is_slow(void **state)
{
	(void)state;
	add(SOME, 10, 0);
	harness_slow(&lab.h, 2000);
	finish(collector_start(COLLECTOR), SOME, 10);
}

/* What hangs is the experiment: it takes that long. */
static void hang(void)
{
	long long until = proc_clock_ms() + HANG_MS;

	harness_hang(&lab.h, true);
	while (proc_left_ms(until) > 0)
		swarm_step(&lab.swarm, proc_left_ms(until));
	harness_hang(&lab.h, false);
}

static void xenstored_hangs(void **state)
{
	pid_t collector = collector_start(COLLECTOR);

	(void)state;
	add(SOME, 100, 1);
	run_until_sent(20);
	hang();
	finish(collector, SOME, 100);
}

static void collector_ends_while_xenstored_hangs(void **state)
{
	pid_t collector = collector_start(COLLECTOR);
	int r;

	(void)state;
	add(SOME, 20, 1);
	run_until_sent(10);
	harness_hang(&lab.h, true);
	r = proc_stop(collector, SIGTERM, 5000);
	harness_hang(&lab.h, false);
	assert_int_equal(r, 0);
	finish(collector_start(COLLECTOR), SOME, 20);
}

static void xenstored_replaces_itself(void **state)
{
	pid_t collector;

	(void)state;
	collector = collector_start(COLLECTOR);
	add(SOME, 100, 1);
	for (unsigned k = 1; k <= 3; k++) {
		run_until_sent(20 * k);
		assert_int_equal(harness_live_update(&lab.h), 0);
	}
	finish(collector, SOME, 100);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		ON_BOTH(a_thousand_guests_report_at_once),
		ON_BOTH(collector_is_killed_while_fifty_report),
		ON_BOTH(events_are_spurious_and_merged),
		ON_BOTH(xenstored_is_slow),
		ON_BOTH(xenstored_hangs),
		ON_BOTH(xenstored_replaces_itself),
	};
	const struct CMUnitTest open[] = {
		ON_BOTH(collector_ends_while_xenstored_hangs),
	};

	if (argc > 1 && !strcmp(argv[1], "open"))
		return lab_run("swarm, open", open);
	return lab_run("swarm", tests);
}

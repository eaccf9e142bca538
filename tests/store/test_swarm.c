/* SPDX-License-Identifier: ISC */
/* Many guests and the real collector on real xenstoreds that are slow, hang, fall or replace
 * themselves: nothing is lost and nothing is doubled. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "guest-tools/lib/io.h"
#include "host/proc.h"
#include "tests/store/support.h"
#include "tests/store/tap.h"

enum {
	MANY = 1000,
	FEW = 50,
	SOME = 20,
	DEADLINE_MS = 900 * 1000,
	HANG_MS = 3000,
	STOP_MS = 60 * 1000
};

/* Of a whole test; the time of a machine in use is nobody's fault. */
static long long deadline;

static void add_as(unsigned n, struct swarm_spec spec)
{
	deadline = proc_clock_ms() + DEADLINE_MS;
	lab_add_many(n, spec);
}

static void add(unsigned n, unsigned records, unsigned every_ms)
{
	add_as(n, (struct swarm_spec){ .records = records, .every_ms = every_ms });
}

static void step(void)
{
	if (proc_left_ms(deadline) == 0)
		fail_msg("nothing came of it in %d ms", DEADLINE_MS);
	swarm_step(&lab.swarm, 10);
}

/* Turns the swarm until somebody has sent that many samples. */
static void run_until_sent(unsigned samples)
{
	for (;;) {
		step();
		for (unsigned i = 0; i < lab.swarm.n; i++)
			if (lab.swarm.guests[i].record > samples + 1)
				return;
	}
}

static uint32_t pieces_shown(const struct swarm_guest *g)
{
	return g->shown;
}

static uint32_t pieces_acknowledged(const struct swarm_guest *g)
{
	return g->sender.ack;
}

/* Turns the swarm until each has that many samples shown, or acknowledged; a sample is a piece, and
 * one is before it. */
static void run_until_all(uint32_t (*of)(const struct swarm_guest *g), unsigned samples)
{
	for (unsigned i = 0; i < lab.swarm.n; i++)
		while (of(&lab.swarm.guests[i]) < samples + 1)
			step();
}

static void finish(pid_t collector, unsigned n, unsigned samples)
{
	assert_int_equal(swarm_run(&lab.swarm, proc_left_ms(deadline)), 0);
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

/* Each time the guests may send AT_ONCE samples more, and it is killed when it has acknowledged
 * some of what there is then, one piece at least. */
static void collector_is_killed_while_fifty_report(void **state)
{
	enum { SAMPLES = 60, AT_ONCE = 4 };
	pid_t collector = collector_start(COLLECTOR);
	unsigned long until;
	unsigned seed = 1;

	(void)state;
	add_as(FEW, (struct swarm_spec){ .records = SAMPLES, .hold = true });
	for (unsigned may = AT_ONCE; may <= SAMPLES; may += AT_ONCE) {
		seed = seed * 1103515245 + 12345;
		until = acknowledged() + 1 + (seed >> 8) % (FEW * AT_ONCE);
		swarm_release(&lab.swarm, may);
		while (acknowledged() < until)
			step();
		proc_stop(collector, SIGKILL, STOP_MS);
		collector = collector_start(COLLECTOR);
	}
	swarm_release(&lab.swarm, SAMPLES + 1);
	finish(collector, FEW, SAMPLES);
}

/* Makes that many events of each guest: of a key that it writes, and of one that the host does. */
static void disturb(unsigned times)
{
	char path[64];

	for (unsigned i = 0; i < times * lab.swarm.n; i++) {
		unsigned domid = i % lab.swarm.n + 1;

		snprintf(path, sizeof(path), "/local/domain/%u/data/xlab/head/x", domid);
		assert_int_equal(harness_write(&lab.h, path, "x"), 0);
		assert_int_equal(harness_give(&lab.h, domid, "run", "swarm"), 0);
	}
}

/* Watches fire for nothing, while the collector has nothing to do; then events of many pieces and
 * of nothing become one, while it stands still. */
static void events_are_spurious_and_merged(void **state)
{
	enum { ROUNDS = 4, AT_ONCE = XP_WINDOW * 3 / 4 };
	pid_t collector = collector_start(COLLECTOR);

	(void)state;
	add_as(SOME, (struct swarm_spec){ .records = ROUNDS * AT_ONCE, .hold = true });
	for (unsigned round = 0; round < ROUNDS; round++) {
		run_until_all(pieces_acknowledged, round * AT_ONCE);
		disturb(5);
		collector_freeze(collector);
		swarm_release(&lab.swarm, (round + 1) * AT_ONCE);
		run_until_all(pieces_shown, (round + 1) * AT_ONCE);
		disturb(10);
		kill(collector, SIGCONT);
	}
	swarm_release(&lab.swarm, ROUNDS * AT_ONCE + 1);
	finish(collector, SOME, ROUNDS * AT_ONCE);
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

static bool is_kept_waiting(const struct tap *tap)
{
	return tap->counts->asked != tap->counts->answered;
}

/* Waits until the client of the tap has an answer to come, or none. */
static void wait_until_kept(const struct tap *tap, bool waiting)
{
	while (is_kept_waiting(tap) != waiting)
		step();
}

/* It stands still, with all answered, when xenstored does, so what it asks then it asks in vain. */
static void collector_ends_while_xenstored_hangs(void **state)
{
	pid_t collector;
	struct tap tap;
	int status;

	(void)state;
	assert_int_equal(tap_start(&tap, lab.h.dir, lab.h.socket), 0);
	collector = collector_start_at(tap.path);
	add(SOME, 20, 1);
	run_until_sent(10);
	collector_freeze(collector);
	wait_until_kept(&tap, false);
	harness_hang(&lab.h, true);
	kill(collector, SIGCONT);
	wait_until_kept(&tap, true);
	status = proc_stop(collector, SIGTERM, STOP_MS);
	harness_hang(&lab.h, false);
	tap_stop(&tap);
	assert_int_equal(status, 111);
	finish(collector_start(COLLECTOR), SOME, 20);
}

/* Whose results are safe has them, and who comes later is served, by the same number too. */
static void xenstored_falls_and_rises(void **state)
{
	pid_t collector = collector_start(COLLECTOR);

	(void)state;
	add(SOME, 10, 0);
	assert_int_equal(swarm_run(&lab.swarm, proc_left_ms(deadline)), 0);
	harness_fall(&lab.h);
	said_until("waiting for it", proc_left_ms(deadline));
	assert_int_equal(harness_rise(&lab.h), 0);
	said_until("xenstored is back", proc_left_ms(deadline));
	add_as(SOME, (struct swarm_spec){ .life = 1, .records = 10 });
	finish(collector, 2 * SOME, 10);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BOTH(a_thousand_guests_report_at_once),
		ON_BOTH(collector_is_killed_while_fifty_report),
		ON_BOTH(events_are_spurious_and_merged),
		ON_BOTH(xenstored_is_slow),
		ON_BOTH(xenstored_hangs),
		ON_BOTH(collector_ends_while_xenstored_hangs),
		ON_BOTH(xenstored_falls_and_rises),
		ON_BOTH(xenstored_replaces_itself),
	};

	return lab_run("swarm", tests);
}

/* SPDX-License-Identifier: ISC */
/* Domains that vanish, and numbers that are given again, under the real collector. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/proc.h"
#include "tests/store/support.h"

/* A sample of that size takes three pieces, so one that stops behind its fifth stops in the middle
 * of its second sample. */
enum { SAMPLES = 6, SIZE = 5000, STOP = 6, WHOLE = 2, GUESTS = 20, DEADLINE_MS = 20 * 1000 };

static void add(unsigned domid, unsigned life, unsigned stop_at)
{
	lab_add(domid, (struct swarm_spec){
			       .life = life,
			       .records = SAMPLES,
			       .size = SIZE,
			       .stop_at = stop_at,
		       });
}

static long records_of(unsigned domid, unsigned life)
{
	char uuid[40];

	swarm_uuid(domid, life, uuid);
	return query("SELECT count(*) FROM record JOIN guest ON guest=id WHERE uuid='%s'", uuid);
}

static void domains_that_vanish_are_lost(void **state)
{
	pid_t collector = collector_start(COLLECTOR);

	(void)state;
	for (unsigned i = 1; i <= GUESTS; i++)
		add(i, 0, i % 2 ? STOP : 0);
	assert_int_equal(swarm_run(&lab.swarm, DEADLINE_MS), 0);
	for (unsigned i = 1; i <= GUESTS; i++)
		assert_int_equal(harness_guest_gone(&lab.h, i), 0);
	query_until(GUESTS / 2, DEADLINE_MS, "SELECT count(*) FROM guest WHERE status='lost'");
	collector_stop(collector);
	lab_assert_complete(GUESTS / 2, SAMPLES);
	for (unsigned i = 1; i <= GUESTS; i += 2)
		assert_int_equal(records_of(i, 0), WHOLE);
}

/* The number's first guest is lost with what it had said, and the second one is whole. */
static void assert_both_lives(unsigned domid)
{
	char uuid[40];

	query_until(1, DEADLINE_MS, "SELECT count(*) FROM guest WHERE status='lost'");
	swarm_uuid(domid, 1, uuid);
	assert_int_equal(
		query("SELECT count(*) FROM guest WHERE status='done' AND uuid='%s'", uuid), 1);
	assert_int_equal(records_of(domid, 0), WHOLE);
	lab_assert_complete(1, SAMPLES);
}

static void a_number_given_again_is_another_guest(void **state)
{
	pid_t collector = collector_start(COLLECTOR);

	(void)state;
	add(5, 0, STOP);
	assert_int_equal(swarm_run(&lab.swarm, DEADLINE_MS), 0);
	assert_int_equal(harness_guest_gone(&lab.h, 5), 0);
	query_until(1, DEADLINE_MS, "SELECT count(*) FROM guest WHERE status='lost'");
	add(5, 1, 0);
	assert_int_equal(swarm_run(&lab.swarm, DEADLINE_MS), 0);
	collector_stop(collector);
	assert_both_lives(5);
}

/* All of it happens while the collector does not run. */
static void a_number_given_again_unseen_is_another_guest(void **state)
{
	pid_t collector = collector_start(COLLECTOR);

	(void)state;
	add(5, 0, STOP);
	assert_int_equal(swarm_run(&lab.swarm, DEADLINE_MS), 0);
	collector_freeze(collector);
	assert_int_equal(harness_guest_gone(&lab.h, 5), 0);
	add(5, 1, 0);
	kill(collector, SIGCONT);
	assert_int_equal(swarm_run(&lab.swarm, DEADLINE_MS), 0);
	collector_stop(collector);
	assert_both_lives(5);
}

/* The collector is started anew between the two lives. */
static void a_number_given_again_between_collectors(void **state)
{
	pid_t collector = collector_start(COLLECTOR);

	(void)state;
	add(5, 0, STOP);
	assert_int_equal(swarm_run(&lab.swarm, DEADLINE_MS), 0);
	proc_stop(collector, SIGKILL, 1000);
	assert_int_equal(harness_guest_gone(&lab.h, 5), 0);
	add(5, 1, 0);
	collector = collector_start(COLLECTOR);
	assert_int_equal(swarm_run(&lab.swarm, DEADLINE_MS), 0);
	collector_stop(collector);
	assert_both_lives(5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BOTH(domains_that_vanish_are_lost),
		ON_BOTH(a_number_given_again_is_another_guest),
		ON_BOTH(a_number_given_again_unseen_is_another_guest),
		ON_BOTH(a_number_given_again_between_collectors),
	};

	return lab_run("gone", tests);
}

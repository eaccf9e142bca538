/* SPDX-License-Identifier: ISC */
/*
 * Services stop, in reverse order and within bounds, and are taken over after a fault. Once all
 * have begun to stop none starts any more: these tests begin with services that run already.
 */
#include "init/svc.h"
#include "tests/unit/fake.h"
#include "tests/unit/svc_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A service that runs, as process 1000 plus its number. */
static void add_running(const char *name, const char *text)
{
	static unsigned n;

	if (!state->svc[0].name[0])
		n = 0;
	set_add(name, text);
	set_known(n, name, SVC_UP, FAKE_FIRST_PID + (pid_t)n);
	n++;
}

/* Runs before any other: nothing has been told to stop yet. */
static void adopts_and_goes_on(void **unused)
{
	(void)unused;
	set_add("a", "");
	set_add("b", "");
	set_add("c", "type = once");
	set_add("d", "after = c");
	set_known(7, "a", SVC_UP, 70);
	set_known(3, "b", SVC_BACKOFF, 0);
	set_known(0, "c", SVC_STARTING, 50);
	set_known(1, "d", SVC_WAIT, 0);
	state->svc[7].starts = 9;
	state->svc[3].deadline = fake_now + 100;
	set_load();
	set_assert("a up, b backoff, c starting, d waiting");
	assert_int_equal(state->svc[0].pid, 70);
	assert_int_equal(state->svc[0].starts, 9);
	assert_int_equal(state->svc[2].pid, 50);
	fake_assert_kills("");
	set_pass(100);
	set_assert("a up, b up, c starting, d waiting");
	fake_end(50, 0);
	svc_reap(1);
	set_assert("a up, b up, c done, d up");
	fake_end(70, 0);
	svc_reap(1);
	set_assert("a backoff, b up, c done, d up");
}

/* A fault came between the new state and what was to be done for it. */
static void mends_what_a_fault_left(void **unused)
{
	(void)unused;
	set_add("a", "");
	set_add("b", "");
	set_add("c", "");
	set_add("d", "backoff = 0");
	set_add("e", "");
	set_known(0, "a", SVC_UP, 41);
	set_known(1, "b", SVC_STARTING, 0);
	set_known(2, "c", SVC_KILLED, 43);
	set_known(3, "d", SVC_STARTING, 44);
	set_known(4, "e", SVC_STOPPING, 45);
	fake_lost = 41;
	set_load();
	set_assert("a backoff, b backoff, c killed, d up, e stopping");
	fake_assert_kills("KILL -43, TERM -45, CONT -45");
	set_pass(0);
	set_assert("a backoff, b backoff, c killed, d up, e stopping");
	set_pass(100);
	set_assert("a up, b up, c killed, d up, e stopping");
	set_pass(SUP_KILL_MS);
	set_assert("a up, b up, c down, d up, e stopping");
}

/* Or before what follows from the new state: the timer and the process are those of the old one. */
static void clears_what_a_fault_left(void **unused)
{
	(void)unused;
	set_add("a", "");
	set_add("b", "");
	set_add("c", "type = once");
	set_add("d", "type = once");
	set_known(0, "a", SVC_UP, 41);
	set_known(1, "b", SVC_DOWN, 42);
	set_known(2, "c", SVC_DONE, 43);
	set_known(3, "d", SVC_STARTING, 44);
	state->svc[0].deadline = fake_now;
	state->svc[1].deadline = 0;
	state->svc[3].deadline = fake_now + 100;
	set_load();
	set_assert("a up, b down, c done, d starting");
	fake_assert_kills("KILL -42, KILL -43");
	assert_int_equal(state->svc[1].pid, 0);
	assert_int_equal(svc_run_timers(), fake_now + 100);
	set_pass(100);
	set_assert("a up, b down, c done, d up");
	assert_true(svc_run_timers() == NEVER);
}

static void unknown_ones_are_killed(void **unused)
{
	(void)unused;
	set_add("a", "");
	set_known(0, "gone", SVC_UP, 40);
	set_known(1, "a", SVC_UP, 41);
	set_known(9, "old", SVC_STOPPING, 42);
	set_known(CONF_SERVICES - 1, "down", SVC_DOWN, 0);
	set_load();
	set_assert("a up");
	assert_int_equal(state->svc[0].pid, 41);
	for (size_t i = 1; i < CONF_SERVICES; i++)
		assert_string_equal(state->svc[i].name, "");
	fake_assert_kills("KILL -40, KILL -42");
}

static void unknown_one_is_forgotten(void **unused)
{
	int fd[2];

	(void)unused;
	assert_int_equal(pipe(fd), 0);
	set_add("a", "");
	set_known(0, "gone", SVC_UP, 40);
	state->svc[0].log_fd[0] = fd[0];
	state->svc[0].ready_fd = fd[1];
	set_load();
	set_assert("a down");
	assert_int_equal(state->svc[0].pid, 0);
	assert_int_equal(state->svc[0].status, -1);
	assert_true(state->svc[0].deadline == NEVER);
	assert_int_equal(fcntl(fd[0], F_GETFD), -1);
	assert_int_equal(fcntl(fd[1], F_GETFD), -1);
	fake_assert_kills("KILL -40");
}

/* One more service in front of those that run must not cost them their lives. */
static void new_one_in_front(void **unused)
{
	(void)unused;
	set_add("a", "");
	set_add("b", "");
	set_add("c", "");
	set_known(0, "b", SVC_UP, 40);
	set_known(1, "c", SVC_UP, 41);
	set_load();
	set_assert("a down, b up, c up");
	assert_int_equal(state->svc[0].pid, 0);
	assert_int_equal(state->svc[1].pid, 40);
	assert_int_equal(state->svc[2].pid, 41);
	fake_assert_kills("");
}

/* Nor when there is no place left: that of the one that is gone is free. */
static void new_one_in_front_of_many(void **unused)
{
	(void)unused;
	set_add("a", "");
	for (unsigned i = 1; i < CONF_SERVICES; i++) {
		char name[CONF_NAME];

		snprintf(name, sizeof(name), "b%02u", i);
		set_add(name, "");
		set_known(i - 1, name, SVC_UP, 40 + (pid_t)i);
	}
	set_known(CONF_SERVICES - 1, "gone", SVC_UP, 99);
	set_load();
	fake_assert_kills("KILL -99");
	for (unsigned i = 1; i < CONF_SERVICES; i++) {
		assert_int_equal(state->svc[i].pid, 40 + i);
		assert_int_equal(state->svc[i].state, SVC_UP);
	}
}

static void stops_in_reverse_order(void **unused)
{
	(void)unused;
	add_running("a", "");
	add_running("b", "after = a");
	add_running("c", "after = b");
	add_running("d", "after = a");
	set_load();
	svc_stop_all();
	set_assert("a up, b up, c stopping, d stopping");
	fake_assert_kills("TERM -1002, CONT -1002, TERM -1003, CONT -1003");
	set_end(2, SIGTERM);
	set_assert("a up, b stopping, c down, d stopping");
	set_end(1, SIGTERM);
	assert_false(svc_all_down());
	set_assert("a up, b down, c down, d stopping");
	set_end(3, SIGTERM);
	set_assert("a stopping, b down, c down, d down");
	set_end(0, SIGTERM);
	set_assert("a down, b down, c down, d down");
	assert_true(svc_all_down());
	assert_string_equal(fake_warnings, "");
	fake_assert_kills("KILL -1002, TERM -1001, CONT -1001, KILL -1001, KILL -1003, "
			  "TERM -1000, CONT -1000, KILL -1000");
}

static void what_is_over_is_no_obstacle(void **unused)
{
	(void)unused;
	add_running("a", "");
	add_running("b", "after = a\ntype = once");
	add_running("c", "after = a\ntype = once");
	add_running("d", "after = a");
	add_running("e", "after = a");
	set_known(1, "b", SVC_DONE, 0);
	set_known(2, "c", SVC_FAILED, 0);
	set_known(3, "d", SVC_WAIT, 0);
	set_known(4, "e", SVC_BACKOFF, 0);
	set_load();
	svc_stop_all();
	set_assert("a stopping, b done, c failed, d down, e down");
	set_end(0, 0);
	assert_true(svc_all_down());
	assert_int_equal(fake_next_pid(), FAKE_FIRST_PID);
}

/* Though one after them still takes its time: nobody is started to wait for it. */
static void what_does_not_run_stays_so(void **unused)
{
	(void)unused;
	add_running("a", "backoff = 100ms");
	add_running("b", "backoff = 100ms");
	add_running("c", "");
	add_running("d", "after = a b c");
	set_known(0, "a", SVC_BACKOFF, 0);
	set_known(2, "c", SVC_CYCLING, 1002);
	state->svc[0].deadline = fake_now + 100;
	state->svc[2].deadline = fake_now + 9000;
	set_load();
	svc_stop_all();
	set_assert("a down, b up, c restarting, d stopping");
	set_end(1, SIGSEGV);
	set_end(2, SIGTERM);
	set_assert("a down, b down, c down, d stopping");
	set_pass(1000);
	set_assert("a down, b down, c down, d stopping");
	set_end(3, SIGTERM);
	assert_true(svc_all_down());
	assert_int_equal(fake_next_pid(), FAKE_FIRST_PID);
}

static void term_then_kill_then_given_up(void **unused)
{
	(void)unused;
	add_running("a", "stop-timeout = 3s\nstop-signal = INT");
	set_load();
	svc_stop_all();
	fake_assert_kills("INT -1000, CONT -1000");
	assert_int_equal(svc_run_timers(), fake_now + 3000);
	set_pass(2999);
	set_assert("a stopping");
	fake_assert_kills("");
	set_pass(1);
	set_assert("a killed");
	fake_assert_kills("KILL -1000");
	assert_string_equal(fake_warnings, "a does not stop: killing it\n");
	set_pass(SUP_KILL_MS - 1);
	set_assert("a killed");
	set_pass(1);
	set_assert("a down");
	assert_int_equal(state->svc[0].pid, 0);
	assert_true(svc_all_down());
}

/* Between fork and setsid(2) the child leads no group, but it has to hear it. */
static void child_without_group(void **unused)
{
	(void)unused;
	add_running("a", "stop-timeout = 0");
	set_load();
	fake_no_groups = true;
	svc_stop_all();
	fake_assert_kills("TERM 1000, CONT 1000");
	set_pass(0);
	fake_assert_kills("KILL 1000");
	set_end(0, SIGKILL);
	set_assert("a down");
}

static void nothing_waits_past_the_end(void **unused)
{
	(void)unused;
	add_running("a", "");
	add_running("b", "after = a\nstop-timeout = 1440min");
	set_load();
	svc_stop_all();
	assert_int_equal(svc_run_timers(), fake_now + SVC_STOP_ALL_MS);
	set_pass(SVC_STOP_ALL_MS - 1);
	assert_false(svc_all_down());
	set_pass(1);
	assert_true(svc_all_down());
	set_assert("a up, b stopping");
}

static void restart_ends_as_a_stop(void **unused)
{
	(void)unused;
	add_running("a", "");
	add_running("b", "");
	set_known(0, "a", SVC_CYCLING, 1000);
	set_known(1, "b", SVC_RECYCLED, 1001);
	set_load();
	svc_stop_all();
	set_assert("a stopping, b killed");
	fake_assert_kills("TERM -1000, CONT -1000, KILL -1001");
	set_end(0, 0);
	set_end(1, 0);
	set_assert("a down, b down");
	assert_int_equal(fake_next_pid(), FAKE_FIRST_PID);
}

static void nobody_there(void **unused)
{
	(void)unused;
	set_load();
	svc_stop_all();
	assert_true(svc_all_down());
	assert_int_equal(svc_count(), 0);
}

/* Whatever else ends or fires meanwhile, it never takes longer than that, nor starts anybody. */
static void always_comes_to_an_end(void **unused)
{
	static const char *const names[SVC_COUNT] = { "a", "b", "c", "d", "e", "f",
						      "g", "h", "i", "j", "k" };
	uint64_t end;

	(void)unused;
	for (unsigned s = 0; s < SVC_COUNT; s++) {
		set_add(names[s], "");
		set_known(s, names[s], s, sup_is_at_rest((enum sup_state)s) ? 0 : 1000 + (pid_t)s);
		if (s >= SVC_STOPPING)
			state->svc[s].deadline = fake_now + 5000;
	}
	set_load();
	svc_stop_all();
	end = fake_now + 5000 + SUP_KILL_MS;
	for (int i = 0; !svc_all_down(); i++) {
		uint64_t next = svc_run_timers();

		assert_true(i < 100);
		assert_true(next <= end || svc_all_down());
		if (next != NEVER)
			fake_now = next;
	}
	assert_int_equal(fake_next_pid(), FAKE_FIRST_PID);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_begin, set_begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(adopts_and_goes_on),	   TEST(mends_what_a_fault_left),
		TEST(clears_what_a_fault_left),
		TEST(unknown_ones_are_killed),
		TEST(unknown_one_is_forgotten),	   TEST(new_one_in_front),
		TEST(new_one_in_front_of_many),	   TEST(stops_in_reverse_order),
		TEST(what_is_over_is_no_obstacle), TEST(what_does_not_run_stays_so),
		TEST(term_then_kill_then_given_up),
		TEST(child_without_group),	   TEST(nothing_waits_past_the_end),
		TEST(restart_ends_as_a_stop),	   TEST(nobody_there),
		TEST(always_comes_to_an_end),
	};

	return cmocka_run_group_tests_name("svc_stop", tests, NULL, NULL);
}

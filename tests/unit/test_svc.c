/* SPDX-License-Identifier: ISC */
/* Services start in order, get ready, end, and start again. The system is played by fake.c. */
#include "init/svc.h"
#include "tests/unit/fake.h"
#include "tests/unit/svc_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EXIT(n) ((n) << 8) /* wait statuses */

static int processes(void)
{
	return fake_next_pid() - FAKE_FIRST_PID;
}

static void starts_in_order(void **unused)
{
	(void)unused;
	set_add("a", "after = b");
	set_add("b", "type = once\nafter = c");
	set_add("c", "type = once");
	set_load();
	set_assert("a down, b down, c down");
	svc_start_all("");
	set_assert("a waiting, b waiting, c starting");
	assert_int_equal(processes(), 1);
	set_end(0, 0);
	set_assert("a waiting, b starting, c done");
	set_end(1, 0);
	set_assert("a up, b done, c done");
	assert_int_equal(processes(), 3);
	assert_int_equal(state->svc[0].pid, FAKE_FIRST_PID + 2);
	assert_int_equal(state->svc[1].pid, 0);
	assert_string_equal(fake_warnings, "");
}

static void starts_at_once_what_can(void **unused)
{
	(void)unused;
	set_add("a", "");
	set_add("b", "type = once");
	set_add("c", "type = once");
	set_add("d", "after = b c");
	set_load();
	svc_start_all("");
	set_assert("a up, b starting, c starting, d waiting");
	set_end(2, 0);
	set_assert("a up, b starting, c done, d waiting");
	set_end(1, 0);
	set_assert("a up, b done, c done, d up");
}

/* Those after it do what they can without it. */
static void failure_is_no_obstacle(void **unused)
{
	(void)unused;
	set_add("a", "type = once");
	set_add("b", "after = a");
	set_load();
	svc_start_all("");
	set_end(0, EXIT(1));
	set_assert("a failed, b up");
	assert_int_equal(state->svc[0].status, EXIT(1));
	assert_string_equal(fake_warnings, "a ended with 1\n");
}

static void cycle_and_missing(void **unused)
{
	(void)unused;
	set_add("a", "after = b nobody");
	set_add("b", "after = a");
	set_load();
	assert_string_equal(fake_warnings, "a is after nobody, which there is not: not waiting\n"
					   "b after a is a cycle: not waiting\n");
	svc_start_all("");
	set_assert("a up, b up");
	assert_int_equal(state->svc[1].pid, FAKE_FIRST_PID);
}

static void starts_by_prefix(void **unused)
{
	(void)unused;
	set_add("rescue.a", "");
	set_add("rescue.b", "");
	set_add("rescued", "");
	set_add("x", "");
	set_load();
	svc_start_all("rescue.");
	set_assert("rescue.a up, rescue.b up, rescued down, x down");
	assert_int_equal(svc_find("x"), 3);
	assert_int_equal(svc_find("y"), -1);
	assert_int_equal(svc_find(""), -1);
}

/* Starting one by hand does not start what it is after. */
static void starts_one(void **unused)
{
	(void)unused;
	set_add("a", "");
	set_add("b", "after = a");
	set_load();
	svc_ask(1, EV_START);
	set_assert("a down, b up");
	svc_ask(1, EV_START);
	assert_int_equal(processes(), 1);
}

/* Lets the supervisor read what the newest child has written, or that it has closed its end. */
static void read_all(void)
{
	struct pollfd p[SVC_POLL_MAX];
	size_t n = svc_poll(p);

	for (size_t i = 0; i < n; i++)
		p[i].revents = POLLIN;
	svc_read(p, n);
}

static void ready_by_a_line(void **unused)
{
	(void)unused;
	set_add("a", "ready = fd");
	set_add("b", "after = a");
	set_load();
	svc_start_all("");
	assert_true(fake_child_fd >= 0);
	read_all();
	assert_int_equal(write(fake_child_fd, "soon", 4), 4);
	read_all();
	set_assert("a starting, b waiting");
	assert_int_equal(write(fake_child_fd, "!\n", 2), 2);
	read_all();
	set_assert("a up, b up");
	assert_int_equal(state->svc[0].ready_fd, -1);
	set_pass(60000);
	assert_string_equal(fake_warnings, "");
}

static void closed_without_a_line(void **unused)
{
	(void)unused;
	set_add("a", "ready = fd");
	set_load();
	svc_start_all("");
	close(fake_child_fd);
	fake_child_fd = -1;
	read_all();
	assert_int_equal(state->svc[0].ready_fd, -1);
	set_assert("a up");
	assert_string_equal(fake_warnings, "a is not ready: those after it do not wait any longer\n");
}

static void ready_in_time_or_late(void **unused)
{
	(void)unused;
	set_add("a", "type = once\nready-timeout = 2s");
	set_add("b", "after = a");
	set_load();
	svc_start_all("");
	assert_int_equal(svc_run_timers(), fake_now + 2000);
	set_pass(1999);
	set_assert("a starting, b waiting");
	set_pass(1);
	set_assert("a up, b up");
	assert_string_equal(fake_warnings, "a is not ready: those after it do not wait any longer\n");
	assert_true(svc_run_timers() == NEVER);
	set_end(0, 0);
	set_assert("a done, b up");
}

static void waits_for_ever_when_told_to(void **unused)
{
	(void)unused;
	set_add("a", "type = once\nready-timeout = 0");
	set_add("b", "after = a");
	set_load();
	svc_start_all("");
	set_pass(UINT32_MAX);
	set_assert("a starting, b waiting");
	assert_true(svc_run_timers() == NEVER);
}

static void backs_off_longer_and_longer(void **unused)
{
	static const unsigned waits[] = { 100, 200, 400, 700, 700 };

	(void)unused;
	set_add("a", "backoff = 100ms 700ms");
	set_load();
	svc_start_all("");
	for (unsigned i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		set_end(i, SIGSEGV);
		set_assert("a backoff");
		assert_int_equal(svc_run_timers(), fake_now + waits[i]);
		set_pass(waits[i] - 1);
		set_assert("a backoff");
		set_pass(1);
		set_assert("a up");
		assert_int_equal(state->svc[0].starts, i + 2);
	}
	assert_int_equal(state->svc[0].status, SIGSEGV);
}

/* Who has lived for a while starts again at once, and from then on as if for the first time. */
static void steady_one_starts_at_once(void **unused)
{
	(void)unused;
	set_add("a", "backoff = 100ms 700ms");
	set_load();
	svc_start_all("");
	set_end(0, 0);
	set_pass(100);
	set_end(1, 0);
	set_pass(200);
	set_assert("a up");
	set_pass(SUP_STEADY_MS);
	set_end(2, 0);
	set_pass(0);
	set_assert("a up");
	set_pass(SUP_STEADY_MS - 1);
	set_end(3, 0);
	set_assert("a backoff");
	assert_int_equal(svc_run_timers(), fake_now + 100);
}

/* What a service leaves behind in its group is killed, however it ended. */
static void kills_what_is_left(void **unused)
{
	(void)unused;
	set_add("a", "");
	set_add("b", "type = once");
	set_add("c", "type = once");
	set_load();
	svc_start_all("");
	set_end(0, 0);
	fake_assert_kills("KILL -1000");
	set_end(1, 0);
	fake_assert_kills("KILL -1001");
	set_end(2, EXIT(1));
	fake_assert_kills("KILL -1002");
	set_assert("a backoff, b done, c failed");
}

static void strangers_are_reaped(void **unused)
{
	(void)unused;
	set_add("a", "");
	set_load();
	svc_start_all("");
	for (int i = 0; i < 5; i++)
		fake_end(5000 + i, 0);
	assert_int_equal(svc_reap(3), 3);
	assert_int_equal(svc_reap(3), 2);
	assert_int_equal(svc_reap(3), 0);
	set_assert("a up");
	fake_assert_kills("");
}

static void cannot_fork(void **unused)
{
	(void)unused;
	set_add("a", "backoff = 100ms");
	set_add("b", "type = once");
	set_add("c", "ready = fd\nbackoff = 1s");
	set_add("d", "after = b c");
	set_load();
	fake_fork_fails = true;
	svc_start_all("");
	set_assert("a backoff, b failed, c backoff, d backoff");
	assert_int_equal(state->svc[1].status, EXIT(111));
	assert_int_equal(state->svc[1].pid, 0);
	assert_int_equal(state->svc[2].ready_fd, -1);
	fake_assert_kills("");
	assert_int_equal(svc_run_timers(), fake_now + 100);
	fake_fork_fails = false;
	set_pass(1000);
	set_assert("a up, b failed, c starting, d up");
}

static void restarts(void **unused)
{
	(void)unused;
	set_add("a", "stop-signal = HUP\nstop-timeout = 1s");
	set_load();
	svc_start_all("");
	svc_ask(0, EV_RESTART);
	set_assert("a restarting");
	fake_assert_kills("HUP -1000, CONT -1000");
	assert_int_equal(processes(), 1);
	set_end(0, SIGHUP);
	set_assert("a up");
	fake_assert_kills("KILL -1000");
	assert_int_equal(processes(), 2);
	svc_ask(0, EV_RESTART);
	set_pass(1000);
	set_assert("a rekilled");
	fake_assert_kills("HUP -1001, CONT -1001, KILL -1001");
	set_pass(SUP_KILL_MS);
	set_assert("a up");
	assert_int_equal(processes(), 3);
}

static void stops_and_changes_its_mind(void **unused)
{
	(void)unused;
	set_add("a", "");
	set_load();
	svc_start_all("");
	svc_ask(0, EV_STOP);
	svc_ask(0, EV_START);
	set_assert("a restarting");
	svc_ask(0, EV_STOP);
	set_assert("a stopping");
	fake_assert_kills("TERM -1000, CONT -1000");
	set_end(0, SIGTERM);
	set_assert("a down");
	assert_int_equal(processes(), 1);
	assert_string_equal(fake_warnings, "");
}

static void restart_of_one_that_backs_off(void **unused)
{
	(void)unused;
	set_add("a", "");
	set_load();
	svc_start_all("");
	set_end(0, EXIT(1));
	svc_ask(0, EV_RESTART);
	set_assert("a up");
	assert_true(svc_run_timers() == NEVER);
	set_end(1, EXIT(1));
	svc_ask(0, EV_STOP);
	set_assert("a down");
	set_pass(60000);
	set_assert("a down");
}

/* What was written before the end is in the log; "<4>" goes to the consoles too. */
static void last_words(void **unused)
{
	static const char text[] = "first\n<4>second\n";

	(void)unused;
	set_add("a", "");
	set_load();
	svc_start_all("");
	assert_int_equal(write(state->svc[0].log_fd[1], text, strlen(text)), strlen(text));
	set_end(0, 0);
	assert_non_null(strstr(state->log, " a: first\n"));
	assert_non_null(strstr(state->log, " a: second\n"));
	assert_string_equal(fake_warnings, "a: second\n");
}

/* However many there are: none is cut where a reading ended. */
static void many_last_words(void **unused)
{
	char line[128];
	const char *at;
	int n = 0;

	(void)unused;
	set_add("a", "");
	set_load();
	svc_start_all("");
	for (int i = 0; i < 100; i++) {
		int len = snprintf(line, sizeof(line), "<6>%03d%90s%s", i, "end", i < 99 ? "\n" : "");

		assert_int_equal(write(state->svc[0].log_fd[1], line, (size_t)len), len);
	}
	set_end(0, 0);
	for (at = state->log; (at = strstr(at, " a: ")); at++) {
		snprintf(line, sizeof(line), " a: %03d%90s\n", n++, "end");
		assert_memory_equal(at, line, strlen(line));
	}
	assert_int_equal(n, 100);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_begin, set_begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(starts_in_order),
		TEST(starts_at_once_what_can),
		TEST(failure_is_no_obstacle),
		TEST(cycle_and_missing),
		TEST(starts_by_prefix),
		TEST(starts_one),
		TEST(ready_by_a_line),
		TEST(closed_without_a_line),
		TEST(ready_in_time_or_late),
		TEST(waits_for_ever_when_told_to),
		TEST(backs_off_longer_and_longer),
		TEST(steady_one_starts_at_once),
		TEST(kills_what_is_left),
		TEST(strangers_are_reaped),
		TEST(cannot_fork),
		TEST(restarts),
		TEST(stops_and_changes_its_mind),
		TEST(restart_of_one_that_backs_off),
		TEST(last_words),
		TEST(many_last_words),
	};

	return cmocka_run_group_tests_name("svc", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * The real xlab-init as process 1. In a pid namespace reboot(2) ends process 1 with SIGINT for
 * power-off and halt, with SIGHUP for a restart: see reboot(2).
 */
#include "init/stop.h"
#include "tests/ns/guest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define POWERED_OFF SIGINT
#define RESTARTED SIGHUP
#define SERVICE_STOP_MS 5000	/* what a service has, unless its file says otherwise */
#define SLACK_MS 10000		/* for a busy machine */

#define IDLE_AGENT "echo up >>/out/up; exec busybox sleep 1000"

static void test_boots_and_powers_off(void **state)
{
	(void)state;
	guest_put_agent("echo \"$(busybox hostname) $PATH\" >/out/env\n" IDLE_AGENT);
	guest_boot(GUEST_FULL);
	guest_await("up", "up", 1);
	assert_string_equal(guest_read("env"), "xlab /usr/sbin:/usr/bin:/sbin:/bin\n");
	guest_signal(SIGUSR2);
	assert_int_equal(guest_await_end(), POWERED_OFF);
	assert_int_equal(guest_count("log", "power off"), 2);
	assert_true(guest_age_ms() < SERVICE_STOP_MS + SLACK_MS);
}

static void test_every_request(void **state)
{
	static const struct {
		int sig, end;
		const char *log;
	} cases[] = {
		{ SIGUSR1, POWERED_OFF, "asked to halt" },
		{ SIGUSR2, POWERED_OFF, "asked to power off" },
		{ SIGTERM, RESTARTED, "asked to reboot" },
		{ SIGINT, RESTARTED, "asked to reboot" },
		{ SIGPWR, POWERED_OFF, "asked to power off" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		guest_put_agent(IDLE_AGENT);
		guest_boot(GUEST_FULL);
		guest_await("up", "up", 1);
		guest_signal(cases[i].sig);
		assert_int_equal(guest_await_end(), cases[i].end);
		assert_int_equal(guest_count("log", cases[i].log), 1);
		guest_end(state);
	}
}

static void test_agent_ends_the_run(void **state)
{
	(void)state;
	guest_put_agent("kill -USR2 1; " IDLE_AGENT);
	guest_boot(GUEST_FULL);
	assert_int_equal(guest_await_end(), POWERED_OFF);
}

/* BusyBox's commands, as xl shutdown and people use them; with -f they ask the kernel alone. */
static void test_busybox_commands(void **state)
{
	static const struct {
		const char *script;
		int end;
	} cases[] = {
		{ "busybox poweroff", POWERED_OFF },	{ "busybox halt", POWERED_OFF },
		{ "busybox reboot", RESTARTED },	{ "busybox poweroff -f", POWERED_OFF },
		{ "busybox halt -f", POWERED_OFF },	{ "busybox reboot -f", RESTARTED },
	};
	char script[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(script, sizeof(script), "%s; " IDLE_AGENT, cases[i].script);
		guest_put_agent(script);
		guest_boot(GUEST_FULL);
		assert_int_equal(guest_await_end(), cases[i].end);
		guest_end(state);
	}
}

static void test_runs_without_services(void **state)
{
	(void)state;
	guest_boot(GUEST_BARE);
	guest_await_children(0);
	guest_signal(SIGUSR2);
	assert_int_equal(guest_await_end(), POWERED_OFF);
}

static void test_program_that_is_missing(void **state)
{
	(void)state;
	guest_put_service("lost", "command = /usr/bin/there-is-none");
	guest_boot(GUEST_BARE);
	guest_await("log", "lost: cannot start: /usr/bin/there-is-none: No such file", 2);
	guest_signal(SIGUSR2);
	assert_int_equal(guest_await_end(), POWERED_OFF);
}

static void test_restarts_with_back_off(void **state)
{
	char line[64];
	long least = 0;

	(void)state;
	guest_put_agent("echo up >>/out/up; exit 7");
	guest_boot(GUEST_BARE);
	guest_await("up", "up", 5);
	for (int ms = 100, i = 0; i < 4; i++, ms *= 2) {
		snprintf(line, sizeof(line), "agent starts again in %d ms", ms);
		assert_int_equal(guest_count("log", line), 1);
		least += ms;
	}
	assert_true(guest_age_ms() >= least);
	assert_true(guest_count("log", "agent ended with 7") >= 4);
	guest_signal(SIGUSR2);
	assert_int_equal(guest_await_end(), POWERED_OFF);
}

static void test_killed_agent_comes_back(void **state)
{
	(void)state;
	guest_put_agent("echo up >>/out/up; [ -e /out/killed ] && exec busybox sleep 1000\n"
			"echo >/out/killed; busybox sleep 1000 & kill -KILL $$");
	guest_boot(GUEST_BARE);
	guest_await("up", "up", 2);
	assert_int_equal(guest_count("log", "agent ended by signal 9"), 1);
	guest_await_children(1); /* what the first one left behind is gone */
}

static void test_deaf_agent_is_killed(void **state)
{
	long asked;

	(void)state;
	guest_put_agent("trap '' TERM; " IDLE_AGENT);
	guest_boot(GUEST_BARE);
	guest_await("up", "up", 1);
	asked = guest_age_ms();
	guest_signal(SIGUSR2);
	assert_int_equal(guest_await_end(), POWERED_OFF);
	assert_int_equal(guest_count("log", "agent does not stop: killing it"), 1);
	assert_true(guest_age_ms() - asked >= SERVICE_STOP_MS);
	assert_true(guest_age_ms() - asked < SERVICE_STOP_MS + SLACK_MS);
}

/* Stopped processes cannot handle SIGTERM, and one in a session of its own is in no group. */
static void test_stopped_and_stray_processes(void **state)
{
	long asked;

	(void)state;
	guest_put_agent("busybox setsid sh -c 'trap \"\" TERM; echo up >>/out/stray;"
			" exec busybox sleep 1000' &\n"
			"while ! [ -s /out/stray ]; do :; done\n"
			"echo up >>/out/up; kill -STOP $$");
	guest_boot(GUEST_BARE);
	guest_await("up", "up", 1);
	asked = guest_age_ms();
	guest_signal(SIGUSR2);
	assert_int_equal(guest_await_end(), POWERED_OFF);
	assert_true(guest_age_ms() - asked >= STOP_TERM_MS);
	assert_int_equal(guest_count("log", "does not stop"), 0);
}

static void test_second_request_is_harmless(void **state)
{
	static const int more[] = { SIGUSR1, SIGTERM, SIGINT, SIGUSR2, SIGCHLD, SIGHUP, SIGPIPE };

	(void)state;
	guest_put_agent("trap '' TERM; " IDLE_AGENT);
	guest_boot(GUEST_BARE);
	guest_await("up", "up", 1);
	guest_signal(SIGUSR2);
	guest_await("log", "asked to", 1);
	for (int i = 0; i < 1000; i++)
		guest_signal(more[i % 7]);
	assert_int_equal(guest_await_end(), POWERED_OFF);
	assert_int_equal(guest_count("log", "asked to"), 1);
}

static void test_other_signals_change_nothing(void **state)
{
	/* requests, and those that the kernel sends for faults */
	static const char meant[] = { SIGUSR1, SIGUSR2, SIGTERM, SIGINT, SIGPWR, SIGSEGV, SIGBUS,
				      SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP, 0 };

	(void)state;
	guest_put_agent(IDLE_AGENT);
	guest_boot(GUEST_BARE);
	guest_await("up", "up", 1);
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		if (sig != SIGKILL && sig != SIGSTOP && !strchr(meant, sig) &&
		    (sig < 32 || sig >= SIGRTMIN))
			guest_signal(sig);
	guest_signal(SIGTERM);
	assert_int_equal(guest_await_end(), RESTARTED);
	assert_int_equal(guest_count("up", "up"), 1);
}

static void test_read_only_root_without_mount_points(void **state)
{
	(void)state;
	guest_put_agent(IDLE_AGENT);
	guest_boot(GUEST_BARE);
	guest_await("up", "up", 1);
	assert_int_equal(guest_count("log", "cannot mount /proc: "), 1);
	assert_int_equal(guest_count("log", "cannot mount /proc/xen"), 0);
	assert_int_equal(guest_count("log", "cannot mount /sys/fs/cgroup"), 0);
	guest_signal(SIGUSR2);
	assert_int_equal(guest_await_end(), POWERED_OFF);
}

static void test_refuses_to_be_another_process(void **state)
{
	char cmd[512], text[128] = "";
	const char *init = getenv("XLAB_INIT");
	FILE *p;

	(void)state;
	snprintf(cmd, sizeof(cmd), "%s 2>&1", init ? init : "build/guest/xlab-init");
	p = popen(cmd, "r");
	assert_non_null(p);
	assert_non_null(fgets(text, sizeof(text), p));
	assert_memory_equal(text, "xlab-init: ", 11);
	assert_null(fgets(text, sizeof(text), p));
	assert_int_equal(WEXITSTATUS(pclose(p)), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define IN_A_GUEST(f) cmocka_unit_test_teardown(f, guest_end)
		IN_A_GUEST(test_boots_and_powers_off),
		IN_A_GUEST(test_read_only_root_without_mount_points),
		IN_A_GUEST(test_runs_without_services),
		IN_A_GUEST(test_program_that_is_missing),
		IN_A_GUEST(test_every_request),
		IN_A_GUEST(test_agent_ends_the_run),
		IN_A_GUEST(test_busybox_commands),
		IN_A_GUEST(test_restarts_with_back_off),
		IN_A_GUEST(test_killed_agent_comes_back),
		IN_A_GUEST(test_deaf_agent_is_killed),
		IN_A_GUEST(test_stopped_and_stray_processes),
		IN_A_GUEST(test_second_request_is_harmless),
		IN_A_GUEST(test_other_signals_change_nothing),
		cmocka_unit_test(test_refuses_to_be_another_process),
	};

	return cmocka_run_group_tests(tests, guest_make_root, guest_remove_root);
}

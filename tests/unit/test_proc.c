/* SPDX-License-Identifier: ISC */
#include "host/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SH(...) (const char *const[]) {"sh", "-c", __VA_ARGS__, NULL}

static void test_status(void **state)
{
	static const struct {
		const char *script;
		int want;
	} rows[] = {
		{"exit 0", 0},
		{"exit 100", 100},
		{"kill -KILL $$", 128 + SIGKILL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(proc_run(SH(rows[i].script), NULL), rows[i].want);
}

static void test_cannot_start(void **state)
{
	const char *const none[] = {"/nonexistent/program", NULL};
	const char *const folder[] = {"/etc", NULL};
	struct proc_opts nowhere = {.cwd = "/nonexistent"};
	char buf[8];

	(void)state;
	assert_int_equal(proc_run(none, NULL), -ENOENT);
	assert_int_equal(proc_capture(none, buf, sizeof buf, NULL), -ENOENT);
	assert_int_equal(proc_run(folder, NULL), -EACCES);
	assert_int_equal(proc_run(SH("exit 0"), &nowhere), -ENOENT);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie */
}

static void test_capture(void **state)
{
	const char *const env[] = {"WORD=three", NULL};
	struct proc_opts o = {.cwd = "/", .env = env, .in = PROC_NULL, .err = PROC_OUT};
	char buf[64];
	int r = proc_capture(SH("cat; pwd; echo $0 >&2; echo $WORD; exit 7", "two"), buf,
			     sizeof buf, &o);

	(void)state;
	assert_int_equal(r, 7);
	assert_string_equal(buf, "/\ntwo\nthree\n");
}

static void test_capture_is_bounded(void **state)
{
	char buf[8];

	(void)state;
	assert_int_equal(proc_capture(SH("printf 1234567"), buf, sizeof buf, NULL), 0);
	assert_string_equal(buf, "1234567");
	assert_int_equal(proc_capture(SH("printf 12345678"), buf, sizeof buf, NULL), -EMSGSIZE);
	assert_string_equal(buf, "1234567");
	assert_int_equal(proc_capture(SH("yes"), buf, sizeof buf, NULL), -EMSGSIZE);
}

/* A daemon left behind holds the pipe: the answer does not wait for it. */
static void test_capture_leaves_daemon(void **state)
{
	char buf[32], *end;
	long long start = proc_clock_ms();
	long daemon;

	(void)state;
	assert_int_equal(proc_capture(SH("sleep 60 & echo $!"), buf, sizeof buf, NULL), 0);
	assert_true(proc_clock_ms() - start < 30000);
	daemon = strtol(buf, &end, 10);
	assert_int_equal(*end, '\n');
	assert_int_equal(kill((pid_t)daemon, SIGKILL), 0);
}

/* The deadline ends the whole group: the pipe closes although a grandchild held it. */
static void test_deadline_kills_group(void **state)
{
	struct proc_opts o = {.deadline_ms = 100};
	char byte, buf[32];
	int fds[2];

	(void)state;
	assert_int_equal(proc_capture(SH("sleep 60"), buf, sizeof buf, &o), -ETIMEDOUT);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	o.out = fds[1];
	assert_int_equal(proc_run(SH("sleep 60 & sleep 60"), &o), -ETIMEDOUT);
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 0);
	close(fds[0]);
}

/* Starts a script and returns when it has printed its first byte: its traps are set. */
static pid_t start_ready(const char *script)
{
	int fds[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = proc_spawn(SH(script), &(struct proc_opts) {.out = fds[1]});
	assert_true(pid > 0);
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	close(fds[0]);
	return pid;
}

static void test_stop(void **state)
{
	(void)state;
	assert_int_equal(proc_stop(start_ready("trap 'exit 3' TERM; sleep 60 & echo; wait"), SIGTERM,
				   30000), 3);
	assert_int_equal(proc_stop(start_ready("trap '' TERM; echo; sleep 60"), SIGTERM, 50),
			 128 + SIGKILL);
}

/* What a middle process started is gone when the middle process is, however it went. */
static void test_dies_with_parent(void **state)
{
	int fds[2];
	char byte;
	pid_t middle;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	middle = fork();
	if (middle == 0) {
		const char *const cat[] = {"sleep", "60", NULL};

		proc_spawn(cat, &(struct proc_opts) {.out = fds[1]});
		_exit(write(fds[1], "x", 1) != 1 || raise(SIGKILL));
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	assert_int_equal(proc_wait(middle, 5000), 128 + SIGKILL);
	assert_int_equal(read(fds[0], &byte, 1), 0);
	close(fds[0]);
}

static void test_signals_are_default(void **state)
{
	sigset_t set;
	void (*old)(int) = signal(SIGTERM, SIG_IGN);

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	assert_int_equal(proc_run(SH("kill -TERM $$; exit 1"), NULL), 128 + SIGTERM);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	signal(SIGTERM, old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_cannot_start),
		cmocka_unit_test(test_capture),
		cmocka_unit_test(test_capture_is_bounded),
		cmocka_unit_test(test_capture_leaves_daemon),
		cmocka_unit_test(test_deadline_kills_group),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_dies_with_parent),
		cmocka_unit_test(test_signals_are_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * The guest's programs and the collector on real xenstoreds: libxenstore for musl, and a whole run
 * during which the collector is killed again and again.
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/xs.h"
#include "host/proc.h"
#include "tests/store/harness.h"

#define UUID "11111111-2222-3333-4444-555555555555"

enum { STEPS = 40, SAMPLES_A_STEP = 25, DEADLINE_MS = 120 * 1000 };

static struct harness h;
static char guest_bus[96];

static int start(enum daemon which)
{
	int r = harness_start(&h, which);

	if (!r)
		r = harness_guest(&h, 7, UUID, guest_bus, sizeof(guest_bus));
	if (r) {
		fprintf(stderr, "harness: %s\n", strerror(-r));
		harness_stop(&h);
	}
	return r;
}

static int setup_c(void **state)
{
	(void)state;
	return start(DAEMON_C);
}

static int setup_o(void **state)
{
	(void)state;
	return start(DAEMON_O);
}

static int teardown(void **state)
{
	(void)state;
	harness_stop(&h);
	return 0;
}

static void two_watches_fire(void **state)
{
	char env[128];
	const char *const envs[] = { env, NULL };
	const struct proc_opts opts = { .env = envs, .deadline_ms = 60 * 1000 };

	(void)state;
	snprintf(env, sizeof(env), "XENSTORED_PATH=%s", guest_bus);
	assert_int_equal(proc_run((const char *const[]){ "build/guest/two_watches", NULL }, &opts),
			 0);
}

/* A workload of STEPS steps with SAMPLES_A_STEP samples each, printed by a shell. */
static void write_workload(char *dir, size_t size)
{
	char path[128], text[8192];
	size_t len = 0;

	snprintf(dir, size, "%s/workloads", h.dir);
	assert_int_equal(mkdir(dir, 0755), 0);
	snprintf(path, sizeof(path), "%s/step.sh", dir);
	len = (size_t)snprintf(
		text, sizeof(text),
		"i=0; while [ $i -lt %d ]; do echo '{\"type\":\"sample\",\"workload\":\"many\","
		"\"benchmark\":\"b'$1'\",\"unit\":\"ns/op\",\"index\":'$i',\"ops\":1,"
		"\"value\":'$i'.5}'; i=$((i+1)); done\n",
		SAMPLES_A_STEP);
	assert_int_equal(io_replace_file(path, text, len), 0);
	len = 0;
	for (int i = 0; i < STEPS; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "sh %s %d\n", path, i);
	snprintf(path, sizeof(path), "%s/many", dir);
	assert_int_equal(io_replace_file(path, text, len), 0);
}

/* Runs the agent as a guest does, with a PID 1 of its own to signal. Exits 0 when the agent has
 * ended the run. */
static pid_t spawn_guest(const char *workloads)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setenv("XENSTORED_PATH", guest_bus, 1);
	setenv("XLAB_WORKLOADS", workloads, 1);
	if (unshare(CLONE_NEWPID) < 0)
		_exit(111);
	pid = fork();
	if (pid == 0) {
		sigset_t set;
		int sig;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sigemptyset(&set);
		sigaddset(&set, SIGUSR2);
		sigaddset(&set, SIGCHLD);
		sigprocmask(SIG_BLOCK, &set, NULL);
		if (fork() == 0) {
			sigprocmask(SIG_UNBLOCK, &set, NULL);
			execl("build/guest/xlab-agent", "xlab-agent", NULL);
			_exit(111);
		}
		sigwait(&set, &sig);
		_exit(sig == SIGUSR2 ? 0 : 1);
	}
	int status;

	waitpid(pid, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 111);
}

static pid_t spawn_collector(const char *store)
{
	return proc_spawn((const char *const[]){ "build/host/xlab", "collect", "--store", store,
						 NULL },
			  NULL);
}

static void give(struct xst *xs, const char *key, const char *val)
{
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/7/xlab/%s", key);
	assert_int_equal(xst_write(xs, path, val, strlen(val)), 0);
}

static long query(const char *store, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *q;
	long n;

	assert_int_equal(sqlite3_open_v2(store, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	return n;
}

/* Kills and restarts the collector at times of a fixed sequence until the guest is done. */
static int kill_until_done(pid_t guest, const char *store, int *kills)
{
	long long until = proc_clock_ms() + DEADLINE_MS;
	pid_t collector = spawn_collector(store);
	unsigned seed = 1;
	int status;

	while (waitpid(guest, &status, WNOHANG) == 0) {
		struct timespec nap = { 0, 0 };

		assert_true(proc_left_ms(until) > 0);
		seed = seed * 1103515245 + 12345;
		nap.tv_nsec = (long)(seed >> 8) % 60 * 1000 * 1000;
		nanosleep(&nap, NULL);
		proc_stop(collector, SIGKILL, 1000);
		++*kills;
		collector = spawn_collector(store);
	}
	proc_stop(collector, SIGTERM, 5000);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void killed_collector_loses_and_doubles_nothing(void **state)
{
	char workloads[96], store[96];
	struct xst *xs;
	int kills = 0;

	(void)state;
	write_workload(workloads, sizeof(workloads));
	snprintf(store, sizeof(store), "%s/results.sqlite", h.dir);
	assert_int_equal(xst_open(&xs), 0);
	give(xs, "mode", "native");
	give(xs, "workload", "many");
	give(xs, "size", "quick");
	give(xs, "image", "00");
	give(xs, "run", "killed");
	xst_close(xs);

	assert_int_equal(kill_until_done(spawn_guest(workloads), store, &kills), 0);
	fprintf(stderr, "# killed %d times\n", kills);
	assert_true(kills >= 5);
	assert_int_equal(query(store, "SELECT count(*) FROM guest WHERE status = 'done'"), 1);
	assert_int_equal(query(store, "SELECT count(*) FROM sample"), STEPS * SAMPLES_A_STEP);
	assert_int_equal(query(store, "SELECT count(DISTINCT benchmark || ' ' || idx) FROM sample"),
			 STEPS * SAMPLES_A_STEP);
	/* The guest's own record first, the end last, and no gap between. */
	assert_int_equal(query(store, "SELECT max(seq) FROM record"), STEPS * SAMPLES_A_STEP + 2);
	assert_int_equal(query(store, "SELECT count(*) FROM record"), STEPS * SAMPLES_A_STEP + 2);
}

/* xlab-net is a script that notes what it was asked for; the workload fails if it has not yet run. */
static void write_network(const char *dir)
{
	char path[128], text[512];
	int n = snprintf(text, sizeof(text), "#!/bin/sh\necho \"$*\" >%s/net\necho >&3\n", dir);

	snprintf(path, sizeof(path), "%s/xlab-net", dir);
	assert_int_equal(io_replace_file(path, text, (size_t)n), 0);
	assert_int_equal(chmod(path, 0755), 0);
	n = snprintf(text, sizeof(text), "grep -qx eth0,10.0.0.2/8 %s/net\n", dir);
	snprintf(path, sizeof(path), "%s/networked", dir);
	assert_int_equal(io_replace_file(path, text, (size_t)n), 0);
}

static void network_is_there_when_the_run_starts(void **state)
{
	char store[96], *old = strdup(getenv("PATH")), path[4096];
	pid_t collector, guest;
	struct xst *xs;
	int status;

	(void)state;
	write_network(h.dir);
	snprintf(path, sizeof(path), "%s:%s", h.dir, old);
	snprintf(store, sizeof(store), "%s/results.sqlite", h.dir);
	assert_int_equal(xst_open(&xs), 0);
	give(xs, "mode", "native");
	give(xs, "workload", "networked");
	give(xs, "size", "quick");
	give(xs, "image", "00");
	give(xs, "net", "eth0,10.0.0.2/8");
	give(xs, "run", "networked");
	xst_close(xs);
	collector = spawn_collector(store);
	setenv("PATH", path, 1);
	guest = spawn_guest(h.dir);
	setenv("PATH", old, 1);
	free(old);
	assert_int_equal(waitpid(guest, &status, 0), guest);
	assert_int_equal(status, 0);
	proc_stop(collector, SIGTERM, 5000);
	assert_int_equal(query(store, "SELECT count(*) FROM guest WHERE status = 'done'"), 1);
}

int main(void)
{
#define BOTH(f) \
	{ #f " with C xenstored", f, setup_c, teardown, NULL }, \
	{ \
#f " with oxenstored", f, setup_o, teardown, NULL \
	}
	const struct CMUnitTest tests[] = {
		BOTH(two_watches_fire),
		BOTH(killed_collector_loses_and_doubles_nothing),
		BOTH(network_is_there_when_the_run_starts),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}

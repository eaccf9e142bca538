/* SPDX-License-Identifier: ISC */
/*
 * The guest's programs and the collector on real xenstoreds: libxenstore for musl, and a whole run
 * during which the collector is killed again and again.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/proto/proto.h"
#include "host/proc.h"
#include "tests/store/support.h"

#define UUID "11111111-2222-3333-4444-555555555555"

enum { STEPS = 40, STEPS_A_KILL = 4, SAMPLES_A_STEP = 25, DEADLINE_MS = 120 * 1000 };

static char guest_bus[96];

static void make_guest(void)
{
	assert_int_equal(harness_guest(&lab.h, 7, UUID, guest_bus, sizeof(guest_bus)), 0);
}

static void our_libxenstore_works(void **state)
{
	char env[128];
	const char *const envs[] = { env, NULL };
	const struct proc_opts opts = { .env = envs, .deadline_ms = 60 * 1000 };

	(void)state;
	make_guest();
	snprintf(env, sizeof(env), "XENSTORED_PATH=%s", guest_bus);
	assert_int_equal(proc_run((const char *const[]){ "build/guest/xs_calls", NULL }, &opts),
			 0);
}

/* A workload of STEPS steps with SAMPLES_A_STEP samples each, printed by a shell, which waits for
 * release() before every STEPS_A_KILL of them. */
static void write_workload(char *dir, size_t size)
{
	char path[128], text[8192];
	size_t len = 0;

	snprintf(dir, size, "%s/workloads", lab.h.dir);
	assert_int_equal(mkdir(dir, 0755), 0);
	snprintf(path, sizeof(path), "%s/step.sh", dir);
	len = (size_t)snprintf(
		text, sizeof(text),
		"while [ ! -e %s/go.$(($1 / %d)) ]; do sleep 0.01; done\n"
		"i=0; while [ $i -lt %d ]; do echo '{\"type\":\"sample\",\"workload\":\"many\","
		"\"benchmark\":\"b'$1'\",\"unit\":\"ns/op\",\"index\":'$i',\"ops\":1,"
		"\"value\":'$i'.5}'; i=$((i+1)); done\n",
		dir, STEPS_A_KILL, SAMPLES_A_STEP);
	assert_int_equal(io_replace_file(path, text, len), 0);
	len = 0;
	for (int i = 0; i < STEPS; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "sh %s %d\n", path, i);
	snprintf(path, sizeof(path), "%s/many", dir);
	assert_int_equal(io_replace_file(path, text, len), 0);
}

static void give(const char *key, const char *val)
{
	assert_int_equal(harness_give(&lab.h, 7, key, val), 0);
}

static void release(const char *workloads, int n)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/go.%d", workloads, n);
	assert_int_equal(io_replace_file(path, "", 0), 0);
}

/* Kills and restarts the collector as often as the guest waits, each time a while of a fixed
 * sequence after it may go on. Returns the guest's exit status. */
static int kill_until_done(pid_t guest, const char *workloads)
{
	pid_t collector = collector_start(COLLECTOR);
	unsigned seed = 1;
	int status;

	for (int i = 0; i < STEPS / STEPS_A_KILL; i++) {
		struct timespec nap = { 0, 0 };

		release(workloads, i);
		seed = seed * 1103515245 + 12345;
		nap.tv_nsec = (long)(seed >> 8) % 30 * 1000 * 1000;
		nanosleep(&nap, NULL);
		proc_stop(collector, SIGKILL, 1000);
		collector = collector_start(COLLECTOR);
	}
	status = proc_wait(guest, DEADLINE_MS);
	proc_stop(collector, SIGTERM, 5000);
	return status;
}

static long guest_pieces(void)
{
	return (query("SELECT length(json) FROM record WHERE seq = 1") + XP_PIECE_DATA_MAX - 1) /
	       XP_PIECE_DATA_MAX;
}

static void killed_collector_loses_and_doubles_nothing(void **state)
{
	char workloads[96];

	(void)state;
	make_guest();
	write_workload(workloads, sizeof(workloads));
	give("mode", "native");
	give("workload", "many");
	give("size", "quick");
	give("image", "00");
	give("run", "killed");

	assert_int_equal(kill_until_done(agent_start(guest_bus, workloads, -1), workloads), 0);
	assert_int_equal(query("SELECT count(*) FROM guest WHERE status = 'done'"), 1);
	assert_int_equal(query("SELECT count(*) FROM sample"), STEPS * SAMPLES_A_STEP);
	assert_int_equal(query("SELECT count(DISTINCT benchmark || ' ' || idx) FROM sample"),
			 STEPS * SAMPLES_A_STEP);
	/* The guest's own record first, of as many pieces as it takes, the end last, and no gap between. */
	assert_int_equal(query("SELECT max(seq) FROM record"), STEPS * SAMPLES_A_STEP + 1 + guest_pieces());
	assert_int_equal(query("SELECT count(*) FROM record"), STEPS * SAMPLES_A_STEP + 2);
}

/* xlab-net is a script that notes what it was asked for; the workload fails if it has not yet run.
 */
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
	char *old = strdup(getenv("PATH")), path[4096];
	pid_t collector, guest;
	int status;

	(void)state;
	make_guest();
	write_network(lab.h.dir);
	snprintf(path, sizeof(path), "%s:%s", lab.h.dir, old);
	give("mode", "native");
	give("workload", "networked");
	give("size", "quick");
	give("image", "00");
	give("net", "eth0,10.0.0.2/8");
	give("run", "networked");
	collector = collector_start(COLLECTOR);
	setenv("PATH", path, 1);
	guest = agent_start(guest_bus, lab.h.dir, -1);
	setenv("PATH", old, 1);
	free(old);
	assert_int_equal(waitpid(guest, &status, 0), guest);
	assert_int_equal(status, 0);
	proc_stop(collector, SIGTERM, 5000);
	assert_int_equal(query("SELECT count(*) FROM guest WHERE status = 'done'"), 1);
}

/* A guest that is a few lines of shell, with nothing of ours in it. */
static void a_shell_script_is_a_guest(void **state)
{
	char bus[128];
	const char *const env[] = { bus, NULL };
	const struct proc_opts opts = { .env = env, .deadline_ms = DEADLINE_MS };
	pid_t collector;

	(void)state;
	make_guest();
	snprintf(bus, sizeof(bus), "XENSTORED_PATH=%s", guest_bus);
	give("mode", "native");
	give("workload", "shell");
	give("size", "quick");
	give("image", "00");
	give("run", "shell");
	collector = collector_start(COLLECTOR);
	assert_int_equal(proc_run((const char *const[]){ "tests/store/guest.sh", NULL }, &opts), 0);
	collector_stop(collector);
	assert_int_equal(query("SELECT count(*) FROM guest WHERE status = 'done'"), 1);
	assert_int_equal(query("SELECT value FROM sample WHERE benchmark = 'answer'"), 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BOTH(our_libxenstore_works),
		ON_BOTH(killed_collector_loses_and_doubles_nothing),
		ON_BOTH(network_is_there_when_the_run_starts),
		ON_BOTH(a_shell_script_is_a_guest),
	};

	return lab_run("store", tests);
}

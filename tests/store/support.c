/* SPDX-License-Identifier: ISC */
#include "tests/store/support.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest-tools/lib/io.h"
#include "host/proc.h"

enum { STOP_MS = 20 * 1000, FREEZE_MS = 60 * 1000, GUESTS_MAX = 1024 };

struct lab lab;

static int lab_setup(enum daemon which)
{
	int r = harness_start(&lab.h, which);

	snprintf(lab.store, sizeof(lab.store), "%s/results.sqlite", lab.h.dir);
	if (!r)
		r = swarm_open(&lab.swarm, GUESTS_MAX);
	if (!r)
		return 0;
	fprintf(stderr, "harness: %s\n", strerror(-r));
	harness_stop(&lab.h);
	return -1;
}

int lab_setup_c(void **state)
{
	(void)state;
	return lab_setup(DAEMON_C);
}

int lab_setup_o(void **state)
{
	(void)state;
	return lab_setup(DAEMON_O);
}

int lab_teardown(void **state)
{
	(void)state;
	swarm_close(&lab.swarm);
	harness_stop(&lab.h);
	return 0;
}

static void add(unsigned domid, unsigned n, struct swarm_spec spec)
{
	if (!spec.kind)
		spec.kind = &swarm_honest;
	if (!spec.run)
		spec.run = "swarm";
	assert_int_equal(swarm_add(&lab.swarm, &lab.h, domid, n, &spec), 0);
}

void lab_add(unsigned domid, struct swarm_spec spec)
{
	add(domid, 1, spec);
}

void lab_add_many(unsigned n, struct swarm_spec spec)
{
	add(1, n, spec);
}

void lab_assert_complete(unsigned n, unsigned samples)
{
	for (unsigned i = 0; i < lab.swarm.n; i++)
		assert_int_equal(lab.swarm.guests[i].wrong, 0);
	assert_int_equal(query("SELECT count(*) FROM guest WHERE status='done'"), n);
	assert_int_equal(query("SELECT count(*) FROM record JOIN guest ON guest=id"
			       " WHERE status='done'"),
			 n * (samples + 2));
	assert_int_equal(query("SELECT count(*) FROM (SELECT 1 FROM sample JOIN guest ON guest=id"
			       " WHERE status='done' GROUP BY guest HAVING count(*)=%u AND"
			       " count(DISTINCT idx)=%u AND max(idx)=%u AND"
			       " sum(value)=sum(idx + 0.5))",
			       samples, samples, samples - 1),
			 n);
	/* A guest's records are its own. */
	assert_int_equal(query("SELECT count(*) FROM sample JOIN guest ON guest=id"
			       " WHERE status='done' AND benchmark != 'b' || domid"),
			 0);
	assert_store_sound();
}

pid_t collector_start(const char *program)
{
	char path[128];
	struct proc_opts opts = { 0 };
	pid_t pid;

	snprintf(path, sizeof(path), "%s.log", lab.store);
	opts.err = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_true(opts.err > 0);
	pid = proc_spawn((const char *const[]){ program, "collect", "--store", lab.store, NULL },
			 &opts);
	close(opts.err);
	assert_true(pid > 0);
	return pid;
}

pid_t collector_start_at(const char *socket)
{
	pid_t pid;

	setenv("XENSTORED_PATH", socket, 1);
	pid = collector_start(COLLECTOR);
	setenv("XENSTORED_PATH", lab.h.socket, 1);
	return pid;
}

void collector_stop(pid_t collector)
{
	assert_int_equal(proc_stop(collector, SIGTERM, STOP_MS), 0);
}

/* Whether the daemon answers within that time. */
static bool daemon_answers(struct wire *w, int ms)
{
	struct wire_msg m;

	w->call_ms = ms;
	return wire_call(w, XS_READ, 0, "/", 2, &m) == 0;
}

void collector_freeze(pid_t collector)
{
	long long until = proc_clock_ms() + FREEZE_MS;
	struct wire w;
	int status;

	assert_int_equal(wire_open(&w, lab.h.socket), 0);
	for (;;) {
		kill(collector, SIGSTOP);
		assert_int_equal(waitpid(collector, &status, WUNTRACED), collector);
		assert_true(WIFSTOPPED(status));
		if (daemon_answers(&w, 500))
			break;
		/* It says the rest before it is stopped again. */
		kill(collector, SIGCONT);
		assert_true(daemon_answers(&w, proc_left_ms(until)));
	}
	wire_close(&w);
}

void said_until(const char *words, int ms)
{
	long long until = proc_clock_ms() + ms;
	static char text[1 << 16];
	char path[128];

	text[0] = '\0';
	snprintf(path, sizeof(path), "%s.log", lab.store);
	while ((io_read_file(path, text, sizeof(text)) < 0 || !strstr(text, words)) &&
	       proc_left_ms(until) > 0)
		nanosleep(&(struct timespec){ 0, 5 * 1000 * 1000 }, NULL);
	if (!strstr(text, words))
		fail_msg("the collector did not say '%s', but: %s", words, text);
}

/* PID 1 of the guest. */
static void agent_init(void)
{
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

pid_t agent_start(const char *bus, const char *workloads, int err)
{
	pid_t pid = fork();
	int status;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setenv("XENSTORED_PATH", bus, 1);
	setenv("XLAB_WORKLOADS", workloads, 1);
	if ((err >= 0 && dup2(err, STDERR_FILENO) < 0) || unshare(CLONE_NEWPID) < 0)
		_exit(111);
	pid = fork();
	if (pid == 0)
		agent_init();
	waitpid(pid, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 111);
}

static sqlite3 *db_open(void)
{
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(lab.store, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK) {
		sqlite3_busy_timeout(db, STOP_MS);
		return db;
	}
	sqlite3_close(db);
	return NULL;
}

/* -1 when there is no answer (yet). */
static long db_ask(const char *sql)
{
	sqlite3 *db = db_open();
	sqlite3_stmt *q = NULL;
	long n = -1;

	if (db && sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK &&
	    sqlite3_step(q) == SQLITE_ROW)
		n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	return n;
}

long query(const char *sql, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, sql);
	vsnprintf(text, sizeof(text), sql, ap);
	va_end(ap);
	return db_ask(text);
}

void query_until(long wanted, int ms, const char *sql, ...)
{
	long long until = proc_clock_ms() + ms;
	char text[1024];
	va_list ap;
	long n;

	va_start(ap, sql);
	vsnprintf(text, sizeof(text), sql, ap);
	va_end(ap);
	while ((n = db_ask(text)) != wanted && proc_left_ms(until) > 0)
		nanosleep(&(struct timespec){ 0, 5 * 1000 * 1000 }, NULL);
	if (n != wanted)
		fail_msg("%ld, and not %ld: %s", n, wanted, text);
}

void assert_store_sound(void)
{
	assert_int_equal(query("SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
	assert_int_equal(query("SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

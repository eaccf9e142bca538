/* SPDX-License-Identifier: ISC */
#include "tests/bench/store_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/proc.h"
#include "tests/bench/usage.h"

enum { RUN_MS = 300 * 1000, GUESTS_MAX = 1024 };

char bench_dir[64] = "build/bench/store.XXXXXX";

static char store[96];
static struct harness h;
static struct swarm swarm;

void bench_begin(void)
{
	if (!mkdtemp(bench_dir))
		bench_die(bench_dir, errno);
	snprintf(store, sizeof(store), "%s/results.sqlite", bench_dir);
}

void bench_end(void)
{
	proc_run((const char *const[]){ "rm", "-rf", bench_dir, NULL }, NULL);
}

_Noreturn void bench_die(const char *what, int r)
{
	fprintf(stderr, "bench-store: %s: %s\n", what, strerror(r < 0 ? -r : r));
	harness_stop(&h);
	exit(111);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void bench_open(enum daemon which)
{
	int r = harness_start(&h, which);

	if (!r)
		r = swarm_open(&swarm, GUESTS_MAX);
	if (r)
		bench_die("a xenstored", r);
	unlink(store);
}

void bench_close(void)
{
	swarm_close(&swarm);
	harness_stop(&h);
}

static pid_t start(const char *const argv[])
{
	const struct proc_opts opts = { .err = PROC_NULL };
	pid_t pid = proc_spawn(argv, &opts);

	if (pid < 0)
		bench_die(argv[0], pid);
	return pid;
}

pid_t bench_shell(void)
{
	static char fresh[96] = "";

	snprintf(fresh, sizeof(fresh), "%s/shell.XXXXXX", bench_dir);
	if (!mkdtemp(fresh))
		bench_die(fresh, errno);
	return start((const char *const[]){ "tests/bench/collect.sh", fresh, NULL });
}

pid_t bench_collector(void)
{
	return start((const char *const[]){ "build/host/xlab", "collect", "--store", store, NULL });
}

void bench_add(unsigned n, struct swarm_spec spec)
{
	int r;

	spec.kind = &swarm_honest;
	spec.run = "bench";
	r = swarm_add(&swarm, &h, 1, n, &spec);
	if (r)
		bench_die("cannot make a guest", r);
}

void bench_run(void)
{
	int r = swarm_run(&swarm, RUN_MS);

	if (r)
		bench_die("the guests do not come to their end", r);
}

/* Turns until the host has something of every guest. Returns how many pieces it has. */
unsigned long bench_run_in(void)
{
	long long until = proc_clock_ms() + RUN_MS;
	unsigned long n;
	bool all;

	do {
		swarm_step(&swarm, 10);
		all = true;
		n = 0;
		for (unsigned i = 0; i < swarm.n; i++) {
			all &= swarm.guests[i].sender.ack > 0;
			n += swarm.guests[i].sender.ack;
		}
		if (proc_left_ms(until) == 0)
			bench_die("the guests are not served", ETIMEDOUT);
	} while (!all);
	return n;
}

static unsigned long pieces(void)
{
	unsigned long n = 0;

	for (unsigned i = 0; i < swarm.n; i++)
		n += swarm.guests[i].sender.head;
	return n;
}

/* What n guests take, each piece, from when all of them are served to their end; from the start where
 * there is nothing left by then. */
void bench_collect(enum daemon which, unsigned n, struct swarm_spec spec, pid_t (*start_it)(void),
		   struct cost *c)
{
	unsigned long before;
	double started, began, cpu;
	pid_t pid;

	bench_open(which);
	bench_add(n, spec);
	started = now();
	pid = start_it();
	before = bench_run_in();
	began = now();
	cpu = usage_cpu_s(pid);
	bench_run();
	if (pieces() == before) {
		before = 0;
		began = started;
		cpu = 0;
	}
	*c = (struct cost){
		(now() - began) / (double)(pieces() - before),
		(usage_cpu_s(pid) - cpu) / (double)(pieces() - before),
	};
	proc_stop(pid, SIGTERM, 5000);
	bench_close();
}

/* Writes of the guest's own, one at a time, with or without an fsync behind each. */
double bench_write(enum daemon which, unsigned n, size_t len, bool with_fsync)
{
	static char msg[2048] = "data/raw";
	char path[96], file[96];
	struct wire_msg answer;
	double began, took;
	struct wire w;
	int fd, r;

	bench_open(which);
	snprintf(file, sizeof(file), "%s/raw", bench_dir);
	fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	r = harness_guest(&h, 1, "11111111-2222-3333-4444-555555555555", path, sizeof(path));
	if (!r)
		r = wire_open(&w, path);
	began = now();
	for (unsigned i = 0; i < n && !r; i++) {
		r = wire_call(&w, XS_WRITE, 0, msg, sizeof("data/raw") + len, &answer);
		if (!r && with_fsync && (write(fd, msg, len) < 0 || fsync(fd) < 0))
			r = -errno;
	}
	took = now() - began;
	if (r)
		bench_die("writes", r);
	close(fd);
	wire_close(&w);
	bench_close();
	return took;
}

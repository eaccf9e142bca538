/* SPDX-License-Identifier: ISC */
/*
 * bench-store: the collector against what is compared with it, on both xenstoreds; a table on
 * standard output and JSON in the file that is its argument. Results go to the disk that this
 * folder is on. Both sides of a ratio are measured in turns, and medians taken. No figure makes it
 * fail.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "host/proc.h"
#include "tests/bench/store_figures.h"
#include "tests/bench/store_run.h"
#include "tests/bench/usage.h"

enum { ROUNDS_MAX = 64, RATE_GUESTS = 100, SMALL = 400, BULK = 8, FEW = 10, EACH = 8 };

static const char *const daemons[] = { [DAEMON_C] = "xenstored", [DAEMON_O] = "oxenstored" };

static long rounds, many, idle_s;

static long number(const char *name, long fallback)
{
	const char *text = getenv(name);
	char *end = NULL;
	long n = text ? strtol(text, &end, 10) : fallback;

	if (!text || (!*end && n >= 1 && n <= 1000))
		return n;
	fprintf(stderr, "bench-store: %s=%s: not a number from 1 to 1000\n", name, text);
	exit(100);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, long n)
{
	qsort(v, (size_t)n, sizeof(*v), ascending);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static void measure_latency(enum daemon which, struct figures *f)
{
	const struct swarm_spec spec = { .records = SMALL, .sync = true };
	double a[ROUNDS_MAX], b[ROUNDS_MAX];
	struct cost c;

	for (long i = 0; i < rounds; i++) {
		bench_collect(which, 1, spec, bench_collector, &c);
		a[i] = c.wall * 1e3;
		b[i] = bench_write(which, SMALL, 100, true) * 1e3 / SMALL;
	}
	f->value[FIGURE_LATENCY] = median(a, rounds);
	f->base[FIGURE_LATENCY] = median(b, rounds);
}

static void measure_rate(enum daemon which, struct figures *f)
{
	const struct swarm_spec fast = { .records = 100 }, slow = { .records = 40 };
	double a[ROUNDS_MAX];
	struct cost c;

	for (long i = 0; i < rounds; i++) {
		bench_collect(which, RATE_GUESTS, fast, bench_collector, &c);
		a[i] = 1 / c.wall;
	}
	bench_collect(which, RATE_GUESTS, slow, bench_shell, &c);
	f->value[FIGURE_RATE] = median(a, rounds);
	f->base[FIGURE_RATE] = 1 / c.wall;
}

static void measure_bulk(enum daemon which, struct figures *f)
{
	const struct swarm_spec spec = { .records = BULK, .size = XP_RECORD_MAX };
	double a[ROUNDS_MAX], b[ROUNDS_MAX];
	struct cost c;

	for (long i = 0; i < rounds; i++) {
		bench_collect(which, 1, spec, bench_collector, &c);
		a[i] = XP_PIECE_DATA_MAX / 1e3 / c.wall;
		b[i] = 1000 * XP_VALUE_MAX / 1e3 / bench_write(which, 1000, XP_VALUE_MAX, false);
	}
	f->value[FIGURE_BULK] = median(a, rounds);
	f->base[FIGURE_BULK] = median(b, rounds);
}

/* The same number of results, each waited for, from many guests and from few. */
static void measure_scale(enum daemon which, struct figures *f)
{
	const struct swarm_spec wide = { .records = EACH, .sync = true };
	const struct swarm_spec deep = { .records = EACH * (unsigned)many / FEW, .sync = true };
	struct cost c;

	bench_collect(which, (unsigned)many, wide, bench_collector, &c);
	f->value[FIGURE_SCALE] = c.cpu * 1e6;
	f->value[FIGURE_SCALE_WALL] = c.wall * 1e6;
	bench_collect(which, FEW, deep, bench_collector, &c);
	f->base[FIGURE_SCALE] = c.cpu * 1e6;
	f->base[FIGURE_SCALE_WALL] = c.wall * 1e6;
}

static void measure_idle(enum daemon which, struct figures *f)
{
	double cpu;
	pid_t pid;

	bench_open(which);
	bench_add((unsigned)many, (struct swarm_spec){ .records = 1, .stop_at = 1 });
	pid = bench_collector();
	bench_run();
	bench_run_in();
	cpu = usage_cpu_s(pid);
	nanosleep(&(struct timespec){ .tv_sec = idle_s }, NULL);
	f->value[FIGURE_IDLE] = (usage_cpu_s(pid) - cpu) * 100 / (double)idle_s;
	f->value[FIGURE_RSS] = usage_rss_kb(pid);
	proc_stop(pid, SIGTERM, 5000);
	bench_close();
}

int main(int argc, char **argv)
{
	struct figures f[2] = { 0 };
	int r;

	if (argc != 2) {
		fprintf(stderr, "usage: store FILE.json\n");
		return 100;
	}
	rounds = number("BENCH_ROUNDS", 5);
	many = number("BENCH_GUESTS", 1000);
	idle_s = number("BENCH_IDLE", 20);
	bench_begin();
	for (enum daemon d = DAEMON_C; d <= DAEMON_O; d++) {
		measure_latency(d, &f[d]);
		measure_rate(d, &f[d]);
		measure_bulk(d, &f[d]);
		measure_scale(d, &f[d]);
		measure_idle(d, &f[d]);
		figures_print(&f[d], daemons[d], stdout);
	}
	bench_end();
	r = figures_write_json(f, daemons, 2, argv[1]);
	if (r)
		bench_die(argv[1], r);
	return 0;
}

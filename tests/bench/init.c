/* SPDX-License-Identifier: ISC */
/*
 * bench-init: programs for PID 1 side by side, in namespaces; a table on standard output, and JSON
 * in the file that is its argument. No time makes it fail; a subject that cannot be started does.
 */
#include "tests/bench/boot.h"
#include "tests/bench/result.h"
#include "tests/bench/subject.h"
#include "tests/bench/tree.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UP_MS 20000		/* for the first service to come up */
#define REAP_MS 60000
#define LIFE_MS "1500"		/* longer than the second that many allow between two starts */
#define SETTLE_MS 3000		/* from the last service's start to the quiet window */

struct bench {
	long starts, rounds, orphans, restart_s, idle_s;
	char base[64], roots[16][PATH_MAX];
	struct result r;
};

static struct bench b = { .base = "/tmp/xlab-bench-XXXXXX" };

_Noreturn static void die(int status, const char *what, int error)
{
	fprintf(stderr, "bench-init: %s%s%s\n", what, error ? ": " : "",
		error ? strerror(error) : "");
	exit(status);
}

static long number(const char *name, long fallback)
{
	const char *text = getenv(name);
	char *end = NULL;
	long n = text ? strtol(text, &end, 10) : fallback;

	if (text && (*end || n < 1 || n > 1000000)) {
		fprintf(stderr, "bench-init: %s=%s: not a number from 1 on\n", name, text);
		exit(100);
	}
	return n;
}

static bool is_missing(size_t i)
{
	return *b.r.missing[i];
}

static void set_missing(size_t i, const char *what, int r, const struct boot *boot)
{
	char line[128] = "";

	if (boot)
		boot_last_line(boot, line, sizeof(line));
	snprintf(b.r.missing[i], sizeof(b.r.missing[i]), "%s: %s%s%s", what, strerror(-r),
		 *line ? "; it said: " : "", line);
}

static int start(size_t i, const char *word, struct boot *boot)
{
	const struct subject *s = &subjects[i];
	const char *argv[8] = { NULL };
	int n = 0, r;

	for (; s->argv[n]; n++)
		argv[n] = s->argv[n];
	if (s->wraps) {
		argv[n++] = SUBJECT_SVC;
		argv[n] = word;
	}
	if ((r = subject_refresh(s, b.roots[i], word)) < 0)
		return r;
	return boot_start(boot, b.roots[i], (char *const *)argv);
}

/* Starts the subject and waits for the first event. On failure it is missing from then on. */
static int start_and_wait(size_t i, const char *word, int ms, struct boot *boot, struct event *e)
{
	int r = start(i, word, boot);

	if (r < 0) {
		set_missing(i, "cannot be started", r, NULL);
		return r;
	}
	if ((r = boot_next(boot, e, ms)) < 0) {
		set_missing(i, "its service does not come up", r, boot);
		boot_end(boot);
	}
	return r;
}

static void measure_start(size_t i, struct cell *c)
{
	struct boot boot;
	struct event e;

	if (start_and_wait(i, "sleep", UP_MS, &boot, &e) < 0)
		return;
	if (c)
		result_add(c, (double)(e.ns - boot.exec_ns) / 1e6);
	boot_end(&boot);
}

static void measure_orphans(size_t i, struct cell *c)
{
	struct boot boot;
	struct event e;
	char word[40];

	snprintf(word, sizeof(word), "orphans:%ld", b.orphans);
	if (start_and_wait(i, word, REAP_MS, &boot, &e) < 0)
		return;
	if (e.kind == EVENT_REAPED)
		result_add(c, (double)e.count / ((double)e.ns / 1e9));
	else
		snprintf(c->note, sizeof(c->note), "no orphans could be made: %s",
			 strerror((int)e.count));
	boot_end(&boot);
}

/* From the first start to the last in the window, so that the first one's cost is not in it. */
static void measure_restarts(size_t i, struct cell *c)
{
	uint64_t end, first, last, now;
	struct boot boot;
	struct event e;
	long n = 0;

	if (!subjects[i].supervises) {
		snprintf(c->note, sizeof(c->note), "does not supervise");
		return;
	}
	if (start_and_wait(i, "exit", UP_MS, &boot, &e) < 0)
		return;
	first = last = e.ns;
	end = boot_clock_ns() + (uint64_t)b.restart_s * 1000000000;
	while ((now = boot_clock_ns()) < end &&
	       boot_next(&boot, &e, (int)((end - now) / 1000000) + 1) == 0) {
		last = e.ns;
		n++;
	}
	if (n > 0)
		result_add(c, (double)n / ((double)(last - first) / 1e9));
	else
		snprintf(c->note, sizeof(c->note), "no restart within %ld s", b.restart_s);
	boot_end(&boot);
}

/* A service that has lived for a while ends: there is no loop of starts to guard against. */
static void measure_again(size_t i, struct cell *c)
{
	struct event up, down, again;
	struct boot boot;

	if (!subjects[i].supervises) {
		snprintf(c->note, sizeof(c->note), "does not supervise");
		return;
	}
	if (start_and_wait(i, "life:" LIFE_MS, UP_MS, &boot, &up) < 0)
		return;
	if (boot_next(&boot, &down, UP_MS) == 0 && boot_next(&boot, &again, UP_MS) == 0 &&
	    down.kind == EVENT_DOWN && again.kind == EVENT_UP)
		result_add(c, (double)(again.ns - down.ns) / 1e6);
	else
		snprintf(c->note, sizeof(c->note), "no second start within %d ms", UP_MS);
	boot_end(&boot);
}

/* Round by round, each round with another subject first, so that noise hits all alike. */
static void interleave(const char *what, enum result_row row, long rounds,
		       void (*measure)(size_t, struct cell *))
{
	fprintf(stderr, "  BENCH   %s, %ld times\n", what, rounds);
	for (long round = 0; round < rounds; round++) {
		for (size_t k = 0; k < subject_count; k++) {
			size_t i = (k + (size_t)round) % subject_count;

			if (!is_missing(i))
				measure(i, &b.r.cells[row][i]);
		}
	}
}

static void look(size_t i, const struct boot *boot, struct usage *one, struct usage *all)
{
	char svc[PATH_MAX + sizeof(SUBJECT_SVC)];
	int r;

	snprintf(svc, sizeof(svc), "%s" SUBJECT_SVC, b.roots[i]);
	if ((r = tree_read(boot->pid, svc, one, all)) < 0)
		set_missing(i, "did not stay up", r, boot);
}

static void note_usage(struct cell *c, const struct usage *u)
{
	snprintf(c->note, sizeof(c->note), "%d process%s: anonymous %ld, files %ld, PSS %ld kB",
		 u->processes, u->processes == 1 ? "" : "es", u->anon_kb, u->rss_kb - u->anon_kb,
		 u->pss_kb);
}

static void store_idle(size_t i, const struct usage before[2], const struct usage after[2],
		       double minutes)
{
	static const enum result_row rss[] = { ROW_RSS, ROW_TREE_RSS };
	static const enum result_row wakeups[] = { ROW_WAKEUPS, ROW_TREE_WAKEUPS };

	for (int k = 0; k < 2; k++) {
		struct cell *c = &b.r.cells[rss[k]][i];

		result_add(c, (double)after[k].rss_kb);
		note_usage(c, &after[k]);
		result_add(&b.r.cells[wakeups[k]][i],
			   (double)(after[k].switches - before[k].switches) / minutes);
	}
	result_add(&b.r.cells[ROW_PRIVATE][i], (double)after[0].anon_kb);
}

/* All at the same time: none of them has anything to do. */
static void measure_idle(void)
{
	struct usage before[16][2], after[2];
	struct boot boots[16] = { 0 };
	struct event e;
	uint64_t began;

	fprintf(stderr, "  BENCH   idle, %ld s, all at once\n", b.idle_s);
	for (size_t i = 0; i < subject_count; i++)
		if (!is_missing(i))
			start_and_wait(i, "sleep", UP_MS, &boots[i], &e);
	poll(NULL, 0, SETTLE_MS);
	began = boot_clock_ns();
	for (size_t i = 0; i < subject_count; i++)
		if (!is_missing(i))
			look(i, &boots[i], &before[i][0], &before[i][1]);
	poll(NULL, 0, (int)b.idle_s * 1000);
	for (size_t i = 0; i < subject_count; i++) {
		if (is_missing(i))
			continue;
		look(i, &boots[i], &after[0], &after[1]);
		if (!is_missing(i))
			store_idle(i, before[i], after, (double)(boot_clock_ns() - began) / 60e9);
		boot_end(&boots[i]);
	}
}

static void measure_file(size_t i)
{
	char path[PATH_MAX + 64];
	struct stat st;
	int r = subject_is_dynamic(&subjects[i], b.roots[i]);

	snprintf(path, sizeof(path), "%s%s", b.roots[i], subjects[i].argv[0]);
	if (r < 0 || stat(path, &st) < 0) {
		set_missing(i, "its program is not there", r < 0 ? r : -errno, NULL);
		return;
	}
	snprintf(b.r.linkage[i], sizeof(b.r.linkage[i]), "%s", r ? "dynamic" : "static");
	result_add(&b.r.cells[ROW_OWN_BYTES][i], (double)st.st_size);
	result_add(&b.r.cells[ROW_BYTES][i],
		   (double)st.st_size + (r ? (double)subject_library_bytes(b.roots[i]) : 0));
}

static void install_all(void)
{
	int r;

	if (!mkdtemp(b.base))
		die(111, "cannot make a folder in /tmp", errno);
	for (size_t i = 0; i < subject_count; i++) {
		snprintf(b.roots[i], sizeof(b.roots[i]), "%s/%s", b.base, subjects[i].name);
		if (mkdir(b.roots[i], 0755) < 0)
			die(111, "cannot make a folder in /tmp", errno);
		if ((r = subject_install(&subjects[i], b.roots[i])) < 0)
			set_missing(i, "cannot be unpacked", r, NULL);
		else
			measure_file(i);
	}
}

static void remove_all(void)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", b.base);
	if (system(cmd) != 0)
		fprintf(stderr, "bench-init: cannot remove %s\n", b.base);
}

static void measure_all(void)
{
	for (size_t i = 0; i < subject_count; i++) /* the first time nothing is in the page cache */
		if (!is_missing(i))
			measure_start(i, NULL);
	interleave("time to the first service", ROW_START, b.starts, measure_start);
	interleave("orphans", ROW_ORPHANS, b.rounds, measure_orphans);
	interleave("restarts", ROW_RESTARTS, b.rounds, measure_restarts);
	interleave("start again", ROW_AGAIN, b.rounds, measure_again);
	measure_idle();
}

int main(int argc, char **argv)
{
	int status = 0, r;

	if (argc != 2)
		die(100, "usage: init FILE.json", 0);
	b.starts = number("BENCH_STARTS", 30);
	b.rounds = number("BENCH_ROUNDS", 5);
	b.orphans = number("BENCH_ORPHANS", 10000);
	b.restart_s = number("BENCH_RESTART", 3);
	b.idle_s = number("BENCH_IDLE", 60);
	install_all();
	measure_all();
	remove_all();
	result_print(&b.r, stdout);
	if ((r = result_write_json(&b.r, argv[1])) < 0)
		die(111, argv[1], -r);
	for (size_t i = 0; i < subject_count; i++) {
		if (is_missing(i)) {
			fprintf(stderr, "bench-init: %s: %s\n", subjects[i].name, b.r.missing[i]);
			status = 111;
		}
	}
	return status;
}

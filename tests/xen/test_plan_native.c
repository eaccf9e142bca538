/* SPDX-License-Identifier: ISC */
/*
 * A plan, booted natively, whose run is ended by SIGKILL at points that nobody chose, and goes on
 * until it is complete: then it has the cells, boots and samples of a run that nobody disturbed.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "host/proc.h"

#define DIR "build/check/plan"

/* A boot takes some five seconds here; there are eight. */
enum { KILL_MS_MAX = 12000, KILLS_MAX = 60, RUN_MS = 10 * 60 * 1000 };

static const char plan[] = "name        = xlab\n"
			   "disk        = build/image/xlab.img\n"
			   "workloads   = micro\n"
			   "modes       = native\n"
			   "vcpus       = 1 2\n"
			   "per         = sample\n"
			   "repetitions = 4\n"
			   "retries     = 0\n"
			   "seed        = 7\n"
			   "deadline    = 120\n";

/* Runs `xlab run` with those words; after ms (0: never) it is killed, and -ETIMEDOUT. */
static int run(int ms, const char *const *words)
{
	const char *argv[16] = { "build/host/xlab", "run" };
	const struct proc_opts opts = { .out = STDERR_FILENO, .deadline_ms = ms ? ms : RUN_MS };
	int n = 2;

	while (*words)
		argv[n++] = *words++;
	return proc_run(argv, &opts);
}

#define RUN(ms, ...) run(ms, (const char *const[]){ __VA_ARGS__, NULL })

/* All rows of a query, as text. */
static const char *rows_of(const char *store, const char *sql, char *buf, size_t size)
{
	sqlite3_stmt *q;
	sqlite3 *db;
	size_t len = 0;

	buf[0] = '\0';
	assert_int_equal(sqlite3_open(store, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
	while (sqlite3_step(q) == SQLITE_ROW && len < size - 1)
		len += (size_t)snprintf(buf + len, size - len, "%s\n",
					(const char *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
	sqlite3_close(db);
	return buf;
}

/* Each cell and benchmark with how many boots and samples of it are good. */
static const char counts_sql[] =
	"SELECT place || ' ' || cell.workload || ' ' || mode || ' ' || vcpus || ' ' || benchmark || ' '"
	" || count(DISTINCT guest.id) || ' ' || count(*) FROM cell JOIN plan ON plan.id = plan"
	" JOIN boot ON cell = cell.id JOIN guest ON guest.run = plan.run AND guest.uuid = boot.uuid"
	" JOIN sample ON guest = guest.id WHERE guest.status = 'done'"
	" GROUP BY cell.id, benchmark ORDER BY place, benchmark";

static void write_plan(void)
{
	FILE *f;

	proc_run((const char *const[]){ "rm", "-rf", DIR, NULL }, NULL);
	proc_run((const char *const[]){ "mkdir", "-p", DIR, NULL }, NULL);
	f = fopen(DIR "/lab.plan", "w");
	assert_non_null(f);
	fputs(plan, f);
	assert_int_equal(fclose(f), 0);
}

static void undisturbed(void **state)
{
	static char counts[4096];

	(void)state;
	assert_int_equal(RUN(0, "--run", "whole", "--out", DIR "/whole", DIR "/lab.plan"), 0);
	rows_of(DIR "/whole/results.sqlite", counts_sql, counts, sizeof(counts));
	assert_non_null(strstr(counts, "0 micro native 1 syscall 4 4\n"));
	assert_non_null(strstr(counts, "1 micro native 2 gzip 4 4\n"));
}

static void killed_now_and_then(void **state)
{
	static char want[4096], have[4096];
	unsigned seed = (unsigned)time(NULL);
	int r, kills = 0;

	(void)state;
	print_message("# killed at the points of seed %u\n", seed);
	/* Its plan has to be in the store; that takes less than a boot. */
	r = RUN(3000, "--run", "killed", "--out", DIR "/killed", DIR "/lab.plan");
	while (r == -ETIMEDOUT && kills++ < KILLS_MAX)
		r = RUN(1 + rand_r(&seed) % KILL_MS_MAX, "--resume", "killed", "--out",
			DIR "/killed", DIR "/lab.plan");
	assert_int_equal(r, 0);
	assert_true(kills > 0);
	rows_of(DIR "/whole/results.sqlite", counts_sql, want, sizeof(want));
	rows_of(DIR "/killed/results.sqlite", counts_sql, have, sizeof(have));
	assert_string_equal(have, want);
	rows_of(DIR "/killed/results.sqlite",
		"SELECT count(*) FROM boot WHERE status IN ('running', 'failed')", have,
		sizeof(have));
	assert_string_equal(have, "0\n");
	rows_of(DIR "/killed/results.sqlite",
		"SELECT count(*) > 0 FROM boot WHERE status = 'interrupted'", have, sizeof(have));
	assert_string_equal(have, "1\n");
}

/* What the estimate of a further run is made of. */
static void estimated(void **state)
{
	const char *const dry[] = { "build/host/xlab", "run",		"--dry-run", "--out",
				    DIR "/whole",      DIR "/lab.plan", NULL };
	static char text[8192];

	(void)state;
	assert_int_equal(proc_capture(dry, text, sizeof(text), NULL), 0);
	assert_non_null(strstr(text, "mean of 4 earlier boots"));
	assert_non_null(strstr(text, "\n8 boots: about "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(undisturbed),
		cmocka_unit_test(killed_now_and_then),
		cmocka_unit_test(estimated),
	};

	write_plan();
	return cmocka_run_group_tests_name("plan_native", tests, NULL, NULL);
}

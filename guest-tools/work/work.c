/* SPDX-License-Identifier: ISC */
#include "guest-tools/work/work.h"

#include <errno.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/log.h"

enum { OPEN_MAX_DEPTH = 16 };

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)at;
	if (kind == FTW_DP)
		rmdir(path);
	else
		unlink(path);
	return 0;
}

/* A name for each time that the workload is run; index counts from 0 in both kinds. */
static void name_run(char *text, size_t size, const char *name, const struct workload *w,
		     unsigned i)
{
	bool warmup = i < w->warmups;

	snprintf(text, size, "%s: %s %u", name, warmup ? "warm-up" : "repetition",
		 warmup ? i + 1 : i - w->warmups + 1);
}

/* Why a command did not come to its end by itself. */
static void explain(int err, const struct workload *w, enum workload_size size, char *why)
{
	const char *command = w->command[size].text;

	if (err == -ETIMEDOUT)
		snprintf(why, WORK_WHY, "took longer than %u s", w->timeout);
	else if (err == -EMSGSIZE)
		snprintf(why, WORK_WHY, "printed more than %d bytes", RUN_OUT_MAX);
	else
		snprintf(why, WORK_WHY, "cannot run %.*s: %s", (int)strcspn(command, " \t"),
			 command, strerror(-err));
}

/* Runs it once in dir. 0, or -errno with the reason. */
static int run_in(const struct workload *w, enum workload_size size, const char *dir, struct run *r,
		  char *why)
{
	int err = run_command(w->command[size].text, dir, w->timeout, r);

	if (!err)
		return check_run(w, size, dir, r, why);
	explain(err, w, size, why);
	return err;
}

/* The same, in a folder that is there no longer than it runs. */
static int run_once(const struct workload *w, enum workload_size size, struct run *r, char *why)
{
	const char *tmp = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
	char dir[512];
	int err;

	snprintf(dir, sizeof(dir), "%s/xlab-work-XXXXXX", tmp);
	if (!mkdtemp(dir)) {
		err = -errno;
		snprintf(why, WORK_WHY, "cannot make a folder in %s: %s", tmp, strerror(-err));
		return err;
	}
	err = run_in(w, size, dir, r, why);
	nftw(dir, remove_one, OPEN_MAX_DEPTH, FTW_DEPTH | FTW_PHYS);
	return err;
}

/* Runs it once, and prints what it measured if that counts, or why it is invalid. 0 or -errno. */
static int work_once(const struct workload *w, enum workload_size size, const char *suite,
		     const char *name, unsigned i, FILE *out)
{
	static struct run r;
	char why[WORK_WHY], what[WORKLOAD_NAME_MAX + 64];
	int err = run_once(w, size, &r, why);

	if (!err && i >= w->warmups)
		err = sample_print(w, suite, name, i - w->warmups, &r, out, why);
	if (!err)
		return 0;
	name_run(what, sizeof(what), name, w, i);
	log_warnx("%s: %s", what, why);
	invalid_print(what, why, out);
	return err;
}

/* An invalid repetition is one sample less; behind an invalid warm-up there is none to hope for. */
int work_run(const struct workload *w, enum workload_size size, const char *suite, const char *name,
	     FILE *out)
{
	int status = EXIT_OK;

	if (!w->command[size].text[0]) {
		log_warnx("%s: has no size %s", name, workload_size_name(size));
		return EXIT_USAGE;
	}
	for (unsigned i = 0; i < w->warmups + w->repetitions; i++) {
		if (!work_once(w, size, suite, name, i, out))
			continue;
		status = EXIT_SYSTEM;
		if (i < w->warmups || ferror(out))
			break;
	}
	return status;
}

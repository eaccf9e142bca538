/* SPDX-License-Identifier: ISC */
#include "host/demo.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/plan.h"
#include "host/proc.h"

#define RUN "demo"
#define SELF "/proc/self/exe"

enum {
	WORDS_MAX = DOMAIN_PAYLOADS + 32,
	FILES_MAX = DOMAIN_PAYLOADS + 1,
	START_S = 1200, /* until the first boot: files are copied, and read for their checksums */
	BOOT_S = 60,	/* of a boot: what its deadline is not for */
	LIFETIME_MAX_S = 7 * 24 * 3600
};

/* In dom0: puts the files where they are here, seen from the same folder, and carries the plan out
 * there. From a disk of dom0's own: the device model of HVM guests cannot read one on 9p
 * (docs/testbed.md). */
static const char in_dom0[] =
	"set -e; mkdir -p \"$1\"; cd \"$1\"; shift; n=0\n"
	"while [ \"$1\" != -- ]; do mkdir -p \"$(dirname \"$1\")\"; cp \"/xlab/box/$n\" \"$1\"; n=$((n + 1)); shift; done\n"
	"shift; exec /xlab/box/xlab \"$@\"\n";

struct words {
	const char *word[WORDS_MAX + 1];
	size_t n;
};

static void add(struct words *w, const char *word)
{
	if (w->n < WORDS_MAX)
		w->word[w->n++] = word;
	w->word[w->n] = NULL;
}

static void add_all(struct words *w, const char *const words[])
{
	for (; *words; words++)
		add(w, *words);
}

/* Runs a program whose messages are for the user. An exit status. */
static int run(const struct words *w)
{
	int r = proc_run(w->word, NULL);

	return r < 0 ? cmd_fail(r, w->word[0]) : r;
}

static int run_words(const char *const words[])
{
	struct words w = { 0 };

	add_all(&w, words);
	return run(&w);
}

static bool has_store(const char *out)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/results.sqlite", out) < PATH_MAX &&
	       access(path, F_OK) == 0;
}

/* Whether the plan has modes that are native, or that are not. */
static bool has_modes(const struct plan *p, bool native)
{
	for (unsigned i = 0; i < p->nmodes; i++)
		if ((p->mode[i] == MODE_NATIVE) == native)
			return true;
	return false;
}

/* The words that run the plan in those modes, or go on with it where there is a store. */
static void add_run(struct words *w, const struct demo_opts *o, const struct plan *p, bool native)
{
	add_all(w, (const char *const[]){ "run", has_store(o->out) ? "--resume" : "--run", RUN,
					  NULL });
	for (unsigned i = 0; i < p->nmodes; i++) {
		if ((p->mode[i] == MODE_NATIVE) != native)
			continue;
		add(w, "--mode");
		add(w, mode_name(p->mode[i]));
	}
}

static int demo_native(const struct demo_opts *o, const struct plan *p)
{
	struct words w = { 0 };

	if (!has_modes(p, true))
		return EXIT_OK;
	add(&w, SELF);
	add_run(&w, o, p, true);
	add_all(&w, (const char *const[]){ "--out", o->out, o->plan, NULL });
	return run(&w);
}

/* The files that the plan's guests need. Returns how many. */
static size_t plan_files(const struct plan *p, const char *files[FILES_MAX])
{
	size_t n = 0;

	files[n++] = p->desc.disk;
	for (unsigned i = 0; i < p->desc.npayloads; i++)
		files[n++] = p->desc.payload[i];
	return n;
}

/* Copies a file to OUT/box/NAME. An exit status. */
static int stage(const char *out, const char *from, const char *name)
{
	char to[PATH_MAX];

	if (snprintf(to, sizeof(to), "%s/box/%s", out, name) >= PATH_MAX)
		return cmd_fail(-ENAMETOOLONG, out);
	return run_words((const char *const[]){ "cp", "--", from, to, NULL });
}

static int stage_all(const struct demo_opts *o, const struct plan *p)
{
	const char *files[FILES_MAX];
	size_t n = plan_files(p, files);
	char name[16], self[PATH_MAX];
	int r = realpath(SELF, self) ? stage(o->out, self, "xlab") : cmd_fail(-errno, SELF);

	if (!r)
		r = stage(o->out, o->plan, "plan");
	for (size_t i = 0; !r && i < n; i++) {
		snprintf(name, sizeof(name), "%zu", i);
		r = stage(o->out, files[i], name);
	}
	return r;
}

static int run_in_box(const struct demo_opts *o, const struct plan *p)
{
	const char *files[FILES_MAX];
	size_t n = plan_files(p, files);
	struct words w = { 0 };
	char cwd[PATH_MAX];

	if (!getcwd(cwd, sizeof(cwd)))
		return cmd_fail(-errno, "the current folder");
	add_all(&w, (const char *const[]){ SELF, "testbed", "exec", "--dir", o->dir, "--", "sh",
					   "-c", in_dom0, "sh", cwd, NULL });
	for (size_t i = 0; i < n; i++)
		add(&w, files[i]);
	add(&w, "--");
	add_run(&w, o, p, false);
	add_all(&w, (const char *const[]){ "--out", "/xlab", "/xlab/box/plan", NULL });
	return run(&w);
}

/* How long the box may be needed at the most: it ends by itself then. s. */
static void box_lifetime(const struct plan *p, char text[16])
{
	unsigned long long s = START_S + (unsigned long long)plan_cells(p) * plan_boots_max(p) *
						 (p->retries + 1) * (p->deadline_s + BOOT_S);

	snprintf(text, 16, "%llu", s < LIFETIME_MAX_S ? s : LIFETIME_MAX_S);
}

static int demo_box(const struct demo_opts *o, const struct plan *p)
{
	char box[PATH_MAX], lifetime[16];
	int r;

	if (!has_modes(p, false))
		return EXIT_OK;
	if (snprintf(box, sizeof(box), "%s/box", o->out) >= PATH_MAX)
		return cmd_fail(-ENAMETOOLONG, o->out);
	if (mkdir(box, 0755) && errno != EEXIST)
		return cmd_fail(-errno, box);
	box_lifetime(p, lifetime);
	r = stage_all(o, p);
	if (!r)
		r = run_words((const char *const[]){ SELF, "testbed", "up", "--dir", o->dir,
						     "--share", o->out, "--xenstored", o->xenstored,
						     "--lifetime", lifetime, NULL });
	return r ? r : run_in_box(o, p);
}

static int demo_report(const struct demo_opts *o)
{
	char json[PATH_MAX + 16], html[PATH_MAX + 16], store[PATH_MAX + 16];
	int r;

	snprintf(json, sizeof(json), "--json=%s/report.json", o->out);
	snprintf(html, sizeof(html), "%s/report.html", o->out);
	snprintf(store, sizeof(store), "%s/results.sqlite", o->out);
	r = run_words((const char *const[]){ SELF, "report", json, "--html", html, store, NULL });
	if (!r)
		printf("\nreport: %s\n        %s\n        %s\n", html, json + strlen("--json="),
		       store);
	return r;
}

/* What is not complete is said by `xlab run`; the report is of what there is. */
static int demo_steps(const struct demo_opts *o, const struct plan *p)
{
	int native = demo_native(o, p), box, report;

	if (native && !has_store(o->out))
		return native;
	box = demo_box(o, p);
	report = has_store(o->out) ? demo_report(o) : EXIT_OK;
	return native ? native : box ? box : report;
}

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	stopped = sig;
}

/* Everything in a child, so that a signal ends it wherever it stands: what it has started dies with
 * it, but for the box. */
static int demo_guarded(const struct demo_opts *o, const struct plan *p)
{
	const struct sigaction on = { .sa_handler = stop };
	const int signals[] = { SIGHUP, SIGINT, SIGTERM };
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return cmd_fail(-errno, "demo");
	if (pid == 0)
		exit(demo_steps(o, p));
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &on, NULL);
	while (waitpid(pid, &status, 0) < 0)
		if (stopped)
			kill(pid, SIGKILL);
	if (!stopped)
		return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SYSTEM;
	log_warnx("demo: stopped; the same command goes on with it");
	return EXIT_SYSTEM;
}

static void clean_up(const struct demo_opts *o)
{
	char box[PATH_MAX];

	run_words((const char *const[]){ SELF, "testbed", "down", "--dir", o->dir, NULL });
	if (snprintf(box, sizeof(box), "%s/box", o->out) < PATH_MAX)
		run_words((const char *const[]){ "rm", "-rf", "--", box, NULL });
}

int demo(const struct demo_opts *o)
{
	static char text[KEYFILE_MAX];
	static struct plan p;
	char why[256];
	int r = plan_read(o->plan, &p, text, why, sizeof(why));

	if (r) {
		log_warnx("%s: %s", o->plan, why);
		return EXIT_USAGE;
	}
	r = demo_guarded(o, &p);
	clean_up(o);
	return r;
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/report.h"
#include "host/walk.h"

static const char usage[] =
	"usage: xlab report [--run NAME] [--expected FILE] [--json[=FILE]] [--html[=FILE]] [--md[=FILE]]\n"
	"                   [--csv[=FILE]] [--samples[=FILE]] [--junit[=FILE]] RUN\n"
	"       xlab report [--json[=FILE]] [--html[=FILE]] [--md[=FILE]] [--csv[=FILE]] A B\n"
	"\n"
	"Prints modes x benchmarks of one run: medians, their 95 % intervals, ratios to native, what may\n"
	"be said of them, and what a reader must know. RUN is a store, or a folder with a\n"
	"results.sqlite, for its newest run or the one that --run names; or STORE:NAME.\n"
	"\n"
	"--json is for machines (docs/report.schema.json), --html one page to hand in, --md tables for a\n"
	"README, --csv a line a benchmark and mode, --samples a line a sample, --junit a test case a cell\n"
	"for CI. Each goes to FILE, one of them may go to standard output. `--html FILE RUN' is the same\n"
	"as `--html=FILE RUN'.\n"
	"\n"
	"--expected says what the literature has (docs/expected.schema.json), for a column of its own.\n"
	"\n"
	"Of two runs, prints what each benchmark of B is beside that of A. Boots whose measured mode is\n"
	"not the one asked for are never used, and said.\n";

enum { FORM_RUN = 'r', FORM_EXPECTED = 'e', FORM_FIRST = 0x200 };

enum { EXPECTED_MAX = 1 << 20 };

/* The forms: their options, and what writes one run, or two. */
#define FORM_ENUM(name, what) FORM_##name,
enum form { REPORT_FORMS(FORM_ENUM) FORMS };
#undef FORM_ENUM

static const struct form_ops {
	const char *name;
	int (*one)(const struct report *r, FILE *f);
	int (*two)(const struct report_pair *c, FILE *f);
} forms[FORMS] = {
	[FORM_json] = { "json", report_json, report_pair_json },
	[FORM_md] = { "md", report_md, report_pair_md },
	[FORM_csv] = { "csv", report_csv, report_pair_csv },
	[FORM_samples] = { "samples", report_samples, NULL },
	[FORM_junit] = { "junit", report_junit, NULL },
	[FORM_html] = { "html", report_html, report_pair_html },
};

#define FORM_OPTION(name, what) { #name, optional_argument, NULL, FORM_FIRST + FORM_##name },
static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "run", required_argument, NULL, FORM_RUN },
	{ "expected", required_argument, NULL, FORM_EXPECTED },
	REPORT_FORMS(FORM_OPTION){ 0 },
};

struct wish {
	bool form[FORMS];
	const char *file[FORMS]; /* NULL: standard output */
	const char *run, *expected;
	const char *loose; /* the word behind --html */
	const char *from[2];
	int n;
};

/* Writes the file, or to standard output when there is none. */
static int put(const char *file, const char *text, size_t len)
{
	int r = file ? io_replace_file(file, text, len) : io_write_all(STDOUT_FILENO, text, len);

	return r ? cmd_fail(r, file ? file : "stdout") : EXIT_OK;
}

static int write_form(const struct form_ops *ops, const struct report *r,
		      const struct report_pair *c, const char *file)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int err = -errno, status;

	if (f) {
		err = c ? ops->two(c, f) : ops->one(r, f);
		if (fclose(f) && !err)
			err = -ENOMEM;
	}
	if (err == -ENOENT) {
		log_warnx("report: there is no gnuplot to draw the plots: install gnuplot-nox");
		status = EXIT_SYSTEM;
	} else {
		status = err ? cmd_fail(err, "cannot make the report") : put(file, text, len);
	}
	free(text);
	return status;
}

/* c is NULL for one run. The table is for people, where nothing else is on standard output. */
static int write_all(const struct wish *w, const struct report *r, const struct report_pair *c)
{
	static const struct form_ops table = { "table", report_table, report_pair_table };
	bool taken = false;
	int status = EXIT_OK;

	for (int i = 0; !status && i < FORMS; i++) {
		if (!w->form[i])
			continue;
		status = write_form(&forms[i], r, c, w->file[i]);
		taken |= !w->file[i];
	}
	return status || taken ? status : write_form(&table, r, c, NULL);
}

/* Where a run is: the store's path in path, its name or NULL in *run. */
static void find_run(const char *from, const struct wish *w, char *path, size_t size,
		     const char **run)
{
	const char *colon = strrchr(from, ':');
	struct stat st;
	size_t len;

	*run = w->run;
	snprintf(path, size, "%s", from);
	if (stat(path, &st) < 0 && colon && !*run) {
		snprintf(path, size, "%.*s", (int)(colon - from), from);
		*run = colon + 1;
	}
	len = strlen(path);
	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		snprintf(path + len, size - len, "/results.sqlite");
}

/* Says what the literature has, from the file that was named. */
static int expect(struct report *r, const char *file)
{
	char *text = file ? malloc(EXPECTED_MAX) : NULL;
	int err = file && !text ? -ENOMEM : 0;

	if (text)
		err = io_read_file(file, text, EXPECTED_MAX);
	if (err >= 0)
		err = report_expect(r, text);
	free(text);
	if (err != -EINVAL)
		return err ? cmd_fail(err, file ? file : "report") : EXIT_OK;
	log_warnx("%s: not in the form of docs/expected.schema.json", file);
	return EXIT_USAGE;
}

static int load(const char *from, const struct wish *w, struct report *r)
{
	char path[PATH_MAX];
	const char *run;
	struct store *s;
	int err, status = EXIT_OK;

	find_run(from, w, path, sizeof(path), &run);
	err = store_open(path, STORE_READ, &s);
	if (err)
		return cmd_fail_store(err, path);
	err = walk_check(s);
	if (!err)
		err = report_load(s, run, r);
	if (err == -EUCLEAN) {
		status = cmd_fail_store(err, path);
	} else if (err == -ENOENT) {
		log_warnx("%s: no run %s in it", path, run ? run : "at all");
		status = EXIT_USAGE;
	} else if (err) {
		log_warnx("%s: %s", path, err == -EIO ? store_error(s) : strerror(-err));
		status = EXIT_SYSTEM;
	} else {
		status = expect(r, w->expected);
		if (status)
			report_free(r);
	}
	store_close(s);
	return status;
}

static int report_two(const struct wish *w, const struct report *a)
{
	struct report_pair c;
	struct report b;
	int status = load(w->from[1], w, &b), err;

	if (status)
		return status;
	err = report_compare(a, &b, &c);
	if (err) {
		status = cmd_fail(err, "cannot compare");
	} else {
		status = write_all(w, NULL, &c);
		report_pair_free(&c);
	}
	report_free(&b);
	return status;
}

static int report_runs(const struct wish *w)
{
	struct report a;
	int status = load(w->from[0], w, &a);

	if (status)
		return status;
	status = w->n == 2 ? report_two(w, &a) : write_all(w, &a, NULL);
	report_free(&a);
	return status;
}

/* NULL, or what is wrong with the wish. */
static const char *find_fault(const struct wish *w)
{
	int loud = 0;

	if (w->n < 1 || w->n > 2)
		return "needs one STORE or RUN, or two to compare";
	if (w->n == 2 && w->run)
		return "of two runs, name each as STORE:NAME";
	if (w->n == 2 && w->expected)
		return "the literature has nothing for two runs: --expected is for one";
	for (int i = 0; i < FORMS; i++) {
		loud += w->form[i] && !w->file[i];
		if (w->n == 2 && w->form[i] && !forms[i].two)
			return "two runs have no such form: --samples and --junit are of one";
		if (w->file[i] && store_version(w->file[i]) > 0)
			return "a report would be written over a store: say --html=FILE";
		for (int j = 0; j < i && w->file[i]; j++)
			if (w->file[j] && !strcmp(w->file[i], w->file[j]))
				return "two forms cannot go to one file";
	}
	return loud > 1 ? "only one form can go to standard output: say --FORM=FILE" : NULL;
}

/* --html takes the word behind it, as it always did, unless that is all that there is. */
static void take_form(struct wish *w, int form, int argc, char **argv)
{
	w->form[form] = true;
	w->file[form] = optarg;
	if (form == FORM_html && !optarg && optind < argc && argv[optind][0] != '-')
		w->file[form] = w->loose = argv[optind++];
}

static void take_runs(struct wish *w, int argc, char **argv)
{
	w->n = argc - optind;
	for (int i = 0; i < w->n && i < 2; i++)
		w->from[i] = argv[optind + i];
	if (!w->n && w->loose) {
		w->file[FORM_html] = NULL;
		w->from[0] = w->loose;
		w->n = 1;
	}
}

int cmd_report(int argc, char **argv)
{
	struct wish w = { .n = 0 };
	const char *fault;
	int c;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		if (c >= FORM_FIRST && c < FORM_FIRST + FORMS) {
			take_form(&w, c - FORM_FIRST, argc, argv);
			continue;
		}
		switch (c) {
		case FORM_RUN: w.run = optarg; break;
		case FORM_EXPECTED:
			w.expected = optarg;
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	take_runs(&w, argc, argv);
	fault = find_fault(&w);
	if (fault) {
		log_warnx("report: %s (see xlab report --help)", fault);
		return EXIT_USAGE;
	}
	return report_runs(&w);
}

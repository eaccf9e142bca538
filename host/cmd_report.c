/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/report.h"
#include "host/walk.h"

static const char usage[] =
	"usage: xlab report [--run NAME] [--json[=FILE]] [--html FILE] STORE\n"
	"\n"
	"Prints modes x benchmarks of one run, the newest unless named: medians, their 95 % intervals,\n"
	"ratios to native, numbers of samples. --json prints, or writes to FILE, the same for machines\n"
	"(docs/report.schema.json); --html writes one page with a plot. Runs whose measured mode is not\n"
	"the one asked for are never used, and said.\n";

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "run", required_argument, NULL, 'r' },
	{ "json", optional_argument, NULL, 'j' },
	{ "html", required_argument, NULL, 'w' },
	{ 0 },
};

struct outputs {
	bool json;
	const char *json_file, *html_file;
};

/* Writes to the file, or to standard output when there is none. */
static int put(const char *file, const char *text, size_t len)
{
	int r = file ? io_replace_file(file, text, len) : io_write_all(STDOUT_FILENO, text, len);

	return r ? cmd_fail(r, file ? file : "stdout") : EXIT_OK;
}

static int put_json(const struct report *r, const char *file)
{
	json_t *json = report_json(r);
	char *text = json ? json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) : NULL;
	int status = text ? put(file, text, strlen(text)) : cmd_fail(-ENOMEM, "report");

	if (text && !status && !file)
		status = put(NULL, "\n", 1);
	free(text);
	json_decref(json);
	return status;
}

static int put_html(const struct report *r, const char *file)
{
	char *text;
	size_t len;
	int err = report_html(r, &text, &len), status;

	if (err == -ENOENT) {
		log_warnx("report: there is no gnuplot to draw the plot: install gnuplot-nox");
		return EXIT_SYSTEM;
	}
	status = err ? cmd_fail(err, "cannot draw the plot") : put(file, text, len);
	free(text);
	return status;
}

static int report_put(const struct report *r, const struct outputs *out)
{
	int status = out->json ? put_json(r, out->json_file) : EXIT_OK;

	if (!status && out->html_file)
		status = put_html(r, out->html_file);
	if (!out->json || out->json_file)
		report_table(r, stdout);
	if (fflush(stdout) && !status)
		status = cmd_fail(-errno, "stdout");
	return status;
}

static int report_store(const char *path, const char *run, const struct outputs *out)
{
	struct report r;
	struct store *s;
	int err = store_open(path, STORE_READ, &s), status;

	if (err)
		return cmd_fail_store(err, path);
	err = walk_check(s);
	if (!err)
		err = report_load(s, run, &r);
	if (err == -EUCLEAN) {
		status = cmd_fail_store(err, path);
	} else if (err == -ENOENT) {
		log_warnx("%s: no run %s in it", path, run ? run : "at all");
		status = EXIT_USAGE;
	} else if (err) {
		log_warnx("%s: %s", path, store_error(s));
		status = EXIT_SYSTEM;
	} else {
		status = report_put(&r, out);
		report_free(&r);
	}
	store_close(s);
	return status;
}

int cmd_report(int argc, char **argv)
{
	struct outputs out = { .json = false };
	const char *run = NULL;
	int c;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case 'r': run = optarg; break;
		case 'j':
			out.json = true;
			out.json_file = optarg;
			break;
		case 'w':
			out.html_file = optarg;
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	if (optind != argc - 1) {
		log_warnx("report: needs one STORE (see xlab report --help)");
		return EXIT_USAGE;
	}
	return report_store(argv[optind], run, &out);
}

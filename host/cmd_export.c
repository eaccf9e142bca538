/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/export.h"
#include "host/walk.h"

static const char usage[] =
	"usage: xlab export --format json|csv|openmetrics [--run NAME] [--out FILE] STORE\n"
	"\n"
	"Prints all that is stored, or writes it to FILE, for other programs: JSON with the guests'\n"
	"records as they came (docs/export.schema.json), CSV with a line a sample, or OpenMetrics.\n"
	"Boots that failed or are invalid are there too, and say so. --run: of one run alone.\n";

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "format", required_argument, NULL, 'f' },
	{ "run", required_argument, NULL, 'r' },
	{ "out", required_argument, NULL, 'o' },
	{ 0 },
};

static const struct format {
	const char *name;
	int (*write)(struct store *s, const char *run, FILE *f, size_t *guests);
} formats[] = {
#define FORMAT_ROW(name, what) { #name, export_##name },
	EXPORT_FORMATS(FORMAT_ROW)
#undef FORMAT_ROW
};

struct args {
	const struct format *format;
	const char *run, *out, *store;
};

/* What came of the export and its file, as an exit status. */
static int export_status(const struct args *a, int err, int io_err)
{
	if (err == -EUCLEAN)
		return cmd_fail_store(err, a->store);
	if (err)
		return cmd_fail(err, a->store);
	return io_err ? cmd_fail(io_err, a->out ? a->out : "stdout") : EXIT_OK;
}

/* Writes to f and closes it. *io_err: what was wrong with the file. */
static int export_to(struct store *s, const struct args *a, FILE *f, int *io_err)
{
	size_t guests;
	int r;

	errno = 0;
	r = a->format->write(s, a->run, f, &guests);
	if (fflush(f) || ferror(f))
		*io_err = errno ? -errno : -EIO;
	return r;
}

/* Who writes over what is being read has neither. */
static bool is_store(const struct args *a)
{
	struct stat from, to;

	return stat(a->store, &from) == 0 && stat(a->out, &to) == 0 && from.st_dev == to.st_dev &&
	       from.st_ino == to.st_ino;
}

static int export_file(struct store *s, const struct args *a)
{
	struct io_new n;
	int io_err = io_new_open(&n, a->out), r = 0;
	FILE *f;

	if (io_err)
		return cmd_fail(io_err, a->out);
	f = fdopen(dup(n.fd), "w");
	if (f)
		r = export_to(s, a, f, &io_err);
	else
		io_err = -errno;
	if (f)
		fclose(f);
	if (r || io_err)
		io_new_close(&n, -ECANCELED);
	else
		io_err = io_new_close(&n, 0);
	return export_status(a, r, io_err);
}

static int export_store(const struct args *a)
{
	struct store *s;
	size_t guests = 0;
	int r = store_open(a->store, STORE_READ, &s), io_err = 0, status;

	if (r)
		return cmd_fail_store(r, a->store);
	r = walk_check(s);
	if (!r && a->run)
		r = walk_guests(s, a->run, &(const struct walk_steps){ 0 }, NULL, &guests);
	if (r)
		status = cmd_fail_store(r, a->store);
	else if (a->run && !guests) {
		log_warnx("%s: no run %s in it", a->store, a->run);
		status = EXIT_USAGE;
	}
	else if (a->out)
		status = export_file(s, a);
	else {
		r = export_to(s, a, stdout, &io_err);
		status = export_status(a, r, io_err);
	}
	store_close(s);
	return status;
}

static const struct format *format_find(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	log_warnx("export: --format takes json, csv or openmetrics, not '%s'", name);
	return NULL;
}

int cmd_export(int argc, char **argv)
{
	struct args a = { 0 };
	int c;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case 'f':
			a.format = format_find(optarg);
			if (!a.format)
				return EXIT_USAGE;
			break;
		case 'r': a.run = optarg; break;
		case 'o':
			a.out = optarg;
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	if (!a.format || optind != argc - 1) {
		log_warnx("export: needs %s (see xlab export --help)",
			  a.format ? "one STORE" : "--format");
		return EXIT_USAGE;
	}
	a.store = argv[optind];
	if (a.out && is_store(&a)) {
		log_warnx("export: --out %s is the store itself", a.out);
		return EXIT_USAGE;
	}
	return export_store(&a);
}

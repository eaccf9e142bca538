/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/import.h"
#include "host/walk.h"

static const char usage[] =
	"usage: xlab import STORE OTHER ...\n"
	"\n"
	"Adds to STORE, which is made if it is not there, what each OTHER has and STORE has not, and\n"
	"says how much that was. An OTHER that is no store, damaged, or that says otherwise than STORE of\n"
	"the same record is left out as a whole.\n";

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int fail_import(int err, struct store *to, const char *other,
		       const struct import_result *result)
{
	if (err == -EEXIST)
		log_warnx("%s: not imported: the store says otherwise: %s", other,
			  result->conflict);
	else if (err == -EIO)
		log_warnx("%s: not imported: %s", other, store_error(to));
	else
		return cmd_fail_store(err, other);
	return err == -EEXIST ? EXIT_USAGE : EXIT_SYSTEM;
}

/* Opens STORE for the first OTHER that is worth it, so that nothing is made for none. */
static int import_into(const char *store, struct store **to, struct store *from, const char *other)
{
	struct import_result result;
	int r = *to ? 0 : store_open(store, STORE_WRITE, to);

	if (r)
		return cmd_fail_store(r, store);
	r = import_store(*to, from, &result);
	if (r)
		return fail_import(r, *to, other, &result);
	printf("%s: %zu guests, %zu records new\n", other, result.guests, result.records);
	return EXIT_OK;
}

static int is_same(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int import_one(const char *store, struct store **to, const char *other)
{
	struct store *from;
	int r, status;

	if (is_same(store, other)) {
		log_warnx("import: %s is the store itself", other);
		return EXIT_USAGE;
	}
	r = store_open(other, STORE_READ, &from);
	if (r)
		return cmd_fail_store(r, other);
	r = walk_check(from);
	status = r ? cmd_fail_store(r, other) : import_into(store, to, from, other);
	store_close(from);
	return status;
}

int cmd_import(int argc, char **argv)
{
	struct store *to = NULL;
	int c, status = EXIT_OK;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
			CMD_OPTION_DEFAULTS;
		}
	}
	if (optind + 1 >= argc) {
		log_warnx("import: needs STORE and another one (see xlab import --help)");
		return EXIT_USAGE;
	}
	for (int i = optind + 1; i < argc; i++) {
		int r = import_one(argv[optind], &to, argv[i]);

		if (r)
			status = r;
	}
	store_close(to);
	return status;
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/cmd_image.h"

static const char usage[] =
	"usage: xlab image size [--json] [--budget FILE] DISK\n"
	"\n"
	"Prints where the bytes of the image's content go, part by part, after checking it like\n"
	"inspect. --budget compares them with a file of rows 'FLAVOUR PART BYTES'.\n";

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, 'j' },
	{ "budget", required_argument, NULL, 'b' },
	{ 0 },
};

static void say(const char *line)
{
	log_warnx("%s", line);
}

static int by_bytes(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;
	json_int_t p = json_integer_value(json_object_get(*x, "bytes"));
	json_int_t q = json_integer_value(json_object_get(*y, "bytes"));

	return (p < q) - (p > q);
}

static void print_row(const char *name, json_int_t files, json_int_t bytes, json_int_t whole)
{
	cmd_image_print_word("%-14s", name);
	if (files >= 0)
		printf(" %6" JSON_INTEGER_FORMAT, files);
	else
		printf(" %6s", "");
	printf(" %10" JSON_INTEGER_FORMAT " %5.1f %%\n", bytes,
	       100.0 * (double)bytes / (double)whole);
}

/* The largest first; the names of parts are keys, so they are put into their objects to be sorted.
 */
static int print_table(json_t *sizes)
{
	json_t *parts = json_object_get(sizes, "parts"), *part;
	json_int_t whole = json_integer_value(json_object_get(sizes, "whole"));
	json_t **rows = calloc(json_object_size(parts), sizeof(json_t *));
	const char *name;
	size_t n = 0;

	if (!rows)
		return cmd_fail(-ENOMEM, "image size");
	json_object_foreach(parts, name, part)
	{
		json_object_set_new(part, "part", json_string(name));
		rows[n++] = part;
	}
	qsort(rows, n, sizeof(json_t *), by_bytes);
	printf("%-14s %6s %10s\n", "part", "files", "bytes");
	for (size_t i = 0; i < n; i++)
		print_row(image_check_str(rows[i], "part"),
			  json_integer_value(json_object_get(rows[i], "files")),
			  json_integer_value(json_object_get(rows[i], "bytes")), whole);
	print_row("content", -1, json_integer_value(json_object_get(sizes, "content")), whole);
	print_row("with GRUB", -1, whole, whole);
	free(rows);
	return EXIT_OK;
}

/* Whether the sizes keep to the budget. */
static int check_budget(const char *path, const char *disk, const json_t *sizes)
{
	unsigned wrong;
	int r = io_is_plain(path);

	if (r)
		return cmd_fail(r, path);
	r = image_budget(path, image_check_str(sizes, "flavour"), sizes, say, &wrong);
	if (r)
		return r == -EINVAL ? EXIT_USAGE : cmd_fail(r, path);
	if (wrong)
		log_warnx("%s: %u sizes are not within %s", disk, wrong, path);
	return wrong ? EXIT_USAGE : EXIT_OK;
}

static int size_show(const char *disk, bool json, const char *budget)
{
	struct image_check c;
	json_t *sizes = NULL;
	int r = cmd_image_check(disk, &c);

	if (!r)
		r = cmd_image_verdict(disk, &c);
	if (!r) {
		sizes = image_sizes(&c);
		r = json ? cmd_image_print(sizes) : print_table(sizes);
	}
	if (!r && budget)
		r = check_budget(budget, disk, sizes);
	json_decref(sizes);
	image_check_free(&c);
	return r;
}

int cmd_image_size(int argc, char **argv)
{
	const char *budget = NULL;
	bool json = false;
	int c;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case 'j': json = true; break;
		case 'b':
			budget = optarg;
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	if (optind + 1 != argc) {
		log_warnx("image size: needs DISK (see xlab image --help)");
		return EXIT_USAGE;
	}
	return size_show(argv[optind], json, budget);
}

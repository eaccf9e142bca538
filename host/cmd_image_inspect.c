/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/cmd_image.h"
#include "host/image.h"

static const char usage[] =
	"usage: xlab image inspect [--json | --spdx] DISK\n"
	"\n"
	"Reads the manifest that the image carries, compares all that is in the image with it, and\n"
	"prints it in short, or whole (--json), or as an SBOM in SPDX 2.3 (--spdx). Ends with 100 when\n"
	"the image differs from its manifest.\n";

enum form { FORM_SHORT, FORM_JSON, FORM_SPDX };

int cmd_image_check(const char *disk, struct image_check *c)
{
	int r = image_check(disk, c);

	if (r == -EPROTO) {
		log_warnx("%s: its manifest is broken: %s", disk, c->first);
		return EXIT_USAGE;
	}
	if (r == -EINVAL || (r == -ENOENT && !access(disk, F_OK))) {
		log_warnx("%s: not an image of `xlab image build`", disk);
		return EXIT_USAGE;
	}
	return r ? cmd_fail(r, disk) : EXIT_OK;
}

int cmd_image_verdict(const char *disk, const struct image_check *c)
{
	if (!c->differences)
		return EXIT_OK;
	log_warnx("%s: differs from its manifest in %u %s: %s", disk, c->differences,
		  c->differences == 1 ? "place" : "places", c->first);
	return EXIT_USAGE;
}

/* Prints a text, which it frees, and a newline. */
static int print_text(char *text)
{
	int r = text ? io_write_all(STDOUT_FILENO, text, strlen(text)) : -ENOMEM;

	if (!r)
		r = io_write_all(STDOUT_FILENO, "\n", 1);
	free(text);
	return r ? cmd_fail(r, "stdout") : EXIT_OK;
}

int cmd_image_print(const json_t *value)
{
	return print_text(json_dumps(value, JSON_INDENT(1) | JSON_SORT_KEYS | JSON_ENSURE_ASCII));
}

void cmd_image_print_word(const char *format, const char *word)
{
	char plain[128];
	size_t i;

	for (i = 0; word[i] && i < sizeof(plain) - 1; i++)
		plain[i] = word[i] >= ' ' && word[i] <= '~' ? word[i] : '?';
	plain[i] = '\0';
	printf(format, plain);
}

/* The row of that list in which key has the value; NULL if there is none. */
static const json_t *row_of(const json_t *manifest, const char *list, const char *value)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(manifest, list), i,
			   row) if (!strcmp(image_check_str(row, "component"), value)) return row;
	return NULL;
}

static void print_parts(const struct image_check *c)
{
	json_t *sizes = image_sizes(c), *part;
	const char *name;

	printf("%-14s %6s %10s  %-24s %s\n", "part", "files", "bytes", "version", "licence");
	json_object_foreach(json_object_get(sizes, "parts"), name, part)
	{
		cmd_image_print_word("%-14s", name);
		printf(" %6" JSON_INTEGER_FORMAT " %10" JSON_INTEGER_FORMAT,
		       json_integer_value(json_object_get(part, "files")),
		       json_integer_value(json_object_get(part, "bytes")));
		cmd_image_print_word("  %-24s",
				     image_check_str(row_of(c->manifest, "sources", name),
						     "version"));
		cmd_image_print_word(" %s\n",
				     image_check_str(row_of(c->manifest, "components", name),
						     "licence"));
	}
	json_decref(sizes);
}

static void print_short(const struct image_check *c)
{
	const json_t *version;
	const char *tool;

	cmd_image_print_word("flavour %s\n\n", image_check_str(c->manifest, "flavour"));
	print_parts(c);
	printf("\nbuilt with\n");
	json_object_foreach(json_object_get(c->manifest, "tools"), tool, version)
	{
		cmd_image_print_word("  %-18s", tool);
		cmd_image_print_word(" %s\n",
				     json_is_string(version) ? json_string_value(version) : "");
	}
	printf("from %zu sources and %zu configs and scripts, whose SHA-256 --json prints\n\n",
	       json_array_size(json_object_get(c->manifest, "sources")),
	       json_array_size(json_object_get(c->manifest, "inputs")));
	if (!c->differences)
		printf("the image is as its manifest says: GRUB, %u files, %u folders, %u links\n",
		       c->files, c->dirs, c->links);
}

static int inspect(const char *disk, enum form form)
{
	struct image_check c;
	char *text = NULL;
	int verdict, r = cmd_image_check(disk, &c);

	if (!r) {
		verdict = cmd_image_verdict(disk, &c);
		if (form == FORM_SPDX && !verdict)
			r = image_spdx(&c, &text) ? cmd_fail(-ENOMEM, disk) : print_text(text);
		else if (form == FORM_JSON)
			r = cmd_image_print(c.manifest);
		else if (form == FORM_SHORT)
			print_short(&c);
		r = r ? r : verdict;
	}
	image_check_free(&c);
	return r;
}

int cmd_image_inspect(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ "spdx", no_argument, NULL, 's' },
		{ 0 },
	};
	enum form form = FORM_SHORT;
	int c;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case 'j': form = FORM_JSON; break;
		case 's':
			form = FORM_SPDX;
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	if (optind + 1 != argc) {
		log_warnx("image inspect: needs DISK (see xlab image --help)");
		return EXIT_USAGE;
	}
	return inspect(argv[optind], form);
}

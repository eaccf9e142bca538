/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/payload.h"

static const char usage[] =
	"usage: xlab payload build NAME --packages PACKAGE,... [--add DIR] [--run PATH] [--out FILE]\n"
	"       xlab payload build NAME --from DIR [--out FILE]\n"
	"       xlab payload inspect [--json] FILE\n"
	"\n"
	"build    makes a read-only disk, NAME.payload unless told, that guests mount at /payload/NAME:\n"
	"         of Debian packages (PACKAGE or PACKAGE=VERSION) and all that they need, with what a\n"
	"         folder adds to them and after a program inside was run, or of a folder alone\n"
	"inspect  says what it was made of, and whether it still is that\n";

/* Says what is wrong with the options, if anything is. An exit status. */
static int check_build(const struct payload_build *b)
{
	const char *wrong = NULL;

	if (!b->packages == !b->from)
		wrong = "needs --packages or --from (see xlab payload --help)";
	else if (!payload_name_is_fine(b->name))
		wrong = "a name has 1 to 16 characters a-z, 0-9 and -, and does not begin with -";
	else if (b->packages && !payload_packages_are_fine(b->packages))
		wrong = "--packages takes names of Debian packages with commas between them";
	else if (b->from && (b->add[0].dir || b->run))
		wrong = "--add and --run are for --packages";
	else if (b->run && !payload_program_is_fine(b->run))
		wrong = "--run takes the path of a program in the payload, of A-Z, a-z, 0-9, ., _, - and /";
	if (!wrong)
		return EXIT_OK;
	log_warnx("payload build: %s", wrong);
	return EXIT_USAGE;
}

static int build(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "packages", required_argument, NULL, 'p' },
		{ "from", required_argument, NULL, 'f' },
		{ "add", required_argument, NULL, 'a' },
		{ "run", required_argument, NULL, 'r' },
		{ "out", required_argument, NULL, 'o' },
		{ 0 },
	};
	char out[PAYLOAD_NAME_MAX + sizeof(".payload")];
	struct payload_build b = { 0 };
	int c, r;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case 'p': b.packages = optarg; break;
		case 'f': b.from = optarg; break;
		case 'a': b.add[0] = (struct payload_add){ optarg, "" }; break;
		case 'r': b.run = optarg; break;
		case 'o':
			b.out = optarg;
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	if (optind != argc - 1) {
		log_warnx("payload build: needs one NAME (see xlab payload --help)");
		return EXIT_USAGE;
	}
	b.name = argv[optind];
	r = check_build(&b);
	if (r)
		return r;
	snprintf(out, sizeof(out), "%s.payload", b.name);
	b.out = b.out ? b.out : out;
	b.stop_fd = cmd_stop_fd();
	return b.stop_fd < 0 ? cmd_fail(-errno, "signalfd") : payload_build(&b);
}

static void format_uuid(const uint8_t *u, char text[37])
{
	char *at = text;

	for (int i = 0; i < PAYLOAD_UUID_SIZE; i++)
		at += sprintf(at, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", u[i]);
}

static void print_text(const json_t *m)
{
	const json_t *packages = json_object_get(m, "packages"), *p, *asked;
	size_t i;

	printf("name      %s\n", json_string_value(json_object_get(m, "name")));
	printf("uuid      %s\n", json_string_value(json_object_get(m, "uuid")));
	printf("bytes     %" JSON_INTEGER_FORMAT "\n",
	       json_integer_value(json_object_get(m, "bytes")));
	printf("epoch     %" JSON_INTEGER_FORMAT "\n",
	       json_integer_value(json_object_get(m, "epoch")));
	if (!packages) {
		printf("from      a folder\n");
		return;
	}
	printf("from     ");
	json_array_foreach(json_object_get(m, "asked"), i, asked)
		printf(" %s", json_string_value(asked));
	putchar('\n');
	if (json_object_get(m, "added"))
		printf("added     %s\n", json_string_value(json_object_get(m, "added")));
	if (json_object_get(m, "ran"))
		printf("ran       %s\n", json_string_value(json_object_get(m, "ran")));
	printf("packages  %zu\n", json_array_size(packages));
	json_array_foreach(packages, i, p)
		printf("%s %s  %s %s\n", json_string_value(json_object_get(p, "sha256")),
		       json_string_value(json_object_get(p, "architecture")),
		       json_string_value(json_object_get(p, "package")),
		       json_string_value(json_object_get(p, "version")));
}

/* Reads the manifest and adds what the file system itself says. -EINVAL when they contradict. */
static int read_manifest(const struct payload *p, json_t **m)
{
	char *text, uuid[37];
	size_t len;
	int r = payload_read(p, PAYLOAD_MANIFEST, PAYLOAD_MANIFEST_MAX, &text, &len);

	if (r)
		return r == -EFBIG || r == -ENOENT ? -EINVAL : r;
	r = strlen(text) == len ? payload_manifest_parse(text, m) : -EINVAL;
	free(text);
	if (r)
		return r;
	format_uuid(p->uuid, uuid);
	json_object_set_new(*m, "uuid", json_string(uuid));
	json_object_set_new(*m, "bytes", json_integer((json_int_t)p->bytes));
	if (!strcmp(json_string_value(json_object_get(*m, "name")), p->name))
		return 0;
	json_decref(*m);
	*m = NULL;
	return -EINVAL;
}

static int print(const struct payload *p, const char *path, int json)
{
	json_t *m = NULL;
	int r = read_manifest(p, &m);

	if (!r)
		r = payload_verify(p);
	if (r == -EINVAL)
		log_warnx("%s: not a payload of `xlab payload build`", path);
	else if (r == -EILSEQ)
		log_warnx("%s: is damaged: its content is not what its UUID says", path);
	else if (r)
		cmd_fail(r, path);
	else if (!json)
		print_text(m);
	else if (json_dumpf(m, stdout, JSON_INDENT(2)) || putchar('\n') == EOF)
		r = cmd_fail(-EIO, "stdout");
	json_decref(m);
	if (r)
		return r == -EINVAL || r == -EILSEQ ? EXIT_USAGE : EXIT_SYSTEM;
	return EXIT_OK;
}

static int inspect(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};
	struct payload p;
	int c, json = 0, r;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case 'j':
			json = 1;
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	if (optind != argc - 1) {
		log_warnx("payload inspect: needs one FILE");
		return EXIT_USAGE;
	}
	r = payload_open(argv[optind], &p);
	if (r == -EINVAL) {
		log_warnx("%s: not a payload of `xlab payload build`", argv[optind]);
		return EXIT_USAGE;
	}
	if (r)
		return cmd_fail(r, argv[optind]);
	r = print(&p, argv[optind], json);
	payload_close(&p);
	return r;
}

static const struct cmd_word verbs[] = {
	{ "build", "payload build", build },
	{ "inspect", "payload inspect", inspect },
};

int cmd_payload(int argc, char **argv)
{
	int r = cmd_word_run(verbs, sizeof(verbs) / sizeof(*verbs), argc, argv);

	if (r >= 0)
		return r;
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(usage, stdout);
		return EXIT_OK;
	}
	log_warnx("payload: needs build or inspect (see xlab payload --help)");
	return EXIT_USAGE;
}

/* SPDX-License-Identifier: ISC */
#include "host/cmd_image.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/cmd_cfg.h"
#include "host/install.h"

static const char usage[] =
	"usage: xlab image install [--size MIB] [--force] [--json] DISK TARGET\n"
	"\n"
	"Writes a disk to a file or a block device (an LVM volume, say), grows its last partition and the\n"
	"ext file system in it to fit, and reads all of it back. The disk itself stays as it is.\n"
	"\n"
	"  --size MIB  how big a file is made (default: as big as the one that is there, or the disk)\n"
	"  --force     also over what is neither empty nor an xlab image\n"
	"  --json      say what was done in JSON\n";

enum { SIZE_MAX_MIB = 1 << 24 };

static int parse_size(const char *text, uint64_t *bytes)
{
	char *end;
	unsigned long mib = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || !mib || mib > SIZE_MAX_MIB) {
		log_warnx("image install: --size takes 1 to %d MiB", SIZE_MAX_MIB);
		return EXIT_USAGE;
	}
	*bytes = (uint64_t)mib << 20;
	return EXIT_OK;
}

int cmd_image_status(int err)
{
	static const int input[] = { EINVAL,  EUCLEAN, EBUSY,	     EROFS, EEXIST, ENOENT, EACCES,
				     ENOTDIR, EISDIR,  ENAMETOOLONG, ELOOP, EPERM,  EFBIG };

	for (size_t i = 0; i < sizeof(input) / sizeof(*input); i++)
		if (input[i] == -err)
			return EXIT_USAGE;
	return EXIT_SYSTEM;
}

static json_t *manifest_json(enum install_manifest m)
{
	return m == INSTALL_NO_MANIFEST ? json_null() : json_boolean(m == INSTALL_AS_MANIFEST);
}

static int print_json(const struct install_opts *o, const struct install_result *r)
{
	json_t *all = json_pack("{so so sI sI sI so ss}", "disk", cmd_cfg_json(o->disk), "target",
				cmd_cfg_json(o->target), "bytes", (json_int_t)r->bytes,
				"file_system_bytes", (json_int_t)r->fs_bytes, "files",
				(json_int_t)r->files, "as_manifest", manifest_json(r->manifest),
				"sha256", r->sha256);
	int bad = !all || json_dumpf(all, stdout, JSON_INDENT(1)) || puts("") == EOF;

	json_decref(all);
	return bad ? cmd_fail(-EIO, "stdout") : EXIT_OK;
}

static int print_text(const struct install_opts *o, const struct install_result *r)
{
	printf("%s: %" PRIu64 " bytes, of which the file system has %" PRIu64
	       "; %zu files compared%s, all read back\nsha256 %s\n",
	       o->target, r->bytes, r->fs_bytes, r->files,
	       r->manifest == INSTALL_AS_MANIFEST ? ", all as the manifest says" : "", r->sha256);
	return EXIT_OK;
}

int cmd_image_install(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "size", required_argument, NULL, 's' },
		{ "force", no_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};
	static char why[INSTALL_WHY];
	struct install_opts o = { 0 };
	struct install_result result;
	bool json = false;
	int c, r;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case 's':
			if (parse_size(optarg, &o.bytes))
				return EXIT_USAGE;
			break;
		case 'f': o.force = true; break;
		case 'j':
			json = true;
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	if (argc - optind != 2) {
		log_warnx("image install: needs DISK and TARGET (see xlab image install --help)");
		return EXIT_USAGE;
	}
	o.disk = argv[optind];
	o.target = argv[optind + 1];
	r = install(&o, &result, why);
	if (r) {
		log_warnx("%s", why);
		return cmd_image_status(r);
	}
	if (result.manifest == INSTALL_DIFFERS)
		log_info("%s: differs from its manifest, and so does %s now: %s", o.disk, o.target,
			 result.differs);
	return json ? print_json(&o, &result) : print_text(&o, &result);
}

/* SPDX-License-Identifier: ISC */
#include "host/cmd_native.h"

#include <stdio.h>
#include <string.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/collect.h"
#include "host/collect_scratch.h"

const char cmd_native_usage[] =
	"usage: xlab native entry [--boot-dir DIR] [--root DEVICE] [--run NAME] [--warmups N]\n"
	"                         [--repetitions N] DESCRIPTION\n"
	"       xlab native entry --remove [--boot-dir DIR]\n"
	"       xlab native collect [--store FILE] SCRATCH\n"
	"\n"
	"The image on this very machine, without Xen, once: entry makes GRUB boot it the next time and\n"
	"no other, collect takes what it has left on the scratch disk of the description, a file or a\n"
	"device, or the folder where that is mounted, into FILE (results.sqlite). DIR is /boot unless\n"
	"given; DEVICE is where `xlab image install` has put the image, or what the kernel calls it, as\n"
	"PARTUUID=786c6162-01; the disk of the description unless given.\n"
	"A native as a chroot, or in QEMU, is of xlab run: see xlab-run(1).\n";

static const struct option collect_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "store", required_argument, NULL, 's' },
	{ 0 },
};

static int native_collect(int argc, char **argv)
{
	const struct collect_opts opts = COLLECT_OPTS_DEFAULT;
	const char *path = "results.sqlite";
	struct scratch scratch;
	struct store *s;
	int c, r, status;

	while ((c = cmd_option(argc, argv, collect_options, cmd_native_usage)) != -1) {
		switch (c) {
		case 's':
			path = optarg;
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	if (optind != argc - 1) {
		log_warnx("native collect: needs one SCRATCH (see xlab native --help)");
		return EXIT_USAGE;
	}
	status = scratch_open(&scratch, argv[optind]);
	if (status)
		return status;
	r = store_open(path, STORE_WRITE, &s);
	if (r) {
		scratch_close(&scratch);
		return cmd_fail_store(r, path);
	}
	status = collect_scratch(&scratch, s, path, &opts.limits);
	store_close(s);
	r = scratch_close(&scratch);
	return status ? status : r;
}

static const struct cmd_word words[] = {
	{ "entry", "native entry", cmd_native_entry },
	{ "collect", "native collect", native_collect },
};

int cmd_native(int argc, char **argv)
{
	int r = cmd_word_run(words, sizeof(words) / sizeof(*words), argc, argv);

	if (r >= 0)
		return r;
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(cmd_native_usage, stdout);
		return EXIT_OK;
	}
	log_warnx("native: needs the word entry or collect (see xlab native --help)");
	return EXIT_USAGE;
}

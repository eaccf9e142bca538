/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/cmd_cfg.h"
#include "host/setup.h"

static const char usage[] =
	"usage: xlab cfg render [--mode MODE]... [--disk DISK] --out DIR DESCRIPTION\n"
	"\n"
	"Writes the configs of the modes asked for, of all unless some are named, into DIR, and beside\n"
	"them the kernel that PV and PVH boot, copied out of the disk. MODE is native, pv, pvh,\n"
	"pvhvm or hvm; DESCRIPTION is a file like xen-configs/demo.domain.\n";

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "mode", required_argument, NULL, 'm' },
	{ "disk", required_argument, NULL, 'd' },
	{ "out", required_argument, NULL, 'o' },
	{ 0 },
};

static int render(const struct setup *s, const bool *wanted)
{
	for (int m = MODE_UNKNOWN + 1; m < MODE_COUNT; m++) {
		int r = wanted[m] ? setup_write(s, (enum mode)m) : 0;

		if (r)
			return setup_fail(s, (enum mode)m, r);
		if (wanted[m])
			printf("%s/%s\n", s->dir, domain_config_name((enum mode)m));
	}
	return EXIT_OK;
}

static int cfg_render(int argc, char **argv)
{
	static struct setup s;
	bool wanted[MODE_COUNT] = { 0 };
	const char *disk = NULL, *out = NULL;
	enum mode mode = MODE_UNKNOWN;
	int c, r;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case 'm':
			if (mode_parse(optarg, &mode)) {
				log_warnx("cfg: %s is no mode (native pv pvh pvhvm hvm)", optarg);
				return EXIT_USAGE;
			}
			wanted[mode] = true;
			break;
		case 'd': disk = optarg; break;
		case 'o':
			out = optarg;
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	if (optind != argc - 1 || !out) {
		log_warnx("cfg render: needs --out DIR and one DESCRIPTION (see xlab cfg --help)");
		return EXIT_USAGE;
	}
	for (int m = MODE_UNKNOWN + 1; m < MODE_COUNT && mode == MODE_UNKNOWN; m++)
		wanted[m] = true;
	r = setup_open(&s, argv[optind], disk, out);
	return r ? r : render(&s, wanted);
}

static const struct cmd_word words[] = {
	{ "render", "cfg render", cfg_render },
	{ "convert", "cfg convert", cmd_cfg_convert },
	{ "lint", "cfg lint", cmd_cfg_lint },
};

static void print_usage(void)
{
	fputs(usage, stdout);
	fputs("\nusage: xlab cfg convert --to MODE FILE.cfg\n"
	      "       xlab cfg lint FILE.cfg...\n"
	      "\n"
	      "Make the xl.cfg(5) file of one mode that of another; say what stops one from booting.\n"
	      "Each has a --help of its own.\n",
	      stdout);
}

int cmd_cfg(int argc, char **argv)
{
	int r = cmd_word_run(words, sizeof(words) / sizeof(*words), argc, argv);

	if (r >= 0)
		return r;
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		print_usage();
		return EXIT_OK;
	}
	log_warnx("cfg: needs the word render, convert or lint (see xlab cfg --help)");
	return EXIT_USAGE;
}

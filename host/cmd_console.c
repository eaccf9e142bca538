/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/xl.h"

static const char usage[] =
	"usage: xlab console [--serial] NAME\n"
	"\n"
	"Attaches the terminal to the guest's hvc0, which every kind of Xen guest has, or to the serial\n"
	"port that an HVM guest's firmware and GRUB speak on. Ctrl-] leaves it.\n";

int cmd_console(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "serial", no_argument, NULL, 's' },
		{ 0 },
	};
	bool serial = false;
	int c, r;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case 's':
			serial = true;
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	if (optind != argc - 1) {
		log_warnx("console: needs the NAME of a domain (see xlab console --help)");
		return EXIT_USAGE;
	}
	if (cmd_need_dom0("console"))
		return EXIT_USAGE;
	r = xl_console(argv[optind], serial);
	if (r == -EIO)
		return EXIT_USAGE; /* xl has said why */
	return r ? cmd_fail(r, "xl") : EXIT_OK;
}

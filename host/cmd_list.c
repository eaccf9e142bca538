/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/domains.h"

static const char usage[] =
	"usage: xlab list [--json]\n"
	"\n"
	"Shows the domains of this Xen host: name, id, the mode that its config asks for, state,\n"
	"memory in MiB, vcpus, and its disks (ro: the guest may only read it).\n";

static void print_table(const struct domains *d)
{
	printf("%-24s %5s  %-6s %-8s %6s %5s  %s\n", "NAME", "ID", "MODE", "STATE", "MIB", "VCPUS",
	       "DISKS");
	for (size_t i = 0; i < d->n; i++) {
		const struct domains_one *one = &d->one[i];

		printf("%-24s %5u  %-6s %-8s %6u %5u ", one->name, one->domid,
		       one->mode ? mode_name(one->mode) : "-", one->state, one->memory, one->vcpus);
		for (size_t k = 0; k < one->ndisks; k++)
			printf(" %s:%s%s", one->disk[k].vdev, one->disk[k].path,
			       one->disk[k].writable ? "" : ":ro");
		putchar('\n');
	}
}

static json_t *json_disks(const struct domains_one *one)
{
	json_t *disks = json_array();

	for (size_t i = 0; i < one->ndisks; i++)
		json_array_append_new(disks, json_pack("{ss ss sb}", "path", one->disk[i].path,
						       "vdev", one->disk[i].vdev, "writable",
						       one->disk[i].writable));
	return disks;
}

static int print_json(const struct domains *d)
{
	json_t *all = json_array();
	int r;

	for (size_t i = 0; i < d->n; i++) {
		const struct domains_one *one = &d->one[i];

		json_array_append_new(
			all, json_pack("{ss sI ss ss* ss sI sI so}", "name", one->name, "domid",
				       (json_int_t)one->domid, "uuid", one->uuid, "mode",
				       one->mode ? mode_name(one->mode) : NULL, "state", one->state,
				       "memory_mib", (json_int_t)one->memory, "vcpus",
				       (json_int_t)one->vcpus, "disks", json_disks(one)));
	}
	r = json_dumpf(all, stdout, JSON_INDENT(1)) ? -EIO : 0;
	json_decref(all);
	putchar('\n');
	return r;
}

int cmd_list(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};
	struct domains d;
	int c, json = 0, r;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case 'j':
			json = 1;
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	if (optind < argc) {
		log_warnx("list: takes no words (see xlab list --help)");
		return EXIT_USAGE;
	}
	if (cmd_need_dom0("list"))
		return EXIT_USAGE;
	r = domains_read(&d, "/dev/null");
	if (r)
		return cmd_fail(r, "xl list");
	if (json)
		r = print_json(&d);
	else
		print_table(&d);
	domains_free(&d);
	return r ? cmd_fail(r, "stdout") : EXIT_OK;
}

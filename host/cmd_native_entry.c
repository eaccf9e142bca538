/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/cmd_native.h"
#include "host/collect_scratch.h"
#include "host/grubboot.h"
#include "host/image.h"
#include "host/bare_root.h"
#include "host/record.h"
#include "host/setup.h"

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "boot-dir", required_argument, NULL, 'b' },
	{ "root", required_argument, NULL, 'R' },
	{ "run", required_argument, NULL, 'r' },
	{ "warmups", required_argument, NULL, 'w' },
	{ "repetitions", required_argument, NULL, 'n' },
	{ "remove", no_argument, NULL, 'x' },
	{ 0 },
};

struct entry {
	const char *boot, *root, *desc, *run, *warmups, *repetitions;
	bool remove;
	struct grubboot grub;
	struct setup setup;
	char line[GRUBBOOT_LINE];
};

/* What is wrong with the words together, or NULL. */
static const char *check_words(const struct entry *e)
{
	if (e->remove)
		return e->desc || e->root || *e->warmups || *e->repetitions
			       ? "--remove goes with --boot-dir alone"
			       : NULL;
	if (!e->desc)
		return "needs one DESCRIPTION";
	if (!record_name_is_fine(e->run) || strlen(e->run) > XP_NAME_MAX)
		return "--run takes up to 63 letters, digits and ._/ -";
	if ((*e->warmups && !xp_value_is_fine(XPK_WARMUPS, e->warmups, strlen(e->warmups))) ||
	    (*e->repetitions &&
	     !xp_value_is_fine(XPK_REPETITIONS, e->repetitions, strlen(e->repetitions))))
		return "--warmups and --repetitions take numbers";
	return NULL;
}

/* What the kernel is told. An exit status. */
static int entry_line(struct entry *e)
{
	const struct setup *s = &e->setup;
	char root[BARE_ROOT_MAX];
	int r = bare_root(e->root ? e->root : s->desc.disk, s->desc.disk, s->boot.ramdisk, root);

	if (r)
		return r;
	if (!grubboot_line(s->cmdline, root, s->desc.vcpus, s->desc.memory, e->line))
		return EXIT_OK;
	log_warnx("native entry: a kernel's line that GRUB would not pass on as it is: root=%s %s", root,
		  s->cmdline);
	return EXIT_USAGE;
}

/* What the guest is told, on its scratch disk. An exit status. */
static int entry_words(struct entry *e)
{
	const struct domain_desc *d = &e->setup.desc;
	char image[65], text[8 * XP_LINE_MAX];
	struct scratch scratch;
	const struct scratch_words words = { e->run,   mode_name(MODE_NATIVE), d->workload,    d->size,
					     image, e->warmups,		    e->repetitions };
	int r = image_sha256(d->disk, image), n;

	if (r)
		return cmd_fail(r, d->disk);
	r = scratch_open(&scratch, d->scratch);
	if (r)
		return r;
	n = scratch_words(&words, text, sizeof(text));
	if (n >= 0)
		n = scratch_put(&scratch, XP_SCRATCH_HOST_NAME, text, (size_t)n);
	r = scratch_close(&scratch);
	return n < 0 ? cmd_fail(n, d->scratch) : r;
}

/* In such an order that the machine boots as before until all is there. An exit status. */
static int entry_set(struct entry *e)
{
	int r = setup_open(&e->setup, e->desc, NULL, e->grub.own);

	if (r)
		return r;
	if (!e->setup.desc.scratch[0]) {
		log_warnx("%s: needs 'scratch': where the results are left until the machine is back",
			  e->desc);
		return EXIT_USAGE;
	}
	r = entry_line(e);
	if (!r)
		r = entry_words(e);
	if (!r)
		r = grubboot_set(&e->grub, e->line, e->setup.boot.ramdisk);
	if (!r)
		printf("run %s: the next boot is native, once: %s\n"
		       "then: xlab native collect %s\n",
		       e->run, e->line, e->setup.desc.scratch);
	return r;
}

static int parse(int argc, char **argv, struct entry *e)
{
	const char *wrong;
	int c;

	while ((c = cmd_option(argc, argv, options, cmd_native_usage)) != -1) {
		switch (c) {
		case 'b': e->boot = optarg; break;
		case 'R': e->root = optarg; break;
		case 'r': e->run = optarg; break;
		case 'w': e->warmups = optarg; break;
		case 'n': e->repetitions = optarg; break;
		case 'x': e->remove = true; break;
		case CMD_HELP: return -1;
		default: return EXIT_USAGE;
		}
	}
	e->desc = optind < argc ? argv[optind] : NULL;
	wrong = argc - optind > 1 ? "takes one DESCRIPTION" : check_words(e);
	if (!wrong)
		return EXIT_OK;
	log_warnx("native entry: %s (see xlab native --help)", wrong);
	return EXIT_USAGE;
}

int cmd_native_entry(int argc, char **argv)
{
	static struct entry e = { .boot = "/boot", .warmups = "", .repetitions = "" };
	char name[32];
	time_t now = time(NULL);
	int r;

	strftime(name, sizeof(name), "%Y%m%dT%H%M%SZ", gmtime(&now));
	e.run = name;
	r = parse(argc, argv, &e);
	if (r)
		return r < 0 ? EXIT_OK : r;
	r = grubboot_find(&e.grub, e.boot);
	if (!r && e.remove)
		return grubboot_remove(&e.grub);
	if (!r)
		r = grubboot_check(&e.grub);
	return r ? r : entry_set(&e);
}

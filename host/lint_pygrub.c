/* SPDX-License-Identifier: ISC */
/*
 * What pygrub of Xen 4.17 would boot from a disk: it tries the file systems of primary partitions
 * in the order of the table, and the first menu that it can read decides (tools/pygrub/src/pygrub).
 */
#include "host/lint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PRIMARIES = 4 };

/* Of an MBR the type of swap is one of Solaris to it, which it passes over. */
static bool is_tried(const struct lint_disk *d, const struct disk_part *p)
{
	unsigned long type = strtoul(p->type, NULL, 16);

	if (p->kind != DISK_EXT)
		return false;
	if (d->disk.table != DISK_MBR)
		return true;
	return p->number <= PRIMARIES && type != 0x82 && type != 0xbf;
}

/* -ENOENT for no menu, -EINVAL for one that it cannot read. */
static int read_menu(struct disk_fs *fs, struct grubmenu_entry *e, char why[GRUBMENU_WHY],
		     const char **menu)
{
	struct disk_stat st;
	size_t len;
	char *text;
	int r;

	for (size_t i = 0; i < grubmenu_nplaces; i++) {
		*menu = grubmenu_places[i].path;
		if (disk_fs_stat(fs, *menu, true, &st))
			continue;
		r = disk_fs_get(fs, *menu, 64 * GRUBMENU_MAX, &text, &len);
		if (r)
			return -EINVAL;
		r = grubmenu_pygrub(text, len, grubmenu_places[i].kind, e, why);
		free(text);
		return r;
	}
	return -ENOENT;
}

static bool is_file(struct disk_fs *fs, const char *path)
{
	struct disk_stat st;
	char absolute[GRUBMENU_PATH + 1];

	snprintf(absolute, sizeof(absolute), "%s%s", *path == '/' ? "" : "/", path);
	return !disk_fs_stat(fs, absolute, true, &st) && S_ISREG(st.mode);
}

/* The menu decided; what it names must be there. */
static void judge(struct lint_system *s, struct disk_fs *fs, const char *menu)
{
	const struct grubmenu_entry *e = &s->pygrub_entry;
	const char *missing = NULL;

	if (!is_file(fs, e->kernel))
		missing = e->kernel;
	else if (*e->initrd && !is_file(fs, e->initrd))
		missing = e->initrd;
	s->pygrub = !missing;
	if (missing)
		snprintf(s->pygrub_why, sizeof(s->pygrub_why),
			 "%s: line %u: pygrub finds no %.150s in that partition", menu, e->line,
			 missing);
}

void lint_read_pygrub(struct lint_disk *d, struct lint_system *s)
{
	char why[GRUBMENU_WHY], open_why[DISK_WHY];
	const char *menu;

	snprintf(s->pygrub_why, sizeof(s->pygrub_why),
		 "no partition that it looks into has a menu");
	for (size_t i = 0; i < d->disk.n; i++) {
		struct disk_super super;
		struct disk_fs *fs;
		int r;

		if (!is_tried(d, &d->disk.part[i]) ||
		    disk_fs_open(&d->disk, &d->disk.part[i], false, &fs, open_why,
				 sizeof(open_why)))
			continue;
		disk_fs_super(fs, &super);
		r = -ENOENT;
		if (lint_pygrub_reads(&super))
			r = read_menu(fs, &s->pygrub_entry, why, &menu);
		s->pygrub_tried |= r != -ENOENT;
		if (!r)
			judge(s, fs, menu);
		else if (r == -EINVAL)
			snprintf(s->pygrub_why, sizeof(s->pygrub_why), "%s: %s", menu, why);
		disk_fs_close(fs);
		if (!r)
			return;
	}
}

/* SPDX-License-Identifier: ISC */
#include "host/adopt.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void adopt_say(struct adopt *a, const char *text, ...)
{
	va_list ap;

	va_start(ap, text);
	vfprintf(a->said, text, ap);
	va_end(ap);
	fputc('\n', a->said);
	a->changes++;
}

int adopt_put(struct adopt *a, const char *path, const void *buf, size_t len, mode_t mode)
{
	struct disk_fs *fs = lint_disk_at(a->d, path, &path);

	return disk_fs_put(fs, path, buf, len, mode);
}

static int protect(struct adopt *a, struct disk_fs *fs, const struct disk_part *p)
{
	struct disk_super super;
	char name[24];
	int r;

	disk_fs_super(fs, &super);
	if (super.mmp || strcmp(p->fs_type, "ext4"))
		return 0;
	r = disk_fs_mmp(fs);
	if (!r)
		adopt_say(a, "%s: multiple mount protection is on",
			  disk_part_name(p->number, name));
	return r;
}

/* What must not be written to. */
static int check_fs(const struct disk_super *super, unsigned part, char *why, size_t size)
{
	char name[24];

	if (super->busy) {
		snprintf(why, size, "%s is mounted, or was when its guest ended: then e2fsck -p",
			 disk_part_name(part, name));
		return -EBUSY;
	}
	if (super->recovery || !super->clean) {
		snprintf(why, size, "%s was not unmounted: boot and shut it down, or e2fsck -p",
			 disk_part_name(part, name));
		return -EUCLEAN;
	}
	return 0;
}

static int check(const struct lint_system *s, char *why, size_t size)
{
	int r;

	if (!s->has_root) {
		snprintf(why, size, "no partition has ext4 and a Linux system in it");
		return -EINVAL;
	}
	r = check_fs(&s->super, s->root.number, why, size);
	return r ? r : check_fs(&s->boot_super, s->boot.number, why, size);
}

/* Menus last: which root= is right depends on the initramfs, and pygrub on what was changed. */
static int mend(struct adopt *a, bool mmp)
{
	int r = adopt_initrd(a);

	if (!r)
		r = adopt_files(a);
	if (!r && !a->s->pygrub)
		r = adopt_flat_menu(a);
	if (!r && mmp)
		r = protect(a, a->d->root, a->d->root_part);
	if (!r && mmp && a->d->boot)
		r = protect(a, a->d->boot, a->d->boot_part);
	return r;
}

static int mend_open(struct adopt *a, bool mmp, char *why, size_t size)
{
	int r = lint_read(a->d, a->s), r2;

	if (!r)
		r = check(a->s, why, size);
	if (!r) {
		r = mend(a, mmp);
		if (r)
			snprintf(why, size, "a change could not be made: %s", strerror(-r));
	}
	r2 = lint_disk_close(a->d);
	if (!r && r2)
		snprintf(why, size, "the changes could not be written: %s", strerror(-r2));
	return r ? r : r2;
}

int adopt_disk(const char *path, bool mmp, FILE *said, char *why, size_t size)
{
	struct adopt a = { .said = said };
	int r = -ENOMEM;

	*why = '\0';
	a.d = malloc(sizeof(*a.d));
	a.s = malloc(sizeof(*a.s));
	if (a.d && a.s) {
		r = lint_disk_open(path, true, a.d, why, size);
		if (!r)
			r = mend_open(&a, mmp, why, size);
	}
	free(a.d);
	free(a.s);
	if (r && !*why)
		snprintf(why, size, "%s", strerror(-r));
	return r ? r : (int)a.changes;
}

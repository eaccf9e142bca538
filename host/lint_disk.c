/* SPDX-License-Identifier: ISC */
/* Finds the root on a disk, and /boot by what the root's fstab says. */
#include "host/lint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What a root has; any one will do. */
static const char *const root_marks[] = { "/etc/fstab", "/sbin/init", "/etc/inittab", "/bin/sh",
					  "/etc/os-release" };

static bool is_root(struct disk_fs *fs)
{
	struct disk_stat st;

	for (size_t i = 0; i < sizeof(root_marks) / sizeof(*root_marks); i++)
		if (!disk_fs_stat(fs, root_marks[i], false, &st))
			return true;
	return false;
}

static int find_root(struct lint_disk *d, bool writable, char *why, size_t size)
{
	for (size_t i = 0; i < d->disk.n; i++) {
		const struct disk_part *p = &d->disk.part[i];
		struct disk_fs *fs;
		int r;

		if (p->kind != DISK_EXT)
			continue;
		r = disk_fs_open(&d->disk, p, writable, &fs, why, size);
		if (r == -EUCLEAN || r == -EINVAL) {
			d->damaged = true;
			snprintf(d->why, sizeof(d->why), "%s", why);
			continue;
		}
		if (r)
			return r;
		if (is_root(fs)) {
			d->root = fs;
			d->root_part = p;
			return 0;
		}
		disk_fs_close(fs);
	}
	return 0;
}

static bool is_spec_of(const char *spec, const struct disk_part *p)
{
	if (!strncmp(spec, "UUID=", 5))
		return !strcasecmp(spec + 5, p->fs_uuid);
	if (!strncmp(spec, "LABEL=", 6))
		return !strcmp(spec + 6, p->fs_label);
	if (!strncmp(spec, "PARTUUID=", 9))
		return !strcasecmp(spec + 9, p->uuid);
	return p->number && lint_device_part(spec) == p->number;
}

static int take_boot(struct lint_disk *d, const struct disk_part *p, bool writable, char *why,
		     size_t size)
{
	int r;

	if (p->kind != DISK_EXT) {
		d->boot_other = true;
		return 0;
	}
	r = disk_fs_open(&d->disk, p, writable, &d->boot, why, size);
	d->boot_part = r ? NULL : p;
	return r;
}

static int find_boot(struct lint_disk *d, bool writable, char *why, size_t size)
{
	struct lint_system *s = calloc(1, sizeof(*s));
	int r = s ? 0 : -ENOMEM;

	if (!r)
		lint_read_fstab(d, s);
	for (size_t m = 0; !r && m < s->nmounts; m++) {
		for (size_t i = 0; !r && !d->boot && i < d->disk.n; i++) {
			const struct disk_part *p = &d->disk.part[i];

			if (!strcmp(s->mount[m].at, "/boot") && p != d->root_part &&
			    is_spec_of(s->mount[m].spec, p))
				r = take_boot(d, p, writable, why, size);
		}
	}
	free(s);
	return r;
}

int lint_disk_open(const char *path, bool writable, struct lint_disk *d, char *why, size_t size)
{
	int r;

	*d = (struct lint_disk){ .root = NULL };
	r = disk_read(path, &d->disk, why, size);
	if (!r)
		r = find_root(d, writable, why, size);
	if (!r && d->root)
		r = find_boot(d, writable, why, size);
	if (!r && !d->root && d->damaged) {
		snprintf(why, size, "%s", d->why);
		r = -EUCLEAN;
	}
	if (r)
		lint_disk_close(d);
	return r;
}

int lint_disk_close(struct lint_disk *d)
{
	int r = d->boot ? disk_fs_close(d->boot) : 0;
	int r2 = d->root ? disk_fs_close(d->root) : 0;

	d->root = d->boot = NULL;
	return r ? r : r2;
}

struct disk_fs *lint_disk_at(const struct lint_disk *d, const char *path, const char **inside)
{
	*inside = path;
	if (!d->boot || strncmp(path, "/boot/", 6))
		return d->root;
	*inside = path + 5;
	return d->boot;
}

int lint_disk_get(const struct lint_disk *d, const char *path, size_t max, char **buf, size_t *len)
{
	struct disk_fs *fs = lint_disk_at(d, path, &path);

	return fs ? disk_fs_get(fs, path, max, buf, len) : -ENOENT;
}

bool lint_disk_has(const struct lint_disk *d, const char *path)
{
	struct disk_fs *fs = lint_disk_at(d, path, &path);
	struct disk_stat st;

	return fs && !disk_fs_stat(fs, path, true, &st);
}

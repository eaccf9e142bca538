/* SPDX-License-Identifier: ISC */
#include "host/bare_root.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/disk.h"
#include "host/image.h"

/* Same files, same image: two disks differ in what surrounds it. An exit status. */
static int check_same(const char *where, const char *image)
{
	char *a = NULL, *b = NULL;
	size_t a_len, b_len;
	int r = image_read(where, IMAGE_MANIFEST, IMAGE_MANIFEST_MAX, &a, &a_len), status = EXIT_OK;

	if (r == -ENOENT || r == -EINVAL) {
		log_warnx("%s: no image is on it (xlab image install %s %s)", where, image, where);
		status = EXIT_USAGE;
	} else if (r || (r = image_read(image, IMAGE_MANIFEST, IMAGE_MANIFEST_MAX, &b, &b_len))) {
		status = cmd_fail(r, b ? image : where);
	} else if (a_len != b_len || memcmp(a, b, a_len)) {
		log_warnx("%s: has another image than %s: their figures would not compare", where,
			  image);
		status = EXIT_USAGE;
	}
	free(a);
	free(b);
	return status;
}

/* The partition of that number, or, when it is 0, the one with the image. An exit status. */
static int from_table(const char *disk, unsigned number, bool ramdisk, char root[BARE_ROOT_MAX])
{
	static struct disk d;
	const struct disk_part *part = NULL;
	char why[DISK_WHY];

	if (disk_read(disk, &d, why, sizeof(why))) {
		log_warnx("%s: %s", disk, why);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < d.n && !part; i++)
		if (number ? d.part[i].number == number : d.part[i].kind == DISK_EXT)
			part = &d.part[i];
	if (!part || !part->uuid[0]) {
		log_warnx("%s: has no partition that a kernel could be told by PARTUUID: say by --root "
			  "what it is called there",
			  disk);
		return EXIT_USAGE;
	}
	/* Our initramfs knows partitions of GPT by what is in them alone. */
	if (ramdisk && d.table == DISK_GPT)
		snprintf(root, BARE_ROOT_MAX, "UUID=%s", part->fs_uuid);
	else
		snprintf(root, BARE_ROOT_MAX, "PARTUUID=%s", part->uuid);
	return EXIT_OK;
}

/* What sysfs calls the device; its attribute of that name as a number, or -1. */
static long attribute(const char *sys, const char *name)
{
	char path[PATH_MAX + 32], text[32], *end;
	long n;

	snprintf(path, sizeof(path), "%s/%s", sys, name);
	if (io_read_file(path, text, sizeof(text)) <= 0)
		return -1;
	n = strtol(text, &end, 10);
	return end == text ? -1 : n;
}

static bool has(const char *sys, const char *name)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/%s", sys, name);
	return access(path, F_OK) == 0;
}

/* An exit status. */
static int from_device(const char *where, dev_t dev, bool ramdisk, char root[BARE_ROOT_MAX])
{
	char path[64], sys[PATH_MAX], disk[PATH_MAX];
	long number;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(dev), minor(dev));
	if (!realpath(path, sys))
		return cmd_fail(-errno, path);
	if (has(sys, "dm") || has(sys, "loop") || has(sys, "md")) {
		log_warnx("%s: a kernel finds no logical volume, loop device or array at boot: install "
			  "the image on a partition or a disk",
			  where);
		return EXIT_USAGE;
	}
	number = attribute(sys, "partition");
	if (number <= 0)
		return from_table(where, 0, ramdisk, root);
	*strrchr(sys, '/') = '\0';
	snprintf(disk, sizeof(disk), "/dev/%s", strrchr(sys, '/') + 1);
	return from_table(disk, (unsigned)number, ramdisk, root);
}

int bare_root(const char *where, const char *image, bool ramdisk, char root[BARE_ROOT_MAX])
{
	struct stat st;
	int r;

	if (where[0] != '/') {
		if (strlen(where) < BARE_ROOT_MAX && strchr(where, '=')) {
			strcpy(root, where);
			return EXIT_OK;
		}
		log_warnx("native entry: --root takes a device, or a word like PARTUUID=786c6162-01");
		return EXIT_USAGE;
	}
	if (stat(where, &st) < 0)
		return cmd_fail(-errno, where);
	if (!S_ISBLK(st.st_mode)) {
		log_warnx("%s: a kernel finds no file at boot: xlab image install it on a disk, which "
			  "--root then names",
			  where);
		return EXIT_USAGE;
	}
	r = strcmp(where, image) ? check_same(where, image) : EXIT_OK;
	return r ? r : from_device(where, st.st_rdev, ramdisk, root);
}

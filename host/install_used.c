/* SPDX-License-Identifier: ISC */
/*
 * What of this machine uses a disk, by name: mounts (proc(5), mountinfo), swap (/proc/swaps), and
 * devices made of it (sysfs: holders, and loop devices by their file). For a whole disk its
 * partitions count too. The kernel's own word, an exclusive open(2), comes after this and covers
 * what is missed here, another mount namespace say.
 */
#include "host/install.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { LINE = 2 * PATH_MAX, SYSFS = 96 };

/* One line of a table of the kernel's: 1 when it is about the device, with the words in who. */
typedef int used_line(char *line, dev_t dev, char *who, size_t size);

static int mount_line(char *line, dev_t dev, char *who, size_t size)
{
	unsigned maj, min;
	char where[PATH_MAX];

	if (sscanf(line, "%*u %*u %u:%u %*s %4095s", &maj, &min, where) != 3 ||
	    makedev(maj, min) != dev)
		return 0;
	snprintf(who, size, "is mounted on %s", where);
	return 1;
}

static int swap_line(char *line, dev_t dev, char *who, size_t size)
{
	struct stat st;

	line[strcspn(line, " \t")] = '\0';
	if (stat(line, &st) < 0 || !S_ISBLK(st.st_mode) || st.st_rdev != dev)
		return 0;
	snprintf(who, size, "is used as swap");
	return 1;
}

static int each_line(const char *table, used_line *is, dev_t dev, char *who, size_t size)
{
	FILE *f = fopen(table, "re");
	char line[LINE];
	int r = 0;

	if (!f)
		return errno == ENOENT ? 0 : -errno;
	while (!r && fgets(line, sizeof(line), f))
		r = is(line, dev, who, size);
	fclose(f);
	return r;
}

/* A folder of sysfs: holders name the device that is made of it. */
static int held(dev_t dev, char *who, size_t size)
{
	char path[SYSFS];
	struct dirent *e;
	DIR *dir;
	int r = 0;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/holders", major(dev), minor(dev));
	dir = opendir(path);
	if (!dir)
		return 0;
	while (!r && (e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(who, size, "is part of /dev/%s", e->d_name);
		r = 1;
	}
	closedir(dir);
	return r;
}

static int device_used(dev_t dev, char *who, size_t size)
{
	int r = each_line("/proc/self/mountinfo", mount_line, dev, who, size);

	if (!r)
		r = each_line("/proc/swaps", swap_line, dev, who, size);
	return r ? r : held(dev, who, size);
}

/* A partition of the device, if that is what the entry of its folder in sysfs is. */
static int partition_used(dev_t dev, const char *name, char *who, size_t size)
{
	char path[SYSFS + NAME_MAX], part[PATH_MAX];
	unsigned maj, min;
	FILE *f;
	int r;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s/partition", major(dev), minor(dev),
		 name);
	f = fopen(path, "re");
	if (!f)
		return 0;
	fclose(f);
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s/dev", major(dev), minor(dev), name);
	f = fopen(path, "re");
	if (!f)
		return 0;
	r = fscanf(f, "%u:%u", &maj, &min) == 2;
	fclose(f);
	if (r)
		r = device_used(makedev(maj, min), part, sizeof(part));
	if (r > 0)
		snprintf(who, size, "its partition %s %s", name, part);
	return r;
}

static int partitions_used(dev_t dev, char *who, size_t size)
{
	char path[SYSFS];
	struct dirent *e;
	DIR *dir;
	int r = 0;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(dev), minor(dev));
	dir = opendir(path);
	if (!dir)
		return 0;
	while (!r && (e = readdir(dir)))
		if (e->d_name[0] != '.')
			r = partition_used(dev, e->d_name, who, size);
	closedir(dir);
	return r;
}

/* A file serves as swap, or behind a loop device. */
static int file_used(const char *path, const struct stat *st, char *who, size_t size)
{
	struct disk_id file, behind;
	struct dirent *e;
	struct stat dev;
	char node[NAME_MAX + 8], line[LINE];
	FILE *f = fopen("/proc/swaps", "re");
	DIR *dir;
	int r = 0;

	while (f && !r && fgets(line, sizeof(line), f)) {
		line[strcspn(line, " \t")] = '\0';
		r = stat(line, &dev) == 0 && dev.st_dev == st->st_dev && dev.st_ino == st->st_ino;
		if (r)
			snprintf(who, size, "is used as swap");
	}
	if (f)
		fclose(f);
	if (r || disk_id_get(path, &file))
		return r;
	dir = opendir("/sys/block");
	while (dir && !r && (e = readdir(dir))) {
		snprintf(node, sizeof(node), "/dev/%s", e->d_name);
		r = !strncmp(e->d_name, "loop", 4) && !disk_id_get(node, &behind) &&
		    disk_id_overlaps(&file, &behind);
		if (r)
			snprintf(who, size, "is behind %s", node);
	}
	if (dir)
		closedir(dir);
	return r;
}

int install_used(const char *path, char *who, size_t size)
{
	struct stat st;
	int r;

	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISBLK(st.st_mode))
		return file_used(path, &st, who, size);
	r = device_used(st.st_rdev, who, size);
	return r ? r : partitions_used(st.st_rdev, who, size);
}

/* SPDX-License-Identifier: ISC */
#include "host/disk_id.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"

enum {
	SECTOR = 512,
	DEPTH_MAX = 8, /* loops on partitions on loops ... */
	SYSFS_MAX = 96
};

static int follow_device(dev_t dev, struct disk_id *id, int depth);

/* The folder of a device in sysfs. */
static void sysfs(dev_t dev, const char *file, char path[SYSFS_MAX])
{
	snprintf(path, SYSFS_MAX, "/sys/dev/block/%u:%u/%s", major(dev), minor(dev), file);
}

static bool sysfs_has(dev_t dev, const char *file)
{
	char path[SYSFS_MAX];

	sysfs(dev, file, path);
	return access(path, F_OK) == 0;
}

/* A decimal number of sysfs. 0 or -errno. */
static int sysfs_number(dev_t dev, const char *file, uint64_t *n)
{
	char path[SYSFS_MAX], text[32], *end;
	int r;

	sysfs(dev, file, path);
	r = io_read_file(path, text, sizeof(text));
	if (r < 0)
		return r;
	*n = strtoull(text, &end, 10);
	return end == text ? -EINVAL : 0;
}

/* The number "MAJOR:MINOR" in a file of sysfs. 0 or -errno. */
static int sysfs_dev(dev_t dev, const char *file, dev_t *found)
{
	char path[SYSFS_MAX], text[32];
	unsigned maj, min;
	int r;

	sysfs(dev, file, path);
	r = io_read_file(path, text, sizeof(text));
	if (r < 0)
		return r;
	if (sscanf(text, "%u:%u", &maj, &min) != 2)
		return -EINVAL;
	*found = makedev(maj, min);
	return 0;
}

/* The kernel's own name of a device, in the one devtmpfs. 0 or -errno. */
static int device_node(dev_t dev, char path[PATH_MAX])
{
	char file[SYSFS_MAX], text[512], *name;
	struct stat st;
	int r;

	sysfs(dev, "uevent", file);
	r = io_read_file(file, text, sizeof(text));
	if (r < 0)
		return r;
	name = strstr(text, "DEVNAME=");
	if (!name)
		return -ENODEV;
	name += strlen("DEVNAME=");
	name[strcspn(name, "\n")] = '\0';
	snprintf(path, PATH_MAX, "/dev/%s", name);
	if (stat(path, &st) < 0)
		return -errno;
	return S_ISBLK(st.st_mode) && st.st_rdev == dev ? 0 : -ENODEV;
}

/* Keeps that part of what the id is so far; 0 as bytes: all of the rest. */
static void narrow(struct disk_id *id, uint64_t start, uint64_t bytes)
{
	uint64_t size = id->end - id->start;

	if (start > size)
		start = size;
	if (!bytes || bytes > size - start)
		bytes = size - start;
	id->start += start;
	id->end = id->start + bytes;
}

/* The file behind a loop device, whose name may lead elsewhere by now. */
static int loop_file(dev_t dev, const struct loop_info64 *info, struct disk_id *id)
{
	char path[SYSFS_MAX];
	struct stat st;
	int r;

	*id = (struct disk_id){ .dev = info->lo_device, .ino = info->lo_inode, .end = DISK_ID_END };
	sysfs(dev, "loop/backing_file", path);
	r = io_read_file(path, id->base, sizeof(id->base));
	if (r >= 0)
		id->base[strcspn(id->base, "\n")] = '\0';
	if (r < 0 || stat(id->base, &st) < 0 || st.st_dev != id->dev || st.st_ino != id->ino)
		id->base[0] = '\0';
	return 0;
}

static int follow_loop(dev_t dev, struct disk_id *id, int depth)
{
	struct loop_info64 info;
	char node[PATH_MAX];
	int fd, r = device_node(dev, node);

	if (r)
		return r;
	fd = open(node, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = ioctl(fd, LOOP_GET_STATUS64, &info) < 0 ? -errno : 0;
	close(fd);
	if (!r)
		r = info.lo_rdevice ? follow_device(info.lo_rdevice, id, depth + 1)
				    : loop_file(dev, &info, id);
	if (!r)
		narrow(id, info.lo_offset, info.lo_sizelimit);
	return r;
}

static int follow_partition(dev_t dev, struct disk_id *id, int depth)
{
	uint64_t start, sectors;
	dev_t whole;
	int r = sysfs_number(dev, "start", &start);

	if (!r)
		r = sysfs_number(dev, "size", &sectors);
	if (!r)
		r = sysfs_dev(dev, "../dev", &whole);
	if (!r)
		r = follow_device(whole, id, depth + 1);
	if (!r)
		narrow(id, start * SECTOR, sectors * SECTOR);
	return r;
}

/* The only device below one of the device mapper. 0 or -errno. */
static int only_slave(dev_t dev, dev_t *slave)
{
	char path[SYSFS_MAX], file[48];
	struct dirent *e;
	DIR *dir;
	int n = 0, r = 0;

	sysfs(dev, "slaves", path);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (!r && (e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "slaves/%.32s/dev", e->d_name);
		n++;
		r = sysfs_dev(dev, file, slave);
	}
	closedir(dir);
	return r ? r : n == 1 ? 0 : -ENODEV;
}

/* kpartx names what it makes "part1-...": the whole of what is below counts, for where it begins is
 * the device mapper's secret. */
static int follow_kpartx(dev_t dev, struct disk_id *id, int depth)
{
	dev_t below;
	int r = only_slave(dev, &below);

	return r ? r : follow_device(below, id, depth + 1);
}

static bool is_kpartx(dev_t dev)
{
	char path[SYSFS_MAX], text[8];

	sysfs(dev, "dm/uuid", path);
	return io_read_file(path, text, sizeof(text)) > 0 && !strncmp(text, "part", 4);
}

static int follow_device(dev_t dev, struct disk_id *id, int depth)
{
	uint64_t sectors;
	int r;

	if (depth == DEPTH_MAX)
		return -ELOOP;
	if (sysfs_has(dev, "loop"))
		return follow_loop(dev, id, depth);
	if (sysfs_has(dev, "partition"))
		return follow_partition(dev, id, depth);
	if (is_kpartx(dev))
		return follow_kpartx(dev, id, depth);
	*id = (struct disk_id){ .dev = dev };
	r = sysfs_number(dev, "size", &sectors);
	if (r)
		return r;
	id->end = sectors * SECTOR;
	return device_node(dev, id->base);
}

int disk_id_of_device(dev_t dev, struct disk_id *id)
{
	return follow_device(dev, id, 0);
}

int disk_id_get(const char *path, struct disk_id *id)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISBLK(st.st_mode))
		return follow_device(st.st_rdev, id, 0);
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	*id = (struct disk_id){ .dev = st.st_dev, .ino = st.st_ino, .end = DISK_ID_END };
	return realpath(path, id->base) ? 0 : -errno;
}

bool disk_id_overlaps(const struct disk_id *a, const struct disk_id *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->start < b->end && b->start < a->end;
}

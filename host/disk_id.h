/* SPDX-License-Identifier: ISC */
/*
 * Which disk it really is. A path says little: a symbolic or hard link, a bind mount, a loop device
 * (with an offset too), a partition and a name of LVM's may all lead to the same bytes. What counts
 * is the base, a regular file or a whole block device, and the bytes of it.
 *
 * Loop devices are followed to their file by loop(4)'s LOOP_GET_STATUS64, partitions to their disk
 * by sysfs, and a device mapper device that is kpartx(8)'s partition to the whole device below it.
 */
#ifndef HOST_DISK_ID_H
#define HOST_DISK_ID_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define DISK_ID_END ((uint64_t)1 << 61) /* of a file, which may grow */

struct disk_id {
	dev_t dev;	     /* of the block device, or where the file lies */
	ino_t ino;	     /* of the file; 0 for a block device */
	uint64_t start, end; /* bytes of the base */
	char base[PATH_MAX]; /* a path to it; "" for a file that no path leads to any more */
};

/* 0; -EINVAL for what is neither a regular file nor a block device; or -errno. Does not block on
 * what is no disk. */
int disk_id_get(const char *path, struct disk_id *id);

/* The same for a block device's number. */
int disk_id_of_device(dev_t dev, struct disk_id *id);

bool disk_id_overlaps(const struct disk_id *a, const struct disk_id *b);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * The scratch disk of a machine that was booted natively: an ext4 file system on a file or a block
 * device, read and written without mounting it, or the folder where it is mounted. Names are those
 * of files in XP_SCRATCH_DIR. What is there is hostile: a guest could write all of it.
 */
#ifndef HOST_SCRATCH_H
#define HOST_SCRATCH_H

#include <stddef.h>

#include "host/disk.h"
#include "host/disk_lock.h"

/* What rootfs/lib/scratch looks for. */
#define SCRATCH_LABEL "xlab-scratch"

struct scratch {
	const char *path;
	int dir; /* of XP_SCRATCH_DIR where it is mounted, else -1 */
	struct disk_lock lock;
	struct disk_fs *fs;
};

/* Takes the disk for this process alone, and makes the folder where there is none. Reports what is
 * wrong and returns an exit status; path must live as long as *s. */
int scratch_open(struct scratch *s, const char *path);

/* Reports what could not be written. An exit status. */
int scratch_close(struct scratch *s);

/* Reads a regular file. *buf is the caller's to free, with a NUL behind it. -EFBIG past max. */
int scratch_get(struct scratch *s, const char *name, size_t max, char **buf, size_t *len);

/* Puts a file there, whole or not at all. 0 or -errno. */
int scratch_put(struct scratch *s, const char *name, const void *buf, size_t len);

/* Calls each() for every name until it returns non-zero, and returns that, or -errno. */
int scratch_list(struct scratch *s, int (*each)(const char *name, void *arg), void *arg);

#endif

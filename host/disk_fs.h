/* SPDX-License-Identifier: ISC */
/* What the files of disk.h share with each other: libext2fs's types. */
#ifndef HOST_DISK_FS_H
#define HOST_DISK_FS_H

#include <ext2fs/ext2fs.h>

#include "host/disk.h"

/* A part of a disk as libext2fs sees it: nothing outside is read or written. */
struct disk_window {
	int fd;
	bool writable;
	uint64_t start, bytes;
	uint64_t left; /* that may still be read: hostile metadata loops */
};

struct disk_fs {
	ext2_filsys fs;
	struct disk_window window;
};

/* An io_manager whose name for a window is disk_window_name(). */
extern const struct struct_io_manager disk_window_io;
void disk_window_name(const struct disk_window *w, char name[32]);

/* libext2fs's error as -errno: what it cannot read is -EUCLEAN. */
int disk_fs_error(errcode_t err);

#endif

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

/* What an absolute path leads to; of a link at its end what that leads to, if follow says so. */
errcode_t disk_fs_find(struct disk_fs *fs, const char *path, bool follow, ext2_ino_t *ino);

/* The text of a link. */
errcode_t disk_fs_target(struct disk_fs *fs, ext2_ino_t ino, struct ext2_inode *inode, char *buf,
			 size_t size);

/* The whole content of an inode, of at most max bytes, with a NUL behind it: *buf is the caller's
 * to free, NULL after an error. */
errcode_t disk_fs_slurp(struct disk_fs *fs, ext2_ino_t ino, size_t max, char **buf, size_t *len);

/* libext2fs's error as -errno: what it cannot read is -EUCLEAN. */
int disk_fs_error(errcode_t err);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * The one reader of anybody's disks: a file or a block device with a partition table (MBR or GPT)
 * or a bare file system, read by libfdisk, libblkid and libext2fs. Nothing is mounted and nothing
 * needs root. Everything on a disk is hostile: what is absurd is refused with a reason, and no file
 * system makes a reader read more than a bound of its size, whatever loops are in it.
 *
 * All sizes are bytes. Functions return 0 or -errno; why is one line without the disk's path.
 *	-EINVAL	not what was asked for: no disk, no such partition, no file system of ours
 *	-EUCLEAN	damaged: cut off, overlapping, out of bounds, looping
 */
#ifndef HOST_DISK_H
#define HOST_DISK_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	DISK_PARTS_MAX = 128,
	DISK_SECTOR = 512,
	DISK_WHY = 256,
	DISK_PATH = 1024 /* of a path on a disk, with its NUL */
};

enum disk_table { DISK_BARE, DISK_MBR, DISK_GPT }; /* BARE: a file system without a table */
enum disk_kind { DISK_NONE, DISK_EXT, DISK_SWAP, DISK_OTHER };

struct disk_part {
	unsigned number; /* from 1, logical ones from 5; 0 when BARE */
	uint64_t start, bytes;
	bool active;	     /* MBR only */
	char type[40];	     /* "83" or a GUID in capitals; "" when BARE */
	char uuid[40];	     /* what PARTUUID= means: "786c6162-01" or a GUID; "" when BARE */
	enum disk_kind kind; /* what is in it */
	char fs_type[24];    /* as libblkid says: "ext4", "swap", "LVM2_member"; "" for NONE */
	char fs_uuid[40], fs_label[72]; /* printable; "" for none */
};

struct disk {
	char path[PATH_MAX];
	uint64_t bytes;
	enum disk_table table;
	size_t n; /* at least 1 when BARE; extended partitions themselves are left out */
	struct disk_part part[DISK_PARTS_MAX];
};

/* Reads the table and what is in each partition. */
int disk_read(const char *path, struct disk *d, char *why, size_t size);

/* What to call the partition of that number: "partition 1", or "the file system" when BARE. */
const char *disk_part_name(unsigned number, char name[24]);

/* The partition of that number, or NULL. */
const struct disk_part *disk_part(const struct disk *d, unsigned number);

/* An ext2, ext3 or ext4 file system. Paths in it are absolute; links are followed inside it only.
 * A writable one is the caller's to keep others from: nothing is locked here. */
struct disk_fs;
int disk_fs_open(const struct disk *d, const struct disk_part *p, bool writable,
		 struct disk_fs **fs, char *why, size_t size);
/* Writes what is left to write, down to the medium. */
int disk_fs_close(struct disk_fs *fs);

/* What its superblock says; features are the bits of ext2fs/ext2_fs.h. */
struct disk_super {
	uint32_t compat, incompat, ro_compat;
	bool clean;	       /* unmounted or never mounted, and no errors were noted */
	bool recovery;	       /* its journal is to be replayed first */
	bool mmp;	       /* has multiple mount protection */
	bool busy;	       /* and that says that it is mounted, or was when its guest ended */
	unsigned block, inode; /* bytes of each */
	uint64_t free;
};
void disk_fs_super(const struct disk_fs *fs, struct disk_super *s);

struct disk_stat {
	mode_t mode; /* with its type */
	uid_t uid;
	gid_t gid;
	uint64_t size;
	int64_t mtime;
};

/* follow: of what a link points to. -ENOENT. */
int disk_fs_stat(struct disk_fs *fs, const char *path, bool follow, struct disk_stat *st);

/* What a symbolic link points to, with a NUL. -EINVAL for what is none, -ENAMETOOLONG. */
int disk_fs_link(struct disk_fs *fs, const char *path, char *buf, size_t size);

/* Reads a regular file whole. *buf is the caller's to free, with a NUL behind it. -EFBIG past max,
 * -EISDIR, -EUCLEAN for one that is larger than its file system. */
int disk_fs_get(struct disk_fs *fs, const char *path, size_t max, char **buf, size_t *len);

/* Calls each() for the names in a folder, without "." and "..", in the folder's order, until it
 * returns non-zero, and returns that. */
int disk_fs_list(struct disk_fs *fs, const char *dir, int (*each)(const char *name, void *arg),
		 void *arg);

/*
 * Puts a file where path is, which is followed. The new content is whole on the medium before the
 * name means it, so whatever stops this leaves the old file or the new one. One that replaces
 * another keeps its owner and mode; a new one belongs to root and has mode. -ENOSPC, -ENOTDIR,
 * -EMLINK for one with several names.
 */
int disk_fs_put(struct disk_fs *fs, const char *path, const void *buf, size_t len, mode_t mode);

/* Makes a folder of root's and those above it; 0 when it is there. */
int disk_fs_mkdir(struct disk_fs *fs, const char *path, mode_t mode);

/* Makes a symbolic link in a folder that is there. -EEXIST. */
int disk_fs_symlink(struct disk_fs *fs, const char *path, const char *target);

/* Turns on multiple mount protection of ext4. */
int disk_fs_mmp(struct disk_fs *fs);

/* Takes a link or a file with one name out. */
int disk_fs_remove(struct disk_fs *fs, const char *path);

#endif

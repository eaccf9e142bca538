/* SPDX-License-Identifier: ISC */
/*
 * Puts a disk on a target: a plain file or a block device, whole, grown to its size.
 *
 * What can be installed: a disk with an MBR or GPT table whose last partition is not a logical one
 * and holds ext2, ext3 or ext4, or such a file system alone. Sectors are of 512 bytes.
 *
 * All is made in a work file first and checked there; only then is the target touched. So a file
 * appears whole or not at all, and a device gets its first bytes, without which nothing boots from
 * it, last. The same disk and size give the same bytes.
 *
 * Functions return 0 or -errno and one line in why, which names what it is about. Sizes are bytes.
 */
#ifndef HOST_INSTALL_H
#define HOST_INSTALL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/disk.h"
#include "host/disk_lock.h"

enum {
	INSTALL_WHY = 2 * PATH_MAX,
	INSTALL_HEAD = 4096 /* MBR, GPT header, superblock of a bare file system: written last */
};

struct install_opts {
	const char *disk, *target;
	uint64_t bytes; /* of a file to be made; 0: as big as the one that is there, or the disk */
	bool force;	/* over a target that holds something else than an xlab image */
};

/* Whether what was written is as the manifest of an xlab image says (image_check.h). */
enum install_manifest { INSTALL_NO_MANIFEST, INSTALL_AS_MANIFEST, INSTALL_DIFFERS };

struct install_result {
	uint64_t bytes, fs_bytes; /* of the target, and of the file system that grew */
	size_t files;		  /* compared with the disk's */
	enum install_manifest manifest;
	char differs[512]; /* what of it is not as the manifest says */
	char sha256[65];   /* of the whole target, as it was read back */
};

/* The mode of a file with what is in the disk, and of a folder for such files: who may not read the
 * disk may not read them. What a device's mode is says little. */
mode_t install_copy_mode(const char *disk);
mode_t install_copy_folder_mode(const char *disk);

int install(const struct install_opts *o, struct install_result *result, char why[INSTALL_WHY]);

/* The pieces, in the order of their use. */

struct install_work {
	int fd;
	char path[32];	     /* leads children to it too */
	char name[PATH_MAX]; /* that it has, or is to get first; "": it goes with the process */
	bool named;	     /* it has that name */
};

/* What comes to a target: something of at least so many bytes, made in a work file, which is all
 * zeros, of the bytes that the target has. */
struct install_source {
	const struct disk_id *disk; /* which the target must not be */
	uint64_t bytes;
	mode_t mode; /* that a new file has at most */
	int (*make)(const struct install_work *w, uint64_t bytes, void *arg, char why[INSTALL_WHY]);
	void *arg;
};

/* Puts that on o->target; o->disk is not looked at. Of the result bytes and sha256 are set. */
int install_to(const struct install_opts *o, const struct install_source *s,
	       struct install_result *result, char why[INSTALL_WHY]);

struct install_target {
	char path[PATH_MAX]; /* absolute, without links */
	bool exists, device;
	uint64_t bytes; /* that it has; 0 when it does not exist */
	mode_t mode;	/* of a file, and whose it is */
	uid_t uid;
	gid_t gid;
	int fd; /* of a device: open for this process alone; else -1 */
	struct disk_lock lock;
};

/* Looks at the target and keeps others from it; changes nothing. Refuses what is no disk,
 * read-only, too small for a disk of need bytes, in use by this machine or a domain, or the disk
 * itself. */
int install_target_open(const char *path, const struct disk_id *disk, uint64_t need,
			struct install_target *t, char why[INSTALL_WHY]);
void install_target_close(struct install_target *t);

/* 0 when nothing is lost by writing over it: it is new, all zeros, or an xlab image. -EEXIST. */
int install_target_expendable(const struct install_target *t, char why[INSTALL_WHY]);

/* Who uses a block device or file: a mount, swap, another device. 1 and the words that follow its
 * name, "is mounted on /srv", in who; 0; or -errno. */
int install_used(const char *path, char *who, size_t size);

/* Makes a file of that many zeros that can become `file`, or (NULL) one that never has a name. Of 0
 * bytes: whoever fills it decides what room it takes. */
int install_work_open(const char *file, uint64_t bytes, struct install_work *w);
/* Copies a piece to where the other file has zeros. */
int install_work_copy(int from, uint64_t from_at, int to, uint64_t to_at, uint64_t bytes);
/* Gives it the target's name: of a target that was there whatever has it, otherwise -EEXIST if
 * something has it by now. */
int install_work_name(struct install_work *w, const struct install_target *t);
/* Gives a file a name that nothing has. -EEXIST. */
int install_name_new(const char *from, const char *to);
void install_work_close(struct install_work *w);
/* Writes it to the device and tells the kernel of the new partitions. */
int install_work_write(const struct install_work *w, int device, uint64_t bytes);
/* Clears the first bytes of a device, so that nothing boots from it. */
int install_unboot(int device);

/* Writes what becomes of the disk, open for reading as fd, into the work file: all that is before
 * its last partition, that partition up to the end, and in it the file system, grown and checked.
 */
int install_grow(const struct disk *d, int fd, const struct install_work *w, uint64_t bytes,
		 uint64_t *fs_bytes, char why[INSTALL_WHY]);

/* The partition that holds what grows, if this can be installed. */
int install_last(const struct disk *d, const struct disk_part **last, char why[INSTALL_WHY]);

/* 0 when e2fsck(8) has nothing to say of the file system at that byte, -EUCLEAN when it has. The
 * path must have no question mark, for libext2fs takes what is behind that for options. */
int install_check(const char *disk, uint64_t start);

/* Compares the trees in the last partitions of two disks: names, kinds, owners, modes, contents. */
int install_compare(const char *a, const char *b, size_t *files, char why[INSTALL_WHY]);

/* The SHA-256 of the first bytes, with what the kernel caches. */
int install_hash(int fd, uint64_t bytes, const char *what, char hex[65]);
/* The same of what the medium holds: nothing comes from a cache. */
int install_hash_medium(const char *path, int fd, uint64_t bytes, char hex[65]);

/* A line on a terminal for what takes longer than two seconds. */
struct install_progress {
	const char *what;
	uint64_t total, done;
	int64_t since; /* ms; 0: not begun */
	bool shown;
};
void install_progress(struct install_progress *p, uint64_t more);
void install_progress_end(struct install_progress *p);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Disk images: one raw whole disk with an MBR partition table, GRUB in the gap before the one
 * partition, and ext4 on it. Nothing here mounts, loops or needs root: libfdisk and libext2fs work
 * on the plain file. All functions return 0 or -errno unless they say otherwise.
 */
#ifndef HOST_IMAGE_H
#define HOST_IMAGE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* These name the disk in every boot: rootfs/cmdline says PARTUUID=786c6162-01. */
#define IMAGE_DISK_ID "0x786c6162"
#define IMAGE_FS_UUID "786c6162-0000-4000-8000-000000000001"

enum {
	IMAGE_SECTOR = 512,
	IMAGE_PART_SECTOR = 2048, /* where the partition begins */
	IMAGE_PART_OFFSET = IMAGE_PART_SECTOR * IMAGE_SECTOR,
	IMAGE_FILE_MAX = 256 << 20 /* of a file that is read whole */
};

enum image_kind { IMAGE_DIR, IMAGE_FILE, IMAGE_LINK };

/* One thing in the image; everything belongs to root. */
struct image_entry {
	enum image_kind kind;
	char path[256];	     /* absolute, in the image */
	char part[24];	     /* which part of the image it belongs to */
	unsigned mode;	     /* permission bits; 0777 for links */
	char from[PATH_MAX]; /* IMAGE_FILE: the file to copy; IMAGE_LINK: what it points to */
	uint64_t size;	     /* IMAGE_FILE: bytes, for the manifest */
	char sha256[65];     /* IMAGE_FILE: of the content, for the manifest */
};

struct image_list {
	struct image_entry *entry;
	size_t n, room;
};

/*
 * Adds the lines of a file list: "dir PATH MODE", "file PATH MODE SOURCE" or "link PATH TARGET",
 * mode in octal, '#' begins a comment line; a folder comes before what is in it. "part NAME" says
 * to which part the lines behind it belong, "other" until there is one. -EINVAL with "line N: ..."
 * in why.
 */
int image_list_read(const char *path, struct image_list *list, char *why, size_t size);
int image_list_add(struct image_list *list, const struct image_entry *e);
/* Takes out what belongs to that part; returns how many entries did. */
size_t image_list_drop(struct image_list *list, const char *part);
void image_list_free(struct image_list *list);

/* What tells a disk from others, wherever it is. */
struct image_id {
	const char *disk;    /* of its partition table, "0x786c6162" */
	const char *fs_uuid; /* of its file system, and its label */
	const char *label;
};
extern const struct image_id image_own_id;

/* Makes an ext4 file system at IMAGE_PART_OFFSET of the file and fills it with the entries. epoch
 * is every time in it. On failure why says which entry. */
int image_ext4_write_as(const struct image_id *id, const char *disk, uint64_t bytes,
			const struct image_list *list, int64_t epoch, char *why, size_t size);
/* The same of an image of ours. */
int image_ext4_write(const char *disk, uint64_t bytes, const struct image_list *list, int64_t epoch,
		     char *why, size_t size);

/* What mke2fs makes itself: the root folder and lost+found. */
enum { IMAGE_OWN_DIRS = 2 };
extern const struct image_entry image_own_dirs[IMAGE_OWN_DIRS];

/* GRUB's part of a disk: the first 446 bytes, which are boot code and the disk's identifier, and
 * the core image from sector 1. */
struct image_boot {
	size_t core; /* bytes, whole sectors */
	char sha256[65], core_sha256[65];
};

/* Writes the partition table and GRUB, made of the modules in grub_dir (a folder of grub-pc-bin's);
 * more names another module that GRUB is to have, NULL for none. *core is how many bytes GRUB has
 * from sector 1. */
int image_boot_write_as(const struct image_id *id, const char *disk, uint64_t bytes,
			const char *grub_dir, const char *more, size_t *core);
/* The same of an image of ours. */
int image_boot_write(const char *disk, uint64_t bytes, const char *grub_dir, size_t *core);

/* Hashes what is there; boot->core says how much to read. */
int image_boot_hash(const char *disk, struct image_boot *boot);

/* Reads a file of the disk's first partition with ext2, ext3 or ext4, or of a disk that is such a
 * file system (see disk.h). *buf is the caller's to free, with a NUL behind it. -ENOENT, -EINVAL for
 * a disk that is none or is damaged, -EFBIG past max. */
int image_read(const char *disk, const char *path, size_t max, char **buf, size_t *len);

/* Copies such a file to `to`, which appears whole or not at all. */
int image_extract_to(const char *disk, const char *path, const char *to);

/* Writes the UUID of that partition's file system as text, 37 bytes with the NUL. */
int image_fs_uuid(const char *disk, char *buf);

/* The SHA-256 of a whole file as 64 hexadecimal digits and a NUL. */
int image_sha256(const char *path, char *hex);

/* What the manifest says of an image besides its files. Names of files are as given. */
struct image_about {
	const char *flavour;
	int64_t epoch;		  /* every time in the image */
	const char *const *used;  /* "COMPONENT=FILE", a file USED as rootfs/fetch.sh leaves */
	const char *const *input; /* files that decide what is built, by their hashes */
	size_t nused, ninput;
	const char *tools;	/* "NAME=VERSION" lines, or NULL */
	const char *components; /* rows as in rootfs/components, or NULL */
	struct image_boot boot;
};

/*
 * Makes the text of IMAGE_MANIFEST, JSON, from the hashes that the entries have and from about.
 * xlab-image(1) describes it. Of the components those are taken that an entry is part of, and what
 * these are linked with. On failure why says what it was about.
 */
int image_manifest(const struct image_list *list, const struct image_about *about, char **text,
		   char *why, size_t size);

#define IMAGE_MANIFEST "/usr/share/xlab/manifest.json"

enum { IMAGE_MANIFEST_VERSION = 2, IMAGE_MANIFEST_MAX = 4 << 20 };

#endif

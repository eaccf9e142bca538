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
 * mode in octal, '#' begins a comment line; a folder comes before what is in it. -EINVAL with "line
 * N: ..." in why.
 */
int image_list_read(const char *path, struct image_list *list, char *why, size_t size);
int image_list_add(struct image_list *list, const struct image_entry *e);
void image_list_free(struct image_list *list);

/* Makes an ext4 file system at IMAGE_PART_OFFSET of the file and fills it with the entries. epoch
 * is every time in it. On failure why says which entry. */
int image_ext4_write(const char *disk, uint64_t bytes, const struct image_list *list, int64_t epoch,
		     char *why, size_t size);

/* Writes the partition table and GRUB, made of the modules in grub_dir (a folder of grub-pc-bin's).
 */
int image_boot_write(const char *disk, uint64_t bytes, const char *grub_dir);

/* Reads a file of the image's first Linux partition. *buf is the caller's to free, with a NUL
 * behind it. -ENOENT, -EINVAL for a disk that is no such image, -EFBIG past max. */
int image_read(const char *disk, const char *path, size_t max, char **buf, size_t *len);

/* Copies such a file to `to`, which appears whole or not at all. */
int image_extract_to(const char *disk, const char *path, const char *to);

/* Writes the UUID of that partition's file system as text, 37 bytes with the NUL. */
int image_fs_uuid(const char *disk, char *buf);

/* The SHA-256 of a whole file as 64 hexadecimal digits and a NUL. */
int image_sha256(const char *path, char *hex);

/* Makes the text of IMAGE_MANIFEST, JSON: what the image holds, with the hashes that the entries
 * have, and the sources, from the files named USED that rootfs/fetch.sh leaves beside what it
 * fetched. */
int image_manifest(const struct image_list *list, const char *const *used, size_t nused,
		   char **text);

#define IMAGE_MANIFEST "/usr/share/xlab/manifest.json"

#endif

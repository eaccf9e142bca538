/* SPDX-License-Identifier: ISC */
/*
 * An image against the manifest that travels in it. What is on the disk is hostile: all of it is
 * bounded by the size of the disk and by IMAGE_MANIFEST_MAX. Functions return 0 or -errno.
 */
#ifndef HOST_IMAGE_CHECK_H
#define HOST_IMAGE_CHECK_H

#include <stdint.h>

struct json_t;

struct image_check {
	struct json_t *manifest;     /* what xlab-image(1) describes; its form has been checked */
	struct json_t *sha1;	     /* path: SHA-1, of each file that is as the manifest says */
	char sha256[65];	     /* of the manifest's own text */
	uint64_t size;		     /* bytes of that */
	unsigned files, dirs, links; /* that are as the manifest says */
	unsigned differences;
	char first[512]; /* the first of them in words, or why there is nothing to compare */
};

/*
 * Reads the manifest and compares all of the file system and GRUB's sectors with it. 0 when that
 * could be done: c->differences says what came of it. -EINVAL for a disk without such a file
 * system, -ENOENT without a manifest, -EPROTO for a broken one, with c->first. The caller frees c
 * in any case.
 */
int image_check(const char *disk, struct image_check *c);
void image_check_free(struct image_check *c);

/* The string of that key in an object of the manifest, "" if there is none. */
const char *image_check_str(const struct json_t *object, const char *key);

/*
 * Where the bytes go: an object with "parts", which is an object of the image's parts, each with
 * its "files" and "bytes", with "content", the bytes of all files, and with "whole", those and the
 * sectors of GRUB, which are in the part "grub" too. NULL without memory.
 */
struct json_t *image_sizes(const struct image_check *c);

/*
 * Compares sizes with a file of budgets, rows like those of rootfs/size.budget, those of the
 * flavour and of "*". A part without a row, or a row without a part, is wrong like a size past its
 * budget: each is told to say() in a line, and *wrong counts them. -EINVAL for a file that is no
 * such, with its line told too; -errno.
 */
int image_budget(const char *path, const char *flavour, const struct json_t *sizes,
		 void (*say)(const char *line), unsigned *wrong);

/* Writes an SBOM of a checked image without differences: SPDX 2.3 in JSON, for the caller to free.
 * -ENOMEM. */
int image_spdx(const struct image_check *c, char **text);

#endif

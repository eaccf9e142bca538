/* SPDX-License-Identifier: ISC */
/*
 * Payload disks: software that is too big for the image, on read-only disks that guests mount under
 * /payload/NAME. One is an EROFS file system and nothing else, uncompressed, in blocks of 4096
 * bytes. Its form is that of Linux (Documentation/filesystems/erofs.rst, fs/erofs/erofs_fs.h); of
 *it
 *
 *	the volume name	is the payload's name, by which a guest knows it
 *	the UUID	is a hash of all of its content: version 8 of RFC 9562, filled with the
 *			SHA-256 of the file system in which UUID and checksum are 0
 *	/.xlab/manifest	says what it was made of, in lines of words:
 *
 *		payload 1
 *		name NAME
 *		epoch SECONDS		what every file has that was not in a package
 *		packages NAME,...	what was asked for; or "folder" instead
 *		added SHA256		of the tar of a folder that was added, if one was
 *		ran PATH		what was run in it at last, if something was
 *		package NAME VERSION ARCHITECTURE SHA256	all that is in it; the hash of the
 *.deb
 *
 * Functions return 0 or -errno and print nothing unless they say otherwise. Every value in a file
 *is bounded: -EINVAL for what is no payload.
 */
#ifndef HOST_PAYLOAD_H
#define HOST_PAYLOAD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PAYLOAD_BLOCK = 4096,
	PAYLOAD_SUPER = 1024, /* where the superblock is, in bytes */
	PAYLOAD_SUPER_SIZE = 128,
	PAYLOAD_NAME_MAX = 16,
	PAYLOAD_UUID_SIZE = 16,
	PAYLOAD_MANIFEST_MAX = 1 << 20,
	PAYLOAD_PACKAGES_MAX = 4096 /* bytes of a list of packages */
};

#define PAYLOAD_MANIFEST "/.xlab/manifest"

/* [a-z0-9][a-z0-9-]{0,15} */
bool payload_name_is_fine(const char *name);

/* An absolute path of at most 255 bytes of [A-Za-z0-9/._-]. */
bool payload_program_is_fine(const char *path);

/* Names of Debian packages, also with =VERSION, and commas between them. */
bool payload_packages_are_fine(const char *list);

struct payload {
	int fd;
	uint64_t bytes; /* of the file system; a device may have more */
	uint64_t meta;	/* where its inodes begin, in bytes */
	uint64_t root;	/* the number of its root */
	char name[PAYLOAD_NAME_MAX + 1];
	uint8_t uuid[PAYLOAD_UUID_SIZE];
};

/* Opens a file or block device. A name that is not fine is "". */
int payload_open(const char *path, struct payload *p);
void payload_close(struct payload *p);

/* The same for a descriptor, which stays the caller's. */
int payload_open_fd(int fd, struct payload *p);

/* Reads a regular file of at most max bytes. *buf is the caller's to free, with a NUL behind it.
 * -ENOENT, -EFBIG. */
int payload_read(const struct payload *p, const char *path, size_t max, char **buf, size_t *len);

/* Reads all of it, and computes the UUID that it should have. */
int payload_digest(const struct payload *p, uint8_t uuid[PAYLOAD_UUID_SIZE]);

/* Whether it still is what was built, Linux's checksum too. 0, -EILSEQ or -errno. */
int payload_verify(const struct payload *p);

/* Gives a file system that mkfs.erofs made this name, and its UUID; all is on the disk then. */
int payload_seal(const char *path, const char *name);

/* Parses the text of a manifest, which is changed, into an object: name, epoch, from ("packages" or
 * "folder"), asked, packages; added and ran where there are such lines. */
int payload_manifest_parse(char *text, json_t **manifest);

enum { PAYLOAD_ADDS_MAX = 2 };

/* A folder whose content comes over what is there, at a path of the payload: "" for its root, or one
 * that payload_program_is_fine(). */
struct payload_add {
	const char *dir, *at;
};

struct payload_build {
	const char *name, *out;
	const char *packages, *from; /* one of them */
	struct payload_add add[PAYLOAD_ADDS_MAX]; /* in this order; dir is NULL where there is none */
	const char *run; /* the path of a program inside to run at last, or NULL */
	int64_t epoch;	 /* payload_build() takes it from $SOURCE_DATE_EPOCH */
	int stop_fd; /* readable when the user wants to stop */
};

/* Makes the payload. `out` appears whole or not at all. Reports what is wrong, and how long it
 * takes on a terminal; returns an exit status. */
int payload_build(struct payload_build *b);

#endif

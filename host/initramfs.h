/* SPDX-License-Identifier: ISC */
/*
 * An initramfs: archives of cpio's newc form one behind the other, packed or not, with zeros
 * between them (Documentation/driver-api/early-userspace/buffer-format.rst). Hostile like all that
 * is on a disk.
 */
#ifndef HOST_INITRAMFS_H
#define HOST_INITRAMFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/unpack.h"

enum { INITRAMFS_MAX = 256 << 20, INITRAMFS_UNPACKED_MAX = 512 << 20 };

/* One file, folder or link. data is not NUL-terminated. */
struct initramfs_entry {
	char name[512]; /* without "/" or "./" before it */
	uint32_t mode;
	const char *data;
	size_t len;
};

/*
 * Calls each() for the entries of all archives, in order; a later one of the same name replaces an
 * earlier, in the kernel as well. It stops when each() returns non-zero and returns that. last is
 * what the last archive is packed with. 0, -EUCLEAN when it is damaged, -ENOTSUP for LZO.
 */
int initramfs_read(const void *buf, size_t len,
		   int (*each)(const struct initramfs_entry *e, void *arg), void *arg,
		   enum unpack_format *last);

/* An archive that is being written. A zeroed one is empty. */
struct initramfs_writer {
	char *buf;
	size_t len, room;
	uint32_t inodes, time; /* time is of all entries */
	int failed;
};

/* Adds an entry, which belongs to root. The folders above it are the caller's to add, too. */
void initramfs_add(struct initramfs_writer *w, const char *name, uint32_t mode, const void *data,
		   size_t len);

/* Ends the archive: 0 with buf the caller's to free, or -ENOMEM with nothing to free. */
int initramfs_finish(struct initramfs_writer *w);

#endif

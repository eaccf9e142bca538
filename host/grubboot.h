/* SPDX-License-Identifier: ISC */
/*
 * One entry of ours in the menu of this machine's own GRUB 2, to be booted once. It is a block of
 * custom.cfg, which the grub.cfg of grub-mkconfig(8) reads, so that nothing has to make grub.cfg
 * anew; what else is in that file is somebody else's and stays as it is. Its kernel is beside it:
 * $prefix then leads there, whichever file system /boot is.
 */
#ifndef HOST_GRUBBOOT_H
#define HOST_GRUBBOOT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define GRUBBOOT_ID "xlab-native"

enum { GRUBBOOT_LINE = 2048, GRUBBOOT_FILE_MAX = 256 * 1024 };

/* Where it is: BOOT/grub, and the folder of ours in it. */
struct grubboot {
	char dir[PATH_MAX - 64], own[PATH_MAX];
};

/* Text alone. The line with that root and what else a native boot without a host is told. 0;
 * -EINVAL for what GRUB would not take as it is; -ENOSPC. */
int grubboot_line(const char *image, const char *root, unsigned vcpus, unsigned memory_mb,
		  char line[GRUBBOOT_LINE]);

/* The block with an entry; behind it is what is old without one. line NULL: the latter alone. 0,
 * -EINVAL for a block without an end, -ENOSPC. */
int grubboot_text(const char *old, const char *line, bool ramdisk, char *text, size_t size);

/* From here on, all report what is wrong, or what to do about it, and return an exit status. */

/* Where it is, for that /boot. */
int grubboot_find(struct grubboot *g, const char *boot);

/* Whether it takes such an entry, and forgets it. Nothing is changed. */
int grubboot_check(const struct grubboot *g);

/* Adds the entry, or replaces it; then sets it for the next boot and no other. */
int grubboot_set(const struct grubboot *g, const char *line, bool ramdisk);

/* Takes it away, with what is in the folder. */
int grubboot_remove(const struct grubboot *g);

#endif

/* SPDX-License-Identifier: ISC */
/* What the kernel of an image is to be told so that it finds its root on a bare machine. */
#ifndef HOST_BARE_ROOT_H
#define HOST_BARE_ROOT_H

#include <stdbool.h>

enum { BARE_ROOT_MAX = 64 };

/* where is a disk or a partition with that image; or, where it has no '/' at its beginning, what is
 * to be told already. ramdisk: an initramfs looks for it. Reports what cannot be found, or why a
 * kernel could not find it, and returns an exit status. */
int bare_root(const char *where, const char *image, bool ramdisk, char root[BARE_ROOT_MAX]);

#endif

/* SPDX-License-Identifier: ISC */
/* From a domain description to a folder with its configs and the kernel that PV and PVH boot. */
#ifndef HOST_SETUP_H
#define HOST_SETUP_H

#include <limits.h>
#include <stdbool.h>

#include "guest-tools/proto/proto.h"
#include "host/domain.h"

struct setup {
	struct domain_desc desc; /* disk and scratch are absolute */
	struct domain_boot boot; /* points to what follows */
	char dir[PATH_MAX];
	char ssh_keys[XP_VALUE_MAX +
		      1]; /* what is in the description's file; "" when it has none */
	char kernel[PATH_MAX], ramdisk[PATH_MAX], fs_uuid[37], cmdline[2048];
};

/*
 * Reads the description, and the disk's kernel command line, kernel and (where there is one)
 * initramfs; the last two are copied into dir, so that they cannot differ from the image. disk
 * replaces the description's unless NULL. Reads the ssh keys and looks for the scratch disk.
 * Reports what is wrong and returns an exit status.
 */
int setup_open(struct setup *s, const char *desc, const char *disk, const char *dir);

/* Writes the config of that mode into the folder, under domain_config_name(). 0 or -errno. */
int setup_write(const struct setup *s, enum mode mode);

#endif

/* SPDX-License-Identifier: ISC */
/* From a domain description to a folder with its configs and the kernel that PV and PVH boot. */
#ifndef HOST_SETUP_H
#define HOST_SETUP_H

#include <limits.h>
#include <stdbool.h>

#include "guest-tools/proto/proto.h"
#include "host/domain.h"
#include "host/source.h"

struct setup {
	struct domain_desc desc; /* disk, scratch and payloads are absolute */
	struct domain_boot boot; /* points to what follows */
	char dir[PATH_MAX];
	char ssh_keys[XP_VALUE_MAX +
		      1]; /* what is in the description's file; "" when it has none */
	char kernel[PATH_MAX], ramdisk[PATH_MAX], fs_uuid[37], cmdline[2048];
};

/*
 * Reads the description, and the disk's kernel command line, kernel and (where there is one)
 * initramfs; the last two are copied into dir, so that they cannot differ from the image. disk
 * replaces the description's unless NULL. Reads the ssh keys and looks for the scratch disk and
 * the payloads; warns as setup_warn() does.
 * Reports what is wrong and returns an exit status.
 */
int setup_open(struct setup *s, const char *desc, const char *disk, const char *dir);

/*
 * The same for a description in s->desc. How PV and PVH boot: SETUP_DIRECT as above; SETUP_PYGRUB
 * by xl's pygrub, which reads the disk's own GRUB menu, and then the disk may be anybody's;
 * SETUP_EITHER directly what is an image of ours, by pygrub what is not.
 */
enum setup_how { SETUP_DIRECT, SETUP_PYGRUB, SETUP_EITHER };
int setup_make(struct setup *s, const char *dir, enum setup_how how);

/* Warns of a scratch disk that is ext4 without mmp. Once for a disk that is to be had. */
void setup_warn(const struct setup *s);

/* Writes the config of that mode into the folder, under domain_config_name(). 0 or -errno. */
int setup_write(const struct setup *s, enum mode mode);

/* What a guest is told besides what its description says. "" is nothing. */
struct setup_run {
	const char *run;     /* without one its agent waits for one */
	const char *image;   /* SHA-256 of the disk */
	const char *barrier; /* how many start together, and the barrier's name */
	const char *sync;
	const char *warmups, *repetitions; /* numbers */
};

/* Tells the guest what it is to do, before it looks. 0 or -errno. */
int setup_tell(const struct setup *s, struct source *src, enum mode mode,
	       const struct setup_run *run);

/* Reports why setup_write() failed, and returns the exit status that fits it. */
int setup_fail(const struct setup *s, enum mode mode, int err);

#endif

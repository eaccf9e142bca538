/* SPDX-License-Identifier: ISC */
/*
 * Who uses a disk on this machine right now: a domain, whoever created it, or the machine itself.
 *
 * Domains are found in xenstore, where libxl keeps a list of each domain's block devices
 * (/libxl/DOMID/device/vbd, libxl_internal.h) and the back end says what it has opened
 * (xen/include/public/io/blkif.h: params, physical-device, mode). Domains that are being created or
 * torn down are in it too.
 */
#ifndef HOST_DISK_USER_H
#define HOST_DISK_USER_H

#include "guest-tools/lib/xs.h"
#include "host/disk_id.h"

struct disk_user {
	char who[192]; /* "domain web (7)", "this machine (...)": printable */
};

enum { DISK_USER_ANY = -1 };

/* The first domain that has some of those bytes, that may write them if only those count, and that
 * is neither the one of that id nor its device model's (DISK_USER_ANY: any). 1 when there is one,
 * 0, or -errno. */
int disk_user_domain(struct xst *xs, const struct disk_id *id, bool writers, int but,
		     struct disk_user *user);

/* The machine itself, by a mount, swap, LVM or the like; of a file also through a loop device. id
 * is the path's. 1, 0, or -errno. Opens what it asks about for a moment. */
int disk_user_machine(const char *path, const struct disk_id *id, struct disk_user *user);

#endif

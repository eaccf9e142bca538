/* SPDX-License-Identifier: ISC */
/*
 * One text of the list `disk`, as xl-disk-configuration(5) has it: new, positional, and with the
 * prefixes of xm. And what a vdev means: xen-vbd-interface(7).
 */
#ifndef HOST_XLCFG_DISK_H
#define HOST_XLCFG_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A part of the text; at is NULL where there is none. */
struct xlcfg_span {
	const char *at;
	size_t len;
};

struct xlcfg_disk {
	struct xlcfg_span target, format, vdev, access;
	bool cdrom, readonly, prefixed; /* prefixed: phy:, file:, tap:aio: … */
	const char *wrong;		/* what xl says no to, or NULL */
};

void xlcfg_disk_parse(struct xlcfg_disk *d, const char *text);

/* No target, or one that is empty: a drive without a disc in it. */
static inline bool xlcfg_disk_is_empty(const struct xlcfg_disk *d)
{
	return !d->target.len;
}

enum xlcfg_bus { XLCFG_XVD, XLCFG_HD, XLCFG_SD, XLCFG_BY_NUMBER };

struct xlcfg_vdev {
	enum xlcfg_bus bus;
	unsigned disk, part; /* part is 0 for a whole disk */
	uint32_t number;     /* what is in xenstore; no two disks of a guest share it */
};

/* 0 or -EINVAL. */
int xlcfg_vdev_parse(struct xlcfg_span vdev, struct xlcfg_vdev *v);

/* Has a twin that QEMU emulates, where the guest is an HVM one. */
static inline bool xlcfg_vdev_is_emulated(const struct xlcfg_vdev *v)
{
	return (v->bus == XLCFG_HD || v->bus == XLCFG_SD) && !v->part;
}

#endif

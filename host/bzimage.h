/* SPDX-License-Identifier: ISC */
/*
 * Linux kernels for x86: a bzImage, by Documentation/arch/x86/boot.rst, or an ELF file; and what
 * its ELF notes tell Xen, by xen/elfnote.h.
 */
#ifndef HOST_BZIMAGE_H
#define HOST_BZIMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "host/unpack.h"

enum { BZIMAGE_MAX = 64 << 20, BZIMAGE_UNPACKED_MAX = 256 << 20 };

struct bzimage {
	bool bz;		    /* a bzImage; else it is ELF by itself */
	enum unpack_format packing; /* of its payload */
	char version[64];	    /* "6.1.0-1-amd64", or "" */
	bool opened;		    /* the payload was unpacked, so that the rest is known */
	bool xen, pv, pvh;	    /* notes: any of Xen's; those to start as PV, as PVH */
};

/* 0, or -EINVAL for what is no kernel: why says so. A payload that cannot be unpacked is no error.
 * -ENOMEM. */
int bzimage_read(const void *buf, size_t len, struct bzimage *k, char *why, size_t size);

#endif

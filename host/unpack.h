/* SPDX-License-Identifier: ISC */
/* What kernels and their initramfs are packed with (lib/decompress.c of Linux), unpacked. */
#ifndef HOST_UNPACK_H
#define HOST_UNPACK_H

#include <stddef.h>

/* X(id, name) */
#define UNPACK_FORMATS(X) \
	X(NONE, "none") \
	X(GZIP, "gzip") \
	X(BZIP2, "bzip2") \
	X(LZMA, "lzma") \
	X(XZ, "xz") \
	X(LZO, "lzo") \
	X(LZ4, "lz4") \
	X(ZSTD, "zstd")

#define UNPACK_ENUM(id, name) UNPACK_##id,
enum unpack_format { UNPACK_FORMATS(UNPACK_ENUM) UNPACK_COUNT };
#undef UNPACK_ENUM

const char *unpack_name(enum unpack_format f);

/* By the first bytes; NONE for whatever is none of them. */
enum unpack_format unpack_detect(const void *in, size_t len);

/*
 * Unpacks one stream at the beginning of in. *used is how much of in it was; what follows is not
 * looked at, except that LZ4 in Linux's form has no end but that of in. *out is the caller's to
 * free, with a NUL behind it. 0, -EUCLEAN for what is damaged or cut off, -EFBIG for more than max
 * bytes, -ENOTSUP for NONE and LZO, -ENOMEM.
 */
int unpack(const void *in, size_t len, size_t max, size_t *used, char **out, size_t *out_len);

#endif

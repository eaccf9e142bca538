/* SPDX-License-Identifier: ISC */
/* SHA-256 (FIPS 180-4), for guest programs that run where there is no sha256sum: inside a payload.
 */
#ifndef XLAB_SHA256_H
#define XLAB_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_TEXT = 65 }; /* a digest as text, NUL included */

struct sha256 {
	uint32_t h[8];
	uint64_t bytes; /* taken so far */
	uint8_t block[64];
};

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t len);

/* Ends it, and writes the digest in hexadecimal, lower case. */
void sha256_end(struct sha256 *s, char text[SHA256_TEXT]);

/* The digest of what is read from fd up to its end. 0 or -errno. */
int sha256_fd(int fd, char text[SHA256_TEXT]);

#endif

/* SPDX-License-Identifier: ISC */
/* The keys of links that have no store: both sides' as they were last put or heard, each a line of
 * the protocol on its way. */
#ifndef XLAB_LINK_KEYS_H
#define XLAB_LINK_KEYS_H

#include <stddef.h>

#include "guest-tools/proto/proto.h"

/* 0, or -EMSGSIZE. */
int link_keys_set(unsigned key, const char *val, size_t len);

/* As get() of link.h. */
int link_keys_get(unsigned key, char *buf, size_t size);

/* Writes the key as a line, if it has a value. 0 or -errno. */
int link_keys_write(int fd, unsigned key);

/* Takes a line without its newline; one that is none, or not of that side, is passed over. */
void link_keys_take(const char *text, size_t len, enum xp_writer whose);

#endif

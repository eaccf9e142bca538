/* SPDX-License-Identifier: ISC */
#ifndef XLAB_AUTHKEYS_H
#define XLAB_AUTHKEYS_H

#include <stddef.h>

/* Whether text can be the lines of an authorized_keys file (sshd(8)): printable ASCII, tabs and
 * newlines, not more than XP_VALUE_MAX bytes, at least one line that is neither empty nor a
 * comment. Returns NULL or what is wrong. */
const char *authkeys_check(const char *text, size_t len);

#endif

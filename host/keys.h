/* SPDX-License-Identifier: ISC */
#ifndef HOST_KEYS_H
#define HOST_KEYS_H

#include "guest-tools/proto/proto.h"

/* Reads an authorized_keys file that a guest can be given (XPK_SSH_KEYS). Reports what is wrong and
 * returns an exit status. */
int keys_read(const char *path, char buf[XP_VALUE_MAX + 1]);

#endif

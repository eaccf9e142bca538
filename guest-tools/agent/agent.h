/* SPDX-License-Identifier: ISC */
#ifndef XLAB_AGENT_H
#define XLAB_AGENT_H

#include <stddef.h>

/* Hands a record to the link, 1 to XP_RECORD_MAX bytes; it may sit in the window when this returns.
 * Blocks while the window or the store is full. 0 or -errno. */
int agent_send(const char *record, size_t len);

/* Blocks until the host has everything safe on its disk. 0 or -errno. */
int agent_sync(void);

#endif

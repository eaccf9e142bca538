/* SPDX-License-Identifier: ISC */
/*
 * What goes to the host and when it is safe there: the guest's half of the protocol. All calls
 * block while the store or the window is full, and return 0 or -errno; -ECONNREFUSED, said once,
 * when the host takes nothing more.
 */
#ifndef XLAB_OUTBOX_H
#define XLAB_OUTBOX_H

#include <stddef.h>

#include "guest-tools/agent/link.h"
#include "guest-tools/proto/proto.h"

/* Begins where an agent of the same boot stopped, if there was one. */
int outbox_open(const struct link_ops *host);

/* Another host from now on: what was not acknowledged by the old one is not sent again. */
void outbox_switch(const struct link_ops *host);

/* Puts one of the guest's keys, however long the store stays full. */
int outbox_put(unsigned key, const char *val, size_t len);

/* Says which state the run is in. -EPROTO for one that may not follow. */
int outbox_become(enum xp_state state);

/* Hands over a record, 1 to XP_RECORD_MAX bytes; it may sit in the window when this returns. */
int outbox_send(const char *record, size_t len);

/* Waits until the host has everything safe on its disk. */
int outbox_sync(void);

/* Sleeps until a key of the host's may have changed, a second at most, then looks whether we are
 * refused. Where the link may lose keys, what has had no effect yet is put again. */
int outbox_wait(void);

#endif

/* SPDX-License-Identifier: ISC */
/* The end of PID 1's log, for the host: what xlab-ctl(8) prints, as far as a value holds it. */
#ifndef XLAB_GUESTLOG_H
#define XLAB_GUESTLOG_H

#include "guest-tools/agent/link.h"

/* Puts XPK_LOG, once and without waiting for room. What goes wrong only costs the log. */
void guestlog_put(const struct link_ops *host);

#endif

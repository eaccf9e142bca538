/* SPDX-License-Identifier: ISC */
/*
 * What the host may set until the run starts, and not after: the network (XPK_NET), who may log in
 * (XPK_SSH_KEYS), and that it wants to see the log (XPK_LOG_GET). A value that is wrong is said once and changes nothing.
 */
#ifndef XLAB_SETTINGS_H
#define XLAB_SETTINGS_H

#include "guest-tools/agent/link.h"

/* Paths are below root, "" unless in a test. Both are kept. */
void settings_init(const struct link_ops *host, const char *root);

/* Takes what is new. xlab-net becomes a child of ours, which nothing here waits for by chance. */
void settings_look(void);

/* Looks for the last time, and waits, at most ms, until the network that was set is ready. One that
 * is not is stopped, so that it does not come up in the middle of a measurement. */
void settings_finish(int ms);

#endif

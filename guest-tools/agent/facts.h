/* SPDX-License-Identifier: ISC */
/*
 * Nodes outside the protocol that other toolstacks' programs read from a guest: what XAPI, Xen
 * Orchestra and their kin show. Names are those of xen.git docs/misc/xenstore-paths.pandoc and of
 * the xe-guest-utilities. All of it is courtesy: whatever cannot be written is passed over.
 */
#ifndef XLAB_FACTS_H
#define XLAB_FACTS_H

#include "guest-tools/agent/link.h"

/* Who we are: data/os_*, attr/PVAddons/, control/feature-*. */
void facts_tell(const struct link_ops *host);

/* The IPv4 and IPv6 addresses of each network card of Xen's: attr/vif/N/ipv4/M. */
void facts_tell_addresses(const struct link_ops *host);

#endif

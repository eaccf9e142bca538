/* SPDX-License-Identifier: ISC */
/*
 * The image as a chroot under the kernel of this machine: its root read-only, with what it may write
 * in memory, in namespaces(7) of its own (mounts, processes, network, names, IPC), with as many CPUs
 * and as much memory as the guest has, in place of its PID 1 one that waits. Its programs are root's:
 * what is taken from them is what reaches past the namespaces, and no more.
 */
#ifndef HOST_NATIVE_CHROOT_H
#define HOST_NATIVE_CHROOT_H

#include "host/domain.h"
#include "host/memlimit.h"
#include "host/testbed_native.h"

/* NULL, or why there can be none of that guest here. */
const char *native_chroot_wrong(const struct domain_desc *d);

/* testbed_native_start() for a chroot; what its programs say goes to o->console, and what keeps it
 * from starting to stderr. root: an empty folder. memlimit_drop(m) is for when it has ended. */
int native_chroot_start(const struct native_opts *o, const char *root, struct native *n,
			struct memlimit *m);

#endif

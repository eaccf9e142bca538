/* SPDX-License-Identifier: ISC */
/* The file systems of a chroot, for native_chroot.c alone. */
#ifndef HOST_NATIVE_CHROOT_FS_H
#define HOST_NATIVE_CHROOT_FS_H

#include "host/memlimit.h"
#include "host/testbed_native.h"

/* In mount, PID, network and cgroup namespaces of its own, as the first process of the second: makes
 * the image / of this process, with what a guest has mounted besides. Nothing of the machine's files
 * can be reached then. Reports what goes wrong and returns an exit status. */
int native_chroot_fs(const struct native_opts *o, const struct memlimit *m, const char *root);

#endif

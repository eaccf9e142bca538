/* SPDX-License-Identifier: ISC */
/*
 * A control group whose memory is limited, cgroups(7), of version 2 or 1, whichever has the machine's
 * memory controller. It lies below the root of the hierarchy, so nobody else's limit is in its way.
 */
#ifndef HOST_MEMLIMIT_H
#define HOST_MEMLIMIT_H

#include <limits.h>

struct memlimit {
	char dir[PATH_MAX]; /* "" for none */
	int version;	    /* of control groups */
};

/* Makes one without swap, and takes away those that killed processes of ours left behind. 0, -ENOTSUP
 * where the machine has no memory controller, or -errno. */
int memlimit_make(struct memlimit *m, unsigned mib);

/* Moves this process into it, with what it will start. 0 or -errno. */
int memlimit_join(const struct memlimit *m);

/* Mounts it there, to be read, for a process that is in it and has a cgroup_namespaces(7) of its own.
 * 0 or -errno. */
int memlimit_mount(const struct memlimit *m, const char *where);

/* Takes it away once all in it have ended, for which it waits a little. Harmless twice. */
void memlimit_drop(struct memlimit *m);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Never twice: one disk, one user.
 *
 * The lock is an open file description lock (fcntl(2)) on the base of the disk: the file itself, or
 * the kernel's node of the block device, whatever the path that led there. It covers the disk's own
 * bytes, moved up by DISK_LOCK_BASE so that it meets none of QEMU's locks. It lives as long as
 * somebody has the descriptor: xlab, and whoever inherits it. The xl(1) that xlab start leaves
 * behind does, and ends with the domain; so the lock needs no file of its own that could lie.
 *
 * Who holds no such lock, a domain of xl's own or a mount, is looked for: see disk_user.h.
 */
#ifndef HOST_DISK_LOCK_H
#define HOST_DISK_LOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "host/disk_id.h"
#include "host/disk_user.h"

#define DISK_LOCK_BASE ((uint64_t)1 << 62)

struct disk_lock {
	int fd; /* -1: nothing is held */
	bool shared;
	struct disk_id id;
	char path[PATH_MAX]; /* as it was asked for */
};

/*
 * Takes the disk: for this process alone, or, when shared, beside others that only read it. Returns
 * 0; -EBUSY with who has it in holder; or -errno. When another xlab has the lock and no domain the
 * disk yet, waits up to wait_ms for one of the two to change. A file that was replaced meanwhile is
 * taken as it is then.
 */
int disk_lock_take(const char *path, bool shared, int wait_ms, struct disk_lock *lock, char *holder,
		   size_t size);

/* Whether any domain but that one (DISK_USER_ANY: any) has the disk by now, for xl does not know
 * our lock, or the path leads elsewhere: -ESTALE. Otherwise returns as above. */
int disk_lock_check(const struct disk_lock *lock, int but, char *holder, size_t size);

void disk_lock_drop(struct disk_lock *lock);

#endif

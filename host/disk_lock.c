/* SPDX-License-Identifier: ISC */
#include "host/disk_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/xs.h"
#include "host/machine.h"

enum { POLL_MS = 200, TRIES = 10 /* for a file that is being replaced */ };

/* Locks the disk's bytes. 0, -EAGAIN when another has some of them, or -errno. */
static int lock_bytes(const struct disk_lock *lock)
{
	struct flock l = {
		.l_type = lock->shared ? F_RDLCK : F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = (off_t)(DISK_LOCK_BASE + lock->id.start),
		.l_len = (off_t)(lock->id.end - lock->id.start),
	};

	if (fcntl(lock->fd, F_OFD_SETLK, &l) == 0)
		return 0;
	return errno == EACCES ? -EAGAIN : -errno;
}

/* Opens the base, which must still be what the path led to. */
static int lock_open(struct disk_lock *lock)
{
	struct stat st;
	bool same;

	if (!lock->id.base[0])
		return -ESTALE;
	lock->fd = open(lock->id.base, (lock->shared ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
	if (lock->fd < 0)
		return -errno;
	if (fstat(lock->fd, &st) < 0)
		return -errno;
	same = lock->id.ino ? st.st_dev == lock->id.dev && st.st_ino == lock->id.ino
			    : S_ISBLK(st.st_mode) && st.st_rdev == lock->id.dev;
	return same ? 0 : -ESTALE;
}

/* Whether the path still leads to what is locked. 0, -ESTALE or -errno. */
static int check_path(const struct disk_lock *lock)
{
	struct disk_id now;
	int r = disk_id_get(lock->path, &now);

	if (r)
		return r;
	return now.dev == lock->id.dev && now.ino == lock->id.ino && now.start == lock->id.start &&
			       now.end == lock->id.end
		       ? 0
		       : -ESTALE;
}

/* 0, -EBUSY with a domain in holder, or -errno. */
static int check_domains(const struct disk_lock *lock, bool writers, int but, char *holder,
			 size_t size)
{
	struct disk_user user;
	struct xst *xs;
	int r;

	if (!machine_is_dom0())
		return 0;
	r = xst_open(&xs, NULL, NULL);
	if (r)
		return r;
	r = disk_user_domain(xs, &lock->id, writers, but, &user);
	xst_close(xs);
	if (r <= 0)
		return r;
	snprintf(holder, size, "%s", user.who);
	return -EBUSY;
}

int disk_lock_check(const struct disk_lock *lock, int but, char *holder, size_t size)
{
	int r = check_path(lock);

	return r ? r : check_domains(lock, lock->shared, but, holder, size);
}

/* Waits for the lock while no domain, which may be one that only reads, says that it has the disk.
 */
static int lock_wait(struct disk_lock *lock, int wait_ms, char *holder, size_t size)
{
	int64_t until = io_now_ms() + wait_ms;
	int r;

	while ((r = lock_bytes(lock)) == -EAGAIN) {
		r = check_domains(lock, false, DISK_USER_ANY, holder, size);
		if (r)
			return r;
		if (io_now_ms() >= until) {
			snprintf(holder, size, "another xlab");
			return -EBUSY;
		}
		usleep(POLL_MS * 1000);
	}
	return r;
}

static int lock_take(struct disk_lock *lock, int wait_ms, char *holder, size_t size)
{
	struct disk_user user;
	int r = disk_id_get(lock->path, &lock->id);

	if (!r)
		r = lock_open(lock);
	if (!r)
		r = lock_wait(lock, wait_ms, holder, size);
	if (!r)
		r = disk_lock_check(lock, DISK_USER_ANY, holder, size);
	if (!r && !lock->shared)
		r = disk_user_machine(lock->path, &lock->id, &user);
	if (r <= 0)
		return r;
	snprintf(holder, size, "%s", user.who);
	return -EBUSY;
}

int disk_lock_take(const char *path, bool shared, int wait_ms, struct disk_lock *lock, char *holder,
		   size_t size)
{
	int r = -ESTALE;

	snprintf(holder, size, "this machine");
	for (int i = 0; i < TRIES && r == -ESTALE; i++) {
		*lock = (struct disk_lock){ .fd = -1, .shared = shared };
		snprintf(lock->path, sizeof(lock->path), "%s", path);
		r = lock_take(lock, wait_ms, holder, size);
		if (r)
			disk_lock_drop(lock);
	}
	return r;
}

void disk_lock_drop(struct disk_lock *lock)
{
	if (lock->fd >= 0)
		close(lock->fd);
	lock->fd = -1;
}

/* SPDX-License-Identifier: ISC */
#include "host/install.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Everything of one installation. */
struct job {
	const struct install_opts *o;
	struct install_result *result;
	char *why;
	struct disk disk;
	int fd; /* of the disk */
	const struct disk_part *last;
	struct disk_lock lock; /* on the disk, shared */
	struct install_target target;
	struct install_work work;
};

/* "path: what: errno" in why. */
static int job_fail(struct job *j, int err, const char *path, const char *what)
{
	snprintf(j->why, INSTALL_WHY, "%s: %s%s", path, what, strerror(-err));
	return err;
}

/* Puts the path before what a reader of disks says. */
static int job_says(struct job *j, int err, const char *path)
{
	char text[PATH_MAX];

	snprintf(text, sizeof(text), "%s", j->why);
	snprintf(j->why, INSTALL_WHY, "%s: %s", path, text);
	return err;
}

/* One that was not unmounted, or has errors, must not be grown. */
static int disk_is_sound(struct job *j)
{
	struct disk_super super = { 0 };
	struct disk_fs *fs;
	int r = disk_fs_open(&j->disk, j->last, false, &fs, j->why, INSTALL_WHY);

	if (r)
		return job_says(j, r, j->o->disk);
	disk_fs_super(fs, &super);
	disk_fs_close(fs);
	r = super.clean && !super.recovery ? install_check(j->o->disk, j->last->start) : -EUCLEAN;
	if (r != -EUCLEAN)
		return r ? job_fail(j, r, "e2fsck", "(of package e2fsprogs) ") : 0;
	snprintf(j->why, INSTALL_WHY,
		 "%s: its file system is not clean: is it mounted? If not, e2fsck mends it",
		 j->o->disk);
	return r;
}

static int disk_open(struct job *j)
{
	char who[192];
	int r = disk_read(j->o->disk, &j->disk, j->why, INSTALL_WHY);

	if (!r)
		r = install_last(&j->disk, &j->last, j->why);
	if (r)
		return job_says(j, r, j->o->disk);
	r = disk_lock_take(j->o->disk, true, 0, &j->lock, who, sizeof(who));
	if (r == -EBUSY) {
		snprintf(j->why, INSTALL_WHY, "%s: is in use by %s", j->o->disk, who);
		return r;
	}
	if (!r && (j->fd = open(j->o->disk, O_RDONLY | O_CLOEXEC)) < 0)
		r = -errno;
	return r ? job_fail(j, r, j->o->disk, "") : disk_is_sound(j);
}

/* How big the target is to be. */
static int target_size(struct job *j)
{
	const struct install_target *t = &j->target;
	uint64_t bytes = j->o->bytes;

	if (t->device) {
		j->result->bytes = t->bytes;
		if (!bytes)
			return 0;
		snprintf(j->why, INSTALL_WHY,
			 "%s: a block device has its size; --size is for files", t->path);
		return -EINVAL;
	}
	if (!bytes)
		bytes = t->bytes ? t->bytes : j->disk.bytes;
	j->result->bytes = bytes;
	if (bytes >= j->disk.bytes)
		return 0;
	snprintf(j->why, INSTALL_WHY,
		 "%s: is too small: %" PRIu64 " bytes, and the disk has %" PRIu64
		 "; --size makes it bigger",
		 t->path, bytes, j->disk.bytes);
	return -EINVAL;
}

static int target_open(struct job *j)
{
	int r = install_target_open(j->o->target, &j->lock.id, j->disk.bytes, &j->target, j->why);

	if (!r && !j->o->force)
		r = install_target_expendable(&j->target, j->why);
	return r ? r : target_size(j);
}

/* The work file becomes what the target is to be, and is proven to be it. */
static int work_make(struct job *j)
{
	const char *file = j->target.device ? NULL : j->target.path,
		   *where = file ? file : "TMPDIR";
	int r = install_work_open(file, j->result->bytes, &j->work);

	if (r)
		return job_fail(j, r, where, "cannot make a file: ");
	r = install_grow(&j->disk, j->fd, &j->work, j->result->bytes, &j->result->fs_bytes, j->why);
	if (!r)
		r = install_compare(j->o->disk, j->work.path, &j->result->files, j->why);
	if (r)
		return job_says(j, r, j->o->disk);
	r = install_hash(j->work.fd, j->result->bytes, "hashing", j->result->sha256);
	return r ? job_fail(j, r, where, "") : 0;
}

/* Reads back what is on the target. */
static int target_verify(struct job *j)
{
	const struct install_target *t = &j->target;
	char hex[65];
	int r = install_hash_medium(t->device ? t->path : j->work.path,
				    t->device ? t->fd : j->work.fd, j->result->bytes, hex);

	if (r)
		return job_fail(j, r, t->path, "cannot be read back: ");
	if (!strcmp(hex, j->result->sha256))
		return 0;
	snprintf(j->why, INSTALL_WHY, "%s: does not hold what was written to it", t->path);
	return -EIO;
}

/* A file gets its name when all of it is proven, a device its bytes before. */
static int target_write(struct job *j)
{
	struct install_target *t = &j->target;
	int r = 0;

	if (t->device)
		r = install_work_write(&j->work, t->fd, j->result->bytes);
	if (r)
		return job_fail(j, r, t->path, "cannot be written: ");
	r = target_verify(j);
	if (r && t->device)
		install_unboot(t->fd);
	if (!r && !t->device) {
		r = install_work_name(&j->work, t->path, t->mode);
		if (r)
			return job_fail(j, r, t->path, "");
	}
	return r;
}

int install(const struct install_opts *o, struct install_result *result, char why[INSTALL_WHY])
{
	static struct job j;
	int r;

	*result = (struct install_result){ 0 };
	j = (struct job){ .o = o, .result = result, .why = why, .fd = -1, .lock = { .fd = -1 } };
	j.target = (struct install_target){ .fd = -1, .lock = { .fd = -1 } };
	j.work.fd = -1;
	r = disk_open(&j);
	if (!r)
		r = target_open(&j);
	if (!r)
		r = work_make(&j);
	if (!r)
		r = target_write(&j);
	install_work_close(&j.work);
	install_target_close(&j.target);
	if (j.fd >= 0)
		close(j.fd);
	disk_lock_drop(&j.lock);
	return r;
}

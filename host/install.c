/* SPDX-License-Identifier: ISC */
#include "host/install.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/image_check.h"

/* The disk that is installed. */
struct job {
	const char *path;
	struct install_result *result;
	char *why;
	struct disk disk;
	int fd; /* which children inherit */
	const struct disk_part *last;
	struct disk_lock lock; /* shared */
};

/* "path: what: errno" in why. */
static int job_fail(struct job *j, int err, const char *path, const char *what)
{
	snprintf(j->why, INSTALL_WHY, "%s: %s%s", path, what, strerror(-err));
	return err;
}

/* Puts the disk's path before what a reader of disks says. */
static int job_says(struct job *j, int err)
{
	char text[PATH_MAX];

	snprintf(text, sizeof(text), "%s", j->why);
	snprintf(j->why, INSTALL_WHY, "%s: %s", j->path, text);
	return err;
}

/* One that was not unmounted, or has errors, must not be grown. */
static int disk_is_sound(struct job *j)
{
	struct disk_super super = { 0 };
	struct disk_fs *fs;
	char path[32];
	int r = disk_fs_open(&j->disk, j->last, false, &fs, j->why, INSTALL_WHY);

	if (r)
		return job_says(j, r);
	disk_fs_super(fs, &super);
	disk_fs_close(fs);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", j->fd);
	r = super.clean && !super.recovery ? install_check(path, j->last->start) : -EUCLEAN;
	if (r != -EUCLEAN)
		return r ? job_fail(j, r, "e2fsck (e2fsprogs)", "") : 0;
	snprintf(j->why, INSTALL_WHY,
		 "%s: its file system is not clean: is it mounted? If not, e2fsck mends it",
		 j->path);
	return r;
}

static int disk_open(struct job *j)
{
	char who[192];
	int r = disk_lock_take(j->path, true, 0, &j->lock, who, sizeof(who));

	if (r == -EBUSY) {
		snprintf(j->why, INSTALL_WHY, "%s: is in use by %s", j->path, who);
		return r;
	}
	if (!r && (j->fd = open(j->path, O_RDONLY)) < 0)
		r = -errno;
	if (r)
		return job_fail(j, r, j->path, "");
	r = disk_read(j->path, &j->disk, j->why, INSTALL_WHY);
	if (!r)
		r = install_last(&j->disk, &j->last, j->why);
	return r ? job_says(j, r) : disk_is_sound(j);
}

mode_t install_copy_mode(const char *disk)
{
	struct stat st;

	return !stat(disk, &st) && S_ISREG(st.st_mode) ? 0600 | (st.st_mode & 0777) : 0600;
}

mode_t install_copy_folder_mode(const char *disk)
{
	mode_t read = install_copy_mode(disk) & 0444;

	return 0700 | read | read >> 2;
}

/* An xlab image knows more of itself than the disk that was copied: GRUB and every file's hash. */
static void check_manifest(struct job *j, const char *work)
{
	struct image_check c = { 0 };

	if (j->disk.table != DISK_BARE && !image_check(work, &c)) {
		j->result->manifest = c.differences ? INSTALL_DIFFERS : INSTALL_AS_MANIFEST;
		snprintf(j->result->differs, sizeof(j->result->differs), "%s", c.first);
	}
	image_check_free(&c);
}

/* The disk, grown; and every file in it is that of the disk. */
static int make(const struct install_work *w, uint64_t bytes, void *arg, char why[INSTALL_WHY])
{
	struct job *j = arg;
	int r = install_grow(&j->disk, j->fd, w, bytes, &j->result->fs_bytes, why);

	if (!r)
		r = install_compare(j->path, w->path, &j->result->files, why);
	if (r)
		return job_says(j, r);
	check_manifest(j, w->path);
	return 0;
}

int install(const struct install_opts *o, struct install_result *result, char why[INSTALL_WHY])
{
	static struct job j;
	int r;

	*result = (struct install_result){ 0 };
	j = (struct job){ .path = o->disk, .result = result, .why = why, .fd = -1 };
	j.lock.fd = -1;
	r = disk_open(&j);
	if (!r)
		r = install_to(o,
			       &(struct install_source){ .disk = &j.lock.id,
							 .bytes = j.disk.bytes,
							 .mode = install_copy_mode(o->disk),
							 .make = make,
							 .arg = &j },
			       result, why);
	if (j.fd >= 0)
		close(j.fd);
	disk_lock_drop(&j.lock);
	return r;
}

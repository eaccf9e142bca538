/* SPDX-License-Identifier: ISC */
#include "host/install.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/image.h"

/* Says what is wrong with it. */
__attribute__((format(printf, 4, 5))) static int refuse(char why[INSTALL_WHY], int err,
							const char *path, const char *fmt, ...)
{
	int n = snprintf(why, INSTALL_WHY, "%s: ", path);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why + n, INSTALL_WHY - (size_t)n, fmt, ap);
	va_end(ap);
	return err;
}

/* A file that is to be made: its folder must be there. */
static int target_new(const char *path, struct install_target *t, char why[INSTALL_WHY])
{
	char dir[PATH_MAX], folder[PATH_MAX], base[PATH_MAX];
	struct stat st;

	if (lstat(path, &st) == 0)
		return refuse(why, -EINVAL, path, "a link to nothing");
	if (strlen(path) >= sizeof(dir))
		return refuse(why, -ENAMETOOLONG, path, "%s", strerror(ENAMETOOLONG));
	strcpy(dir, path);
	strcpy(base, path);
	if (!realpath(dirname(dir), folder))
		return refuse(why, -errno, dir, "%s", strerror(errno));
	umask(t->mode = umask(0));
	t->mode = 0644 & ~t->mode;
	if (snprintf(t->path, sizeof(t->path), "%s/%s", folder, basename(base)) >=
	    (int)sizeof(t->path))
		return refuse(why, -ENAMETOOLONG, path, "%s", strerror(ENAMETOOLONG));
	return 0;
}

static int target_file(const struct stat *st, struct install_target *t, char why[INSTALL_WHY])
{
	t->bytes = (uint64_t)st->st_size;
	t->mode = st->st_mode & 0777;
	t->uid = st->st_uid;
	t->gid = st->st_gid;
	if (access(t->path, W_OK) < 0)
		return refuse(why, -errno, t->path, "%s",
			      errno == EROFS ? "is read-only" : strerror(errno));
	return 0;
}

/* Others are asked before we are one of those who have it. */
static int target_lock(struct install_target *t, char why[INSTALL_WHY])
{
	char who[PATH_MAX];
	int r = install_used(t->path, who, sizeof(who));

	if (r > 0)
		return refuse(why, -EBUSY, t->path, "%s", who);
	if (!r)
		r = disk_lock_take(t->path, false, 0, &t->lock, who, sizeof(who));
	if (r == -EBUSY)
		return refuse(why, r, t->path, "is in use by %s", who);
	if (r == -EROFS)
		return refuse(why, r, t->path, "is read-only");
	return r ? refuse(why, r, t->path, "%s", strerror(-r)) : 0;
}

/* Opens it for this process alone: the kernel refuses while anything else has it so. */
static int target_device(struct install_target *t, char why[INSTALL_WHY])
{
	int sector = 0, readonly = 0;

	t->device = true;
	t->fd = open(t->path, O_RDWR | O_EXCL | O_CLOEXEC);
	if (t->fd < 0)
		return refuse(why, -errno, t->path, "%s",
			      errno == EBUSY   ? "is in use by this machine"
			      : errno == EROFS ? "is read-only"
					       : strerror(errno));
	if (ioctl(t->fd, BLKROGET, &readonly) < 0 || ioctl(t->fd, BLKSSZGET, &sector) < 0 ||
	    ioctl(t->fd, BLKGETSIZE64, &t->bytes) < 0)
		return refuse(why, -errno, t->path, "%s", strerror(errno));
	if (readonly)
		return refuse(why, -EROFS, t->path, "is read-only");
	if (sector != DISK_SECTOR)
		return refuse(why, -EINVAL, t->path,
			      "has sectors of %d bytes; a disk for %d would not boot", sector,
			      DISK_SECTOR);
	return 0;
}

static int target_there(const struct disk_id *disk, struct install_target *t, char why[INSTALL_WHY])
{
	struct disk_id id;
	struct stat st;
	int r;

	if (stat(t->path, &st) < 0)
		return refuse(why, -errno, t->path, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return refuse(why, -EINVAL, t->path, "neither a file nor a block device");
	r = disk_id_get(t->path, &id);
	if (r)
		return refuse(why, r, t->path, "%s", strerror(-r));
	if (disk_id_overlaps(&id, disk))
		return refuse(why, -EINVAL, t->path, "is the disk itself");
	r = target_lock(t, why);
	if (r)
		return r;
	return S_ISBLK(st.st_mode) ? target_device(t, why) : target_file(&st, t, why);
}

int install_target_open(const char *path, const struct disk_id *disk, uint64_t need,
			struct install_target *t, char why[INSTALL_WHY])
{
	int r;

	*t = (struct install_target){
		.fd = -1, .uid = geteuid(), .gid = getegid(), .lock = { .fd = -1 }
	};
	t->exists = realpath(path, t->path) != NULL;
	if (t->exists)
		r = target_there(disk, t, why);
	else if (errno == ENOENT)
		r = target_new(path, t, why);
	else
		r = refuse(why, -errno, path, "%s", strerror(errno));
	if (!r && t->device && t->bytes < need)
		r = refuse(why, -EINVAL, t->path,
			   "is too small: %" PRIu64 " bytes, and the disk has %" PRIu64, t->bytes,
			   need);
	if (r)
		install_target_close(t);
	return r;
}

void install_target_close(struct install_target *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	disk_lock_drop(&t->lock);
}

/* 1: nothing but zeros, 0: something else, or -errno. */
static int is_blank(int fd, uint64_t bytes)
{
	static const char zeros[1 << 16];
	static char buf[sizeof(zeros)];
	struct install_progress p = { .what = "looking at the target", .total = bytes };
	ssize_t n = 1;

	for (uint64_t at = 0; at < bytes && n > 0; at += (uint64_t)n) {
		n = pread(fd, buf, sizeof(buf), (off_t)at);
		if (n > 0 && memcmp(buf, zeros, (size_t)n))
			n = 0;
		install_progress(&p, (uint64_t)(n > 0 ? n : 0));
	}
	install_progress_end(&p);
	return n < 0 ? -errno : n > 0;
}

static bool is_image(const char *path)
{
	char *text;
	size_t len;

	if (image_read(path, IMAGE_MANIFEST, IMAGE_FILE_MAX, &text, &len))
		return false;
	free(text);
	return true;
}

int install_target_expendable(const struct install_target *t, char why[INSTALL_WHY])
{
	int fd, r;

	if (!t->bytes || is_image(t->path))
		return 0;
	fd = open(t->path, O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : is_blank(fd, t->bytes);
	if (fd >= 0)
		close(fd);
	if (r < 0)
		return refuse(why, r, t->path, "%s", strerror(-r));
	return r ? 0
		 : refuse(why, -EEXIST, t->path,
			  "holds something that is no xlab image; --force writes over it");
}

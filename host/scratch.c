/* SPDX-License-Identifier: ISC */
#include "host/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "guest-tools/proto/proto.h"
#include "host/cmd.h"

#define NEW_NAME "new" /* of a file while it is written */

enum { NAME_LEN = 64 };

static int open_folder(struct scratch *s)
{
	int root = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;

	if (root < 0)
		return -errno;
	if (mkdirat(root, XP_SCRATCH_DIR, 0755) < 0 && errno != EEXIST)
		r = -errno;
	s->dir = r ? -1 : openat(root, XP_SCRATCH_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (!r && s->dir < 0)
		r = -errno;
	close(root);
	return r;
}

/* The file system with the label. */
static const struct disk_part *find_part(const struct disk *d)
{
	const struct disk_part *found = NULL;

	for (size_t i = 0; i < d->n; i++)
		if (d->part[i].kind == DISK_EXT && !strcmp(d->part[i].fs_label, SCRATCH_LABEL))
			found = &d->part[i];
	return found;
}

/* Opens the disk, which is locked. An exit status. */
static int open_disk(struct scratch *s)
{
	static struct disk d;
	const struct disk_part *part = NULL;
	char why[DISK_WHY];
	struct disk_super super;
	int r = disk_read(s->path, &d, why, sizeof(why));

	if (!r && !(part = find_part(&d))) {
		snprintf(why, sizeof(why), "%s",
			 "no ext4 with the label " SCRATCH_LABEL
			 " (mke2fs -t ext4 -O mmp -L " SCRATCH_LABEL " DISK)");
		r = -EINVAL;
	}
	if (!r)
		r = disk_fs_open(&d, part, true, &s->fs, why, sizeof(why));
	if (r) {
		log_warnx("%s: %s", s->path, why);
		return r == -EINVAL || r == -EUCLEAN ? EXIT_USAGE : EXIT_SYSTEM;
	}
	disk_fs_super(s->fs, &super);
	if (super.recovery) {
		log_warnx("%s: was not unmounted: e2fsck -p it first", s->path);
		return EXIT_USAGE;
	}
	r = disk_fs_mkdir(s->fs, "/" XP_SCRATCH_DIR, 0755);
	return r ? cmd_fail(r, s->path) : EXIT_OK;
}

int scratch_open(struct scratch *s, const char *path)
{
	char holder[256];
	struct stat st;
	int r;

	*s = (struct scratch){ .path = path, .dir = -1, .lock.fd = -1 };
	if (stat(path, &st) < 0)
		return cmd_fail(-errno, path);
	if (S_ISDIR(st.st_mode)) {
		r = open_folder(s);
		return r ? cmd_fail(r, path) : EXIT_OK;
	}
	r = disk_lock_take(path, false, 0, &s->lock, holder, sizeof(holder));
	if (r)
		return cmd_fail_disk(path, r, holder);
	r = open_disk(s);
	if (r)
		scratch_close(s);
	return r;
}

int scratch_close(struct scratch *s)
{
	int r = s->fs ? disk_fs_close(s->fs) : 0;

	s->fs = NULL;
	if (s->dir >= 0)
		close(s->dir);
	disk_lock_drop(&s->lock);
	return r ? cmd_fail(r, s->path) : EXIT_OK;
}

/* The path of a name on the disk, in buf. */
static const char *disk_path(const char *name, char buf[NAME_LEN + 8])
{
	snprintf(buf, NAME_LEN + 8, "/" XP_SCRATCH_DIR "/%.*s", NAME_LEN, name);
	return buf;
}

/* Reads what is open. 0 or -errno. */
static int read_whole(int fd, size_t max, char **buf, size_t *len)
{
	struct stat st;
	ssize_t n = 1;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((uint64_t)st.st_size > max)
		return -EFBIG;
	*buf = malloc((size_t)st.st_size + 1);
	if (!*buf)
		return -ENOMEM;
	for (*len = 0; *len < (size_t)st.st_size && n > 0; *len += n > 0 ? (size_t)n : 0)
		n = read(fd, *buf + *len, (size_t)st.st_size - *len);
	(*buf)[*len] = '\0';
	if (n >= 0)
		return 0;
	free(*buf);
	*buf = NULL;
	return -errno;
}

int scratch_get(struct scratch *s, const char *name, size_t max, char **buf, size_t *len)
{
	char path[NAME_LEN + 8];
	int fd, r;

	*buf = NULL;
	if (s->dir < 0)
		return disk_fs_get(s->fs, disk_path(name, path), max, buf, len);
	fd = openat(s->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = read_whole(fd, max, buf, len);
	close(fd);
	return r;
}

/* In the folder: under another name until it is on the disk. */
static int put_there(int dir, const char *name, const void *buf, size_t len)
{
	int fd, r;

	if (unlinkat(dir, NEW_NAME, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dir, NEW_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	r = io_write_all(fd, buf, len);
	if (!r && fsync(fd) < 0)
		r = -errno;
	close(fd);
	if (!r && (renameat(dir, NEW_NAME, dir, name) < 0 || fsync(dir) < 0))
		r = -errno;
	return r;
}

int scratch_put(struct scratch *s, const char *name, const void *buf, size_t len)
{
	char path[NAME_LEN + 8];

	if (s->dir >= 0)
		return put_there(s->dir, name, buf, len);
	return disk_fs_put(s->fs, disk_path(name, path), buf, len, 0644);
}

int scratch_list(struct scratch *s, int (*each)(const char *name, void *arg), void *arg)
{
	const struct dirent *e;
	int r = 0, fd;
	DIR *d;

	if (s->dir < 0)
		return disk_fs_list(s->fs, "/" XP_SCRATCH_DIR, each, arg);
	fd = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d)
		return -errno;
	while (!r && (e = readdir(d)))
		r = each(e->d_name, arg);
	closedir(d);
	return r;
}

/* SPDX-License-Identifier: ISC */
/*
 * The work file has no name while it is worked on (O_TMPFILE), so whatever ends us leaves nothing
 * behind; a file system that cannot do that gets TARGET.PID.new. Our children know it as
 * /proc/self/fd/N, which they inherit.
 */
#include "host/install.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 20 };

static const char zeros[CHUNK];

/* A file in the folder of w->name, if possible without a name. */
static int nameless(struct install_work *w)
{
	char dir[PATH_MAX];

	strcpy(dir, w->name);
	w->fd = open(dirname(dir), O_RDWR | O_TMPFILE, 0600);
	if (w->fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
		return w->fd < 0 ? -errno : 0;
	w->fd = open(w->name, O_RDWR | O_CREAT | O_EXCL, 0600);
	w->named = w->fd >= 0;
	return w->fd < 0 ? -errno : 0;
}

/* Where a device's bytes are put together. */
static int scratch_open(struct install_work *w)
{
	const char *dir = getenv("TMPDIR");
	int r;

	if (!dir || !*dir)
		dir = "/var/tmp";
	if (snprintf(w->name, sizeof(w->name), "%s/xlab-install.%d", dir, getpid()) >=
	    (int)sizeof(w->name))
		return -ENAMETOOLONG;
	r = nameless(w);
	if (w->named)
		unlink(w->name);
	w->named = false;
	w->name[0] = '\0';
	return r;
}

static int named_open(const char *file, struct install_work *w)
{
	if (snprintf(w->name, sizeof(w->name), "%s.%d.new", file, getpid()) >= (int)sizeof(w->name))
		return -ENAMETOOLONG;
	return nameless(w);
}

int install_work_open(const char *file, uint64_t bytes, struct install_work *w)
{
	int r;

	*w = (struct install_work){ .fd = -1 };
	r = file ? named_open(file, w) : scratch_open(w);
	if (r)
		return r;
	snprintf(w->path, sizeof(w->path), "/proc/self/fd/%d", w->fd);
	if (ftruncate(w->fd, (off_t)bytes) < 0)
		r = -errno;
	/* A guest's disk must not run out of its host's room; not all file systems can promise. */
	if (!r && file && bytes && fallocate(w->fd, 0, 0, (off_t)bytes) < 0 && errno != EOPNOTSUPP)
		r = -errno;
	if (r)
		install_work_close(w);
	return r;
}

void install_work_close(struct install_work *w)
{
	if (w->fd >= 0) {
		close(w->fd);
		if (w->named)
			unlink(w->name);
	}
	w->fd = -1;
}

/* Reads that many bytes. */
static int read_piece(int fd, uint64_t at, size_t len, char *buf)
{
	errno = 0;
	if (pread(fd, buf, len, (off_t)at) == (ssize_t)len)
		return 0;
	return errno ? -errno : -EIO;
}

static int write_piece(int fd, uint64_t at, size_t len, const char *buf)
{
	errno = 0;
	if (pwrite(fd, buf, len, (off_t)at) == (ssize_t)len)
		return 0;
	return errno ? -errno : -EIO;
}

/* Where there is something to read, from that byte on; the end behind the last hole. What cannot
 * say has something everywhere. */
static uint64_t next_data(int fd, uint64_t at)
{
	off_t data = lseek(fd, (off_t)at, SEEK_DATA);

	if (data < 0 && errno == ENXIO)
		data = lseek(fd, 0, SEEK_END);
	return data < 0 || (uint64_t)data < at ? at : (uint64_t)data;
}

int install_work_copy(int from, uint64_t from_at, int to, uint64_t to_at, uint64_t bytes)
{
	struct install_progress p = { .what = "copying", .total = bytes };
	char *buf = malloc(CHUNK);
	int r = buf ? 0 : -ENOMEM;

	while (!r && p.done < bytes) {
		uint64_t left = bytes - p.done,
			 hole = next_data(from, from_at + p.done) - from_at - p.done;
		size_t len = left < CHUNK ? (size_t)left : CHUNK;

		if (hole) {
			install_progress(&p, hole < left ? hole : left);
			continue;
		}
		r = read_piece(from, from_at + p.done, len, buf);
		if (!r && memcmp(buf, zeros, len))
			r = write_piece(to, to_at + p.done, len, buf);
		install_progress(&p, len);
	}
	install_progress_end(&p);
	free(buf);
	return r;
}

static int sync_folder_of(const char *file)
{
	char dir[PATH_MAX];
	int fd, r;

	strcpy(dir, file);
	fd = open(dirname(dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
	close(fd);
	return r;
}

/* A file system that cannot do that in one step can do it with a second name, or not at all. */
int install_name_new(const char *from, const char *to)
{
	if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (link(from, to) < 0)
		return -errno;
	return unlink(from) < 0 ? -errno : 0;
}

int install_work_name(struct install_work *w, const struct install_target *t)
{
	int r = 0;

	if (fchown(w->fd, t->uid, t->gid) < 0 && errno != EPERM)
		return -errno;
	if (fchmod(w->fd, t->mode) < 0 || fsync(w->fd) < 0)
		return -errno;
	if (!w->named && linkat(AT_FDCWD, w->path, AT_FDCWD, w->name, AT_SYMLINK_FOLLOW) < 0)
		return -errno;
	w->named = true;
	if (!t->exists)
		r = install_name_new(w->name, t->path);
	else if (rename(w->name, t->path) < 0)
		r = -errno;
	if (r)
		return r;
	w->named = false;
	return sync_folder_of(t->path);
}

/* Copies a piece of the work file to where it belongs, zeros by the device's own way. */
static int put_piece(int from, int device, uint64_t at, size_t len, char *buf)
{
	uint64_t range[2] = { at, len };
	int r = read_piece(from, at, len, buf);

	if (r)
		return r;
	if (!memcmp(buf, zeros, len))
		return ioctl(device, BLKZEROOUT, range) < 0 ? -errno : 0;
	return write_piece(device, at, len, buf);
}

static int write_body(int from, int device, uint64_t bytes, char *buf)
{
	struct install_progress p = { .what = "writing", .total = bytes };
	size_t len;
	int r = 0;

	for (uint64_t at = INSTALL_HEAD; !r && at < bytes; at += len) {
		len = bytes - at < CHUNK ? (size_t)(bytes - at) : CHUNK;
		r = put_piece(from, device, at, len, buf);
		install_progress(&p, len);
	}
	install_progress_end(&p);
	return r;
}

int install_unboot(int device)
{
	int r = write_piece(device, 0, INSTALL_HEAD, zeros);

	return r ? r : fsync(device) < 0 ? -errno : 0;
}

/* Between the two barriers nothing boots from the device, neither what it was nor what it will be.
 */
static int write_all(int from, int device, uint64_t bytes, char *buf)
{
	int r = install_unboot(device);

	if (!r)
		r = write_body(from, device, bytes, buf);
	if (!r && fsync(device) < 0)
		r = -errno;
	if (!r)
		r = put_piece(from, device, 0, INSTALL_HEAD, buf);
	if (!r && fsync(device) < 0)
		r = -errno;
	return r;
}

int install_work_write(const struct install_work *w, int device, uint64_t bytes)
{
	char *buf = malloc(CHUNK);
	int r;

	if (!buf)
		return -ENOMEM;
	r = write_all(w->fd, device, bytes, buf);
	free(buf);
	if (!r)
		ioctl(device, BLKRRPART); /* what has no partitions says no */
	return r;
}

/* SPDX-License-Identifier: ISC */
#include "guest-tools/lib/io.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 16 };

int io_write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

int io_is_plain(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	return S_ISREG(st.st_mode) || S_ISBLK(st.st_mode) ? 0 : -EINVAL;
}

int io_read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	size_t len = 0;

	if (fd < 0)
		return -errno;
	while (len < size - 1) {
		ssize_t n = read(fd, buf + len, size - 1 - len);

		if (n == 0)
			break;
		if (n > 0)
			len += (size_t)n;
		else if (errno != EINTR) {
			err = errno;
			break;
		}
	}
	close(fd);
	buf[len] = '\0';
	return err ? -err : (int)len;
}

/* So that the new name is on the disk too. A file system that cannot do that does it by itself. */
static int sync_folder_of(const char *path)
{
	char dir[PATH_MAX];
	int fd, r = 0;

	snprintf(dir, sizeof(dir), "%s", path);
	fd = open(dirname(dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0 && errno != EINVAL)
		r = -errno;
	close(fd);
	return r;
}

/* Makes a file of a name that nothing has: what somebody else has there, or we left when the power
 * went, stays. */
static int open_new(const char *path, mode_t mode, char tmp[PATH_MAX])
{
	int fd = -1;

	for (int i = 0; i < TRIES && fd < 0; i++) {
		if (snprintf(tmp, PATH_MAX, "%s.%d.new", path, (int)getpid() + i) >= PATH_MAX)
			return -ENAMETOOLONG;
		fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	return fd < 0 ? -errno : fd;
}

/* A new file as the one that it is to replace. Where it may not have that one's group, the group
 * that it has gets no more than everybody. */
static int keep_access(int fd, const struct stat *old)
{
	mode_t mode = old->st_mode & 0777;

	if (fchown(fd, old->st_uid, old->st_gid) < 0 && fchown(fd, (uid_t)-1, old->st_gid) < 0)
		mode &= 0707 | (mode & 07) << 3;
	return fchmod(fd, mode) < 0 ? -errno : 0;
}

/* In place of an older file: nobody reads it who could not read that one. */
static int open_instead(struct io_new *n, const struct stat *old)
{
	int r;

	n->fd = open_new(n->path, 0600, n->tmp);
	if (n->fd < 0)
		return n->fd;
	r = keep_access(n->fd, old);
	return r ? io_new_close(n, r) : 0;
}

int io_new_open(struct io_new *n, const char *path)
{
	struct stat st;

	n->path = path;
	n->tmp[0] = '\0';
	if (stat(path, &st) == 0 && (S_ISBLK(st.st_mode) || S_ISDIR(st.st_mode)))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if (lstat(path, &st) < 0)
		return (n->fd = open_new(path, 0644, n->tmp)) < 0 ? n->fd : 0;
	if (S_ISREG(st.st_mode))
		return open_instead(n, &st);
	n->fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	return n->fd < 0 ? -errno : 0;
}

int io_new_close(struct io_new *n, int r)
{
	bool in_place = !n->tmp[0];

	if (!r && !in_place && fsync(n->fd) < 0)
		r = -errno;
	close(n->fd);
	if (in_place)
		return r;
	if (!r && rename(n->tmp, n->path) < 0)
		r = -errno;
	if (r)
		unlink(n->tmp);
	return r ? r : sync_folder_of(n->path);
}

int io_replace_file(const char *path, const void *buf, size_t len)
{
	struct io_new n;
	int r = io_new_open(&n, path);

	return r ? r : io_new_close(&n, io_write_all(n.fd, buf, len));
}

int io_read_lines(int fd, char *buf, size_t size, size_t *len,
		  void (*line)(const char *text, size_t len, void *arg), void *arg)
{
	ssize_t n;
	char *start = buf, *end;

	if (*len == size)
		*len = 0;
	n = read(fd, buf + *len, size - *len);
	if (n == 0)
		return -EPIPE;
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	*len += (size_t)n;
	while ((end = memchr(start, '\n', (size_t)(buf + *len - start)))) {
		line(start, (size_t)(end - start), arg);
		start = end + 1;
	}
	*len -= (size_t)(start - buf);
	memmove(buf, start, *len);
	return 0;
}

int io_raw_tty(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return -errno;
	cfmakeraw(&t);
	cfsetspeed(&t, B115200);
	t.c_cflag |= CLOCAL | CREAD;
	return tcsetattr(fd, TCSANOW, &t) < 0 ? -errno : 0;
}

int64_t io_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t io_now_ms(void)
{
	return io_now_ns() / 1000000;
}

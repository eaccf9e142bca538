/* SPDX-License-Identifier: ISC */
/*
 * A host that reads later: what it has to say, and what it is told, are files on the scratch disk,
 * of the lines that a serial line has (docs/protocol.md, "Over a scratch disk"). What is on that disk
 * is acknowledged, for nobody takes it away but us, once the host has said that it is stored.
 */
#include "guest-tools/agent/link.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "guest-tools/agent/link_keys.h"
#include "guest-tools/lib/io.h"

enum {
	MOUNT_MS = 30 * 1000 /* a disk that is not there by then never will be */
};

static int file = -1;
static bool torn; /* its last line has no end */
static char dir[PATH_MAX - NAME_MAX - 2];

static int line_write(unsigned key)
{
	int r = torn ? io_write_all(file, "\n", 1) : 0;

	if (!r)
		r = link_keys_write(file, key);
	torn = r != 0;
	return r;
}

/* Nobody looks on, so progress is not worth a write in the middle of a measurement. */
static int link_scratch_put(unsigned key, const char *val, size_t len)
{
	int r = link_keys_set(key, val, len);

	if (!r && key != XPK_PROGRESS)
		r = line_write(key);
	if (!r && (key == XPK_HEAD || key == XPK_STATE) && fdatasync(file) < 0)
		r = -errno;
	return r;
}

/* What is said to be the newest piece is on the disk: see above. */
static int link_scratch_get(unsigned key, char *buf, size_t size)
{
	return link_keys_get(key == XPK_ACK ? XPK_HEAD : key, buf, size);
}

static int link_scratch_wait(int ms)
{
	(void)ms;
	return 1;
}

static int link_scratch_fd(void)
{
	return -1;
}

static const struct link_ops link_scratch = {
	.name = "scratch",
	.leaves = true,
	.put = link_scratch_put,
	.get = link_scratch_get,
	.wait = link_scratch_wait,
	.fd = link_scratch_fd,
};

static void host_line(const char *text, size_t len, void *arg)
{
	(void)arg;
	link_keys_take(text, len, XP_HOST);
}

static void own_line(const char *text, size_t len, void *arg)
{
	(void)arg;
	link_keys_take(text, len, XP_GUEST);
}

/* Calls line() for the lines of an open file. 0 or -errno. */
static int read_lines(int fd, void (*line)(const char *text, size_t len, void *arg))
{
	static char in[XP_LINE_MAX];
	size_t len = 0;
	int r;

	while (!(r = io_read_lines(fd, in, sizeof(in), &len, line, NULL)))
		;
	return r == -EPIPE ? 0 : r;
}

/* Waits until the disk is mounted and has what the host says. A descriptor, or -errno. */
static int host_open(void)
{
	const struct timespec tick = { 0, 50 * 1000 * 1000 };
	int64_t until = io_now_ms() + MOUNT_MS;
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/" XP_SCRATCH_HOST, dir);
	while ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0 && errno == ENOENT && io_now_ms() < until)
		nanosleep(&tick, NULL);
	return fd < 0 ? -errno : fd;
}

/* Takes what the host says; without all of it the run would never begin. 0 or -errno. */
static int host_read(void)
{
	static const unsigned needed[] = { XPK_RUN, XPK_WORKLOAD, XPK_SIZE };
	char val[XP_VALUE_MAX + 1];
	int fd = host_open(), r;

	if (fd < 0)
		return fd;
	r = read_lines(fd, host_line);
	close(fd);
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed) && r >= 0; i++)
		r = link_keys_get(needed[i], val, sizeof(val));
	return r < 0 ? r : 0;
}

/* Removes what the host has stored: files beside which one of that name and XP_SCRATCH_ACK is. */
static void remove_stored(void)
{
	char path[PATH_MAX];
	const struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "%s/" XP_SCRATCH_DIR, dir);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		size_t len = strlen(e->d_name), end = strlen(XP_SCRATCH_ACK);

		if (len <= end || strcmp(e->d_name + len - end, XP_SCRATCH_ACK))
			continue;
		snprintf(path, sizeof(path), "%s/" XP_SCRATCH_DIR "/%.*s", dir, (int)(len - end),
			 e->d_name);
		if (unlink(path) < 0 && errno != ENOENT)
			continue;
		strcat(path, XP_SCRATCH_ACK);
		unlink(path);
	}
	if (d)
		closedir(d);
}

/* Opens the file of this boot, and takes what an agent before us has put there. 0 or -errno. */
static int own_open(void)
{
	char boot[64], path[PATH_MAX];
	int r = io_read_file("/proc/sys/kernel/random/boot_id", boot, sizeof(boot));

	if (r < 0)
		return r;
	boot[strcspn(boot, "\n")] = '\0';
	snprintf(path, sizeof(path), "%s/" XP_SCRATCH_DIR "/%s", dir, boot);
	file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (file < 0)
		return -errno;
	torn = lseek(file, 0, SEEK_END) > 0;
	return lseek(file, 0, SEEK_SET) < 0 ? -errno : read_lines(file, own_line);
}

const struct link_ops *link_scratch_open(void)
{
	const char *where = getenv("XLAB_SCRATCH");
	int r;

	snprintf(dir, sizeof(dir), "%s", where ? where : "/scratch");
	r = host_read();
	if (!r) {
		remove_stored();
		r = own_open();
	}
	errno = -r;
	return r ? NULL : &link_scratch;
}

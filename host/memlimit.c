/* SPDX-License-Identifier: ISC */
#include "host/memlimit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"

#define PREFIX "xlab-native-"

enum { DROP_MS = 5000 };

/* Writes a file of a group, as it is. 0 or -errno. */
static int put(const char *dir, const char *name, const char *text)
{
	char path[PATH_MAX + 64];
	int fd, r;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = io_write_all(fd, text, strlen(text));
	close(fd);
	return r;
}

static bool has_memory(const char *root)
{
	char path[PATH_MAX], text[512];

	snprintf(path, sizeof(path), "%s/cgroup.controllers", root);
	return io_read_file(path, text, sizeof(text)) > 0 && strstr(text, "memory");
}

/* The root of the hierarchy that has the controller. 0 or -ENOTSUP. */
static int find_root(struct memlimit *m)
{
	FILE *f = setmntent("/proc/self/mounts", "re");
	const struct mntent *e;

	m->version = 0;
	while (f && !m->version && (e = getmntent(f))) {
		if (!strcmp(e->mnt_type, "cgroup2") && has_memory(e->mnt_dir))
			m->version = 2;
		else if (!strcmp(e->mnt_type, "cgroup") && hasmntopt(e, "memory"))
			m->version = 1;
		if (m->version)
			snprintf(m->dir, sizeof(m->dir), "%s", e->mnt_dir);
	}
	if (f)
		endmntent(f);
	return m->version ? 0 : -ENOTSUP;
}

/* Groups of processes that are no more. */
static void sweep(const char *root)
{
	char path[PATH_MAX + NAME_MAX + 2];
	const struct dirent *e;
	DIR *d = opendir(root);

	while (d && (e = readdir(d))) {
		int pid = strncmp(e->d_name, PREFIX, strlen(PREFIX))
				  ? 0
				  : atoi(e->d_name + strlen(PREFIX));

		if (pid <= 0 || kill(pid, 0) == 0 || errno != ESRCH)
			continue;
		snprintf(path, sizeof(path), "%s/%s", root, e->d_name);
		rmdir(path);
	}
	if (d)
		closedir(d);
}

/* A machine without swap accounting has no file for it. */
static int optional(int r)
{
	return r == -ENOENT || r == -EACCES ? 0 : r;
}

static int set_limit(const struct memlimit *m, unsigned mib)
{
	char bytes[32];
	int r;

	snprintf(bytes, sizeof(bytes), "%llu", (unsigned long long)mib << 20);
	r = put(m->dir, m->version == 2 ? "memory.max" : "memory.limit_in_bytes", bytes);
	if (r)
		return r;
	return optional(m->version == 2 ? put(m->dir, "memory.swap.max", "0")
					: put(m->dir, "memory.memsw.limit_in_bytes", bytes));
}

int memlimit_make(struct memlimit *m, unsigned mib)
{
	size_t len;
	int r = find_root(m);

	if (r) {
		m->dir[0] = '\0';
		return r;
	}
	sweep(m->dir);
	if (m->version == 2)
		r = put(m->dir, "cgroup.subtree_control", "+memory");
	len = strlen(m->dir);
	if ((size_t)snprintf(m->dir + len, sizeof(m->dir) - len, "/" PREFIX "%d", (int)getpid()) >=
	    sizeof(m->dir) - len)
		r = -ENAMETOOLONG;
	if (!r && mkdir(m->dir, 0755) < 0 && errno != EEXIST)
		r = -errno;
	if (!r)
		r = set_limit(m, mib);
	if (r)
		memlimit_drop(m);
	return r;
}

int memlimit_join(const struct memlimit *m)
{
	return put(m->dir, "cgroup.procs", "0");
}

int memlimit_mount(const struct memlimit *m, const char *where)
{
	const char *type = m->version == 2 ? "cgroup2" : "cgroup";

	return mount(type, where, type, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
		     m->version == 2 ? NULL : "memory") < 0
		       ? -errno
		       : 0;
}

void memlimit_drop(struct memlimit *m)
{
	const struct timespec tick = { 0, 10 * 1000 * 1000 };
	int64_t until = io_now_ms() + DROP_MS;

	while (m->dir[0] && rmdir(m->dir) < 0 && errno == EBUSY && io_now_ms() < until)
		nanosleep(&tick, NULL);
	m->dir[0] = '\0';
}

/* SPDX-License-Identifier: ISC */
#include "host/disk_user.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"

/* The search for the domain that has a disk. */
struct search {
	struct xst *xs;
	const struct disk_id *id;
	bool writers;
	int but;
	struct disk_user *user;
	char domid[16], name[80];
};

/* Copies a value that goes to a terminal. */
static void plain(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

/* Reads one node below a back end. The length or -errno. */
static int backend_read(struct search *s, const char *backend, const char *node, char *buf,
			size_t size)
{
	char path[512];

	snprintf(path, sizeof(path), "%.400s/%s", backend, node);
	return xst_read(s->xs, path, buf, size);
}

/* What a back end has opened: by its number if it says so, else by its name. */
static int backend_id(struct search *s, const char *backend, struct disk_id *id)
{
	char text[PATH_MAX];
	unsigned maj, min;
	int r = backend_read(s, backend, "physical-device", text, sizeof(text));

	if (r > 0 && sscanf(text, "%x:%x", &maj, &min) == 2 &&
	    !disk_id_of_device(makedev(maj, min), id))
		return 0;
	r = backend_read(s, backend, "params", text, sizeof(text));
	if (r < 0)
		return r;
	/* qdisk: "aio:/path"; an empty CD drive: "" */
	return text[0] == '/' ? disk_id_get(text, id)
			      : disk_id_get(strchr(text, ':') ? strchr(text, ':') + 1 : text, id);
}

/* One device of a domain. 1 when it is the disk. Nodes come and go while this looks. */
static int search_device(const char *device, void *arg)
{
	struct search *s = arg;
	char path[128], backend[PATH_MAX], mode[4];
	struct disk_id id;

	snprintf(path, sizeof(path), "/libxl/%.12s/device/vbd/%.24s/backend", s->domid, device);
	if (xst_read(s->xs, path, backend, sizeof(backend)) < 0 ||
	    strncmp(backend, "/local/domain/0/",
		    strlen("/local/domain/0/")) || /* not our devices */
	    backend_id(s, backend, &id) < 0 ||
	    !disk_id_overlaps(&id, s->id))
		return 0;
	if (s->writers && backend_read(s, backend, "mode", mode, sizeof(mode)) == 1 &&
	    mode[0] == 'r')
		return 0;
	snprintf(s->user->who, sizeof(s->user->who), "domain %s (%s)", s->name, s->domid);
	return 1;
}

/* Whether the domain is the one that does not count, or its stub domain. */
static bool is_but(struct search *s)
{
	char path[64], target[16];

	if (s->but < 0)
		return false;
	snprintf(path, sizeof(path), "/local/domain/%s/target", s->domid);
	return atoi(s->domid) == s->but ||
	       (xst_read(s->xs, path, target, sizeof(target)) > 0 && atoi(target) == s->but);
}

static int search_domain(const char *domid, void *arg)
{
	struct search *s = arg;
	char path[64];
	int r;

	snprintf(s->domid, sizeof(s->domid), "%.12s", domid);
	if (is_but(s))
		return 0;
	snprintf(path, sizeof(path), "/local/domain/%s/name", s->domid);
	if (xst_read(s->xs, path, s->name, sizeof(s->name)) < 0)
		strcpy(s->name, "without a name");
	plain(s->name);
	snprintf(path, sizeof(path), "/libxl/%s/device/vbd", s->domid);
	r = xst_list(s->xs, path, search_device, s);
	return r == -ENOENT ? 0 : r;
}

int disk_user_domain(struct xst *xs, const struct disk_id *id, bool writers, int but,
		     struct disk_user *user)
{
	struct search s = { .xs = xs, .id = id, .writers = writers, .but = but, .user = user };
	int r = xst_list(xs, "/libxl", search_domain, &s);

	return r == -ENOENT ? 0 : r;
}

/* An exclusive open(2) of a block device fails while anybody else has it for himself. */
static int device_is_claimed(const char *node)
{
	int fd = open(node, O_RDONLY | O_EXCL | O_CLOEXEC);

	if (fd < 0)
		return errno == EBUSY ? 1 : errno == ENXIO || errno == ENOMEDIUM ? 0 : -errno;
	close(fd);
	return 0;
}

/* Says who, if the block device is claimed. */
static int claimed(const char *node, struct disk_user *user)
{
	int r = device_is_claimed(node);

	if (r > 0)
		snprintf(user->who, sizeof(user->who),
			 "this machine (%.100s is mounted, or part of another device)", node);
	return r;
}

/* A loop device, if it leads to those bytes, to no others, and is claimed: of a larger one only a
 * part that is not ours may be. */
static int loop_claimed(const char *name, const struct disk_id *id, struct disk_user *user)
{
	char node[64];
	struct disk_id behind;
	struct stat st;

	snprintf(node, sizeof(node), "/dev/%.32s", name);
	if (stat(node, &st) < 0 || !S_ISBLK(st.st_mode) || disk_id_of_device(st.st_rdev, &behind) ||
	    !disk_id_overlaps(&behind, id) || behind.start < id->start || behind.end > id->end)
		return 0;
	return claimed(node, user);
}

static int any_loop_claimed(const struct disk_id *id, struct disk_user *user)
{
	DIR *dir = opendir("/sys/class/block"); /* partitions too */
	struct dirent *e;
	int r = 0;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while (!r && (e = readdir(dir)))
		if (!strncmp(e->d_name, "loop", 4))
			r = loop_claimed(e->d_name, id, user);
	closedir(dir);
	return r;
}

int disk_user_machine(const char *path, const struct disk_id *id, struct disk_user *user)
{
	struct stat st;
	int r = stat(path, &st) < 0 ? -errno : 0;

	if (!r && S_ISBLK(st.st_mode))
		r = claimed(path, user);
	return r ? r : any_loop_claimed(id, user);
}

/* SPDX-License-Identifier: ISC */
#include "host/native_chroot_fs.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/disk.h"
#include "host/payload.h"
#include "host/proc.h"

#define QUIET (MS_NOSUID | MS_NODEV)

/* What a guest has, in the order in which it is mounted; its kernel's /dev is all of the machine's, a
 * chroot's has what programs need. */
static const struct {
	const char *type, *where, *options;
	unsigned long flags;
} mounts[] = {
	{ "proc", "proc", NULL, QUIET | MS_NOEXEC },
	{ "sysfs", "sys", NULL, QUIET | MS_NOEXEC | MS_RDONLY },
	{ "tmpfs", "dev", "mode=0755", MS_NOSUID | MS_NOEXEC },
	{ "tmpfs", "run", "mode=0755", QUIET },
	{ "tmpfs", "tmp", "mode=1777", QUIET },
};

static const struct {
	const char *path;
	unsigned major, minor;
} nodes[] = {
	{ "dev/null", 1, 3 },	{ "dev/zero", 1, 5 },	 { "dev/full", 1, 7 },
	{ "dev/random", 1, 8 }, { "dev/urandom", 1, 9 }, { "dev/tty", 5, 0 },
};

static const char *const links[][2] = {
	{ "/proc/self/fd", "dev/fd" },
	{ "fd/0", "dev/stdin" },
	{ "fd/1", "dev/stdout" },
	{ "fd/2", "dev/stderr" },
};

/* mount(8), which finds a loop device. An exit status. */
static int mount_loop(const char *type, const char *options, const char *from, const char *to)
{
	const char *const argv[] = { "mount", "-t", type, "-o", options, "--", from, to, NULL };
	int r = proc_run(argv, NULL);

	if (r < 0)
		return cmd_fail(r, "mount");
	if (r)
		log_warnx("%s: cannot be mounted", from);
	return r ? EXIT_SYSTEM : EXIT_OK;
}

/* The root, which is the first file system that can be one. An exit status. */
static int mount_image(const char *image, const char *root)
{
	static struct disk d;
	char why[DISK_WHY] = "no file system that could be a root", options[128];
	const struct disk_part *part = NULL;
	int r = disk_read(image, &d, why, sizeof(why));

	for (size_t i = 0; !r && i < d.n && !part; i++)
		if (d.part[i].kind == DISK_EXT)
			part = &d.part[i];
	if (!part) {
		log_warnx("%s: %s", image, why);
		return EXIT_USAGE;
	}
	snprintf(options, sizeof(options), "loop,ro,noload,offset=%llu,sizelimit=%llu",
		 (unsigned long long)part->start, (unsigned long long)part->bytes);
	return mount_loop("ext4", options, image, root);
}

/* What is not on any disk; below the working folder. 0 or -errno. */
static int mount_rest(void)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++)
		if (mount(mounts[i].type, mounts[i].where, mounts[i].type, mounts[i].flags,
			  mounts[i].options) < 0)
			return -errno;
	umask(0);
	for (size_t i = 0; i < sizeof(nodes) / sizeof(*nodes); i++)
		if (mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)) < 0)
			return -errno;
	umask(022);
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		if (symlink(links[i][0], links[i][1]) < 0)
			return -errno;
	return 0;
}

/* Where rootfs/lib/payload mounts it. An exit status. */
static int mount_payload(const char *path)
{
	char where[64];
	struct payload p;
	int r = payload_open(path, &p);

	if (!r && mkdir("run/payload", 0755) < 0 && errno != EEXIST)
		r = -errno;
	snprintf(where, sizeof(where), "run/payload/%s", p.name);
	if (!r && mkdir(where, 0755) < 0)
		r = -errno;
	payload_close(&p);
	return r ? cmd_fail(r, path) : mount_loop("erofs", "loop,ro,nodev,nosuid", path, where);
}

/* An exit status. */
static int mount_disks(const struct native_opts *o)
{
	int r = EXIT_OK;

	if (o->scratch[0])
		r = mount_loop("ext4", "loop,nodev,nosuid,noatime", o->scratch, "scratch");
	for (unsigned i = 0; i < o->npayloads && !r; i++)
		r = mount_payload(o->payload[i]);
	return r;
}

/* Makes the working folder /, and leaves the old one behind. 0 or -errno. */
static int leave(void)
{
	if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

int native_chroot_fs(const struct native_opts *o, const struct memlimit *m, const char *root)
{
	int r = mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? -errno : 0, status;

	if (r)
		return cmd_fail(r, "/");
	status = mount_image(o->disk, root);
	if (status)
		return status;
	r = chdir(root) < 0 ? -errno : mount_rest();
	if (!r)
		r = memlimit_mount(m, "sys/fs/cgroup");
	if (r)
		return cmd_fail(r, root);
	status = mount_disks(o);
	if (!status && (r = leave()))
		status = cmd_fail(r, root);
	return status;
}

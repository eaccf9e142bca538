/* SPDX-License-Identifier: ISC */
#include "host/wrap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "host/image.h"

static const char default_cmdline[] = "ro console=ttyS0,115200 console=hvc0";

enum {
	TEXT_MAX = 65536,
	LINKS_MAX = 8,
	/* Documentation/arch/x86/boot.rst */
	BZIMAGE_MAGIC = 0x202
};

/* Gives what was read a path of its own. */
static int file_keep(struct wrap_file *f, const char *from, const char *data, size_t len)
{
	f->fd = memfd_create("boot", MFD_CLOEXEC);
	if (f->fd < 0)
		return -errno;
	snprintf(f->from, sizeof(f->from), "%s", from);
	snprintf(f->path, sizeof(f->path), "/proc/self/fd/%d", f->fd);
	f->bytes = len;
	return io_write_all(f->fd, data, len);
}

/* A file of the volume. */
static int file_take(struct disk_fs *fs, const char *path, struct wrap_file *f)
{
	char *data;
	size_t len;
	int r = disk_fs_get(fs, path, IMAGE_FILE_MAX, &data, &len);

	if (r)
		return r;
	r = file_keep(f, path, data, len);
	free(data);
	return r;
}

/* A file of the host. */
static int file_name(const char *path, struct wrap_file *f, char why[INSTALL_WHY])
{
	struct stat st;
	int r = io_is_plain(path);

	if (!r && stat(path, &st) < 0)
		r = -errno;
	if (!r && (!S_ISREG(st.st_mode) || st.st_size > IMAGE_FILE_MAX))
		r = S_ISREG(st.st_mode) ? -EFBIG : -EINVAL;
	if (!r && (strlen(path) >= sizeof(f->path)))
		r = -ENAMETOOLONG;
	if (r) {
		snprintf(why, INSTALL_WHY, "%s: %s", path, strerror(-r));
		return r;
	}
	strcpy(f->from, path);
	strcpy(f->path, path);
	f->bytes = (uint64_t)st.st_size;
	return 0;
}

/* The newest of the kernels with a version in their names. */
static int newest(const char *name, void *arg)
{
	static const char is[] = "vmlinuz-";
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+~";
	char *best = arg;

	if (!strncmp(name, is, strlen(is)) && strspn(name, good) == strlen(name) &&
	    (!*best || strverscmp(name, best) > 0))
		strcpy(best, name);
	return 0;
}

static int find_kernel(struct disk_fs *fs, struct wrap_file *f)
{
	static const char *const names[] = { "/boot/vmlinuz", "/vmlinuz" };
	char name[NAME_MAX + 1] = "", path[NAME_MAX + 8];
	int r = -ENOENT;

	for (size_t i = 0; r == -ENOENT && i < sizeof(names) / sizeof(*names); i++)
		r = file_take(fs, names[i], f);
	if (r != -ENOENT)
		return r;
	r = disk_fs_list(fs, "/boot", newest, name);
	if (r || !*name)
		return r ? r : -ENOENT;
	snprintf(path, sizeof(path), "/boot/%s", name);
	return file_take(fs, path, f);
}

/* Follows links of the last name alone; whatever goes wrong, path stays as far as it got. */
static void follow(struct disk_fs *fs, char path[PATH_MAX])
{
	char target[PATH_MAX], next[PATH_MAX];

	for (int i = 0; i < LINKS_MAX && !disk_fs_link(fs, path, target, sizeof(target)); i++) {
		int dir = *target == '/' ? 0 : (int)(strrchr(path, '/') + 1 - path);

		if (snprintf(next, sizeof(next), "%.*s%s", dir, path, target) >= (int)sizeof(next))
			return;
		strcpy(path, next);
	}
}

/* The one beside the kernel, of the same version. */
static int find_initrd(struct disk_fs *fs, const char *kernel, struct wrap_file *f)
{
	static const char *const names[] = { "initrd.img%s", "initramfs%s.img", "initrd%s.img",
					     "initrd%s", "initramfs%s" };
	const char *base = strrchr(kernel, '/') + 1, *version = base + strlen("vmlinuz");
	char path[PATH_MAX];
	int r = -ENOENT, n = (int)(base - kernel);

	if (strncmp(base, "vmlinuz", strlen("vmlinuz")))
		return 0;
	for (size_t i = 0; r == -ENOENT && i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%.*s", n, kernel);
		/* The formats are the ones above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(path + n, sizeof(path) - (size_t)n, names[i], version);
#pragma GCC diagnostic pop
		r = file_take(fs, path, f);
	}
	return r == -ENOENT ? 0 : r;
}

/* Whether a kernel is one that GRUB's linux command takes. */
static int kernel_check(const struct wrap_file *f, char why[INSTALL_WHY])
{
	char head[BZIMAGE_MAGIC + 5];
	int n = io_read_file(f->path, head, sizeof(head));

	if (n == BZIMAGE_MAGIC + 4 && !memcmp(head + BZIMAGE_MAGIC, "HdrS", 4))
		return 0;
	snprintf(why, INSTALL_WHY, "%s: %s", f->from,
		 n < 0 ? strerror(-n) : "no kernel that GRUB can boot: it must be a bzImage");
	return n < 0 ? n : -EINVAL;
}

static int find_boot(struct wrap *w, struct disk_fs *fs, char why[INSTALL_WHY])
{
	char kernel[PATH_MAX];
	int r;

	if (w->o->kernel) {
		r = file_name(w->o->kernel, &w->kernel, why);
		if (!r && w->o->initrd)
			r = file_name(w->o->initrd, &w->initrd, why);
		return r;
	}
	r = find_kernel(fs, &w->kernel);
	if (!r) {
		strcpy(kernel, w->kernel.from);
		follow(fs, kernel);
		r = find_initrd(fs, kernel, &w->initrd);
	}
	if (!r && !w->initrd.from[0])
		r = find_initrd(fs, w->kernel.from, &w->initrd);
	if (r == -ENOENT)
		snprintf(why, INSTALL_WHY, "%s: has no kernel in /boot; --kernel FILE gives one",
			 w->o->volume);
	else if (r)
		snprintf(why, INSTALL_WHY, "%s: cannot read its kernel: %s", w->o->volume,
			 strerror(-r));
	return r;
}

/* A text of the volume: *text is the caller's to free, and NULL where there is none. */
static int find_text(struct wrap *w, struct disk_fs *fs, const char *path, char **text,
		     char why[INSTALL_WHY])
{
	size_t len;
	int r = disk_fs_get(fs, path, TEXT_MAX, text, &len);

	if (!r)
		return 0;
	*text = NULL;
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	snprintf(why, INSTALL_WHY, "%s: cannot read its %s: %s", w->o->volume, path, strerror(-r));
	return r;
}

static int find_cmdline(struct wrap *w, struct disk_fs *fs, char why[INSTALL_WHY])
{
	const char *text = w->o->cmdline;
	char *own = NULL;
	int r = text ? 0 : find_text(w, fs, "/boot/cmdline", &own, why);

	if (r)
		return r;
	if (!text)
		text = own ? own : default_cmdline;
	r = wrap_cmdline(text, w->cmdline, sizeof(w->cmdline));
	free(own);
	if (!r)
		return 0;
	snprintf(why, INSTALL_WHY, "kernel parameters: %s; --cmdline gives others",
		 r == -ENOSPC ? "too long" : "a character that GRUB's menu cannot hold");
	return -EINVAL;
}

/* The device of fstab(5)'s line for /. */
static int find_fstab(struct wrap *w, struct disk_fs *fs, char why[INSTALL_WHY])
{
	char *text, *save, dev[256], dir[8];
	int r = find_text(w, fs, "/etc/fstab", &text, why);

	if (!text)
		return r;
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		if (sscanf(l, "%255s %7s", dev, dir) == 2 && dev[0] != '#' && !strcmp(dir, "/"))
			strcpy(w->fstab_root, dev);
	free(text);
	return 0;
}

int wrap_find(struct wrap *w, struct disk_fs *fs, char why[INSTALL_WHY])
{
	int r = find_boot(w, fs, why);

	if (!r)
		r = kernel_check(&w->kernel, why);
	if (!r)
		r = find_cmdline(w, fs, why);
	if (!r)
		r = find_fstab(w, fs, why);
	if (r)
		return r;
	if (w->initrd.from[0] && w->disk.part[0].fs_uuid[0]) {
		snprintf(w->root_pv, sizeof(w->root_pv), "UUID=%s", w->disk.part[0].fs_uuid);
		strcpy(w->root_hvm, w->root_pv);
	} else {
		strcpy(w->root_pv, "/dev/xvdb");
		strcpy(w->root_hvm, "/dev/sdb");
	}
	return 0;
}

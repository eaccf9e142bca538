/* SPDX-License-Identifier: ISC */
#include "host/wrap.h"

#include <errno.h>
#include <fcntl.h>
#include <sha256.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "host/image.h"

enum {
	MIB = 1 << 20,
	ROUND = 4 * MIB, /* an extent of LVM's */
	SPARE = 3 * MIB, /* the gap, inodes, a newer menu */
	MENU_MAX = 8192
};

/* Follows from the volume, so that two boot disks in one guest are not mistaken for each other. */
struct names {
	char disk[11], fs_uuid[37];
};

static void names_of(const char *volume_uuid, struct names *n)
{
	char text[64], hex[65];

	snprintf(text, sizeof(text), "xlab wrap %s", volume_uuid);
	SHA256Data((const uint8_t *)text, strlen(text), hex);
	snprintf(n->disk, sizeof(n->disk), "0x%.8s", hex);
	snprintf(n->fs_uuid, sizeof(n->fs_uuid), "%.8s-%.4s-4%.3s-8%.3s-%.12s", hex + 8, hex + 16,
		 hex + 20, hex + 23, hex + 26);
}

static struct image_entry file_entry(const char *path, const char *from)
{
	struct image_entry e = { .kind = IMAGE_FILE, .mode = 0644 };

	snprintf(e.path, sizeof(e.path), "%s", path);
	snprintf(e.from, sizeof(e.from), "%s", from);
	return e;
}

static int list_fill(const struct wrap *w, const char *menu, struct image_list *list)
{
	struct image_entry e[] = {
		{ .kind = IMAGE_DIR, .path = "/boot", .mode = 0755 },
		{ .kind = IMAGE_DIR, .path = "/boot/grub", .mode = 0755 },
		file_entry("/boot/grub/grub.cfg", menu),
		file_entry("/boot/vmlinuz", w->kernel.path),
		file_entry("/boot/initrd.img", w->initrd.path),
	};
	size_t n = sizeof(e) / sizeof(*e) - !w->initrd.from[0];
	int r = 0;

	for (size_t i = 0; !r && i < n; i++)
		r = image_list_add(list, &e[i]);
	return r;
}

/* A file without a name that holds the menu: its descriptor, or -errno. */
static int menu_file(const struct wrap *w, char path[32])
{
	char text[MENU_MAX];
	int n = wrap_menu(w, text, sizeof(text)), r, fd;

	if (n < 0)
		return n;
	fd = memfd_create("grub.cfg", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	r = io_write_all(fd, text, (size_t)n);
	if (!r)
		return fd;
	close(fd);
	return r;
}

/* Makes the boot disk. */
static int disk_make(const struct install_work *work, uint64_t bytes, void *arg,
		     char why[INSTALL_WHY])
{
	const struct wrap *w = arg;
	struct names names;
	struct image_id id = { .disk = names.disk, .fs_uuid = names.fs_uuid, .label = "xlab-boot" };
	struct image_list list = { 0 };
	char path[32], what[512] = "the menu";
	size_t core;
	int fd = menu_file(w, path), r = fd < 0 ? fd : list_fill(w, path, &list);

	names_of(w->disk.part[0].fs_uuid, &names);
	if (!r)
		r = image_ext4_write_as(&id, work->path, bytes, &list, w->o->epoch, what,
					sizeof(what));
	image_list_free(&list);
	if (fd >= 0)
		close(fd);
	if (r)
		snprintf(why, INSTALL_WHY, "cannot put %.500s on the boot disk: %s", what,
			 strerror(-r));
	if (!r) {
		r = image_boot_write_as(&id, work->path, bytes, w->o->grub, "setpci", &core);
		if (r)
			snprintf(why, INSTALL_WHY, "cannot make GRUB of %s: %s", w->o->grub,
				 r == -ENOPKG ? "no grub-mkimage (grub-common)" : strerror(-r));
	}
	return r;
}

/* Looks for GRUB before anything takes time. */
static int grub_check(const struct wrap_opts *o, char why[INSTALL_WHY])
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/boot.img", o->grub);
	if (!access(path, R_OK))
		return 0;
	snprintf(
		why, INSTALL_WHY,
		"%s: no GRUB for a BIOS there; package grub-pc-bin has it, or --grub DIR says where it is",
		o->grub);
	return -EINVAL;
}

static int volume_hash(const struct wrap *w, char hex[65])
{
	int fd = open(w->o->volume, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = install_hash(fd, w->disk.bytes, "hashing the volume", hex);
	close(fd);
	return r;
}

/* What there is to know of the volume. */
static int volume_read(struct wrap *w, char why[INSTALL_WHY])
{
	struct disk_super super = { 0 };
	char text[DISK_WHY];
	struct disk_fs *fs;
	int r = disk_read(w->o->volume, &w->disk, text, sizeof(text));

	if (!r && w->disk.table != DISK_BARE) {
		snprintf(text, sizeof(text), "has a partition table: firmware boots it as it is");
		r = -EINVAL;
	}
	if (!r)
		r = disk_fs_open(&w->disk, &w->disk.part[0], false, &fs, text, sizeof(text));
	if (r) {
		snprintf(why, INSTALL_WHY, "%s: %s", w->o->volume, text);
		return r;
	}
	disk_fs_super(fs, &super);
	if (super.recovery) {
		snprintf(why, INSTALL_WHY,
			 "%s: was not unmounted: boot and shut it down, or e2fsck -p",
			 w->o->volume);
		r = -EUCLEAN;
	}
	if (!r)
		r = wrap_find(w, fs, why);
	disk_fs_close(fs);
	return r;
}

/* Between the two hashes nothing may have changed. */
static int wrap_write(struct wrap *w, const struct disk_id *volume, char why[INSTALL_WHY])
{
	uint64_t need = w->kernel.bytes + w->initrd.bytes;
	char after[65];
	int r = volume_hash(w, w->volume_sha256);

	need = (need + need / 64 + SPARE + ROUND - 1) / ROUND * ROUND;
	if (r) {
		snprintf(why, INSTALL_WHY, "%s: %s", w->o->volume, strerror(-r));
		return r;
	}
	r = install_to(&w->o->disk,
		       &(struct install_source){ .disk = volume,
						 .bytes = need,
						 .mode = install_copy_mode(w->o->volume),
						 .make = disk_make,
						 .arg = w },
		       &w->result, why);
	if (!r)
		r = volume_hash(w, after);
	if (!r && strcmp(after, w->volume_sha256)) {
		snprintf(why, INSTALL_WHY, "%s: was written to meanwhile", w->o->volume);
		r = -EIO;
	}
	return r;
}

int wrap_make(const struct wrap_opts *o, struct wrap *w, char why[INSTALL_WHY])
{
	struct disk_lock lock;
	char who[192];
	int r;

	*w = (struct wrap){ .o = o, .kernel = { .fd = -1 }, .initrd = { .fd = -1 } };
	r = grub_check(o, why);
	if (r)
		return r;
	r = disk_lock_take(o->volume, true, 0, &lock, who, sizeof(who));
	if (r) {
		snprintf(why, INSTALL_WHY, "%s: %s%s", o->volume,
			 r == -EBUSY ? "is in use by " : "", r == -EBUSY ? who : strerror(-r));
		return r;
	}
	r = volume_read(w, why);
	if (!r)
		r = wrap_write(w, &lock.id, why);
	disk_lock_drop(&lock);
	return r;
}

void wrap_close(struct wrap *w)
{
	if (w->kernel.fd >= 0)
		close(w->kernel.fd);
	if (w->initrd.fd >= 0)
		close(w->initrd.fd);
}

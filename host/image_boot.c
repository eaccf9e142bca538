/* SPDX-License-Identifier: ISC */
/*
 * The first megabyte: MBR with GRUB's boot.img, partition table, and GRUB's core image from
 * sector 1. Offsets are those of GRUB 2.06, include/grub/i386/pc/boot.h and
 * grub-core/boot/i386/pc/diskboot.S.
 */
#include "host/image.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <libfdisk/libfdisk.h>
#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "host/proc.h"

enum {
	BOOT_CODE_END = 440, /* then the disk identifier and the partition table */
	BOOT_TABLE = 446,
	BOOT_KERNEL_SECTOR = 0x5c, /* where the core image begins, 64 bits */
	BOOT_DRIVE = 0x64,	   /* 0xff: the drive that the BIOS booted */
	BOOT_DRIVE_CHECK = 0x66,   /* a jump that bypasses the check of a floppy's drive number */
	CORE_SECTOR = 1,
	CORE_MAX = (IMAGE_PART_SECTOR - CORE_SECTOR) * IMAGE_SECTOR,
	CORE_LIST = IMAGE_SECTOR - 12, /* in its first sector: where the rest is */
	CORE_SEGMENT = 0x820
};

static int table_fill(struct fdisk_context *cxt, uint64_t bytes)
{
	struct fdisk_partition *part = fdisk_new_partition();
	struct fdisk_parttype *linux_type;
	int r;

	if (!part)
		return -ENOMEM;
	linux_type = fdisk_label_get_parttype_from_code(fdisk_get_label(cxt, "dos"), 0x83);
	fdisk_partition_set_partno(part, 0);
	fdisk_partition_set_start(part, IMAGE_PART_SECTOR);
	fdisk_partition_set_size(part, bytes / IMAGE_SECTOR - IMAGE_PART_SECTOR);
	fdisk_partition_set_type(part, linux_type);
	r = fdisk_add_partition(cxt, part, NULL);
	fdisk_unref_partition(part);
	return r ? r : fdisk_toggle_partition_flag(cxt, 0, DOS_FLAG_ACTIVE);
}

/* Writes a table of one active Linux partition to the device. */
static int table_make(struct fdisk_context *cxt, const char *id, uint64_t bytes)
{
	int r = fdisk_create_disklabel(cxt, "dos");

	if (!r)
		r = fdisk_set_disklabel_id_from_string(cxt, id);
	if (!r)
		r = table_fill(cxt, bytes);
	return r ? r : fdisk_write_disklabel(cxt);
}

static int table_write(const char *disk, const char *id, uint64_t bytes)
{
	struct fdisk_context *cxt = fdisk_new_context();
	int r;

	if (!cxt)
		return -ENOMEM;
	fdisk_disable_dialogs(cxt, 1);
	r = fdisk_assign_device(cxt, disk, 0);
	if (!r) {
		r = table_make(cxt, id, bytes);
		fdisk_deassign_device(cxt, 1);
	}
	fdisk_unref_context(cxt);
	return r > 0 ? -EINVAL : r;
}

/* Makes the core image: GRUB with what it needs to read our ext4 and speak on a serial port. */
static int core_make(const char *grub_dir, const char *more, const char *core)
{
	const char *const argv[] = {
		"grub-mkimage",
		"-O",
		"i386-pc",
		"-d",
		grub_dir,
		"-p",
		"(,msdos1)/boot/grub",
		"-o",
		core,
		"biosdisk",
		"part_msdos",
		"ext2",
		"normal",
		"linux",
		"serial",
		"terminal",
		"echo",
		"configfile",
		"search",
		"ls",
		"test",
		"boot",
		more,
		NULL,
	};
	char boot[PATH_MAX];
	int r;

	snprintf(boot, sizeof(boot), "%s/boot.img", grub_dir);
	if (access(boot, R_OK) < 0)
		return -errno;
	r = proc_run(argv, NULL);
	return r > 0 ? -EIO : r == -ENOENT ? -ENOPKG : r;
}

static void put_le(char *at, uint64_t value, int bytes)
{
	value = htole64(value);
	memcpy(at, &value, (size_t)bytes);
}

static int boot_code_write(int fd, const char *grub_dir)
{
	char path[PATH_MAX], boot[IMAGE_SECTOR + 1];
	int n;

	snprintf(path, sizeof(path), "%s/boot.img", grub_dir);
	n = io_read_file(path, boot, sizeof(boot));
	if (n != IMAGE_SECTOR)
		return n < 0 ? n : -EINVAL;
	put_le(boot + BOOT_KERNEL_SECTOR, CORE_SECTOR, 8);
	boot[BOOT_DRIVE] = (char)0xff;
	memset(boot + BOOT_DRIVE_CHECK, 0x90, 2);
	return pwrite(fd, boot, BOOT_CODE_END, 0) == BOOT_CODE_END ? 0 : -EIO;
}

/* Writes it with its list of blocks; returns how many bytes, or -errno. */
static int core_write(int fd, const char *core)
{
	char *buf = calloc(1, CORE_MAX + 1);
	int n, r = buf ? 0 : -ENOMEM;

	if (r)
		return r;
	n = io_read_file(core, buf, CORE_MAX + 1);
	if (n < 0)
		r = n;
	else if (n < IMAGE_SECTOR || n == CORE_MAX)
		r = -EFBIG;
	if (!r) {
		size_t sectors = ((size_t)n + IMAGE_SECTOR - 1) / IMAGE_SECTOR;
		size_t len = sectors * IMAGE_SECTOR;

		put_le(buf + CORE_LIST, CORE_SECTOR + 1, 8);
		put_le(buf + CORE_LIST + 8, sectors - 1, 2);
		put_le(buf + CORE_LIST + 10, CORE_SEGMENT, 2);
		r = pwrite(fd, buf, len, CORE_SECTOR * IMAGE_SECTOR) == (ssize_t)len ? (int)len
										     : -EIO;
	}
	free(buf);
	return r;
}

/* Returns as core_write(). */
static int grub_write(const char *disk, const char *core, const char *grub_dir)
{
	int fd = open(disk, O_WRONLY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = boot_code_write(fd, grub_dir);
	if (!r)
		r = core_write(fd, core);
	close(fd);
	return r;
}

int image_boot_write_as(const struct image_id *id, const char *disk, uint64_t bytes,
			const char *grub_dir, const char *more, size_t *core_bytes)
{
	char core[32];
	int fd, r = table_write(disk, id->disk, bytes);

	*core_bytes = 0;
	if (r)
		return r;
	fd = memfd_create("core.img", 0);
	if (fd < 0)
		return -errno;
	snprintf(core, sizeof(core), "/proc/self/fd/%d", fd);
	r = core_make(grub_dir, more, core);
	if (!r)
		r = grub_write(disk, core, grub_dir);
	close(fd);
	if (r < 0)
		return r;
	*core_bytes = (size_t)r;
	return 0;
}

int image_boot_write(const char *disk, uint64_t bytes, const char *grub_dir, size_t *core)
{
	return image_boot_write_as(&image_own_id, disk, bytes, grub_dir, NULL, core);
}

/* Hashes len bytes of the file, of which fewer mean that it is no such disk. */
static int hash_part(int fd, off_t from, size_t len, char *hex)
{
	uint8_t *buf = malloc(len);
	ssize_t n = buf ? pread(fd, buf, len, from) : -1;
	int r = n < 0 ? -errno : (size_t)n == len ? 0 : -EINVAL;

	if (!r)
		SHA256Data(buf, len, hex);
	free(buf);
	return r;
}

int image_boot_hash(const char *disk, struct image_boot *boot)
{
	int fd, r;

	if (!boot->core || boot->core > CORE_MAX)
		return -EINVAL;
	fd = open(disk, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = hash_part(fd, 0, BOOT_TABLE, boot->sha256);
	if (!r)
		r = hash_part(fd, CORE_SECTOR * IMAGE_SECTOR, boot->core, boot->core_sha256);
	close(fd);
	return r;
}

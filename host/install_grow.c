/* SPDX-License-Identifier: ISC */
/*
 * Grows the last partition and the file system in it. resize2fs(8) grows file systems; what it
 * leaves to chance, times and tables that the guest's kernel would have to clear, is settled here.
 * It cuts a file off at the file system's size, wherever in the file that begins (e2fsprogs 1.47):
 * so it gets a file of its own.
 */
#include "host/install.h"

#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <inttypes.h>
#include <libfdisk/libfdisk.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/disk_fs.h"
#include "host/image_fs.h"
#include "host/proc.h"

enum { PRIMARY_MAX = 4, MBR_SECTORS_MAX = 0xffffffff };

int install_last(const struct disk *d, const struct disk_part **last, char why[INSTALL_WHY])
{
	const char *wrong = NULL;

	*last = NULL;
	for (size_t i = 0; i < d->n; i++)
		if (!*last || d->part[i].start > (*last)->start)
			*last = &d->part[i];
	if (!*last || (*last)->kind != DISK_EXT)
		wrong = "its last partition holds no ext2, ext3 or ext4 that could grow";
	else if (d->table == DISK_MBR && (*last)->number > PRIMARY_MAX)
		wrong = "its last partition is a logical one, which cannot grow";
	if (wrong)
		snprintf(why, INSTALL_WHY, "%s", wrong);
	return wrong ? -EINVAL : 0;
}

/* The new size of the partition in sectors, from the room that its table has. */
static uint64_t part_room(struct fdisk_context *cxt, struct fdisk_partition *pa)
{
	uint64_t room = fdisk_get_last_lba(cxt) + 1 - fdisk_partition_get_start(pa);

	return fdisk_is_label(cxt, GPT) || room < MBR_SECTORS_MAX ? room : MBR_SECTORS_MAX;
}

/* Written even if nothing grows: what is behind the last partition, a GPT's second copy, was left
 * out. */
static int table_grow(struct fdisk_context *cxt, unsigned number)
{
	struct fdisk_partition *pa = NULL;
	uint64_t room;
	int r = fdisk_get_partition(cxt, number - 1, &pa);

	if (r)
		return r;
	room = part_room(cxt, pa);
	if (room > fdisk_partition_get_size(pa)) {
		r = fdisk_partition_set_size(pa, room);
		if (!r)
			r = fdisk_set_partition(cxt, number - 1, pa);
	}
	fdisk_unref_partition(pa);
	return r ? r : fdisk_write_disklabel(cxt);
}

/* libfdisk moves a GPT's second copy to the end by itself. */
static int grow_part(const char *work, unsigned number)
{
	struct fdisk_context *cxt = fdisk_new_context();
	int r;

	if (!cxt)
		return -ENOMEM;
	fdisk_disable_dialogs(cxt, 1);
	r = fdisk_assign_device(cxt, work, 0);
	if (!r) {
		r = table_grow(cxt, number);
		fdisk_deassign_device(cxt, 1);
	}
	fdisk_unref_context(cxt);
	return r > 0 ? -EINVAL : r;
}

int install_check(const char *disk, uint64_t start)
{
	char name[PATH_MAX + 32];
	const char *const argv[] = { "e2fsck", "-fn", name, NULL };
	int r;

	snprintf(name, sizeof(name), "%s?offset=%" PRIu64, disk, start);
	r = proc_run(argv,
		     &(struct proc_opts){ .in = PROC_NULL, .out = PROC_NULL, .err = PROC_NULL });
	return r > 0 ? -EUCLEAN : r == -ENOENT ? -ENOPKG : r;
}

/* Every time that is written is the one of the last write before. */
static int grow_blocks(const char *part, uint64_t blocks, uint32_t time)
{
	char count[24], now[48];
	const char *const argv[] = { "resize2fs", "-f", part, count, NULL };
	const char *const env[] = { now, "RESIZE2FS_FORCE_LAZY_ITABLE_INIT=1", NULL };
	int r;

	snprintf(count, sizeof(count), "%" PRIu64, blocks);
	snprintf(now, sizeof(now), "E2FSPROGS_FAKE_TIME=%" PRIu32, time);
	r = proc_run(argv,
		     &(struct proc_opts){
			     .env = env, .in = PROC_NULL, .out = PROC_NULL, .err = PROC_NULL });
	return r > 0 ? -EIO : r == -ENOENT ? -ENOPKG : r;
}

/* Clears the new groups' inode tables, which resize2fs leaves to the guest's kernel. */
static errcode_t clear_tables(ext2_filsys fs)
{
	errcode_t err = 0;

	if (!ext2fs_has_group_desc_csum(fs))
		return 0;
	for (dgrp_t g = 0; !err && g < fs->group_desc_count; g++) {
		if (ext2fs_bg_flags_test(fs, g, EXT2_BG_INODE_ZEROED) ||
		    !ext2fs_bg_flags_test(fs, g, EXT2_BG_INODE_UNINIT))
			continue;
		err = ext2fs_zero_blocks2(fs, ext2fs_inode_table_loc(fs, g),
					  (int)fs->inode_blocks_per_group, NULL, NULL);
		ext2fs_bg_flags_set(fs, g, EXT2_BG_INODE_ZEROED);
		ext2fs_group_desc_csum_set(fs, g);
	}
	return err;
}

/* Leaves it as the same disk and size always leave it. */
static int settle(const char *part, uint32_t time)
{
	ext2_filsys fs;
	errcode_t err;
	int r = image_fs_open(part, 0, EXT2_FLAG_RW, &fs);

	if (r)
		return r;
	fs->now = time;
	err = clear_tables(fs);
	ext2fs_mark_super_dirty(fs);
	r = disk_fs_error(err);
	err = ext2fs_close_free(&fs);
	return r ? r : disk_fs_error(err);
}

/* The file system that is all of a file grows to the size of that. */
static int grow_fs(const char *part, uint64_t bytes, uint64_t *fs_bytes)
{
	ext2_filsys fs;
	uint64_t room, blocks;
	uint32_t time;
	int r = image_fs_open(part, 0, 0, &fs);

	if (r)
		return r;
	blocks = ext2fs_blocks_count(fs->super);
	room = bytes / fs->blocksize;
	time = fs->super->s_wtime;
	*fs_bytes = (room > blocks ? room : blocks) * fs->blocksize;
	ext2fs_close_free(&fs);
	if (room <= blocks)
		return 0;
	r = grow_blocks(part, room, time);
	if (!r)
		r = settle(part, time);
	return r ? r : install_check(part, 0);
}

/* Takes the partition out of the disk, and puts it where it belongs when it has grown. */
static int grow_apart(const struct disk_part *p, int fd, const struct install_work *w,
		      uint64_t bytes, uint64_t *fs_bytes)
{
	struct install_work part;
	int r = install_work_open(NULL, bytes, &part);

	if (r)
		return r;
	r = install_work_copy(fd, p->start, part.fd, 0, p->bytes);
	if (!r)
		r = grow_fs(part.path, bytes, fs_bytes);
	if (!r && ftruncate(part.fd, (off_t)bytes) < 0)
		r = -errno;
	if (!r)
		r = install_work_copy(part.fd, 0, w->fd, p->start, bytes);
	install_work_close(&part);
	return r;
}

/* All before the partition, and the table with its new size. */
static int grow_table(const struct disk_part *p, int fd, const struct install_work *w,
		      uint64_t *bytes, char why[INSTALL_WHY])
{
	static struct disk d;
	const struct disk_part *grown;
	int r = install_work_copy(fd, 0, w->fd, 0, p->start);

	if (!r)
		r = grow_part(w->path, p->number);
	if (!r)
		r = disk_read(w->path, &d, why, INSTALL_WHY);
	if (r)
		return r;
	grown = disk_part(&d, p->number);
	if (!grown || grown->start != p->start || grown->bytes < p->bytes)
		return -EUCLEAN;
	*bytes = grown->bytes;
	return 0;
}

int install_grow(const struct disk *d, int fd, const struct install_work *w, uint64_t bytes,
		 uint64_t *fs_bytes, char why[INSTALL_WHY])
{
	const struct disk_part *last;
	const char *what = "its partition table";
	int r = install_last(d, &last, why);

	if (r)
		return r;
	if (d->table != DISK_BARE)
		r = grow_table(last, fd, w, &bytes, why);
	if (!r) {
		what = "its file system by resize2fs (e2fsprogs)";
		r = grow_apart(last, fd, w, bytes, fs_bytes);
	}
	if (r == -ENOSPC)
		snprintf(why, INSTALL_WHY, "no room for a copy of it; TMPDIR says where there is");
	else if (r)
		snprintf(why, INSTALL_WHY, "cannot grow %s: %s", what, strerror(-r));
	return r;
}

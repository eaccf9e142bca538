/* SPDX-License-Identifier: ISC */
/*
 * Fills an ext4 file system through libext2fs, so that owners, modes and times are what the list
 * says whoever builds it. fs->now is the time of everything that libext2fs writes.
 */
#include "host/image.h"

#include <errno.h>
#include <et/com_err.h>
#include <ext2fs/ext2fs.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/disk_fs.h"
#include "host/image_fs.h"
#include "host/proc.h"

/* Whether what the superblock claims is within the disk: what libext2fs allocates follows from it.
 */
static int fs_fits(const char *disk, uint64_t offset, const char *options)
{
	ext2_filsys fs;
	uint64_t blocks;
	blk64_t room = 0;
	int r = disk_fs_error(ext2fs_open2(disk, options, EXT2_FLAG_SUPER_ONLY | EXT2_FLAG_64BITS,
					    0, 0, unix_io_manager, &fs));

	if (r)
		return r;
	blocks = ext2fs_blocks_count(fs->super);
	r = disk_fs_error(ext2fs_get_device_size2(disk, (int)fs->blocksize, &room));
	if (!r && (room < offset / fs->blocksize || blocks > room - offset / fs->blocksize))
		r = -EINVAL;
	ext2fs_close_free(&fs);
	return r;
}

int image_fs_open(const char *disk, uint64_t offset, int flags, struct struct_ext2_filsys **fs)
{
	char options[48];
	int r;

	snprintf(options, sizeof(options), "offset=%" PRIu64, offset);
	r = fs_fits(disk, offset, options);
	return r ? r
		 : disk_fs_error(ext2fs_open2(disk, options, flags | EXT2_FLAG_64BITS, 0, 0,
					       unix_io_manager, fs));
}

/* Makes an empty regular file with an empty extent tree. */
static errcode_t fs_make_file(ext2_filsys fs, ext2_ino_t dir, const char *name, ext2_ino_t *ino)
{
	struct ext2_inode inode = { .i_mode = LINUX_S_IFREG | 0600, .i_links_count = 1 };
	ext2_extent_handle_t extents;
	errcode_t err = ext2fs_new_inode(fs, dir, inode.i_mode, NULL, ino);

	if (err || (err = ext2fs_link(fs, dir, name, *ino, EXT2_FT_REG_FILE)))
		return err;
	ext2fs_inode_alloc_stats2(fs, *ino, +1, 0);
	if ((err = ext2fs_write_new_inode(fs, *ino, &inode)) ||
	    (err = ext2fs_extent_open2(fs, *ino, &inode, &extents)))
		return err;
	ext2fs_extent_free(extents);
	return ext2fs_write_inode(fs, *ino, &inode);
}

/* Copies from fd into the file. */
static errcode_t fs_fill(ext2_filsys fs, ext2_ino_t ino, int fd)
{
	char buf[65536];
	ext2_file_t file;
	ssize_t n;
	errcode_t err = ext2fs_file_open(fs, ino, EXT2_FILE_WRITE, &file), close_err;

	if (err)
		return err;
	while (!err && (n = read(fd, buf, sizeof(buf))) != 0) {
		unsigned int done;

		err = n < 0 ? errno : ext2fs_file_write(file, buf, (unsigned int)n, &done);
	}
	close_err = ext2fs_file_close(file);
	return err ? err : close_err;
}

static errcode_t fs_add_file(ext2_filsys fs, ext2_ino_t dir, const char *name,
			     const struct image_entry *e)
{
	ext2_ino_t ino;
	errcode_t err;
	int fd = open(e->from, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	err = fs_make_file(fs, dir, name, &ino);
	if (!err)
		err = fs_fill(fs, ino, fd);
	close(fd);
	return err;
}

/* Gives what is at path the mode of the list, and the one time to it. */
static errcode_t fs_finish(ext2_filsys fs, const struct image_entry *e, uint32_t now)
{
	struct ext2_inode inode;
	ext2_ino_t ino;
	errcode_t err = ext2fs_namei(fs, EXT2_ROOT_INO, EXT2_ROOT_INO, e->path, &ino);

	if (err || (err = ext2fs_read_inode(fs, ino, &inode)))
		return err;
	inode.i_mode = (uint16_t)((inode.i_mode & LINUX_S_IFMT) | e->mode);
	inode.i_atime = inode.i_ctime = inode.i_mtime = now;
	return ext2fs_write_inode(fs, ino, &inode);
}

/* Adds the entry to its folder. Nothing is taken yet when that is full: EXT2_ET_DIR_NO_SPACE. */
static errcode_t fs_add_to(ext2_filsys fs, ext2_ino_t dir, const char *name,
			   const struct image_entry *e)
{
	switch (e->kind) {
	case IMAGE_DIR: return ext2fs_mkdir(fs, dir, 0, name);
	case IMAGE_FILE: return fs_add_file(fs, dir, name, e);
	case IMAGE_LINK: return ext2fs_symlink(fs, dir, 0, name, e->from);
	}
	return EINVAL;
}

static errcode_t fs_add(ext2_filsys fs, const struct image_entry *e, uint32_t now)
{
	char parent[sizeof(e->path)], *name;
	ext2_ino_t dir, there;
	errcode_t err;

	strcpy(parent, e->path);
	name = strrchr(parent, '/');
	*name++ = '\0';
	err = ext2fs_namei(fs, EXT2_ROOT_INO, EXT2_ROOT_INO, *parent ? parent : "/", &dir);
	if (!err && !ext2fs_lookup(fs, dir, name, (int)strlen(name), NULL, &there))
		err = EXT2_ET_FILE_EXISTS;
	if (!err)
		err = fs_add_to(fs, dir, name, e);
	if (err == EXT2_ET_DIR_NO_SPACE && !(err = ext2fs_expand_dir(fs, dir)))
		err = fs_add_to(fs, dir, name, e);
	return err || e->kind == IMAGE_LINK ? err : fs_finish(fs, e, now);
}

const struct image_id image_own_id = { IMAGE_DISK_ID, IMAGE_FS_UUID, "xlab" };

/* Makes the empty file system. */
static int ext4_format(const struct image_id *id, const char *disk, uint64_t bytes, int64_t epoch)
{
	char extended[160], blocks[24], fake_time[48];
	const char *const env[] = { fake_time, NULL };
	const char *const argv[] = {
		"mke2fs",
		"-q",
		"-F",
		"-t",
		"ext4",
		"-b",
		"4096",
		"-m",
		"0",
		"-N",
		"1024",
		"-L",
		id->label,
		"-O",
		"^has_journal,^metadata_csum_seed,^orphan_file,^resize_inode",
		"-U",
		id->fs_uuid,
		"-E",
		extended,
		disk,
		blocks,
		NULL,
	};
	int r;

	snprintf(extended, sizeof(extended),
		 "offset=%d,hash_seed=%s,lazy_itable_init=0,root_owner=0:0,nodiscard",
		 IMAGE_PART_OFFSET, id->fs_uuid);
	snprintf(blocks, sizeof(blocks), "%" PRIu64 "k", (bytes - IMAGE_PART_OFFSET) / 4096 * 4);
	snprintf(fake_time, sizeof(fake_time), "E2FSPROGS_FAKE_TIME=%" PRId64, epoch);
	r = proc_run(argv, &(struct proc_opts){ .env = env, .out = PROC_NULL });
	return r > 0 ? -EIO : r == -ENOENT ? -ENOPKG : r;
}

const struct image_entry image_own_dirs[IMAGE_OWN_DIRS] = {
	{ .kind = IMAGE_DIR, .path = "/", .mode = 0755 },
	{ .kind = IMAGE_DIR, .path = "/lost+found", .mode = 0700 },
};

/* What mke2fs made has times of its own. */
static errcode_t ext4_own_dirs(ext2_filsys fs, uint32_t now)
{
	errcode_t err = 0;

	for (size_t i = 0; !err && i < IMAGE_OWN_DIRS; i++)
		err = fs_finish(fs, &image_own_dirs[i], now);
	return err;
}

int image_ext4_write_as(const struct image_id *id, const char *disk, uint64_t bytes,
			const struct image_list *list, int64_t epoch, char *why, size_t size)
{
	ext2_filsys fs;
	errcode_t err = 0;
	int r = ext4_format(id, disk, bytes, epoch);

	snprintf(why, size, "a file system by mke2fs (e2fsprogs)");
	if (!r)
		r = image_fs_open(disk, IMAGE_PART_OFFSET, EXT2_FLAG_RW, &fs);
	if (!r)
		r = disk_fs_error(ext2fs_read_bitmaps(fs));
	if (r)
		return r;
	fs->now = (time_t)epoch;
	for (size_t i = 0; !err && i < list->n; i++) {
		const struct image_entry *e = &list->entry[i];

		snprintf(why, size, "%.200s (%.200s)", e->path,
			 e->kind == IMAGE_FILE ? e->from : "-");
		err = fs_add(fs, e, (uint32_t)epoch);
	}
	if (!err)
		err = ext4_own_dirs(fs, (uint32_t)epoch);
	r = disk_fs_error(err);
	err = ext2fs_close_free(&fs);
	return r ? r : disk_fs_error(err);
}

int image_ext4_write(const char *disk, uint64_t bytes, const struct image_list *list, int64_t epoch,
		     char *why, size_t size)
{
	return image_ext4_write_as(&image_own_id, disk, bytes, list, epoch, why, size);
}

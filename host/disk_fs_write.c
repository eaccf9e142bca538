/* SPDX-License-Identifier: ISC */
/*
 * Writes into file systems through libext2fs. A file that replaces another is a new inode: its
 * content and the bitmaps are on the medium before the name is turned to it, in the one block of
 * the folder that has the name. Until then it counts as deleted, so that what an interruption
 * leaves e2fsck -p takes back, but for an inode between the two writes: that one is moved to
 * /lost+found.
 */
#include "host/disk_fs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Splits a path at its last name. */
static int split(const char *path, char dir[DISK_PATH], const char **name)
{
	const char *slash = strrchr(path, '/');

	if (*path != '/' || !slash[1] || strlen(path) >= DISK_PATH)
		return -EINVAL;
	snprintf(dir, DISK_PATH, "%.*s", (int)(slash - path), path);
	if (!*dir)
		strcpy(dir, "/");
	*name = slash + 1;
	return strlen(*name) > EXT2_NAME_LEN ? -ENAMETOOLONG : 0;
}

/* The folder that a path is in, and the name there. */
static int find_dir(struct disk_fs *fs, const char *path, ext2_ino_t *ino, const char **name)
{
	char dir[DISK_PATH];
	int r = split(path, dir, name);
	errcode_t err;

	if (r)
		return r;
	err = disk_fs_find(fs, dir, true, ino);
	return disk_fs_error(err ? err : ext2fs_check_directory(fs->fs, *ino));
}

/* Calls for what may need a larger folder. */
static errcode_t link_inode(ext2_filsys fs, ext2_ino_t dir, const char *name, ext2_ino_t ino,
			    int type)
{
	errcode_t err = ext2fs_link(fs, dir, name, ino, type);

	if (err == EXT2_ET_DIR_NO_SPACE && !(err = ext2fs_expand_dir(fs, dir)))
		err = ext2fs_link(fs, dir, name, ino, type);
	return err;
}

/* Makes a regular file that has no name yet. */
static errcode_t make_file(ext2_filsys fs, ext2_ino_t dir, const struct disk_stat *as,
			   ext2_ino_t *ino)
{
	struct ext2_inode_large inode = { .i_mode = (uint16_t)(S_IFREG | (as->mode & 07777)) };
	ext2_extent_handle_t extents;
	errcode_t err = ext2fs_new_inode(fs, dir, inode.i_mode, NULL, ino);

	if (err)
		return err;
	inode.i_uid = (uint16_t)as->uid;
	inode.i_gid = (uint16_t)as->gid;
	inode.osd2.linux2.l_i_uid_high = (uint16_t)(as->uid >> 16);
	inode.osd2.linux2.l_i_gid_high = (uint16_t)(as->gid >> 16);
	inode.i_atime = inode.i_ctime = inode.i_mtime = (uint32_t)time(NULL);
	inode.i_extra_isize = EXT2_INODE_SIZE(fs->super) > EXT2_GOOD_OLD_INODE_SIZE
				      ? sizeof(inode) - EXT2_GOOD_OLD_INODE_SIZE
				      : 0;
	if (!(err = ext2fs_write_inode_full(fs, *ino, (struct ext2_inode *)&inode, sizeof(inode))))
		ext2fs_inode_alloc_stats2(fs, *ino, +1, 0);
	if (err || !ext2fs_has_feature_extents(fs->super))
		return err;
	err = ext2fs_extent_open2(fs, *ino, (struct ext2_inode *)&inode, &extents);
	if (err)
		return err;
	ext2fs_extent_free(extents);
	return ext2fs_write_inode_full(fs, *ino, (struct ext2_inode *)&inode, sizeof(inode));
}

static errcode_t fill_file(ext2_filsys fs, ext2_ino_t ino, const char *buf, size_t len)
{
	ext2_file_t file;
	unsigned int done;
	errcode_t err = ext2fs_file_open(fs, ino, EXT2_FILE_WRITE, &file), close_err;

	if (err)
		return err;
	for (; !err && len; buf += done, len -= done) {
		unsigned int piece = len > 1 << 20 ? 1 << 20 : (unsigned int)len;

		err = ext2fs_file_write(file, buf, piece, &done);
	}
	close_err = ext2fs_file_close(file);
	return err ? err : close_err;
}

/* Makes an inode that has all it needs one that may be named, on the medium when this returns. */
static errcode_t keep_inode(ext2_filsys fs, ext2_ino_t ino)
{
	struct ext2_inode inode;
	errcode_t err = ext2fs_flush(fs);

	if (!err)
		err = ext2fs_read_inode(fs, ino, &inode);
	inode.i_links_count = 1;
	if (!err)
		err = ext2fs_write_inode(fs, ino, &inode);
	return err ? err : io_channel_flush(fs->io);
}

/* Gives back an inode that nothing names, and its blocks. */
static errcode_t drop_inode(ext2_filsys fs, ext2_ino_t ino)
{
	struct ext2_inode_large inode;
	errcode_t err = ext2fs_read_inode_full(fs, ino, (struct ext2_inode *)&inode, sizeof(inode));

	if (err)
		return err;
	inode.i_links_count = 0;
	inode.i_dtime = (uint32_t)time(NULL);
	if (ext2fs_file_acl_block(fs, (struct ext2_inode *)&inode))
		ext2fs_free_ext_attr(fs, ino, &inode);
	if (ext2fs_inode_has_valid_blocks2(fs, (struct ext2_inode *)&inode))
		err = ext2fs_punch(fs, ino, (struct ext2_inode *)&inode, NULL, 0, ~0ULL);
	if (!err)
		err = ext2fs_write_inode_full(fs, ino, (struct ext2_inode *)&inode, sizeof(inode));
	ext2fs_inode_alloc_stats2(fs, ino, -1, 0);
	return err;
}

struct turn {
	const char *name;
	ext2_ino_t to;
	bool done;
};

static int turn_entry(struct ext2_dir_entry *entry, int offset, int blocksize, char *buf, void *arg)
{
	struct turn *t = arg;

	(void)offset, (void)blocksize, (void)buf;
	if (strlen(t->name) != (size_t)ext2fs_dirent_name_len(entry) ||
	    memcmp(t->name, entry->name, strlen(t->name)) != 0)
		return 0;
	entry->inode = t->to;
	t->done = true;
	return DIRENT_CHANGED | DIRENT_ABORT;
}

/* Makes the name mean the new inode, on the medium when this returns. */
static errcode_t turn_name(ext2_filsys fs, ext2_ino_t dir, const char *name, ext2_ino_t to)
{
	struct turn t = { name, to, false };
	errcode_t err = ext2fs_dir_iterate(fs, dir, 0, NULL, turn_entry, &t);

	if (!err && !t.done)
		err = EXT2_ET_FILE_NOT_FOUND;
	return err ? err : io_channel_flush(fs->io);
}

/* Follows links, so that what they point to is replaced and not they. */
static int resolve(struct disk_fs *fs, char path[DISK_PATH])
{
	char target[DISK_PATH], dir[DISK_PATH];
	const char *name;

	for (int left = 8; left > 0; left--) {
		int r = disk_fs_link(fs, path, target, sizeof(target));

		if (r == -EINVAL || r == -ENOENT)
			return 0;
		if (!r)
			r = split(path, dir, &name);
		if (r)
			return r;
		if (*target == '/')
			strcpy(path, target);
		else if (snprintf(path, DISK_PATH, "%s%s%s", dir, dir[1] ? "/" : "", target) >=
			 DISK_PATH)
			return -ENAMETOOLONG;
	}
	return -ELOOP;
}

/* Who has the file that is there now; st is untouched when there is none. */
static int look_at_old(struct disk_fs *fs, ext2_ino_t dir, const char *name, ext2_ino_t *old,
		       struct disk_stat *st)
{
	struct ext2_inode inode;
	errcode_t err = ext2fs_lookup(fs->fs, dir, name, (int)strlen(name), NULL, old);

	if (err == EXT2_ET_FILE_NOT_FOUND) {
		*old = 0;
		return 0;
	}
	if (!err)
		err = ext2fs_read_inode(fs->fs, *old, &inode);
	if (err)
		return disk_fs_error(err);
	if (!LINUX_S_ISREG(inode.i_mode))
		return LINUX_S_ISDIR(inode.i_mode) ? -EISDIR : -EINVAL;
	st->mode = inode.i_mode;
	st->uid = inode_uid(inode);
	st->gid = inode_gid(inode);
	return inode.i_links_count > 1 ? -EMLINK : 0;
}

/* Whether there is room, for the map of the file's blocks and a larger folder too: libext2fs 1.47
 * cannot take back a file that did not fit. */
static bool has_room(ext2_filsys fs, size_t len)
{
	uint64_t need = len / fs->blocksize + 1;

	return ext2fs_free_blocks_count(fs->super) >= need + need / 128 + 8;
}

int disk_fs_put(struct disk_fs *fs, const char *path, const void *buf, size_t len, mode_t mode)
{
	struct disk_stat st = { .mode = mode };
	char real[DISK_PATH];
	const char *name;
	ext2_ino_t dir, old, made;
	errcode_t err;
	int r = strlen(path) < sizeof(real) ? 0 : -ENAMETOOLONG;

	if (r)
		return r;
	strcpy(real, path);
	if ((r = resolve(fs, real)) || (r = find_dir(fs, real, &dir, &name)) ||
	    (r = look_at_old(fs, dir, name, &old, &st)))
		return r;
	if (!has_room(fs->fs, len))
		return -ENOSPC;
	err = make_file(fs->fs, dir, &st, &made);
	if (err)
		return disk_fs_error(err);
	err = fill_file(fs->fs, made, buf, len);
	if (!err)
		err = keep_inode(fs->fs, made);
	if (!err)
		err = old ? turn_name(fs->fs, dir, name, made)
			  : link_inode(fs->fs, dir, name, made, EXT2_FT_REG_FILE);
	if (err)
		drop_inode(fs->fs, made);
	else if (old)
		err = drop_inode(fs->fs, old);
	return disk_fs_error(err);
}

static int make_dir(struct disk_fs *fs, const char *path, mode_t mode)
{
	struct ext2_inode inode;
	const char *name;
	ext2_ino_t dir, ino;
	errcode_t err;
	int r = find_dir(fs, path, &dir, &name);

	if (r)
		return r;
	err = ext2fs_mkdir(fs->fs, dir, 0, name);
	if (err == EXT2_ET_DIR_NO_SPACE && !(err = ext2fs_expand_dir(fs->fs, dir)))
		err = ext2fs_mkdir(fs->fs, dir, 0, name);
	if (!err)
		err = ext2fs_lookup(fs->fs, dir, name, (int)strlen(name), NULL, &ino);
	if (!err)
		err = ext2fs_read_inode(fs->fs, ino, &inode);
	if (err)
		return disk_fs_error(err);
	inode.i_mode = (uint16_t)(LINUX_S_IFDIR | (mode & 07777));
	return disk_fs_error(ext2fs_write_inode(fs->fs, ino, &inode));
}

int disk_fs_mkdir(struct disk_fs *fs, const char *path, mode_t mode)
{
	char part[DISK_PATH];
	struct disk_stat st;
	int r = *path == '/' && strlen(path) < sizeof(part) ? 0 : -EINVAL;

	for (const char *at = path; !r && *at;) {
		at += 1 + strcspn(at + 1, "/");
		snprintf(part, sizeof(part), "%.*s", (int)(at - path), path);
		r = disk_fs_stat(fs, part, true, &st);
		if (r == -ENOENT)
			r = make_dir(fs, part, mode);
		else if (!r && !S_ISDIR(st.mode))
			r = -ENOTDIR;
	}
	return r;
}

int disk_fs_symlink(struct disk_fs *fs, const char *path, const char *target)
{
	const char *name;
	ext2_ino_t dir;
	errcode_t err;
	int r = find_dir(fs, path, &dir, &name);

	if (r)
		return r;
	err = ext2fs_symlink(fs->fs, dir, 0, name, target);
	if (err == EXT2_ET_DIR_NO_SPACE && !(err = ext2fs_expand_dir(fs->fs, dir)))
		err = ext2fs_symlink(fs->fs, dir, 0, name, target);
	return disk_fs_error(err);
}

int disk_fs_remove(struct disk_fs *fs, const char *path)
{
	struct ext2_inode inode;
	const char *name;
	ext2_ino_t dir, ino;
	errcode_t err;
	int r = find_dir(fs, path, &dir, &name);

	if (r)
		return r;
	err = ext2fs_lookup(fs->fs, dir, name, (int)strlen(name), NULL, &ino);
	if (!err)
		err = ext2fs_read_inode(fs->fs, ino, &inode);
	if (!err && LINUX_S_ISDIR(inode.i_mode))
		return -EISDIR;
	if (!err && inode.i_links_count > 1)
		return -EMLINK;
	if (!err)
		err = ext2fs_unlink(fs->fs, dir, name, ino, 0);
	return disk_fs_error(err ? err : drop_inode(fs->fs, ino));
}

int disk_fs_mmp(struct disk_fs *fs)
{
	errcode_t err;

	ext2fs_set_feature_mmp(fs->fs->super);
	err = ext2fs_mmp_init(fs->fs);
	if (err)
		ext2fs_clear_feature_mmp(fs->fs->super);
	else /* e2fsck compares the superblock's copies */
		fs->fs->flags &= ~EXT2_FLAG_MASTER_SB_ONLY;
	ext2fs_mark_super_dirty(fs->fs);
	return disk_fs_error(err);
}

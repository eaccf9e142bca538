/* SPDX-License-Identifier: ISC */
/*
 * From a path to an inode. libext2fs's own way trusts the size of a link that has a block of its own,
 * and reads beyond that block.
 */
#include "host/disk_fs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LINKS_MAX = 40 /* as many as Linux follows (path_resolution(7)) */ };

errcode_t disk_fs_target(struct disk_fs *fs, ext2_ino_t ino, struct ext2_inode *inode, char *buf,
			 size_t size)
{
	const char *text = (const char *)inode->i_block;
	char *slow = NULL;
	size_t len = strnlen(text, sizeof(inode->i_block));
	errcode_t err = 0;

	if (!ext2fs_is_fast_symlink(inode)) {
		err = disk_fs_slurp(fs, ino, DISK_PATH, &slow, &len);
		text = slow;
	}
	if (!err && len >= size)
		err = ENAMETOOLONG;
	if (!err) {
		memcpy(buf, text, len);
		buf[len] = '\0';
	}
	free(slow);
	return err;
}

/* What is left of the path begins with a link's target from here on. */
static errcode_t follow_link(struct disk_fs *fs, ext2_ino_t ino, struct ext2_inode *inode,
			     char rest[DISK_PATH], ext2_ino_t *dir)
{
	char path[DISK_PATH];
	size_t len;
	errcode_t err = disk_fs_target(fs, ino, inode, path, sizeof(path));

	if (err)
		return err;
	len = strlen(path);
	if (len + 1 + strlen(rest) >= DISK_PATH)
		return ENAMETOOLONG;
	path[len] = '/';
	memmove(path + len + 1, rest, strlen(rest) + 1);
	strcpy(rest, path);
	if (*rest == '/')
		*dir = EXT2_ROOT_INO;
	return 0;
}

/* Takes the first name off the path: where it begins, and its length. */
static const char *next_name(const char **path, size_t *len)
{
	const char *name = *path + strspn(*path, "/");

	*len = strcspn(name, "/");
	*path = name + *len + strspn(name + *len, "/");
	return name;
}

errcode_t disk_fs_find(struct disk_fs *fs, const char *path, bool follow, ext2_ino_t *ino)
{
	char rest[DISK_PATH];
	const char *left = rest, *name;
	struct ext2_inode inode;
	unsigned links = 0;
	ext2_ino_t next;
	errcode_t err = 0;
	size_t len;

	if (strlen(path) >= sizeof(rest))
		return ENAMETOOLONG;
	strcpy(rest, path);
	*ino = EXT2_ROOT_INO;
	while (!err && (name = next_name(&left, &len), len)) {
		err = ext2fs_lookup(fs->fs, *ino, name, (int)len, NULL, &next);
		if (!err)
			err = ext2fs_read_inode(fs->fs, next, &inode);
		if (err || !LINUX_S_ISLNK(inode.i_mode) || (!*left && !follow)) {
			*ino = next;
			continue;
		}
		if (++links > LINKS_MAX)
			return EXT2_ET_SYMLINK_LOOP;
		memmove(rest, left, strlen(left) + 1);
		err = follow_link(fs, next, &inode, rest, ino);
		left = rest;
	}
	return err;
}

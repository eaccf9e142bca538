/* SPDX-License-Identifier: ISC */
/*
 * Reads file systems through libext2fs. Its own checks trust the superblock's numbers, so these are
 * compared with the partition first, by the layout in Documentation/filesystems/ext4/super.rst.
 */
#include "host/disk_fs.h"

#include <errno.h>
#include <et/com_err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	DESC_BYTES_MAX = 64 << 20, /* of group descriptors: libext2fs holds them all */
	READ_BASE = 32 << 20,	   /* and READ_TIMES the size may be read in all */
	READ_TIMES = 8
};

int disk_fs_error(errcode_t err)
{
	if (err == 0)
		return 0;
	if (err > 0 && err < 4096)
		return -(int)err;
	switch (err) {
	case EXT2_ET_FILE_NOT_FOUND: return -ENOENT;
	case EXT2_ET_NO_DIRECTORY: return -ENOTDIR;
	case EXT2_ET_SYMLINK_LOOP: return -ELOOP;
	case EXT2_ET_BLOCK_ALLOC_FAIL:
	case EXT2_ET_INODE_ALLOC_FAIL:
	case EXT2_ET_DIR_NO_SPACE: return -ENOSPC;
	case EXT2_ET_DIR_EXISTS:
	case EXT2_ET_FILE_EXISTS: return -EEXIST;
	case EXT2_ET_NO_MEMORY: return -ENOMEM;
	default: return -EUCLEAN;
	}
}

static uint64_t super_blocks(const struct ext2_super_block *s)
{
	uint64_t n = ext2fs_le32_to_cpu(s->s_blocks_count);

	if (ext2fs_le32_to_cpu(s->s_feature_incompat) & EXT4_FEATURE_INCOMPAT_64BIT)
		n |= (uint64_t)ext2fs_le32_to_cpu(s->s_blocks_count_hi) << 32;
	return n;
}

static const char *super_check(const struct ext2_super_block *s, uint64_t bytes)
{
	uint32_t shift = ext2fs_le32_to_cpu(s->s_log_block_size);
	uint32_t per_group = ext2fs_le32_to_cpu(s->s_blocks_per_group);
	uint64_t blocks = super_blocks(s), desc = ext2fs_le16_to_cpu(s->s_desc_size);

	if (ext2fs_le16_to_cpu(s->s_magic) != EXT2_SUPER_MAGIC)
		return "holds no ext2, ext3 or ext4 file system";
	if (shift > EXT2_MAX_BLOCK_LOG_SIZE - EXT2_MIN_BLOCK_LOG_SIZE || !per_group || !blocks)
		return "has a damaged superblock";
	if (blocks > bytes >> (EXT2_MIN_BLOCK_LOG_SIZE + shift))
		return "is smaller than its file system: is the disk cut off?";
	if (blocks / per_group > DESC_BYTES_MAX / (desc > 32 ? desc : 32))
		return "has a damaged superblock: too many groups";
	return NULL;
}

/* Looks at the superblock before libext2fs does. */
static int window_check(const struct disk_window *w, const struct disk_part *p, char *why,
			size_t size)
{
	struct ext2_super_block s;
	const char *wrong = "is too short for a file system";

	if (w->bytes >= SUPERBLOCK_OFFSET + sizeof(s)) {
		if (pread(w->fd, &s, sizeof(s), (off_t)(w->start + SUPERBLOCK_OFFSET)) != sizeof(s))
			return -EIO;
		wrong = super_check(&s, w->bytes);
	}
	if (!wrong)
		return 0;
	snprintf(why, size, p->number ? "partition %2$u %1$s" : "it %1$s", wrong, p->number);
	return strstr(wrong, "holds no") ? -EINVAL : -EUCLEAN;
}

/* libext2fs says some of what it finds on stderr: what we return says it once. */
static void silent(const char *who, long code, const char *format, va_list args)
{
	(void)who, (void)code, (void)format, (void)args;
}

static int fs_open(struct disk_fs *d, const struct disk_part *p, char *why, size_t size)
{
	char name[32], part[24];
	int flags = EXT2_FLAG_64BITS | EXT2_FLAG_SKIP_MMP | (d->window.writable ? EXT2_FLAG_RW : 0);
	int r = window_check(&d->window, p, why, size);
	errcode_t err;

	if (r)
		return r;
	initialize_ext2_error_table();
	set_com_err_hook(silent);
	disk_window_name(&d->window, name);
	err = ext2fs_open2(name, NULL, flags, 0, 0, (io_manager)&disk_window_io, &d->fs);
	if (!err && d->window.writable) {
		err = ext2fs_read_bitmaps(d->fs);
		if (err)
			ext2fs_free(d->fs);
	}
	if (err)
		snprintf(why, size, "%s is damaged: %s", disk_part_name(p->number, part),
			 error_message(err));
	return disk_fs_error(err);
}

int disk_fs_open(const struct disk *d, const struct disk_part *p, bool writable,
		 struct disk_fs **fs, char *why, size_t size)
{
	struct disk_fs *made = calloc(1, sizeof(*made));
	int r;

	*why = '\0';
	if (!made)
		return -ENOMEM;
	made->window = (struct disk_window){
		.fd = open(d->path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC),
		.writable = writable,
		.start = p->start,
		.bytes = p->bytes,
		.left = p->bytes * READ_TIMES + READ_BASE,
	};
	r = made->window.fd < 0 ? -errno : fs_open(made, p, why, size);
	if (!r) {
		*fs = made;
		return 0;
	}
	if (!*why)
		snprintf(why, size, "%s", strerror(-r));
	if (made->window.fd >= 0)
		close(made->window.fd);
	free(made);
	return r;
}

int disk_fs_close(struct disk_fs *fs)
{
	bool writable = fs->window.writable;
	int r = disk_fs_error(ext2fs_close_free(&fs->fs));

	if (writable && !r && fsync(fs->window.fd) < 0)
		r = -errno;
	close(fs->window.fd);
	free(fs);
	return r;
}

/* Whether somebody has it mounted, or had when that ended: kmmpd's block is not marked clean. Its
 * place is the super block's word. libext2fs looks itself only through a device of its own. */
static bool is_busy(const struct disk_fs *fs)
{
	const struct ext2_super_block *super = fs->fs->super;
	uint64_t at = super->s_mmp_block;
	struct mmp_struct mmp;

	if (!ext2fs_has_feature_mmp(fs->fs->super) || at >= fs->window.bytes / fs->fs->blocksize ||
	    pread(fs->window.fd, &mmp, sizeof(mmp),
		  (off_t)(fs->window.start + at * fs->fs->blocksize)) != sizeof(mmp))
		return false;
	return ext2fs_le32_to_cpu(mmp.mmp_magic) == EXT4_MMP_MAGIC &&
	       ext2fs_le32_to_cpu(mmp.mmp_seq) != EXT4_MMP_SEQ_CLEAN;
}

void disk_fs_super(const struct disk_fs *fs, struct disk_super *s)
{
	const struct ext2_super_block *super = fs->fs->super;

	*s = (struct disk_super){
		.compat = super->s_feature_compat,
		.incompat = super->s_feature_incompat,
		.ro_compat = super->s_feature_ro_compat,
		.clean = (super->s_state & EXT2_VALID_FS) && !(super->s_state & EXT2_ERROR_FS),
		.recovery = ext2fs_has_feature_journal_needs_recovery(fs->fs->super),
		.block = fs->fs->blocksize,
		.inode = EXT2_INODE_SIZE(super),
		.mmp = ext2fs_has_feature_mmp(fs->fs->super),
		.busy = is_busy(fs),
		.free = ext2fs_free_blocks_count(fs->fs->super) * fs->fs->blocksize,
	};
}

static errcode_t find_inode(struct disk_fs *fs, const char *path, bool follow, ext2_ino_t *ino,
			    struct ext2_inode *inode)
{
	errcode_t err = disk_fs_find(fs, path, follow, ino);

	return err ? err : ext2fs_read_inode(fs->fs, *ino, inode);
}

int disk_fs_stat(struct disk_fs *fs, const char *path, bool follow, struct disk_stat *st)
{
	struct ext2_inode inode;
	ext2_ino_t ino;
	errcode_t err = find_inode(fs, path, follow, &ino, &inode);

	if (err)
		return disk_fs_error(err);
	*st = (struct disk_stat){
		.mode = inode.i_mode,
		.uid = inode_uid(inode),
		.gid = inode_gid(inode),
		.size = EXT2_I_SIZE(&inode),
		.mtime = (int32_t)inode.i_mtime,
	};
	return 0;
}

/* Reads the whole of an open file. */
static errcode_t file_slurp(ext2_file_t file, const struct disk_fs *fs, size_t max, char **buf,
			    size_t *len)
{
	__u64 size;
	unsigned int got = 0;
	errcode_t err = ext2fs_file_get_lsize(file, &size);

	if (err)
		return err;
	if (size > max)
		return EFBIG;
	if (size > fs->window.bytes) /* all holes */
		return EUCLEAN;
	*buf = malloc(size + 1);
	if (!*buf)
		return ENOMEM;
	for (*len = 0; !err && *len < size; *len += got) {
		err = ext2fs_file_read(file, *buf + *len, (unsigned int)(size - *len), &got);
		if (!err && !got)
			err = EUCLEAN;
	}
	(*buf)[*len] = '\0';
	if (err) {
		free(*buf);
		*buf = NULL;
	}
	return err;
}

errcode_t disk_fs_slurp(struct disk_fs *fs, ext2_ino_t ino, size_t max, char **buf, size_t *len)
{
	ext2_file_t file;
	errcode_t err = ext2fs_file_open(fs->fs, ino, 0, &file);

	if (err)
		return err;
	err = file_slurp(file, fs, max, buf, len);
	ext2fs_file_close(file);
	return err;
}

int disk_fs_get(struct disk_fs *fs, const char *path, size_t max, char **buf, size_t *len)
{
	struct ext2_inode inode;
	ext2_ino_t ino;
	errcode_t err = find_inode(fs, path, true, &ino, &inode);

	if (!err && LINUX_S_ISDIR(inode.i_mode))
		return -EISDIR;
	if (!err && !LINUX_S_ISREG(inode.i_mode))
		return -EINVAL;
	return disk_fs_error(err ? err : disk_fs_slurp(fs, ino, max, buf, len));
}

int disk_fs_link(struct disk_fs *fs, const char *path, char *buf, size_t size)
{
	struct ext2_inode inode;
	ext2_ino_t ino;
	errcode_t err = find_inode(fs, path, false, &ino, &inode);

	if (!err && !LINUX_S_ISLNK(inode.i_mode))
		return -EINVAL;
	return disk_fs_error(err ? err : disk_fs_target(fs, ino, &inode, buf, size));
}

struct listing {
	int (*each)(const char *name, void *arg);
	void *arg;
	int result;
};

static int list_entry(struct ext2_dir_entry *entry, int offset, int blocksize, char *buf, void *arg)
{
	struct listing *l = arg;
	char name[EXT2_NAME_LEN + 1];
	int len = ext2fs_dirent_name_len(entry);

	(void)offset, (void)blocksize, (void)buf;
	memcpy(name, entry->name, (size_t)len);
	name[len] = '\0';
	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return 0;
	l->result = l->each(name, l->arg);
	return l->result ? DIRENT_ABORT : 0;
}

int disk_fs_list(struct disk_fs *fs, const char *dir, int (*each)(const char *name, void *arg),
		 void *arg)
{
	struct listing l = { each, arg, 0 };
	struct ext2_inode inode;
	ext2_ino_t ino;
	errcode_t err = find_inode(fs, dir, true, &ino, &inode);

	if (!err && !LINUX_S_ISDIR(inode.i_mode))
		return -ENOTDIR;
	if (!err)
		err = ext2fs_dir_iterate(fs->fs, ino, 0, NULL, list_entry, &l);
	return l.result ? l.result : disk_fs_error(err);
}

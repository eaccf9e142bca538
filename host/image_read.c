/* SPDX-License-Identifier: ISC */
#include "host/image.h"

#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <libfdisk/libfdisk.h>
#include <sha256.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "host/image_fs.h"

int image_sha256(const char *path, char *hex)
{
	errno = 0;
	if (SHA256File(path, hex))
		return 0;
	return errno ? -errno : -EIO;
}

static int table_first(struct fdisk_context *cxt, uint64_t *offset)
{
	struct fdisk_partition *part = NULL;

	if (!fdisk_has_label(cxt) || fdisk_get_partition(cxt, 0, &part))
		return -EINVAL;
	*offset = fdisk_partition_get_start(part) * fdisk_get_sector_size(cxt);
	fdisk_unref_partition(part);
	return 0;
}

/* Finds where the first partition begins, in bytes. -EINVAL when there is no partition table. */
static int part_offset(const char *disk, uint64_t *offset)
{
	struct fdisk_context *cxt;
	int r = io_is_plain(disk);

	if (!r && access(disk, R_OK) < 0)
		r = -errno;

	if (r)
		return r;
	cxt = fdisk_new_context();
	if (!cxt)
		return -ENOMEM;
	r = fdisk_assign_device(cxt, disk, 1);
	if (!r) {
		r = table_first(cxt, offset);
		fdisk_deassign_device(cxt, 1);
	}
	fdisk_unref_context(cxt);
	return r;
}

int image_open(const char *disk, struct struct_ext2_filsys **fs)
{
	uint64_t offset;
	int r = part_offset(disk, &offset);

	return r ? r : image_fs_open(disk, offset, 0, fs);
}

/* Reads the whole of an open file. */
static errcode_t file_slurp(ext2_file_t file, size_t max, char **buf, size_t *len)
{
	__u64 size;
	unsigned int got = 0;
	errcode_t err = ext2fs_file_get_lsize(file, &size);

	if (err)
		return err;
	if (size > max)
		return EFBIG;
	*buf = malloc(size + 1);
	if (!*buf)
		return ENOMEM;
	for (*len = 0; !err && *len < size; *len += got) {
		err = ext2fs_file_read(file, *buf + *len, (unsigned int)(size - *len), &got);
		if (!err && !got)
			err = EIO;
	}
	(*buf)[*len] = '\0';
	if (err)
		free(*buf);
	return err;
}

int image_read(const char *disk, const char *path, size_t max, char **buf, size_t *len)
{
	ext2_filsys fs;
	ext2_ino_t ino;
	ext2_file_t file;
	errcode_t err;
	int r = image_open(disk, &fs);

	if (r)
		return r;
	err = ext2fs_namei_follow(fs, EXT2_ROOT_INO, EXT2_ROOT_INO, path, &ino);
	if (!err)
		err = ext2fs_check_directory(fs, ino) ? 0 : EISDIR;
	if (!err)
		err = ext2fs_file_open(fs, ino, 0, &file);
	if (!err) {
		err = file_slurp(file, max, buf, len);
		ext2fs_file_close(file);
	}
	ext2fs_close_free(&fs);
	return image_fs_error(err);
}

int image_fs_uuid(const char *disk, char *buf)
{
	ext2_filsys fs;
	const unsigned char *u;
	int r = image_open(disk, &fs);

	if (r)
		return r;
	u = fs->super->s_uuid;
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*buf++ = '-';
		*buf++ = "0123456789abcdef"[u[i] >> 4];
		*buf++ = "0123456789abcdef"[u[i] & 15];
	}
	*buf = '\0';
	ext2fs_close_free(&fs);
	return 0;
}

int image_extract_to(const char *disk, const char *path, const char *to)
{
	char *buf;
	size_t len;
	int r = image_read(disk, path, IMAGE_FILE_MAX, &buf, &len);

	if (r)
		return r;
	r = io_replace_file(to, buf, len);
	free(buf);
	return r;
}

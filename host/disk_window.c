/* SPDX-License-Identifier: ISC */
/* libext2fs's way to the disk (ext2_io.h): a window of it, and a bound on all that is read. */
#include "host/disk_fs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

void disk_window_name(const struct disk_window *w, char name[32])
{
	snprintf(name, 32, "%p", (const void *)w);
}

static errcode_t window_open(const char *name, int flags, io_channel *channel)
{
	io_channel c = calloc(1, sizeof(*c));
	void *window;

	(void)flags;
	if (!c)
		return ENOMEM;
	if (sscanf(name, "%p", &window) != 1 || !(c->name = strdup(name))) {
		free(c);
		return EINVAL;
	}
	c->magic = EXT2_ET_MAGIC_IO_CHANNEL;
	c->manager = (io_manager)&disk_window_io;
	c->private_data = window;
	c->block_size = 1024;
	c->refcount = 1;
	*channel = c;
	return 0;
}

static errcode_t window_close(io_channel c)
{
	if (--c->refcount > 0)
		return 0;
	free(c->name);
	free(c);
	return 0;
}

static errcode_t window_set_blksize(io_channel c, int size)
{
	c->block_size = size;
	return 0;
}

/* What libext2fs means by a block and a count, negative for bytes, in bytes of the disk. */
static errcode_t window_place(io_channel c, unsigned long long block, int count, off_t *at,
			      size_t *len)
{
	const struct disk_window *w = c->private_data;
	uint64_t from;

	*len = count < 0 ? -(size_t)count : (size_t)count * (size_t)c->block_size;
	if (__builtin_mul_overflow(block, (uint64_t)c->block_size, &from) || from > w->bytes ||
	    *len > w->bytes - from)
		return EUCLEAN;
	*at = (off_t)(w->start + from);
	return 0;
}

static errcode_t window_read(io_channel c, unsigned long long block, int count, void *data)
{
	struct disk_window *w = c->private_data;
	size_t len;
	off_t at;
	errcode_t err = window_place(c, block, count, &at, &len);
	ssize_t n;

	if (err || len > w->left)
		return EUCLEAN;
	w->left -= len;
	for (; len; data = (char *)data + n, at += n, len -= (size_t)n) {
		n = pread(w->fd, data, len, at);
		if (n <= 0)
			return n < 0 ? errno : EUCLEAN;
	}
	return 0;
}

static errcode_t window_write_at(struct disk_window *w, off_t at, const char *data, size_t len)
{
	ssize_t n;

	if (!w->writable)
		return EROFS;
	for (; len; data += n, at += n, len -= (size_t)n) {
		n = pwrite(w->fd, data, len, at);
		if (n <= 0)
			return n < 0 ? errno : EIO;
	}
	return 0;
}

static errcode_t window_write(io_channel c, unsigned long long block, int count, const void *data)
{
	size_t len;
	off_t at;
	errcode_t err = window_place(c, block, count, &at, &len);

	return err ? err : window_write_at(c->private_data, at, data, len);
}

static errcode_t window_read_old(io_channel c, unsigned long block, int count, void *data)
{
	return window_read(c, block, count, data);
}

static errcode_t window_write_old(io_channel c, unsigned long block, int count, const void *data)
{
	return window_write(c, block, count, data);
}

static errcode_t window_flush(io_channel c)
{
	const struct disk_window *w = c->private_data;

	return w->writable && fsync(w->fd) < 0 ? errno : 0;
}

/* Without write_byte: with it libext2fs writes a superblock in pieces, which one that stops half-way
 * leaves with a wrong checksum. */
const struct struct_io_manager disk_window_io = {
	.magic = EXT2_ET_MAGIC_IO_MANAGER,
	.name = "a window of a disk",
	.open = window_open,
	.close = window_close,
	.set_blksize = window_set_blksize,
	.read_blk = window_read_old,
	.write_blk = window_write_old,
	.flush = window_flush,
	.read_blk64 = window_read,
	.write_blk64 = window_write,
};

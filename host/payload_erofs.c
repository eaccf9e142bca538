/* SPDX-License-Identifier: ISC */
#include "host/payload.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"

enum {
	MAGIC = (int)0xe0f5e1e2u,
	BLOCK_BITS = 12,
	SLOT = 32, /* inode numbers count in these */
	DIRENT = 12,
	DIR_MAX = 1 << 20, /* bytes of a folder that is searched */
	LAYOUT_PLAIN = 0,
	LAYOUT_INLINE = 2 /* what does not fill a block comes behind the inode */
};

/* The fields that are read, at their places. */
struct super {
	uint32_t magic, checksum, compat;
	uint8_t block_bits, slots;
	uint16_t root;
	uint64_t inodes, time;
	uint32_t time_ns, blocks, meta, xattr;
	uint8_t uuid[PAYLOAD_UUID_SIZE];
	char name[PAYLOAD_NAME_MAX];
	uint32_t incompat;
	uint8_t rest[44];
};

_Static_assert(sizeof(struct super) == PAYLOAD_SUPER_SIZE, "superblock");

struct inode {
	mode_t mode;
	unsigned layout;
	uint64_t size;
	uint64_t data; /* where its blocks begin */
	uint64_t tail; /* where its inline data is */
};

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static uint64_t get64(const uint8_t *p)
{
	return get32(p) | (uint64_t)get32(p + 4) << 32;
}

/* Reads len bytes at off, all of which are in the file system. */
static int read_at(const struct payload *p, uint64_t off, void *buf, size_t len)
{
	size_t done = 0;

	if (off > p->bytes || len > p->bytes - off)
		return -EINVAL;
	while (done < len) {
		ssize_t n = pread(p->fd, (char *)buf + done, len - done, (off_t)(off + done));

		if (n == 0)
			return -EINVAL;
		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

bool payload_name_is_fine(const char *name)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t len = strlen(name);

	return len > 0 && len <= PAYLOAD_NAME_MAX && name[0] != '-' && strspn(name, ok) == len;
}

int payload_open_fd(int fd, struct payload *p)
{
	struct super s;
	off_t end = lseek(fd, 0, SEEK_END);
	int r;

	*p = (struct payload){ .fd = fd, .bytes = end < 0 ? 0 : (uint64_t)end };
	if (end < 0)
		return -errno;
	r = read_at(p, PAYLOAD_SUPER, &s, sizeof(s));
	if (r)
		return r;
	if (le32toh(s.magic) != (uint32_t)MAGIC || s.block_bits != BLOCK_BITS || s.incompat ||
	    (uint64_t)le32toh(s.blocks) * PAYLOAD_BLOCK > p->bytes || !s.blocks)
		return -EINVAL;
	p->bytes = (uint64_t)le32toh(s.blocks) * PAYLOAD_BLOCK;
	p->meta = (uint64_t)le32toh(s.meta) * PAYLOAD_BLOCK;
	p->root = le16toh(s.root);
	memcpy(p->uuid, s.uuid, sizeof(p->uuid));
	memcpy(p->name, s.name, sizeof(s.name));
	for (size_t i = strlen(p->name); i < sizeof(s.name); i++)
		if (s.name[i])
			p->name[0] = '\0';
	if (!payload_name_is_fine(p->name))
		p->name[0] = '\0';
	return 0;
}

int payload_open(const char *path, struct payload *p)
{
	int r = io_is_plain(path), fd;

	p->fd = -1;
	if (r)
		return r;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = payload_open_fd(fd, p);
	if (r)
		payload_close(p);
	return r;
}

void payload_close(struct payload *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

/* The two forms of an inode; both begin with a word that says which it is. */
static int inode_read(const struct payload *p, uint64_t number, struct inode *n)
{
	uint64_t at, xattrs;
	uint8_t b[2 * SLOT];
	bool wide;
	int r;

	if (p->meta >= p->bytes || number >= (p->bytes - p->meta) / SLOT)
		return -EINVAL;
	at = p->meta + number * SLOT;
	r = read_at(p, at, b, SLOT);
	if (r)
		return r;
	wide = get16(b) & 1;
	if (wide)
		r = read_at(p, at + SLOT, b + SLOT, SLOT);
	xattrs = get16(b + 2) ? 12 + 4u * (get16(b + 2) - 1u) : 0;
	*n = (struct inode){
		.mode = get16(b + 4),
		.layout = get16(b) >> 1 & 7,
		.size = wide ? get64(b + 8) : get32(b + 8),
		.data = (uint64_t)get32(b + 16) * PAYLOAD_BLOCK,
		.tail = at + (wide ? 2 * SLOT : SLOT) + xattrs,
	};
	if (n->layout != LAYOUT_PLAIN && n->layout != LAYOUT_INLINE)
		return -EINVAL;
	return r;
}

/* Reads a block of a file, or what there is of its last: *len bytes. */
static int block_read(const struct payload *p, const struct inode *n, uint64_t block, uint8_t *buf,
		      size_t *len)
{
	uint64_t off = block * PAYLOAD_BLOCK;

	*len = n->size - off < PAYLOAD_BLOCK ? (size_t)(n->size - off) : PAYLOAD_BLOCK;
	if (n->layout == LAYOUT_INLINE && *len < PAYLOAD_BLOCK)
		return read_at(p, n->tail, buf, *len);
	return read_at(p, n->data + off, buf, *len);
}

/* Looks for a name among the entries of a block: 12 bytes each, and behind them the names. */
static int block_find(const uint8_t *b, size_t len, const char *name, size_t name_len,
		      uint64_t *number)
{
	size_t first = len < DIRENT ? 0 : get16(b + 8), n = first / DIRENT;

	if (!n || first % DIRENT || first > len)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		size_t from = get16(b + i * DIRENT + 8);
		size_t to = i + 1 < n ? get16(b + (i + 1) * DIRENT + 8) : len;

		if (from < first || to < from || to > len)
			return -EINVAL;
		if (strnlen((const char *)b + from, to - from) == name_len &&
		    !memcmp(b + from, name, name_len)) {
			*number = get64(b + i * DIRENT);
			return 0;
		}
	}
	return -ENOENT;
}

static int folder_find(const struct payload *p, const struct inode *dir, const char *name,
		       size_t name_len, uint64_t *number)
{
	uint8_t b[PAYLOAD_BLOCK];
	int r = -ENOENT;

	if (!S_ISDIR(dir->mode))
		return -ENOENT;
	if (dir->size > DIR_MAX)
		return -EINVAL;
	for (uint64_t i = 0; r == -ENOENT && i * PAYLOAD_BLOCK < dir->size; i++) {
		size_t len;

		r = block_read(p, dir, i, b, &len);
		if (!r)
			r = block_find(b, len, name, name_len, number);
	}
	return r;
}

/* Follows a path from the root; no links. */
static int path_find(const struct payload *p, const char *path, struct inode *n)
{
	uint64_t number = p->root;
	int r = inode_read(p, number, n);

	while (!r && *path) {
		size_t len;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (len)
			r = folder_find(p, n, path, len, &number);
		if (len && !r)
			r = inode_read(p, number, n);
		path += len;
	}
	return r;
}

int payload_read(const struct payload *p, const char *path, size_t max, char **buf, size_t *len)
{
	struct inode n;
	int r = path_find(p, path, &n);

	if (r)
		return r;
	if (!S_ISREG(n.mode))
		return -ENOENT;
	if (n.size > max)
		return -EFBIG;
	*buf = malloc((size_t)n.size + 1);
	if (!*buf)
		return -ENOMEM;
	*len = (size_t)n.size;
	for (size_t off = 0; !r && off < *len; off += PAYLOAD_BLOCK) {
		size_t part;

		r = block_read(p, &n, off / PAYLOAD_BLOCK, (uint8_t *)*buf + off, &part);
	}
	(*buf)[*len] = '\0';
	if (r)
		free(*buf);
	return r;
}

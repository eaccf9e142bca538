/* SPDX-License-Identifier: ISC */
#include "host/payload.h"

#include <endian.h>
#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <fcntl.h>
#include <sha256.h>
#include <string.h>
#include <unistd.h>

/* Fields of the superblock, by their distance from its begin. */
enum { CHECKSUM = 4, COMPAT = 8, UUID = 48, NAME = 64, COMPAT_CHECKSUM = 1 };

/* Reads part of the file system, its first block as if it had neither UUID nor checksum. */
static int read_blank(const struct payload *p, uint64_t off, uint8_t *buf, size_t len)
{
	ssize_t n = pread(p->fd, buf, len, (off_t)off);

	if (n < 0)
		return -errno;
	if ((size_t)n != len)
		return -EINVAL;
	if (off == 0) {
		memset(buf + PAYLOAD_SUPER + CHECKSUM, 0, 4);
		memset(buf + PAYLOAD_SUPER + UUID, 0, PAYLOAD_UUID_SIZE);
	}
	return 0;
}

int payload_digest(const struct payload *p, uint8_t uuid[PAYLOAD_UUID_SIZE])
{
	static uint8_t buf[64 * PAYLOAD_BLOCK];
	uint8_t hash[SHA256_DIGEST_LENGTH];
	SHA2_CTX ctx;
	int r = 0;

	SHA256Init(&ctx);
	for (uint64_t off = 0, len; !r && off < p->bytes; off += len) {
		len = p->bytes - off < sizeof(buf) ? p->bytes - off : sizeof(buf);
		r = read_blank(p, off, buf, (size_t)len);
		if (!r)
			SHA256Update(&ctx, buf, (size_t)len);
	}
	SHA256Final(hash, &ctx);
	memcpy(uuid, hash, PAYLOAD_UUID_SIZE);
	uuid[6] = (uint8_t)(0x80 | (uuid[6] & 0x0f)); /* version */
	uuid[8] = (uint8_t)(0x80 | (uuid[8] & 0x3f)); /* variant */
	return r;
}

static int write_at(int fd, uint64_t off, const void *buf, size_t len)
{
	ssize_t n = pwrite(fd, buf, len, (off_t)off);

	return n < 0 ? -errno : (size_t)n == len ? 0 : -EIO;
}

/* The checksum that is there, and the one that should be, where there is one: of the first block
 * from the superblock on, with itself being 0. */
static int read_checksum(const struct payload *p, uint32_t *is, uint32_t *should)
{
	uint8_t b[PAYLOAD_BLOCK], *super = b + PAYLOAD_SUPER;
	ssize_t n = pread(p->fd, b, sizeof(b), 0);

	if (n != sizeof(b))
		return n < 0 ? -errno : -EINVAL;
	memcpy(is, super + CHECKSUM, sizeof(*is));
	*should = *is;
	if (super[COMPAT] & COMPAT_CHECKSUM) {
		memset(super + CHECKSUM, 0, sizeof(*is));
		*should = htole32(ext2fs_crc32c_le(~0u, super, sizeof(b) - PAYLOAD_SUPER));
	}
	return 0;
}

static int seal_checksum(const struct payload *p)
{
	uint32_t is, should;
	int r = read_checksum(p, &is, &should);

	return r ? r : write_at(p->fd, PAYLOAD_SUPER + CHECKSUM, &should, sizeof(should));
}

int payload_verify(const struct payload *p)
{
	uint8_t uuid[PAYLOAD_UUID_SIZE];
	uint32_t is, should;
	int r = payload_digest(p, uuid);

	if (!r)
		r = read_checksum(p, &is, &should);
	if (r)
		return r;
	return memcmp(uuid, p->uuid, sizeof(uuid)) || is != should ? -EILSEQ : 0;
}

int payload_seal(const char *path, const char *name)
{
	char field[PAYLOAD_NAME_MAX] = "";
	uint8_t uuid[PAYLOAD_UUID_SIZE];
	struct payload p;
	int fd = open(path, O_RDWR | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	memcpy(field, name, strnlen(name, sizeof(field)));
	r = payload_open_fd(fd, &p);
	if (!r)
		r = write_at(fd, PAYLOAD_SUPER + NAME, field, sizeof(field));
	if (!r)
		r = payload_digest(&p, uuid);
	if (!r)
		r = write_at(fd, PAYLOAD_SUPER + UUID, uuid, sizeof(uuid));
	if (!r)
		r = seal_checksum(&p);
	if (!r && fsync(fd) < 0)
		r = -errno;
	close(fd);
	return r;
}

/* SPDX-License-Identifier: ISC */
#include "host/image.h"

#include <errno.h>
#include <fcntl.h>
#include <sha256.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "host/disk.h"
#include "host/image_fs.h"

/* libmd's own way takes a block device for an empty file. */
int image_sha256(const char *path, char *hex)
{
	enum { CHUNK = 1 << 20 };
	int r = io_is_plain(path), fd = r ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *buf = malloc(CHUNK);
	SHA2_CTX ctx;
	ssize_t n = 1;

	if (!r && fd < 0)
		r = -errno;
	if (!r && !buf)
		r = -ENOMEM;
	SHA256Init(&ctx);
	while (!r && n) {
		n = read(fd, buf, CHUNK);
		if (n > 0)
			SHA256Update(&ctx, buf, (size_t)n);
		else if (n < 0 && errno != EINTR)
			r = -errno;
	}
	SHA256End(&ctx, hex);
	free(buf);
	if (fd >= 0)
		close(fd);
	return r;
}

/* The first partition that can be read, or the bare file system. */
static const struct disk_part *first_ext(const struct disk *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->part[i].kind == DISK_EXT)
			return &d->part[i];
	return NULL;
}

/* What is damaged is no image either. */
static int image_error(int r)
{
	return r == -EUCLEAN ? -EINVAL : r;
}

static int image_part(const char *disk, struct disk **d, const struct disk_part **p)
{
	char why[DISK_WHY];
	int r;

	*d = malloc(sizeof(**d));
	if (!*d)
		return -ENOMEM;
	r = disk_read(disk, *d, why, sizeof(why));
	*p = r ? NULL : first_ext(*d);
	if (*p)
		return 0;
	free(*d);
	return r ? image_error(r) : -EINVAL;
}

int image_open(const char *disk, struct disk_fs **fs)
{
	const struct disk_part *p;
	char why[DISK_WHY];
	struct disk *d;
	int r = image_part(disk, &d, &p);

	if (r)
		return r;
	r = image_error(disk_fs_open(d, p, false, fs, why, sizeof(why)));
	free(d);
	return r;
}

int image_read(const char *disk, const char *path, size_t max, char **buf, size_t *len)
{
	struct disk_fs *fs;
	int r = image_open(disk, &fs);

	if (r)
		return r;
	r = disk_fs_get(fs, path, max, buf, len);
	disk_fs_close(fs);
	return image_error(r);
}

int image_fs_uuid(const char *disk, char *buf)
{
	const struct disk_part *p;
	struct disk *d;
	int r = image_part(disk, &d, &p);

	if (r)
		return r;
	strcpy(buf, p->fs_uuid);
	if (strlen(buf) != 36)
		r = -EINVAL;
	free(d);
	return r;
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

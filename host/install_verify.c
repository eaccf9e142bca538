/* SPDX-License-Identifier: ISC */
#include "host/install.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"

enum { CHUNK = 1 << 20, SHOW_AFTER_MS = 2000 };

void install_progress(struct install_progress *p, uint64_t more)
{
	int64_t now = io_now_ms();

	p->done += more;
	if (!p->since)
		p->since = now;
	if (now - p->since < SHOW_AFTER_MS || !p->total || !isatty(STDERR_FILENO))
		return;
	p->shown = true;
	fprintf(stderr, "\rinstall: %s, %" PRIu64 " %%\033[K", p->what, p->done * 100 / p->total);
}

void install_progress_end(struct install_progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}

int install_hash(int fd, uint64_t bytes, const char *what, char hex[65])
{
	struct install_progress p = { .what = what, .total = bytes };
	char *buf = aligned_alloc(INSTALL_HEAD, CHUNK);
	SHA2_CTX ctx;
	ssize_t n;
	int r = buf ? 0 : -ENOMEM;

	SHA256Init(&ctx);
	for (uint64_t at = 0; !r && at < bytes; at += (uint64_t)n) {
		errno = 0;
		n = pread(fd, buf, CHUNK, (off_t)at);
		if (n <= 0) {
			r = errno ? -errno : -EIO;
			break;
		}
		SHA256Update(&ctx, (uint8_t *)buf, (size_t)n);
		install_progress(&p, (uint64_t)n);
	}
	install_progress_end(&p);
	SHA256End(&ctx, hex);
	free(buf);
	return r;
}

/* Where direct reads are not to be had, the caches are dropped, as far as they can be. */
int install_hash_medium(const char *path, int fd, uint64_t bytes, char hex[65])
{
	int direct, r;

	if (fsync(fd) < 0)
		return -errno;
	ioctl(fd, BLKFLSBUF);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	direct = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (direct < 0 && errno != EINVAL)
		return -errno;
	r = install_hash(direct < 0 ? fd : direct, bytes, "reading back", hex);
	if (direct >= 0)
		close(direct);
	return r;
}

/* Two trees, walked together: what is in the first must be in the second, in as many names. */
struct compare {
	struct disk_fs *a, *b;
	const char *dir;
	uint64_t max; /* bytes of a file */
	size_t files, names;
	char path[DISK_PATH]; /* that differs */
};

static int count_name(const char *name, void *arg)
{
	(void)name;
	++*(size_t *)arg;
	return 0;
}

static int compare_files(struct compare *c, const char *path)
{
	char *a, *b;
	size_t alen, blen;
	int r = disk_fs_get(c->a, path, c->max, &a, &alen);

	if (r)
		return r;
	r = disk_fs_get(c->b, path, c->max, &b, &blen);
	if (!r) {
		r = alen == blen && !memcmp(a, b, alen) ? 0 : -EUCLEAN;
		free(b);
	}
	free(a);
	c->files++;
	return r;
}

static int compare_links(struct compare *c, const char *path)
{
	char a[PATH_MAX + 1], b[PATH_MAX + 1];
	int r = disk_fs_link(c->a, path, a, sizeof(a));

	if (!r)
		r = disk_fs_link(c->b, path, b, sizeof(b));
	return r ? r : strcmp(a, b) ? -EUCLEAN : 0;
}

static int compare_dir(struct compare *c, const char *path);

static int compare_one(struct compare *c, const char *path)
{
	struct disk_stat a, b;
	int r = disk_fs_stat(c->a, path, false, &a);

	if (!r)
		r = disk_fs_stat(c->b, path, false, &b);
	if (!r && (a.mode != b.mode || a.uid != b.uid || a.gid != b.gid || a.mtime != b.mtime ||
		   (!S_ISDIR(a.mode) && a.size != b.size)))
		r = -EUCLEAN;
	if (!r && S_ISREG(a.mode))
		r = compare_files(c, path);
	if (!r && S_ISLNK(a.mode))
		r = compare_links(c, path);
	if (!r && S_ISDIR(a.mode))
		r = compare_dir(c, path);
	if (r && !c->path[0])
		snprintf(c->path, sizeof(c->path), "%s", path);
	return r;
}

static int compare_name(const char *name, void *arg)
{
	struct compare *c = arg;
	char path[DISK_PATH];
	const char *dir = c->dir;
	int r;

	c->names++;
	if (snprintf(path, sizeof(path), "%s/%s", strcmp(dir, "/") ? dir : "", name) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	r = compare_one(c, path);
	c->dir = dir;
	return r;
}

static int compare_dir(struct compare *c, const char *path)
{
	size_t above = c->names, names = 0;
	int r;

	c->dir = path;
	c->names = 0;
	r = disk_fs_list(c->a, path, compare_name, c);
	if (!r)
		r = disk_fs_list(c->b, path, count_name, &names);
	if (!r && names != c->names)
		r = -EUCLEAN;
	c->names = above;
	return r;
}

static int last_open(const char *path, struct disk *d, struct disk_fs **fs, char why[INSTALL_WHY])
{
	const struct disk_part *last;
	int r = disk_read(path, d, why, INSTALL_WHY);

	if (!r)
		r = install_last(d, &last, why);
	return r ? r : disk_fs_open(d, last, false, fs, why, INSTALL_WHY);
}

int install_compare(const char *a, const char *b, size_t *files, char why[INSTALL_WHY])
{
	static struct disk da, db;
	struct compare c = { .dir = "/" };
	int r = last_open(a, &da, &c.a, why);

	if (!r)
		r = last_open(b, &db, &c.b, why);
	c.max = da.bytes;
	if (c.b) {
		r = compare_one(&c, "/");
		if (r)
			snprintf(why, INSTALL_WHY, "%.1000s is not as on the disk: %s", c.path,
				 strerror(-r));
		disk_fs_close(c.b);
	}
	if (c.a)
		disk_fs_close(c.a);
	*files = c.files;
	return r;
}

/* SPDX-License-Identifier: ISC */
/*
 * xlab-seed FILE: gives the kernel the random bytes that an earlier boot left in FILE, and leaves
 * others for the next one. They count as random, random(4), since they are used once: the file has
 * the new ones, safe on its disk, before the old ones are counted. Where FILE's folder is not there
 * or cannot be written to there is nothing to do.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"

enum { SEED = 64 };

/* As struct rand_pool_info of linux/random.h, whose last member has no size. */
struct seed {
	int entropy_count; /* bits */
	int buf_size;	   /* bytes */
	unsigned char bytes[SEED + 1]; /* and the NUL of io_read_file() */
};

/* The old bytes are mixed in first, not counted, so that the new ones come from them as well. */
static int leave_new(const char *path, int urandom, const struct seed *old, size_t len)
{
	unsigned char bytes[SEED];
	int r = io_write_all(urandom, old->bytes, len);

	if (!r && getrandom(bytes, sizeof(bytes), GRND_INSECURE) != sizeof(bytes))
		r = -errno;
	return r ? r : io_replace_file(path, bytes, sizeof(bytes));
}

static int carry_over(const char *path)
{
	struct seed s = { .entropy_count = SEED * 8, .buf_size = SEED };
	int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
	int n = io_read_file(path, (char *)s.bytes, SEED + 1), r = fd < 0 ? -errno : 0;

	if (!r)
		r = leave_new(path, fd, &s, n < 0 ? 0 : (size_t)n);
	if (!r && n == SEED && ioctl(fd, RNDADDENTROPY, &s) < 0)
		r = -errno;
	if (fd >= 0)
		close(fd);
	return r;
}

int main(int argc, char **argv)
{
	int r;

	log_init("xlab-seed");
	if (argc != 2 || argv[1][0] == '-') {
		log_warnx("usage: xlab-seed FILE");
		return EXIT_USAGE;
	}
	umask(077);
	r = carry_over(argv[1]);
	if (!r || r == -EROFS || r == -ENOENT)
		return EXIT_OK;
	log_warnx("%s: %s", argv[1], strerror(-r));
	return EXIT_SYSTEM;
}

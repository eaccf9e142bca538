/* SPDX-License-Identifier: ISC */
#include "guest-tools/bench/data.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const struct data_set data_sets[BENCH_SIZES] = {
	[BENCH_QUICK] = { 128 << 10,
		"c195b52c7592f3a539f253d26951e3fac7bebf0b738f7a10b574aede06758932" },
	[BENCH_REF] = { 8 << 20,
		"70ea4a8d65153ac0642313b1049e2323f6fa70a79e1f0a2104d53d7f22a6c4c7" },
};

static const char *const words[16] = {
	"hypercall", "event", "channel", "grant", "table", "frame", "page", "fault",
	"shadow", "nested", "vcpu", "domain", "ring", "store", "watch", "clock",
};

/* A word and a character that is anything printable from '@' on, over and over. */
void data_fill(char *buf, size_t bytes)
{
	uint64_t x = 42;

	for (size_t at = 0; at < bytes; ) {
		x = x * 0x5851f42d4c957f2du + 0x14057b7ef767814fu;
		for (const char *w = words[x >> 60]; *w && at < bytes; w++)
			buf[at++] = *w;
		if (at < bytes)
			buf[at++] = (char)('@' + (x >> 40) % 32);
	}
}

int data_temp(void)
{
	char path[] = "/tmp/xlab-bench-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

static int fill_file(int fd, size_t bytes)
{
	int err = posix_fallocate(fd, 0, (off_t)bytes); /* or a full disk would be a SIGBUS below */
	char *p;

	if (err)
		return -err;
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	data_fill(p, bytes);
	munmap(p, bytes);
	return 0;
}

int data_open(const struct data_set *set)
{
	int fd = data_temp(), rc;

	if (fd < 0)
		return fd;
	rc = fill_file(fd, set->bytes);
	if (rc < 0)
		close(fd);
	return rc < 0 ? rc : fd;
}

bool data_digests_right(const struct data_set *set, const char *text, size_t n)
{
	const char *end;

	for (; (end = strchr(text, '\n')); text = end + 1, n--)
		if (n == 0 || strncmp(text, set->sha256, DATA_SHA256_LEN) != 0)
			return false;
	return n == 0 && *text == '\0';
}

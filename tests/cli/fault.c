/* SPDX-License-Identifier: ISC */
/*
 * For LD_PRELOAD: goes wrong when the program writes to that byte of a file or device with
 * pwrite(2). FAULT_AT=BYTE says where, FAULT=kill|flip|error what: the program dies before, one bit
 * of it changes on its way, or the write fails. FAULT_ON=device|file: only there. FAULT=fork: the
 * FAULT_ATth fork(2) fails.
 */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef ssize_t write_at(int fd, const void *buf, size_t len, off_t at);

static int is_meant(int fd, size_t len, off_t at)
{
	const char *where = getenv("FAULT_AT"), *on = getenv("FAULT_ON");
	off_t byte = where ? atoll(where) : -1;
	struct stat st;

	if (byte < at || byte >= at + (off_t)len || fstat(fd, &st) < 0)
		return 0;
	return !on || !strcmp(on, S_ISBLK(st.st_mode) ? "device" : "file");
}

static ssize_t flipped(write_at *real, int fd, const void *buf, size_t len, off_t at)
{
	char *copy = malloc(len);
	ssize_t n;

	memcpy(copy, buf, len);
	copy[atoll(getenv("FAULT_AT")) - at] ^= 1;
	n = real(fd, copy, len, at);
	free(copy);
	return n;
}

ssize_t pwrite(int fd, const void *buf, size_t len, off_t at)
{
	write_at *real;
	const char *fault = getenv("FAULT");

	*(void **)&real = dlsym(RTLD_NEXT, "pwrite");
	if (!fault || !is_meant(fd, len, at))
		return real(fd, buf, len, at);
	if (!strcmp(fault, "flip"))
		return flipped(real, fd, buf, len, at);
	if (!strcmp(fault, "kill"))
		raise(SIGKILL);
	errno = EIO;
	return -1;
}

pid_t fork(void)
{
	static long long forks;
	const char *fault = getenv("FAULT"), *at = getenv("FAULT_AT");
	pid_t (*real)(void);

	*(void **)&real = dlsym(RTLD_NEXT, "fork");
	if (!fault || strcmp(fault, "fork") || ++forks != atoll(at))
		return real();
	errno = EAGAIN;
	return -1;
}

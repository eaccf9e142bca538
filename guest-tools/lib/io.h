/* SPDX-License-Identifier: ISC */
/* Reading and writing whole things. Functions return -errno and print nothing. */
#ifndef XLAB_IO_H
#define XLAB_IO_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

/* Writes all of it, however often write(2) stops short. 0 or -errno. */
int io_write_all(int fd, const void *buf, size_t len);

/* 0 for a regular file or a block device, which never keep a reader waiting; -EINVAL for anything
 * else, -errno when there is nothing. */
int io_is_plain(const char *path);

/* Reads a small file, cuts it at size - 1 bytes, and ends it with NUL. Returns the length or
 * -errno. */
int io_read_file(const char *path, char *buf, size_t size);

/*
 * Writes a file that appears under its name whole or not at all; an older one stays until then, and
 * what is in it is on the disk when this returns. Until then it is path.NUMBER.new, which nothing
 * was. It gets the older one's permissions, and its owner and group where this process may give
 * them; a new one 0644 less the umask. Character devices, pipes and links are written to as they
 * are; a disk is no file: -EINVAL. 0 or -errno.
 */
int io_replace_file(const char *path, const void *buf, size_t len);

/* The same bit by bit: what is written to fd is the file once it is closed with r 0, and nothing is
 * left of it else. path must live until then. The first returns 0 or -errno, the second r, or -errno
 * where that is 0. */
struct io_new {
	int fd;
	const char *path;
	char tmp[PATH_MAX]; /* "" for what is written in place */
};
int io_new_open(struct io_new *n, const char *path);
int io_new_close(struct io_new *n, int r);

/* Reads once from fd behind the *len bytes that buf holds and calls line() for each whole line
 * without its newline. Of a line longer than buf only the tail is seen. Returns 0 or -errno; -EPIPE
 * at the end of the file. */
int io_read_lines(int fd, char *buf, size_t size, size_t *len,
		  void (*line)(const char *text, size_t len, void *arg), void *arg);

/* Makes a serial port raw, 8 bits at 115200 baud. 0 or -errno. */
int io_raw_tty(int fd);

/* Nanoseconds, and milliseconds, on CLOCK_MONOTONIC. */
int64_t io_now_ns(void);
int64_t io_now_ms(void);

#endif

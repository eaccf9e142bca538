/* SPDX-License-Identifier: ISC */
#include "init/klog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

struct line {
	char text[256];
	size_t len;
};

static void put(struct line *l, const char *s)
{
	while (*s && l->len < sizeof(l->text) - 1)
		l->text[l->len++] = *s++;
}

static void put_int(struct line *l, int n)
{
	char digits[12];
	char *p = digits + sizeof(digits) - 1;
	unsigned u = n < 0 ? 0u - (unsigned)n : (unsigned)n;

	*p = '\0';
	do {
		*--p = (char)('0' + u % 10);
	} while (u /= 10);
	if (n < 0)
		*--p = '-';
	put(l, p);
}

int klog_fd(void)
{
	static int kmsg = -1;
	int fd;

	if (kmsg < 0 && (fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC)) >= 0) {
		kmsg = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1); /* out of the children's way */
		close(fd);
	}
	return kmsg < 0 ? STDERR_FILENO : kmsg;
}

void klog(int level, const char *fmt, ...)
{
	int saved = errno, fd = klog_fd();
	struct line l = { .len = 0 };
	char one[2] = "";
	va_list ap;

	if (fd != STDERR_FILENO) {
		put(&l, "<");
		put_int(&l, level);
		put(&l, ">");
	}
	put(&l, "xlab-init: ");
	va_start(ap, fmt);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			one[0] = *fmt;
			put(&l, one);
		} else if (*++fmt == 's') {
			put(&l, va_arg(ap, const char *));
		} else if (*fmt == 'd') {
			put_int(&l, va_arg(ap, int));
		} else if (*fmt == 'm') {
			put(&l, strerror(saved));
		}
	}
	va_end(ap);
	l.text[l.len++] = '\n';
	if (write(fd, l.text, l.len) < 0) {
		/* there is nowhere left to say so */
	}
	errno = saved;
}

/* SPDX-License-Identifier: ISC */
#include "init/klog.h"

#include "init/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define WHO "xlab-init"

struct line {
	char text[320];
	size_t len;
};

static void put_bytes(struct line *l, const char *s, size_t len)
{
	if (len > sizeof(l->text) - 1 - l->len)
		len = sizeof(l->text) - 1 - l->len;
	memcpy(l->text + l->len, s, len);
	l->len += len;
}

static void put(struct line *l, const char *s)
{
	put_bytes(l, s, strlen(s));
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

static int kmsg(void)
{
	static int fd = -1;
	int low;

	if (fd < 0 && (low = open("/dev/kmsg", O_WRONLY | O_CLOEXEC)) >= 0) {
		fd = fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1); /* 0 to 2 are others' */
		close(low);
	}
	return fd < 0 ? STDERR_FILENO : fd;
}

void klog_of(int level, const char *who, const char *text, size_t len)
{
	int fd = kmsg();
	struct line l;

	l.len = 0;
	if (fd != STDERR_FILENO) {
		put(&l, "<");
		put_int(&l, level);
		put(&l, ">");
	}
	put(&l, who);
	put(&l, ": ");
	put_bytes(&l, text, len);
	for (size_t i = 0; i < l.len; i++)
		if (l.text[i] < ' ' || l.text[i] > '~')
			l.text[i] = '?';
	l.text[l.len++] = '\n';
	if (write(fd, l.text, l.len) < 0) {
		/* there is nowhere left to say so */
	}
}

void klog(int level, const char *fmt, ...)
{
	int saved = errno;
	struct line l;
	va_list ap;

	l.len = 0;
	va_start(ap, fmt);
	for (; *fmt; fmt++) {
		if (*fmt != '%')
			put_bytes(&l, fmt, 1);
		else if (*++fmt == 's')
			put(&l, va_arg(ap, const char *));
		else if (*fmt == 'd')
			put_int(&l, va_arg(ap, int));
		else if (*fmt == 'm')
			put(&l, strerror(saved));
	}
	va_end(ap);
	ring_add(WHO, l.text, l.len);
	klog_of(level, WHO, l.text, l.len);
	errno = saved;
}

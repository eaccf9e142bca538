/* SPDX-License-Identifier: ISC */
#include "host/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* No KVM, nothing that the user's configuration adds, no device that is not asked for. The CPU has
 * what Xen needs for HVM and PVH and lacks what breaks under it. */
static const char *const common[] = {
	"qemu-system-x86_64",
	"-no-user-config",
	"-nodefaults",
	"-no-reboot",
	"-display", "none",
	"-machine", "pc",
	"-accel", "tcg,thread=multi",
	"-cpu", "qemu64,+svm,+npt,+ssse3,+sse4.1,+sse4.2,+popcnt",
};

static void push(struct qemu *q, const char *word)
{
	if (q->argc + 1 >= sizeof q->argv / sizeof q->argv[0])
		q->err = -E2BIG;
	if (q->err == 0)
		q->argv[q->argc++] = word;
}

void qemu_init(struct qemu *q, int cpus, int memory_mb)
{
	memset(q, 0, sizeof *q);
	for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
		push(q, common[i]);
	qemu_add(q, "-smp", "%d", cpus);
	qemu_add(q, "-m", "%d", memory_mb);
}

void qemu_add(struct qemu *q, const char *option, const char *fmt, ...)
{
	char *word = q->text + q->used;
	size_t room = sizeof q->text - q->used;
	va_list ap;
	int n;

	push(q, option);
	if (!fmt)
		return;
	va_start(ap, fmt);
	n = vsnprintf(word, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room) {
		q->err = -E2BIG;
		return;
	}
	q->used += (size_t)n + 1;
	push(q, word);
}

int qemu_add_socket(struct qemu *q, const char *id, int *theirs)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	fcntl(pair[1], F_SETFD, 0);
	qemu_add(q, "-chardev", "socket,id=%s,fd=%d", id, pair[1]);
	*theirs = pair[1];
	return pair[0];
}

int qemu_escape(char *buf, size_t size, const char *path)
{
	size_t used = 0;

	for (; *path; path++) {
		if (used + 3 > size)
			return -ENAMETOOLONG;
		if (*path == ',')
			buf[used++] = ',';
		buf[used++] = *path;
	}
	buf[used] = '\0';
	return 0;
}

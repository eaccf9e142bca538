/* SPDX-License-Identifier: ISC */
#include "init/console.h"

#include "init/klog.h"
#include "init/svc.h"

#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define ACTIVE "/sys/class/tty/console/active"

size_t console_parse(const char *text, char names[][CONSOLE_NAME], size_t max)
{
	size_t count = 0;

	while (*text && count < max) {
		size_t n = 0;

		while (isalnum((unsigned char)text[n]))
			n++;
		if (n > 0 && n < CONSOLE_NAME && (!text[n] || isspace((unsigned char)text[n]))) {
			memcpy(names[count], text, n);
			names[count++][n] = '\0';
		}
		text += strcspn(text, " \n");
		text += strspn(text, " \n");
	}
	return count;
}

static size_t console_find(char names[][CONSOLE_NAME], size_t max)
{
	char text[128];
	int fd = open(ACTIVE, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		klog(KLOG_WARN, "no console: cannot read " ACTIVE ": %m");
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return 0;
	text[n] = '\0';
	return console_parse(text, names, max);
}

void console_start_all(void)
{
	static char names[CONSOLE_MAX][CONSOLE_NAME];
	static char *argv[CONSOLE_MAX][10];
	static struct svc_def defs[CONSOLE_MAX];
	size_t n = console_find(names, CONSOLE_MAX);

	for (size_t i = 0; i < n; i++) {
		char *const getty[] = { "/bin/busybox", "getty", "-n", "-l", "/bin/sh", "-L",
					"115200", names[i], "vt102", NULL };

		memcpy(argv[i], getty, sizeof(getty));
		/* a shell in use ignores SIGTERM */
		defs[i] = (struct svc_def){ names[i], argv[i], SIGHUP };
		svc_add(&defs[i]);
	}
}

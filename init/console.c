/* SPDX-License-Identifier: ISC */
#include "init/console.h"

#include "init/boot.h"
#include "init/klog.h"

#include <ctype.h>
#include <string.h>

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

size_t console_find(char names[][CONSOLE_NAME])
{
	char text[128];

	if (boot_read(ACTIVE, text, sizeof(text)) < 0) {
		klog(KLOG_INFO, "no console: cannot read " ACTIVE ": %m");
		return 0;
	}
	return console_parse(text, names, CONSOLE_MAX);
}

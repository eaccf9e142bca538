/* SPDX-License-Identifier: ISC */
#include "guest-tools/agent/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/io.h"

/* Copies the value of `name=` on the kernel's command line into buf. */
static int kernel_param(const char *name, char *buf, size_t size)
{
	char line[2048], *save, *word;
	size_t len = strlen(name);

	if (io_read_file("/proc/cmdline", line, sizeof(line)) < 0)
		return -errno;
	for (word = strtok_r(line, " \n", &save); word; word = strtok_r(NULL, " \n", &save)) {
		if (strncmp(word, name, len) || word[len] != '=' || strlen(word + len + 1) >= size)
			continue;
		strcpy(buf, word + len + 1);
		return 0;
	}
	return -ENOENT;
}

const struct link_ops *link_open(bool on_xen)
{
	char dev[16];

	if (on_xen || getenv("XENSTORED_PATH"))
		return link_xs_open();
	if (kernel_param("xlab.link", dev, sizeof(dev)) || strchr(dev, '/')) {
		errno = ENODEV;
		return NULL;
	}
	return link_serial_open(dev);
}

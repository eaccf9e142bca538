/* SPDX-License-Identifier: ISC */
#include "guest-tools/agent/link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/agent/link_keys.h"
#include "guest-tools/lib/io.h"

static int line_fd = -1;
static char line_in[XP_LINE_MAX];
static size_t line_len;

static int link_serial_again(unsigned key)
{
	return link_keys_write(line_fd, key);
}

static int link_serial_put(unsigned key, const char *val, size_t len)
{
	int r = link_keys_set(key, val, len);

	return r ? r : link_serial_again(key);
}

static void line_take(const char *text, size_t len, void *arg)
{
	(void)arg;
	link_keys_take(text, len, XP_HOST);
}

static int link_serial_fd(void)
{
	return line_fd;
}

static int link_serial_wait(int ms)
{
	struct pollfd fd = { .fd = line_fd, .events = POLLIN };
	int r = poll(&fd, 1, ms);

	if (r <= 0)
		return r < 0 && errno != EINTR ? -errno : 0;
	r = io_read_lines(line_fd, line_in, sizeof(line_in), &line_len, line_take, NULL);
	return r ? r : 1;
}

static const struct link_ops link_serial = {
	.name = "serial",
	.lossy = true,
	.put = link_serial_put,
	.get = link_keys_get,
	.again = link_serial_again,
	.wait = link_serial_wait,
	.fd = link_serial_fd,
};

bool link_is_descriptor(const char *dev)
{
	return *dev && dev[strspn(dev, "0123456789")] == '\0';
}

const struct link_ops *link_serial_open(const char *dev)
{
	char path[64];

	if (link_is_descriptor(dev)) {
		line_fd = atoi(dev);
		return fcntl(line_fd, F_SETFD, FD_CLOEXEC) < 0 ? NULL : &link_serial;
	}
	snprintf(path, sizeof(path), "/dev/%s", dev);
	line_fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return line_fd < 0 || io_raw_tty(line_fd) ? NULL : &link_serial;
}

/* SPDX-License-Identifier: ISC */
#include "guest-tools/agent/link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/proto/proto.h"

/* Both sides' keys as they were last put or heard. */
static struct {
	bool set;
	size_t len;
	char val[XP_VALUE_MAX + 1];
} keys[XPK_COUNT];

static int line_fd = -1;
static char line_in[XP_LINE_MAX];
static size_t line_len;

static int link_serial_again(unsigned key)
{
	static char line[XP_LINE_MAX];
	int n;

	if (!keys[key].set)
		return 0;
	n = xp_line_format(key, keys[key].val, keys[key].len, line, sizeof(line));
	return n < 0 ? n : io_write_all(line_fd, line, (size_t)n);
}

static void key_set(unsigned key, const char *val, size_t len)
{
	memcpy(keys[key].val, val, len);
	keys[key].val[len] = '\0';
	keys[key].len = len;
	keys[key].set = true;
}

static int link_serial_put(unsigned key, const char *val, size_t len)
{
	if (len > XP_VALUE_MAX)
		return -EMSGSIZE;
	key_set(key, val, len);
	return link_serial_again(key);
}

static int link_serial_get(unsigned key, char *buf, size_t size)
{
	if (!keys[key].set)
		return -ENOENT;
	if (keys[key].len >= size)
		return -EMSGSIZE;
	memcpy(buf, keys[key].val, keys[key].len + 1);
	return (int)keys[key].len;
}

static void line_take(const char *text, size_t len, void *arg)
{
	static struct xp_line line;

	(void)arg;
	if (!xp_line_parse(text, len, &line) && xp_key_writer(line.key) == XP_HOST)
		key_set(line.key, line.value, line.len);
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
	.get = link_serial_get,
	.again = link_serial_again,
	.wait = link_serial_wait,
	.fd = link_serial_fd,
};

const struct link_ops *link_serial_open(const char *dev)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/%s", dev);
	line_fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return line_fd < 0 || io_raw_tty(line_fd) ? NULL : &link_serial;
}

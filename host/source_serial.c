/* SPDX-License-Identifier: ISC */
#include "host/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"

static int serial_send(struct source_serial *s, unsigned key)
{
	char line[XP_LINE_MAX];
	int n;

	if (s->fd < 0)
		return 0;
	n = xp_line_format(key, s->keys[key].val, s->keys[key].len, line, sizeof(line));
	if (n >= 0)
		n = io_write_all(s->fd, line, (size_t)n);
	/* Who does not read loses lines: the guest asks again. */
	return n == -EAGAIN ? 0 : n;
}

static void serial_set(struct source_serial *s, unsigned key, const char *val, size_t len)
{
	struct source_slot *slot = &s->keys[key];

	memcpy(slot->val, val, len);
	slot->val[len] = '\0';
	slot->len = len;
	slot->set = true;
}

static int source_serial_get(struct source *src, unsigned key, char *buf, size_t size)
{
	struct source_slot *slot = &((struct source_serial *)src)->keys[key];

	if (!slot->set)
		return -ENOENT;
	if (slot->len >= size)
		return -EMSGSIZE;
	memcpy(buf, slot->val, slot->len + 1);
	return (int)slot->len;
}

static int source_serial_put(struct source *src, unsigned key, const char *val, size_t len)
{
	struct source_serial *s = (struct source_serial *)src;

	if (len > XP_VALUE_MAX)
		return -EMSGSIZE;
	serial_set(s, key, val, len);
	return serial_send(s, key);
}

/* Another boot than the one that was heard of. */
static bool serial_is_new(const struct source_serial *s, const struct xp_line *line)
{
	const struct source_slot *boot = &s->keys[XPK_BOOT];

	return boot->set && (boot->len != line->len || memcmp(boot->val, line->value, line->len));
}

/* What an earlier boot said, and what it was answered, means nothing to the next one. */
static void serial_forget(struct source_serial *s)
{
	for (unsigned key = 0; key < XPK_COUNT; key++)
		if (xp_key_writer(key) == XP_GUEST || key == XPK_ACK)
			s->keys[key].set = false;
}

int source_serial_take(struct source_serial *s, const char *text, size_t len)
{
	struct xp_line line;

	if (xp_line_parse(text, len, &line) || xp_key_writer(line.key) != XP_GUEST)
		return -1;
	if (line.key == XPK_BOOT && serial_is_new(s, &line))
		serial_forget(s);
	serial_set(s, line.key, line.value, line.len);
	return (int)line.key;
}

static void serial_line(const char *text, size_t len, void *arg)
{
	struct source_serial *s = arg;

	if (source_serial_take(s, text, len) != XPK_BOOT)
		return;
	for (unsigned key = 0; key < XPK_COUNT; key++)
		if (s->keys[key].set && xp_key_writer(key) == XP_HOST)
			serial_send(s, key);
}

static int serial_connect(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, err;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	err = errno;
	close(fd);
	return -err;
}

static int serial_port(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = io_raw_tty(fd);
	if (!r)
		return fd;
	close(fd);
	return r;
}

void source_serial_init(struct source_serial *s)
{
	memset(s, 0, sizeof(*s));
	s->src = (struct source){ .get = source_serial_get, .put = source_serial_put };
	s->fd = -1;
}

int source_serial_open(struct source_serial *s, const char *path)
{
	struct stat st;

	source_serial_init(s);
	if (!strcmp(path, "-"))
		s->fd = dup(STDIN_FILENO);
	else if (stat(path, &st) < 0)
		return -errno;
	else
		s->fd = S_ISSOCK(st.st_mode) ? serial_connect(path) : serial_port(path);
	if (s->fd < 0)
		return s->fd;
	return fcntl(s->fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0 ? -errno : 0;
}

void source_serial_close(struct source_serial *s)
{
	close(s->fd);
	s->fd = -1;
}

int source_serial_read(struct source_serial *s)
{
	return io_read_lines(s->fd, s->in, sizeof(s->in), &s->in_len, serial_line, s);
}

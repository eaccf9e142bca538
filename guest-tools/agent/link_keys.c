/* SPDX-License-Identifier: ISC */
#include "guest-tools/agent/link_keys.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "guest-tools/lib/io.h"

static struct {
	bool set;
	size_t len;
	char val[XP_VALUE_MAX + 1];
} keys[XPK_COUNT];

int link_keys_set(unsigned key, const char *val, size_t len)
{
	if (len > XP_VALUE_MAX)
		return -EMSGSIZE;
	memcpy(keys[key].val, val, len);
	keys[key].val[len] = '\0';
	keys[key].len = len;
	keys[key].set = true;
	return 0;
}

int link_keys_get(unsigned key, char *buf, size_t size)
{
	if (!keys[key].set)
		return -ENOENT;
	if (keys[key].len >= size)
		return -EMSGSIZE;
	memcpy(buf, keys[key].val, keys[key].len + 1);
	return (int)keys[key].len;
}

int link_keys_write(int fd, unsigned key)
{
	static char line[XP_LINE_MAX];
	int n;

	if (!keys[key].set)
		return 0;
	n = xp_line_format(key, keys[key].val, keys[key].len, line, sizeof(line));
	return n < 0 ? n : io_write_all(fd, line, (size_t)n);
}

void link_keys_take(const char *text, size_t len, enum xp_writer whose)
{
	static struct xp_line line;

	if (!xp_line_parse(text, len, &line) && xp_key_writer(line.key) == whose)
		link_keys_set(line.key, line.value, line.len);
}

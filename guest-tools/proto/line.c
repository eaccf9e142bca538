/* SPDX-License-Identifier: ISC */
#include "guest-tools/proto/proto.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAGIC "xlab1 "

enum { MAGIC_LEN = sizeof(MAGIC) - 1, HEAD_LEN = MAGIC_LEN + XP_CRC_TEXT + 1 };

static const char hex_digits[] = "0123456789abcdef";

static bool line_is_plain(unsigned char c)
{
	return c > 0x20 && c < 0x7f && c != '%';
}

static size_t line_escape(const char *value, size_t len, char *out)
{
	char *o = out;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)value[i];

		if (line_is_plain(c)) {
			*o++ = (char)c;
			continue;
		}
		*o++ = '%';
		*o++ = hex_digits[c >> 4];
		*o++ = hex_digits[c & 15];
	}
	return (size_t)(o - out);
}

int xp_line_format(unsigned key, const char *value, size_t len, char *buf, size_t size)
{
	char path[XP_KEY_MAX];
	int n;
	size_t end;

	if (len > XP_VALUE_MAX || size < XP_LINE_MAX)
		return -EMSGSIZE;
	n = snprintf(buf, size, MAGIC "%08x %s ", 0, xp_key_path(key, path));
	end = (size_t)n + line_escape(value, len, buf + n);
	xp_crc_text(buf + HEAD_LEN, end - HEAD_LEN, buf + MAGIC_LEN);
	buf[end] = '\n';
	return (int)end + 1;
}

/* The value of a hexadecimal digit, or -1. */
static int hex_value(char c)
{
	const char *d = c ? strchr(hex_digits, c) : NULL;

	return d ? (int)(d - hex_digits) : -1;
}

static int line_unescape(const char *s, const char *limit, struct xp_line *out)
{
	out->len = 0;
	while (s < limit) {
		int hi, lo;

		if (out->len == XP_VALUE_MAX)
			return -EINVAL;
		if (*s != '%') {
			if (!line_is_plain((unsigned char)*s))
				return -EINVAL;
			out->value[out->len++] = *s++;
			continue;
		}
		if (limit - s < 3 || (hi = hex_value(s[1])) < 0 || (lo = hex_value(s[2])) < 0)
			return -EINVAL;
		out->value[out->len++] = (char)(hi << 4 | lo);
		s += 3;
	}
	out->value[out->len] = '\0';
	return 0;
}

int xp_line_parse(const char *buf, size_t len, struct xp_line *out)
{
	const char *s = buf + HEAD_LEN, *limit = buf + len, *space;
	char crc[XP_CRC_TEXT], path[XP_KEY_MAX];
	int key;

	if (len <= HEAD_LEN || len >= XP_LINE_MAX || memcmp(buf, MAGIC, MAGIC_LEN))
		return -EINVAL;
	xp_crc_text(s, (size_t)(limit - s), crc);
	if (memcmp(buf + MAGIC_LEN, crc, sizeof(crc)) || buf[HEAD_LEN - 1] != ' ')
		return -EBADMSG;
	space = memchr(s, ' ', (size_t)(limit - s));
	if (!space || space - s >= XP_KEY_MAX)
		return -EINVAL;
	memcpy(path, s, (size_t)(space - s));
	path[space - s] = '\0';
	key = xp_key_find(path);
	if (key < 0)
		return -EINVAL;
	out->key = (unsigned)key;
	return line_unescape(space + 1, limit, out);
}

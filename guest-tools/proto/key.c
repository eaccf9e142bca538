/* SPDX-License-Identifier: ISC */
#include "guest-tools/proto/proto.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *path;
	enum xp_writer writer;
} keys[] = {
#define XP_ROW(id, path, writer, what) { path, writer },
	XP_KEYS(XP_ROW)
#undef XP_ROW
};

const char *xp_key_path(unsigned key, char *buf)
{
	if (key < XPK_SLOT0)
		snprintf(buf, XP_KEY_MAX, "%s", keys[key].path);
	else
		snprintf(buf, XP_KEY_MAX, XP_PIECE_DIR "/%02u", (key - XPK_SLOT0) % XP_WINDOW);
	return buf;
}

int xp_key_find(const char *path)
{
	char buf[XP_KEY_MAX];

	for (unsigned key = 0; key < XPK_COUNT; key++)
		if (!strcmp(xp_key_path(key, buf), path))
			return (int)key;
	return -1;
}

enum xp_writer xp_key_writer(unsigned key)
{
	return key < XPK_SLOT0 ? keys[key].writer : XP_GUEST;
}

int xp_number_parse(const char *s, size_t len, uint32_t *out)
{
	uint64_t n = 0;

	if (len == 0 || len > 10)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -EINVAL;
		n = n * 10 + (uint64_t)(s[i] - '0');
	}
	if (n > UINT32_MAX)
		return -EINVAL;
	*out = (uint32_t)n;
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include "guest-tools/proto/proto.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *path;
	enum xp_writer writer;
	enum xp_type type;
	size_t max;
} keys[] = {
#define XP_ROW(id, path, writer, type, max, what) { path, writer, XPT_##type, max },
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

size_t xp_key_max(unsigned key)
{
	return key < XPK_SLOT0 ? keys[key].max : XP_VALUE_MAX;
}

static bool is_all_of(const char *s, size_t len, const char *set)
{
	for (size_t i = 0; i < len; i++)
		if (!s[i] || !strchr(set, s[i]))
			return false;
	return true;
}

static bool number_is_fine(const char *s, size_t len)
{
	uint32_t n;

	return !xp_number_parse(s, len, &n);
}

static bool version_is_fine(const char *s, size_t len)
{
	uint32_t major, minor;

	return !xp_version_parse(s, len, &major, &minor);
}

static bool uuid_is_fine(const char *s, size_t len)
{
	return len == 36 && is_all_of(s, len, "0123456789abcdef-");
}

static bool hash_is_fine(const char *s, size_t len)
{
	return len && is_all_of(s, len, "0123456789abcdef");
}

static bool name_is_fine(const char *s, size_t len)
{
	return len && is_all_of(s, len,
				"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/ -");
}

static bool state_is_fine(const char *s, size_t len)
{
	return xp_state_find(s, len) != XPS_NONE;
}

static bool part_is_fine(const char *s, size_t len)
{
	uint32_t part, of;

	return !xp_part_parse(s, len, &part, &of);
}

static bool time_is_fine(const char *s, size_t len)
{
	uint32_t number;
	int64_t ns;

	return !xp_time_parse(s, len, &number, &ns);
}

static bool nano_is_fine(const char *s, size_t len)
{
	int64_t ns;

	return !xp_nano_parse(s, len, &ns);
}

static bool counted_is_fine(const char *s, size_t len)
{
	const char *name;
	size_t name_len;
	uint32_t count;

	return !xp_counted_parse(s, len, &count, &name, &name_len) && name_is_fine(name, name_len);
}

bool xp_value_is_fine(unsigned key, const char *val, size_t len)
{
	static bool (*const is_fine[])(const char *s, size_t len) = {
		[XPT_NUMBER] = number_is_fine, [XPT_VERSION] = version_is_fine,
		[XPT_UUID] = uuid_is_fine,     [XPT_HASH] = hash_is_fine,
		[XPT_NAME] = name_is_fine,     [XPT_STATE] = state_is_fine,
		[XPT_PART] = part_is_fine,     [XPT_TIME] = time_is_fine,
		[XPT_NANO] = nano_is_fine,     [XPT_COUNTED] = counted_is_fine,
	};
	struct xp_piece piece;

	if (len > xp_key_max(key))
		return false;
	if (key >= XPK_SLOT0)
		return !xp_piece_parse(val, len, &piece);
	return keys[key].type == XPT_TEXT || is_fine[keys[key].type](val, len);
}

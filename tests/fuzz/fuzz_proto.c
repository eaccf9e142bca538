/* SPDX-License-Identifier: ISC */
/*
 * What the other side writes: the first byte is a key, the rest its value, or a line. What a parser
 * takes comes back from its formatter as it was.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "guest-tools/proto/proto.h"

static void try_piece(const char *text, size_t len)
{
	char again[XP_VALUE_MAX];
	struct xp_piece p;

	if (xp_piece_parse(text, len, &p))
		return;
	assert(p.len && p.len <= XP_PIECE_DATA_MAX && p.offset + p.len <= p.total);
	assert(p.data >= text && p.data + p.len == text + len);
	assert(xp_piece_format(&p, again, sizeof(again)) > 0);
	assert(!xp_piece_follows(&p, &p));
}

/* A CRC that is right lets a mutation reach what is behind it. */
static void try_with_crc(const char *text, size_t len)
{
	char fixed[XP_VALUE_MAX];

	if (len < XP_CRC_TEXT + 2 || len > sizeof(fixed))
		return;
	memcpy(fixed, text, len);
	fixed[XP_CRC_TEXT] = ' ';
	xp_crc_text(fixed + XP_CRC_TEXT + 1, len - XP_CRC_TEXT - 1, fixed);
	try_piece(fixed, len);
}

static void try_line(const char *text, size_t len)
{
	static const char magic[] = "xlab1 ";
	const size_t head = sizeof(magic) - 1 + XP_CRC_TEXT + 1;
	char buf[XP_LINE_MAX], again[XP_LINE_MAX];
	struct xp_line line;
	int n;

	if (len + head >= sizeof(buf))
		return;
	memcpy(buf, magic, sizeof(magic) - 1);
	xp_crc_text(text, len, buf + sizeof(magic) - 1);
	buf[head - 1] = ' ';
	memcpy(buf + head, text, len);
	if (xp_line_parse(buf, head + len, &line))
		return;
	assert(line.len <= XP_VALUE_MAX && line.value[line.len] == '\0');
	n = xp_line_format(line.key, line.value, line.len, again, sizeof(again));
	assert(n > 0 && !xp_line_parse(again, (size_t)n - 1, &line));
}

static void try_value(unsigned key, const char *text, size_t len)
{
	const char *name;
	uint32_t a, b;
	size_t name_len;
	int64_t ns;

	if (!xp_value_is_fine(key, text, len))
		return;
	assert(len <= xp_key_max(key));
	if (key == XPK_HEAD)
		assert(!xp_number_parse(text, len, &a));
	if (key == XPK_VERSION)
		assert(!xp_version_parse(text, len, &a, &b) && a <= UINT16_MAX);
	if (key == XPK_PROGRESS)
		assert(!xp_part_parse(text, len, &a, &b) && a <= b);
	if (key == XPK_TIME)
		assert(!xp_time_parse(text, len, &a, &ns) && ns >= 0);
	if (key == XPK_STATE)
		assert(xp_state_find(text, len) != XPS_NONE);
	if (key == XPK_BARRIER)
		assert(!xp_counted_parse(text, len, &a, &name, &name_len) && name + name_len == text + len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	struct xp_line line;

	if (!size--)
		return 0;
	try_value(data[0] % XPK_COUNT, text, size);
	try_piece(text, size);
	try_with_crc(text, size);
	try_line(text, size);
	xp_line_parse(text, size, &line);
	return 0;
}

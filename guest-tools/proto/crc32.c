/* SPDX-License-Identifier: ISC */
#include "guest-tools/proto/proto.h"

/* Remainders of the 16 values of half a byte under the reflected polynomial 0xedb88320. */
static const uint32_t crc_nibble[16] = {
	0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
	0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
	0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
};

uint32_t xp_crc32(uint32_t crc, const void *data, size_t len)
{
	const unsigned char *p = data;

	crc = ~crc;
	while (len--) {
		crc ^= *p++;
		crc = crc_nibble[crc & 15] ^ (crc >> 4);
		crc = crc_nibble[crc & 15] ^ (crc >> 4);
	}
	return ~crc;
}

void xp_crc_text(const void *data, size_t len, char *out)
{
	uint32_t crc = xp_crc32(0, data, len);

	for (int i = XP_CRC_TEXT - 1; i >= 0; i--, crc >>= 4)
		out[i] = "0123456789abcdef"[crc & 15];
}

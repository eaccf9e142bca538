/* SPDX-License-Identifier: ISC */
#include "guest-tools/proto/proto.h"

enum { SLICES = 8 };

/* Remainders under the reflected polynomial 0xedb88320: of a byte, and of a byte with 1 to 7 zeros
 * behind it, so that eight are taken at once (Kounavis and Berry, 2005). Made when first needed. */
static uint32_t slice[SLICES][256];

static void slice_fill(void)
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t crc = byte;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
		slice[0][byte] = crc;
	}
	for (int i = 1; i < SLICES; i++)
		for (int byte = 0; byte < 256; byte++)
			slice[i][byte] = slice[i - 1][byte] >> 8 ^ slice[0][slice[i - 1][byte] & 255];
}

static uint32_t word(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint32_t xp_crc32(uint32_t crc, const void *data, size_t len)
{
	const unsigned char *p = data;

	if (!slice[0][1])
		slice_fill();
	crc = ~crc;
	for (; len >= SLICES; p += SLICES, len -= SLICES) {
		uint32_t a = crc ^ word(p), b = word(p + 4);

		crc = slice[7][a & 255] ^ slice[6][a >> 8 & 255] ^ slice[5][a >> 16 & 255] ^
		      slice[4][a >> 24] ^ slice[3][b & 255] ^ slice[2][b >> 8 & 255] ^
		      slice[1][b >> 16 & 255] ^ slice[0][b >> 24];
	}
	while (len--)
		crc = crc >> 8 ^ slice[0][(crc ^ *p++) & 255];
	return ~crc;
}

void xp_crc_text(const void *data, size_t len, char *out)
{
	uint32_t crc = xp_crc32(0, data, len);

	for (int i = XP_CRC_TEXT - 1; i >= 0; i--, crc >>= 4)
		out[i] = "0123456789abcdef"[crc & 15];
}

/* SPDX-License-Identifier: ISC */
#include "host/unpack.h"

#include <bzlib.h>
#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <lz4.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum {
	PIECE = 1 << 20,
	LZ4_CHUNK = 8 << 20,	 /* what each chunk of the legacy form unpacks to at most */
	LZMA_MEMORY = 256 << 20, /* of a decoder; kernels take dictionaries of 64 MiB at most */
	ZSTD_WINDOW_LOG = 27	 /* Linux's own bound */
};

const char *unpack_name(enum unpack_format f)
{
#define NAME(id, name) [UNPACK_##id] = name,
	static const char *const names[] = { UNPACK_FORMATS(NAME) };
#undef NAME
	return f < UNPACK_COUNT ? names[f] : "unknown";
}

static const struct {
	enum unpack_format format;
	size_t len;
	const char *magic;
} magics[] = {
	{ UNPACK_GZIP, 2, "\037\213" },	    { UNPACK_GZIP, 2, "\037\236" },
	{ UNPACK_BZIP2, 3, "BZh" },	    { UNPACK_LZMA, 3, "\135\0\0" },
	{ UNPACK_XZ, 6, "\3757zXZ\0" },	    { UNPACK_LZO, 4, "\211LZO" },
	{ UNPACK_LZ4, 4, "\002\041L\030" }, { UNPACK_ZSTD, 4, "\050\265\057\375" },
};

enum unpack_format unpack_detect(const void *in, size_t len)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(*magics); i++)
		if (len >= magics[i].len && !memcmp(in, magics[i].magic, magics[i].len))
			return magics[i].format;
	return UNPACK_NONE;
}

/* A buffer that grows. */
struct sink {
	char *at;
	size_t len, room, max;
};

/* Room for more, if that is allowed. */
static int sink_grow(struct sink *s)
{
	size_t room = s->room ? s->room * 2 : PIECE;
	char *bigger;

	if (s->room > s->max)
		return -EFBIG;
	if (room > s->max + 1)
		room = s->max + 1;
	bigger = realloc(s->at, room + 1);
	if (!bigger)
		return -ENOMEM;
	s->at = bigger;
	s->room = room;
	return 0;
}

/* One step of a decoder: 1 at the end, 0 for more, -errno. It moves what it used and made. */
struct step {
	const unsigned char *in;
	size_t in_left;
	unsigned char *out;
	size_t out_left;
};

static int step_gzip(void *state, struct step *s)
{
	z_stream *z = state;
	int r;

	z->next_in = (unsigned char *)s->in;
	z->avail_in = s->in_left > INT_MAX ? INT_MAX : (unsigned)s->in_left;
	z->next_out = s->out;
	z->avail_out = s->out_left > INT_MAX ? INT_MAX : (unsigned)s->out_left;
	r = inflate(z, Z_NO_FLUSH);
	s->in_left -= (size_t)(z->next_in - s->in);
	s->in = z->next_in;
	s->out_left -= (size_t)(z->next_out - s->out);
	s->out = z->next_out;
	return r == Z_STREAM_END ? 1 : r == Z_OK ? 0 : r == Z_MEM_ERROR ? -ENOMEM : -EUCLEAN;
}

static int step_bzip2(void *state, struct step *s)
{
	bz_stream *b = state;
	int r;

	b->next_in = (char *)s->in;
	b->avail_in = s->in_left > INT_MAX ? INT_MAX : (unsigned)s->in_left;
	b->next_out = (char *)s->out;
	b->avail_out = s->out_left > INT_MAX ? INT_MAX : (unsigned)s->out_left;
	r = BZ2_bzDecompress(b);
	s->in_left -= (size_t)((unsigned char *)b->next_in - s->in);
	s->in = (unsigned char *)b->next_in;
	s->out_left -= (size_t)((unsigned char *)b->next_out - s->out);
	s->out = (unsigned char *)b->next_out;
	return r == BZ_STREAM_END ? 1 : r == BZ_OK ? 0 : r == BZ_MEM_ERROR ? -ENOMEM : -EUCLEAN;
}

static int step_lzma(void *state, struct step *s)
{
	lzma_stream *l = state;
	lzma_ret r;

	l->next_in = s->in;
	l->avail_in = s->in_left;
	l->next_out = s->out;
	l->avail_out = s->out_left;
	r = lzma_code(l, LZMA_RUN);
	s->in = l->next_in;
	s->in_left = l->avail_in;
	s->out = l->next_out;
	s->out_left = l->avail_out;
	return r == LZMA_STREAM_END  ? 1
	       : r == LZMA_OK	     ? 0
	       : r == LZMA_MEM_ERROR ? -ENOMEM
				     : -EUCLEAN;
}

static int step_zstd(void *state, struct step *s)
{
	ZSTD_inBuffer in = { s->in, s->in_left, 0 };
	ZSTD_outBuffer out = { s->out, s->out_left, 0 };
	size_t r = ZSTD_decompressStream(state, &out, &in);

	s->in += in.pos;
	s->in_left -= in.pos;
	s->out += out.pos;
	s->out_left -= out.pos;
	return ZSTD_isError(r) ? -EUCLEAN : r == 0;
}

/* Steps until the end of the stream; no progress is a stream that is cut off. */
static int run(int (*step)(void *state, struct step *s), void *state, struct step *s,
	       struct sink *to)
{
	for (;;) {
		size_t had = s->in_left;
		size_t got;
		int r = to->len < to->room ? 0 : sink_grow(to);

		if (r)
			return r;
		s->out = (unsigned char *)to->at + to->len;
		s->out_left = to->room - to->len;
		r = step(state, s);
		got = to->room - to->len - s->out_left;
		to->len += got;
		if (r || (!got && had == s->in_left))
			return r > 0 ? 0 : r ? r : -EUCLEAN;
	}
}

static int unpack_gzip(struct step *s, struct sink *to)
{
	z_stream z = { 0 };
	int r;

	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return -ENOMEM;
	r = run(step_gzip, &z, s, to);
	inflateEnd(&z);
	return r;
}

static int unpack_bzip2(struct step *s, struct sink *to)
{
	bz_stream b = { 0 };
	int r;

	if (BZ2_bzDecompressInit(&b, 0, 0) != BZ_OK)
		return -ENOMEM;
	r = run(step_bzip2, &b, s, to);
	BZ2_bzDecompressEnd(&b);
	return r;
}

static int unpack_lzma(struct step *s, struct sink *to)
{
	lzma_stream l = LZMA_STREAM_INIT;
	int r;

	if (lzma_auto_decoder(&l, LZMA_MEMORY, 0) != LZMA_OK)
		return -ENOMEM;
	r = run(step_lzma, &l, s, to);
	lzma_end(&l);
	return r;
}

static int unpack_zstd(struct step *s, struct sink *to)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	int r;

	if (!z)
		return -ENOMEM;
	ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
	r = run(step_zstd, z, s, to);
	ZSTD_freeDStream(z);
	return r;
}

/* The legacy form of lz4(1): a magic, then chunks with their packed length before them. */
static int unpack_lz4(struct step *s, struct sink *to)
{
	uint32_t len;

	for (s->in += 4, s->in_left -= 4; s->in_left >= 4;) {
		int n;

		memcpy(&len, s->in, 4);
		len = le32toh(len);
		if (!len) /* padding */
			break;
		if (len > s->in_left - 4)
			return -EUCLEAN;
		while (to->room - to->len < LZ4_CHUNK) {
			int r = sink_grow(to);

			if (r)
				return r;
		}
		n = LZ4_decompress_safe((const char *)s->in + 4, to->at + to->len, (int)len,
					LZ4_CHUNK);
		if (n < 0)
			return -EUCLEAN;
		to->len += (size_t)n;
		s->in += 4 + len;
		s->in_left -= 4 + len;
	}
	return 0;
}

static int (*const unpackers[UNPACK_COUNT])(struct step *s, struct sink *to) = {
	[UNPACK_GZIP] = unpack_gzip, [UNPACK_BZIP2] = unpack_bzip2, [UNPACK_LZMA] = unpack_lzma,
	[UNPACK_XZ] = unpack_lzma,   [UNPACK_LZ4] = unpack_lz4,	    [UNPACK_ZSTD] = unpack_zstd,
};

int unpack(const void *in, size_t len, size_t max, size_t *used, char **out, size_t *out_len)
{
	enum unpack_format f = unpack_detect(in, len);
	struct step s = { .in = in, .in_left = len };
	struct sink to = { .max = f == UNPACK_LZ4 ? max + LZ4_CHUNK : max };
	int r;

	if (!unpackers[f])
		return -ENOTSUP;
	r = unpackers[f](&s, &to);
	if (!r && !to.at)
		r = sink_grow(&to);
	if (!r && to.len > max)
		r = -EFBIG;
	if (r) {
		free(to.at);
		return r;
	}
	to.at[to.len] = '\0';
	*used = len - s.in_left;
	*out = to.at;
	*out_len = to.len;
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include "guest-tools/proto/proto.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CRC_LEN = XP_CRC_TEXT }; /* then a space */

int xp_piece_format(const struct xp_piece *p, char *buf, size_t size)
{
	int n = snprintf(buf, size, "%08x %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 "\n", 0,
			 p->seq, p->record, p->offset, p->total);
	size_t len = (size_t)n + p->len;

	if (n < 0 || len > size || len > XP_VALUE_MAX)
		return -EMSGSIZE;
	memcpy(buf + n, p->data, p->len);
	xp_crc_text(buf + CRC_LEN + 1, len - CRC_LEN - 1, buf);
	return (int)len;
}

/* Parses the number at *s up to the byte `end` and moves *s behind that byte. */
static int field_parse(const char **s, const char *limit, char end, uint32_t *out)
{
	const char *stop = memchr(*s, end, (size_t)(limit - *s));
	int r = stop ? xp_number_parse(*s, (size_t)(stop - *s), out) : -EINVAL;

	if (!r)
		*s = stop + 1;
	return r;
}

static bool piece_is_sound(const struct xp_piece *p)
{
	return (p->len == XP_PIECE_DATA_MAX || p->offset + p->len == p->total) && p->record &&
	       p->record <= p->seq && (p->offset == 0) == (p->record == p->seq) && p->total &&
	       p->total <= XP_RECORD_MAX && p->len && p->offset < p->total &&
	       p->len <= p->total - p->offset;
}

int xp_piece_parse(const char *buf, size_t len, struct xp_piece *out)
{
	const char *s = buf + CRC_LEN + 1, *limit = buf + len;
	char crc[CRC_LEN];

	if (len <= CRC_LEN + 1 || len > XP_VALUE_MAX || buf[CRC_LEN] != ' ')
		return -EINVAL;
	xp_crc_text(s, (size_t)(limit - s), crc);
	if (memcmp(buf, crc, CRC_LEN))
		return -EBADMSG;
	if (field_parse(&s, limit, ' ', &out->seq) || field_parse(&s, limit, ' ', &out->record) ||
	    field_parse(&s, limit, ' ', &out->offset) || field_parse(&s, limit, '\n', &out->total))
		return -EINVAL;
	out->data = s;
	out->len = (size_t)(limit - s);
	return piece_is_sound(out) ? 0 : -EINVAL;
}

bool xp_piece_follows(const struct xp_piece *a, const struct xp_piece *b)
{
	if (!a || a->seq == 0)
		return b->seq == 1 && b->offset == 0;
	if (b->seq != a->seq + 1)
		return false;
	/* An agent that was restarted leaves a record unfinished and begins the next one. */
	if (b->record != a->record)
		return b->offset == 0;
	return b->total == a->total && b->offset == a->offset + a->len;
}

void xp_sender_begin(struct xp_sender *s, const char *data, size_t len)
{
	s->record = s->head + 1;
	s->data = data;
	s->len = len;
	s->off = 0;
}

int xp_sender_ack(struct xp_sender *s, uint32_t ack)
{
	if (ack < s->ack || ack > s->head)
		return -EINVAL;
	s->ack = ack;
	return 0;
}

int xp_sender_next(struct xp_sender *s, struct xp_piece *p)
{
	size_t left = s->len - s->off;

	if (!left || s->head - s->ack == XP_WINDOW)
		return 0;
	*p = (struct xp_piece){
		.seq = ++s->head,
		.record = s->record,
		.offset = (uint32_t)s->off,
		.total = (uint32_t)s->len,
		.data = s->data + s->off,
		.len = left < XP_PIECE_DATA_MAX ? left : XP_PIECE_DATA_MAX,
	};
	s->off += p->len;
	return 1;
}

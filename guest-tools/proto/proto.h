/* SPDX-License-Identifier: ISC */
/*
 * The xenstore protocol of xlab, version 1: keys, framing and limits. Pure C: no I/O, no
 * allocation.
 *
 * A guest has records for the host (JSON texts). A record is cut into pieces, pieces are numbered
 * from 1 and written to a window of slots under the guest's own data/xlab/; then `head` says which
 * piece is the newest. The host stores pieces in order and says in xlab/ack, which the guest can
 * only read, up to which one they are safe on its disk. A slot is used again only after its piece
 * is acknowledged. Every key is a level, not an edge: each side reads what it needs again whenever
 * anything changed, as xenstore merges watch events (xen.git docs/misc/xenstore.txt). Over a serial
 * line, where there is no store, each key travels as one line and is sent again until it has had
 * its effect.
 */
#ifndef XLAB_PROTO_H
#define XLAB_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XP_VERSION "1.0"

enum {
	XP_WINDOW = 32,		  /* slots; C xenstored refuses the 144th child of a folder */
	XP_VALUE_MAX = 1900,	  /* bytes in a value; C xenstored takes 2015, oxenstored 2048 */
	XP_PIECE_DATA_MAX = 1840, /* of them a record's */
	XP_RECORD_MAX = 1 << 20,  /* bytes in a record */
	XP_KEY_MAX = 32,	  /* bytes in a key's path, NUL included */
	/* a serial line, newline and NUL included */
	XP_LINE_MAX = 3 * XP_VALUE_MAX + XP_KEY_MAX + 32
};

enum xp_writer { XP_GUEST, XP_HOST };

/*
 * X(id, path below the domain's home, who writes it, what it holds): paths are ABI, order is not.
 * The host's keys live in the home itself, where xl lets the guest read and not write. A serial
 * line carries them in this order, so what a run needs before it starts stands before RUN.
 */
#define XP_KEYS(X) \
	X(VERSION, "data/xlab/version", XP_GUEST, "protocol of the guest, major.minor") \
	X(BOOT, "data/xlab/boot", XP_GUEST, \
	  "the kernel's boot_id, names a guest that has no domain") \
	X(STATE, "data/xlab/state", XP_GUEST, "ready|running|done|failed") \
	X(HEAD, "data/xlab/head", XP_GUEST, "number of the newest piece, written after it") \
	X(LOG, "data/xlab/log", XP_GUEST, "newest lines of the guest's log: at a run's end, and for LOG_GET") \
	X(NET, "xlab/net", XP_HOST, "network specification: guest-tools/lib/netspec.h") \
	X(SSH_KEYS, "xlab/ssh-keys", XP_HOST, "lines of OpenSSH's authorized_keys") \
	X(LOG_GET, "xlab/log", XP_HOST, "any value that is new: write LOG now") \
	X(RUN, "xlab/run", XP_HOST, "name of the run; without it the guest waits") \
	X(WORKLOAD, "xlab/workload", XP_HOST, "what to run") \
	X(SIZE, "xlab/size", XP_HOST, "quick|ref") \
	X(MODE, "xlab/mode", XP_HOST, "mode asked for") \
	X(IMAGE, "xlab/image", XP_HOST, "SHA-256 of the disk") \
	X(ACK, "xlab/ack", XP_HOST, "number of the newest piece that is safe on the host's disk")

/* The slots are its children, "00" to "31", written by the guest. */
#define XP_PIECE_DIR "data/xlab/p"

enum xp_key {
#define XP_ENUM(id, path, writer, what) XPK_##id,
	XP_KEYS(XP_ENUM)
#undef XP_ENUM
	XPK_SLOT0, /* slot n is key XPK_SLOT0 + n */
	XPK_COUNT = XPK_SLOT0 + XP_WINDOW
};

/* Writes the key's path into buf, at least XP_KEY_MAX bytes, and returns buf. */
const char *xp_key_path(unsigned key, char *buf);

/* Returns the key of that path, or -1. */
int xp_key_find(const char *path);

enum xp_writer xp_key_writer(unsigned key);

/* Decimal digits and nothing else, at most 2^32 - 1. Returns 0 or -EINVAL. */
int xp_number_parse(const char *s, size_t len, uint32_t *out);

/* A part of one record. data points into the caller's memory. */
struct xp_piece {
	uint32_t seq;	 /* from 1 */
	uint32_t record; /* number of its record: seq of that record's first piece */
	uint32_t offset; /* where data begins in the record */
	uint32_t total;	 /* bytes in the record, 1 to XP_RECORD_MAX */
	const char *data;
	size_t len; /* XP_PIECE_DATA_MAX, or less in the last piece of a record */
};

/* The slot key that piece seq is written to. */
static inline unsigned xp_piece_key(uint32_t seq)
{
	return XPK_SLOT0 + seq % XP_WINDOW;
}

/* Writes "crc seq record offset total\n" and the data into buf; the CRC-32 (ISO 3309) covers all
 * that follows it. Returns the length, at most XP_VALUE_MAX, or -EMSGSIZE. */
int xp_piece_format(const struct xp_piece *p, char *buf, size_t size);

/* Returns 0, -EINVAL for a malformed or inconsistent piece, or -EBADMSG for a wrong CRC. */
int xp_piece_parse(const char *buf, size_t len, struct xp_piece *out);

/* True when piece b may follow piece a (a is NULL or seq 0 before the first piece). */
bool xp_piece_follows(const struct xp_piece *a, const struct xp_piece *b);

/* True when the piece holds the last byte of its record. */
static inline bool xp_piece_ends_record(const struct xp_piece *p)
{
	return p->offset + p->len == p->total;
}

/* The guest's side: cuts records into pieces as the window has room. */
struct xp_sender {
	uint32_t head;	 /* newest piece given out */
	uint32_t ack;	 /* newest piece acknowledged */
	uint32_t record; /* seq of the first piece of the record being cut */
	const char *data;
	size_t len, off;
};

/* Starts with the next record, 1 to XP_RECORD_MAX bytes; the one before must be cut to its end.
 * data must live until then. */
void xp_sender_begin(struct xp_sender *s, const char *data, size_t len);

/* Takes an acknowledgement. Returns 0, or -EINVAL for one that cannot be. */
int xp_sender_ack(struct xp_sender *s, uint32_t ack);

/* Gives the next piece. Returns 1, or 0 when the record is at its end or the window is full. */
int xp_sender_next(struct xp_sender *s, struct xp_piece *p);

static inline bool xp_sender_idle(const struct xp_sender *s)
{
	return s->off == s->len;
}

/* One key on a serial line: "xlab1 CRC PATH VALUE\n", bytes outside 0x21-0x7e and '%' as %XX. */
struct xp_line {
	unsigned key;
	char value[XP_VALUE_MAX + 1]; /* NUL-terminated beyond its length */
	size_t len;
};

/* Returns the length with the newline, or -EMSGSIZE. */
int xp_line_format(unsigned key, const char *value, size_t len, char *buf, size_t size);

/* Takes a line without its newline. Returns 0, -EINVAL, or -EBADMSG. */
int xp_line_parse(const char *buf, size_t len, struct xp_line *out);

/* CRC-32 as in ISO 3309, gzip and PNG; begin with crc = 0. */
uint32_t xp_crc32(uint32_t crc, const void *data, size_t len);

enum { XP_CRC_TEXT = 8 };

/* Writes the CRC-32 of data as XP_CRC_TEXT lower-case hexadecimal digits, without a NUL. */
void xp_crc_text(const void *data, size_t len, char *out);

#endif

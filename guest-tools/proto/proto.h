/* SPDX-License-Identifier: ISC */
/*
 * The xenstore protocol of xlab, version 1: keys, framing and limits. Pure C: no I/O, no
 * allocation. docs/protocol.md is the same for people, and its tables are made of this file.
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

/* A guest of another major version is refused; one of a newer minor version is served, and records
 * of types that only it knows are kept as they are. */
enum { XP_MAJOR = 1, XP_MINOR = 0 };
#define XP_VERSION "1.0"

enum {
	XP_WINDOW = 64,		  /* slots; C xenstored refuses the 144th child of a folder */
	XP_VALUE_MAX = 1900,	  /* bytes in a value; C xenstored takes 2015, oxenstored 2048 */
	XP_PIECE_DATA_MAX = 1840, /* of them a record's */
	XP_RECORD_MAX = 1 << 20,  /* bytes in a record */
	XP_KEY_MAX = 32,	  /* bytes in a key's path, NUL included */
	XP_NAME_MAX = 63,	  /* bytes in the name of a run, a workload or a barrier */
	/* a serial line, newline and NUL included */
	XP_LINE_MAX = 3 * XP_VALUE_MAX + XP_KEY_MAX + 32
};

enum xp_writer { XP_GUEST, XP_HOST };

/* X(id, name, what a value of that type is) */
#define XP_TYPES(X) \
	X(NUMBER, "number", "decimal digits, at most 4294967295") \
	X(VERSION, "version", "two numbers, at most 65535, with a dot between them") \
	X(UUID, "uuid", "36 characters: lower-case hexadecimal digits and `-`") \
	X(HASH, "hash", "lower-case hexadecimal digits") \
	X(NAME, "name", "letters, digits and `._/ -`, at least one") \
	X(STATE, "state", "a word of the table of states") \
	X(PART, "part", "two numbers with `/` between them, the first not above the second") \
	X(TIME, "time", "a number, a blank, and nanoseconds: 1 to 19 decimal digits") \
	X(NANO, "nanoseconds", "1 to 19 decimal digits, below 2^62") \
	X(COUNTED, "counted name", "a number, a blank, and a name") \
	X(TEXT, "text", "any bytes")

enum xp_type {
#define XP_TYPE_ENUM(id, name, what) XPT_##id,
	XP_TYPES(XP_TYPE_ENUM)
#undef XP_TYPE_ENUM
};

/*
 * X(id, path below the domain's home, who writes it, type, most bytes, what it holds): paths are
 * ABI, order is not. The guest's keys are in data/, the one folder of its home that xl gives it;
 * the host's are in the home itself, where xl lets the guest read and not write
 * (xen.git tools/libs/light/libxl_create.c). A serial line carries them in this order, so what a
 * run needs before it starts stands before RUN.
 */
#define XP_KEYS(X) \
	X(VERSION, "data/xlab/version", XP_GUEST, VERSION, 11, "protocol of the guest, major.minor") \
	X(BOOT, "data/xlab/boot", XP_GUEST, UUID, 36, \
	  "the kernel's boot_id, names a guest that has no domain") \
	X(STATE, "data/xlab/state", XP_GUEST, STATE, 8, "where the guest is in its run") \
	X(PROGRESS, "data/xlab/progress", XP_GUEST, PART, 21, \
	  "which step of the workload begins, of how many") \
	X(TIME, "data/xlab/time", XP_GUEST, TIME, 30, \
	  "answer to `xlab/time`: its number, and the guest's CLOCK_MONOTONIC") \
	X(HEAD, "data/xlab/head", XP_GUEST, NUMBER, 10, \
	  "number of the newest piece, written after it") \
	X(LOG, "data/xlab/log", XP_GUEST, TEXT, XP_VALUE_MAX, \
	  "newest lines of the guest's log: at a run's end, and for `xlab/log`") \
	X(HOST_VERSION, "xlab/version", XP_HOST, VERSION, 11, "protocol of the host") \
	X(REFUSED, "xlab/refused", XP_HOST, TEXT, 127, \
	  "why nothing more is taken from this guest; it may as well end") \
	X(NET, "xlab/net", XP_HOST, TEXT, XP_VALUE_MAX, \
	  "network specification, the ARGUMENT of xlab-net(8)") \
	X(SSH_KEYS, "xlab/ssh-keys", XP_HOST, TEXT, XP_VALUE_MAX, \
	  "lines of OpenSSH's authorized_keys") \
	X(LOG_GET, "xlab/log", XP_HOST, TEXT, XP_VALUE_MAX, "any value that is new: write `data/xlab/log` now") \
	X(BARRIER, "xlab/barrier", XP_HOST, COUNTED, 74, \
	  "how many guests start together, and the barrier's name; without it each starts at once") \
	X(SYNC, "xlab/sync", XP_HOST, NAME, 8, "how the start comes: xenstore or ssh") \
	X(WORKLOAD, "xlab/workload", XP_HOST, NAME, XP_NAME_MAX, "what to run") \
	X(SIZE, "xlab/size", XP_HOST, NAME, 7, "quick or ref") \
	X(WARMUPS, "xlab/warmups", XP_HOST, NUMBER, 10, \
	  "how often a workload runs before it counts; without it, as the workload has it") \
	X(REPETITIONS, "xlab/repetitions", XP_HOST, NUMBER, 10, "how often it runs then; likewise") \
	X(MODE, "xlab/mode", XP_HOST, NAME, 7, "mode asked for") \
	X(IMAGE, "xlab/image", XP_HOST, HASH, 64, "SHA-256 of the disk") \
	X(RUN, "xlab/run", XP_HOST, NAME, XP_NAME_MAX, \
	  "name of the run; without it the guest waits") \
	X(ASK, "xlab/time", XP_HOST, NUMBER, 10, "number of a question: what is your time?") \
	X(START, "xlab/start", XP_HOST, NANO, 19, \
	  "when to start, on the guest's CLOCK_MONOTONIC") \
	X(ACK, "xlab/ack", XP_HOST, NUMBER, 10, \
	  "number of the newest piece that is safe on the host's disk")

/* The slots are its children, "00" to "63", written by the guest. */
#define XP_PIECE_DIR "data/xlab/p"

/* Where in a guest the line is written that starts it, when XPK_SYNC is ssh. */
#define XP_START_FIFO "/run/xlab/start"

/* Over a scratch disk each side has a file of lines: the host one for all, the guest one a boot, of the
 * name of its boot_id. When the host has stored one it puts an empty file of that name with this end
 * beside it. */
#define XP_SCRATCH_DIR "xlab"
#define XP_SCRATCH_HOST_NAME "host"
#define XP_SCRATCH_HOST XP_SCRATCH_DIR "/" XP_SCRATCH_HOST_NAME
#define XP_SCRATCH_ACK ".stored"

enum xp_key {
#define XP_ENUM(id, path, writer, type, max, what) XPK_##id,
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

/* Most bytes in a value of the key. */
size_t xp_key_max(unsigned key);

/* Whether a value is of the key's type and no longer than it may be: what a hostile writer's value
 * has to pass before anybody looks at it. A slot's is a piece's first line. */
bool xp_value_is_fine(unsigned key, const char *val, size_t len);

/* Decimal digits and nothing else, at most 2^32 - 1. Returns 0 or -EINVAL. */
int xp_number_parse(const char *s, size_t len, uint32_t *out);

/* The types of more than one number, with their limits. All return 0 or -EINVAL. */
int xp_version_parse(const char *s, size_t len, uint32_t *major, uint32_t *minor);
int xp_part_parse(const char *s, size_t len, uint32_t *part, uint32_t *of);
int xp_nano_parse(const char *s, size_t len, int64_t *ns);
int xp_time_parse(const char *s, size_t len, uint32_t *number, int64_t *ns);

/* *name points into s and is not ended by a NUL. */
int xp_counted_parse(const char *s, size_t len, uint32_t *count, const char **name, size_t *name_len);

/* X(id, word, what the guest does) */
#define XP_STATES(X) \
	X(READY, "ready", "waits for a run") \
	X(ARMED, "armed", "waits for the others, and then for the start") \
	X(RUNNING, "running", "runs its workload") \
	X(DONE, "done", "has had everything acknowledged") \
	X(FAILED, "failed", "the same, and something of it failed")

enum xp_state {
	XPS_NONE, /* nothing said yet */
#define XP_STATE_ENUM(id, word, what) XPS_##id,
	XP_STATES(XP_STATE_ENUM)
#undef XP_STATE_ENUM
	XPS_COUNT
};

/* X(from, to, when): what a guest may say after what. An agent that was started again in the same
 * boot says ready. */
#define XP_STATE_STEPS(X) \
	X(NONE, READY, "the agent has started") \
	X(READY, READY, "it was started again") \
	X(READY, ARMED, "it has a run, with a barrier, and has told what it measured about itself") \
	X(READY, RUNNING, "it has a run without a barrier") \
	X(READY, FAILED, "it was refused") \
	X(ARMED, READY, "it was started again") \
	X(ARMED, RUNNING, "the start has come") \
	X(ARMED, FAILED, "it was refused") \
	X(RUNNING, READY, "it was started again") \
	X(RUNNING, DONE, "all is acknowledged") \
	X(RUNNING, FAILED, "all is acknowledged, and a step failed; or it was refused")

/* "" for XPS_NONE. */
const char *xp_state_word(enum xp_state state);

/* XPS_NONE for what is no word of a state. */
enum xp_state xp_state_find(const char *word, size_t len);

bool xp_state_may_follow(enum xp_state from, enum xp_state to);

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

/* Where a piece ends: all of it that decides which may follow. */
static inline struct xp_piece xp_piece_end(const struct xp_piece *p)
{
	return (struct xp_piece){
		.seq = p->seq,
		.record = p->record,
		.offset = p->offset + (uint32_t)p->len,
		.total = p->total,
	};
}

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

/* SPDX-License-Identifier: ISC */
/*
 * The store of results: one SQLite file, while it is written with a write-ahead log beside it where
 * the file system can do that. What store_commit() has returned 0 for survives a SIGKILL and a
 * power cut. All functions return 0 or -errno; -EIO with store_error() saying more, -EUCLEAN when
 * the file holds what no xlab wrote. A call blocks for at most five seconds while another process
 * writes; readers and the writer do not keep each other waiting, but for a rollback journal.
 *
 * A record is that of a run, a domain's UUID and number, and its own number (seq). The UUID alone
 * would not do: a domain that reboots keeps its UUID and gets a new number, and is another boot.
 */
#ifndef HOST_STORE_H
#define HOST_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "guest-tools/proto/proto.h"
#include "host/record.h"

/* Version 1 had no host, protocol, bytes, records and barriers; version 2 no plans, cells and boots;
 * version 3 no readings, noise and hashes of payloads. */
enum { STORE_VERSION = 4 };

struct store;

/* Statuses of a guest; X(id, name, what it means). */
#define STORE_STATUSES(X) \
	X(RUNNING, "running", "its workload is not over") \
	X(DONE, "done", "everything it had is stored") \
	X(FAILED, "failed", "a step of its workload failed") \
	X(LOST, "lost", "it went away before its workload was over") \
	X(INVALID, "invalid", "its figures must not be used; `why` says why")

enum store_status {
#define STORE_ENUM(id, name, what) STORE_##id,
	STORE_STATUSES(STORE_ENUM)
#undef STORE_ENUM
};

const char *store_status_name(enum store_status s);

/* One boot of a guest, as the host knows it, with what has been stored of it. */
struct store_guest {
	int64_t id;
	char run[64];	/* name of the run */
	char uuid[40];	/* of the domain; of the boot where there is no domain */
	unsigned domid; /* 0 where there is no domain */
	char asked[8];	/* the mode asked for */
	char workload[RECORD_NAME_MAX + 1];
	char size[8];
	char image[65];	   /* SHA-256 of the disk, hexadecimal */
	char host[65];	   /* the machine that stored it, "" where that is not known */
	char protocol[16]; /* XPK_VERSION, likewise */
	bool newer;	   /* its protocol is, than ours, in its minor version */
	bool measured;	   /* it has said what it measured */
	bool emulated;	   /* the host is; later: or the guest found that it is */
	enum store_status status;
	int64_t bytes, records; /* how much of it is stored, in whole records */
	struct xp_piece last;	/* the newest piece stored: xp_piece_end() of it */
};

/* How a store is opened: to look at it, or to add to it, making it if it is not there. */
enum store_access { STORE_READ, STORE_WRITE };

/*
 * An older store is brought to STORE_VERSION, or, to be read, shows as one of it. -ENOENT, -EACCES
 * and the like, -EPROTO for a file that is no store, or has other tables than a store has,
 * -EPROTONOSUPPORT for one of a newer version, -EUCLEAN for a damaged one, -ENOTRECOVERABLE for one
 * whose writer was stopped and that lies where it cannot be mended, -EIO.
 */
int store_open(const char *path, enum store_access access, struct store **s);

/* Leaves one file that needs no others, unless somebody else has it open. */
void store_close(struct store *s);

/* The version that the file says it has, for a message; 0 when it cannot be told. */
int store_version(const char *path);

/* What SQLite said last, for one message. */
const char *store_error(const struct store *s);

/* Makes the row of run, uuid and domid, or finds it and fills in what is stored. */
int store_guest_get(struct store *s, struct store_guest *g);

/* Everything between begin and commit becomes durable together, or not at all. */
int store_begin(struct store *s);
int store_commit(struct store *s);
void store_rollback(struct store *s);

/* Adds a piece that follows g->last, and the record that it completes. p may be several of one
 * record, put together: the offset of the first, the number of the last. A record that is no good,
 * or that contradicts what was asked for, makes the guest invalid. Changes g, which store_last()
 * has to write before the commit. */
int store_piece(struct store *s, struct store_guest *g, const struct xp_piece *p);
int store_last(struct store *s, const struct store_guest *g);

/* Sets the status, unless the guest is invalid already. why may be NULL. Changes g. */
int store_status(struct store *s, struct store_guest *g, enum store_status status, const char *why);

/* The next running guest of that host, after the one of g->id (0 for the first), that had a domain. Of
 * g are then id, uuid, domid, asked and status. 1, 0 when there is no more, or -errno. */
int store_guest_running(struct store *s, const char *host, struct store_guest *g);

/* Reads the status of the guest of that run and uuid into *status, and why into buf. -ENOENT. */
int store_find(struct store *s, const char *run, const char *uuid, enum store_status *status,
	       char *why, size_t size);

/* The handle, for the reports. */
struct sqlite3 *store_db(struct store *s);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * The store of results: one SQLite file. What store_commit() has returned 0 for survives a SIGKILL
 * and a power cut (synchronous=FULL; a write-ahead log where the file system can share memory). All
 * functions return 0 or -errno; -EIO with store_error() saying more. A call blocks for at most five
 * seconds while another process writes.
 */
#ifndef HOST_STORE_H
#define HOST_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "guest-tools/proto/proto.h"
#include "host/machine.h"
#include "host/record.h"

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

/* One boot of a guest, as the host knows it, with what has been stored of it. It is known by its run,
 * its UUID and its domain's number: a domain that reboots keeps its UUID, and gets another number. */
struct store_guest {
	int64_t id;
	char run[64];	/* name of the run */
	char uuid[40];	/* of the domain; of the boot where there is no domain */
	unsigned domid; /* 0 where there is no domain */
	char asked[8];	/* the mode asked for */
	char workload[RECORD_NAME_MAX + 1];
	char size[8];
	char image[65]; /* SHA-256 of the disk, hexadecimal */
	char host[MACHINE_ID_MAX + 1]; /* where it was collected */
	char protocol[12];  /* that the guest speaks; "" before it has said so */
	bool newer;	    /* than ours, in its minor version */
	bool measured;	    /* it has said what it measured */
	bool emulated;	    /* the host is; later: or the guest found that it is */
	int64_t bytes;	    /* of the pieces that were stored */
	int64_t records;    /* of those begun */
	enum store_status status;
	struct xp_piece last; /* seq, record, offset, total: the newest piece stored; len 0 */
};

/* How a store is opened: to look at it, or to add to it, making it if it is not there. */
enum store_access { STORE_READ, STORE_WRITE };

/* -ENOENT, -EACCES and the like, -EPROTO for a file that is no store, -ENOTSUP for one that a newer
 * program has made, -EIO. One of an older program is brought up to date; where it cannot be written,
 * -EROFS. */
int store_open(const char *path, enum store_access access, struct store **s);
void store_close(struct store *s);

/* What SQLite said last, for one message. */
const char *store_error(const struct store *s);

/* Makes the row of run, uuid and domid, or finds it and fills in what is stored. */
int store_guest_get(struct store *s, struct store_guest *g);

/* Everything between begin and commit becomes durable together, or not at all. */
int store_begin(struct store *s);
int store_commit(struct store *s);
void store_rollback(struct store *s);

/* Adds a piece that follows g->last, and the record that it completes. A record that is no good, or
 * that contradicts what was asked for, makes the guest invalid. Changes g. */
int store_piece(struct store *s, struct store_guest *g, const struct xp_piece *p);

/* Sets the status, unless the guest is invalid already. why may be NULL. Changes g. */
int store_status(struct store *s, struct store_guest *g, enum store_status status, const char *why);

/* Reads the status of the guest of that run and uuid into *status, and why into buf. -ENOENT. */
int store_find(struct store *s, const char *run, const char *uuid, enum store_status *status,
	       char *why, size_t size);

/* A start that guests made together. Times are nanoseconds of the host's CLOCK_MONOTONIC. */
struct store_barrier {
	int64_t id;
	char name[XP_NAME_MAX + 1], sync[9];
	uint32_t guests;
	int64_t planned_ns; /* 0 where nobody named an instant */
};

/* Finds the barrier of that run and name, and fills in the rest. -ENOENT. */
int store_barrier_get(struct store *s, const char *run, struct store_barrier *b);

/* Adds one, or replaces what is known of it; sets its id. */
int store_barrier_put(struct store *s, const char *run, struct store_barrier *b);

/* Adds a guest to it: its clock less ours, and how wrong that may be. When all of them have said when
 * they began, which their records do, the barrier's skew is there too. */
int store_barrier_guest(struct store *s, const struct store_barrier *b, int64_t guest,
			int64_t offset_ns, int64_t error_ns);

/* The handle, for the reports. */
struct sqlite3 *store_db(struct store *s);

#endif

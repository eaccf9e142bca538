/* SPDX-License-Identifier: ISC */
/*
 * Plans, their cells, and the boots of cells, as the store keeps them. What a boot's guest reported
 * is in the row of the guest of the plan's run and the boot's UUID; there is none for a boot that
 * nothing was heard of. A boot counts for its cell when that guest is done, whatever the boot's own
 * row says: whoever wrote that may have been killed first.
 */
#ifndef HOST_STORE_PLAN_H
#define HOST_STORE_PLAN_H

#include "guest-tools/lib/keyfile.h"
#include "host/domain.h"
#include "host/store.h"

enum { STORE_PAYLOADS = DOMAIN_PAYLOADS * 65 };

/* One plan of one run. */
struct store_plan {
	int64_t id;
	char run[64];
	char text[KEYFILE_MAX], sha256[65];
	int64_t seed;
	char order[8];
	char host[65];	/* that began it; as in struct store_guest */
	char begun[32]; /* UTC, as in RFC 3339 */
	char payloads[STORE_PAYLOADS]; /* the SHA-256 of each, blanks between; "" too where not known */
};

struct store_cell {
	int64_t id;
	unsigned place; /* in the plan */
	char workload[RECORD_NAME_MAX + 1], mode[8];
	unsigned vcpus;
	unsigned done, failed; /* boots; those interrupted are neither */
};

/* X(id, name, what it means) */
#define STORE_BOOTS(X) \
	X(RUNNING, "running", "nobody has said yet how it ended") \
	X(DONE, "done", "everything that its guest had is stored") \
	X(FAILED, "failed", "`why` says why") \
	X(INTERRUPTED, "interrupted", "the user, a crash or a power cut ended it")

enum store_boot_status {
#define STORE_BOOT_ENUM(id, name, what) STORE_BOOT_##id,
	STORE_BOOTS(STORE_BOOT_ENUM)
#undef STORE_BOOT_ENUM
};

struct store_boot {
	int64_t id, cell;
	int64_t attempt; /* of that cell, from 1 */
	char uuid[40];
};

const char *store_boot_name(enum store_boot_status status);

/* The plan of that run, all but its text. -ENOENT. */
int store_plan_get(struct store *s, const char *run, struct store_plan *p);

/* Its text, at least KEYFILE_MAX bytes. -EUCLEAN for one whose hash is another. */
int store_plan_text(struct store *s, const struct store_plan *p, char *text);

/* Makes a plan and its n cells in one transaction, and sets their ids, p->sha256 and p->begun.
 * -EEXIST where the run has one. */
int store_plan_add(struct store *s, struct store_plan *p, struct store_cell *cells, size_t n);

/* Fills in what has become of the n cells of a plan, whose places are their indices. */
int store_cells_get(struct store *s, const struct store_plan *p, struct store_cell *cells,
		    size_t n);

/* Notes that a boot of b->cell begins, with b->uuid, and sets b->attempt. */
int store_boot_begin(struct store *s, struct store_boot *b, const char *host);

/* Notes how it ended. took_ms: how long it took. why may be NULL. */
int store_boot_end(struct store *s, const struct store_boot *b, enum store_boot_status status,
		   const char *why, int64_t took_ms);

/* The SHA-256 of the disk that the run's first guest had. -ENOENT. */
int store_run_image(struct store *s, const char *run, char image[65]);

/* One of the plan's boots that began on that host and have not ended. 1, or 0 when there is none.
 */
int store_boot_left(struct store *s, const struct store_plan *p, const char *host,
		    struct store_boot *b);

/* The end of such a one, when it is known not to run any more: done when its guest is, otherwise
 * interrupted, and its guest lost. */
int store_boot_settle(struct store *s, const struct store_plan *p, const struct store_boot *b);

/* How long boots of such a guest took that are done, in ms: the mean of all of the run, of other
 * runs where it has none. Returns how many; 0 with *ms 0 when there is none. */
int store_boot_mean(struct store *s, const char *run, const struct store_cell *c, const char *size,
		    double *ms);

/* Calls each() with the values of each benchmark in the cell's boots that are done, which it may
 * change. What it returns other than 0 ends this and is returned. */
int store_cell_values(struct store *s, const struct store_plan *p, const struct store_cell *c,
		      int (*each)(double *values, size_t n, void *arg), void *arg);

#endif

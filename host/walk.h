/* SPDX-License-Identifier: ISC */
/* All that a store has, from the first row to the last, bounded and of the right types. */
#ifndef HOST_WALK_H
#define HOST_WALK_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "host/store_facts.h"
#include "host/store_plan.h"
#include "host/store_sql.h"

struct walk_guest {
	int64_t id, domid, emulated, bytes;
	char run[64], uuid[40], asked[8], measured[16], workload[RECORD_NAME_MAX + 1], size[8];
	char image[65], link[RECORD_NAME_MAX + 1], status[16], why[256], first_seen[32];
	char host[65], protocol[16];
};

struct walk_sample {
	int64_t seq, index, ops;
	char workload[RECORD_NAME_MAX + 1], benchmark[RECORD_NAME_MAX + 1];
	char unit[RECORD_NAME_MAX + 1];
	double value;
};

struct walk_barrier {
	int64_t id, planned_ns, guests, skew_ns; /* the last may be STORE_UNKNOWN */
	char run[64], host[65], name[64];
};

/* A guest at a barrier. Each but the first two may be STORE_UNKNOWN. */
struct walk_at {
	char uuid[40];
	int64_t domid, offset_ns, error_ns, planned_ns, actual_ns;
};

/* A plan; its text is read by store_plan_text(). */
struct walk_plan {
	int64_t id, seed;
	char run[64], sha256[65], order[8], host[65], begun[32], payloads[STORE_PAYLOADS];
};

struct walk_cell {
	int64_t id, place, vcpus;
	char workload[RECORD_NAME_MAX + 1], mode[8];
};

struct walk_boot {
	int64_t attempt, took_ms; /* the second may be STORE_UNKNOWN */
	char uuid[40], host[65], begun[32], status[16], why[256];
};

/* What the host was like before or after a boot: the texts that are stored, and the facts that they
 * hold. Texts and facts are there for the call alone. */
struct walk_text {
	char sha256[65];
	const char *json;
	size_t len;
};

struct walk_reading {
	char run[64], uuid[40], moment[8], taken[32];
	int64_t domid;
	struct walk_text steady, moving;
	json_t *facts;
};

struct walk_noise {
	char run[64], uuid[40], flag[STORE_FLAG_MAX + 1], text[STORE_NOISE_MAX + 1];
	int64_t domid, place;
};

/* What is done at each row; where it is NULL, those rows are not read. Each returns 0 or -errno. */
struct walk_steps {
	int (*guest)(const struct walk_guest *g, void *arg);
	int (*sample)(const struct walk_guest *g, const struct walk_sample *v, void *arg);
	int (*record)(const struct walk_guest *g, int64_t seq, const char *text, size_t len,
		      void *arg);
	int (*guest_end)(const struct walk_guest *g, void *arg);
};

/* Goes through the guests of a run, all when it is NULL: guest, its samples, its records, the end.
 * Counts the guests in *n. 0, -EUCLEAN for
 * what no xlab wrote, or -errno. */
int walk_guests(struct store *s, const char *run, const struct walk_steps *how, void *arg,
		size_t *n);

/* Goes through the barriers likewise. */
int walk_barriers(struct store *s, const char *run,
		  int (*each)(const struct walk_barrier *b, void *arg), void *arg);

int walk_barrier_guests(struct store *s, int64_t barrier,
			int (*each)(const struct walk_at *a, void *arg), void *arg);

/* Goes through the plans likewise, the cells of one, and the boots of one of those. */
int walk_plans(struct store *s, const char *run,
	       int (*each)(const struct walk_plan *p, const char *text, void *arg), void *arg);
int walk_cells(struct store *s, int64_t plan, int (*each)(const struct walk_cell *c, void *arg),
	       void *arg);
int walk_boots(struct store *s, int64_t cell, int (*each)(const struct walk_boot *b, void *arg),
	       void *arg);

/* Goes through the readings of hosts, the one before a boot first, and the noise of boots. */
int walk_readings(struct store *s, const char *run,
		  int (*each)(const struct walk_reading *r, void *arg), void *arg);
int walk_noises(struct store *s, const char *run,
		int (*each)(const struct walk_noise *n, void *arg), void *arg);

/* walk_check() for plans, and for the rest. */
int walk_check_plans(struct store *s);
int walk_check_facts(struct store *s);

/* For the files of walk: calls take() for each row of a query, of which r is what store_query() said. 0
 * or -errno. */
int walk_rows(struct store *s, sqlite3_stmt *row, int r, int (*take)(sqlite3_stmt *row, void *arg),
	      void *arg);

/* Reads all of a store that may be anybody's making. 0, -EUCLEAN for what no xlab wrote, or for a
 * damaged file, -errno. */
int walk_check(struct store *s);

/* Everything from here to walk_end() is of one moment. r is what came of it, and is returned. */
int walk_begin(struct store *s);
int walk_end(struct store *s, int r);

#endif

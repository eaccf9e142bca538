/* SPDX-License-Identifier: ISC */
/*
 * Plans: which workloads are compared in which modes, how often and in which order. A text file of
 * `key = value` lines; docs/man/xlab-plan.5 has every key and its meaning. Pure: no I/O but
 * plan_read()'s.
 *
 * A cell is one workload in one mode with one number of vcpus. Boots of cells come in rounds: a
 * round visits each cell that still wants a boot once, in an order that is random, and another one
 * each time. That is a randomised complete block design, rounds being the blocks (Fisher, The
 * Design of Experiments, 1935, chapter IV; Cochran and Cox, Experimental Designs, 2nd ed.
 * 1957, 4.2): what changes slowly, as a host that warms up does, meets all cells alike and no cell
 * more than another.
 */
#ifndef HOST_PLAN_H
#define HOST_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest-tools/lib/keyfile.h"
#include "host/domain.h"

enum {
	PLAN_WORKLOADS_MAX = 64,
	PLAN_VCPUS_MAX = 16,
	PLAN_CELLS_MAX = PLAN_WORKLOADS_MAX * MODE_COUNT * PLAN_VCPUS_MAX,
	PLAN_TIMES_MAX = 1000 /* of repetitions, warm-ups and retries */
};

/* Seeds are whole numbers that every program can read. */
#define PLAN_SEED_MAX ((UINT64_C(1) << 53) - 1)

enum plan_order { PLAN_RANDOM, PLAN_LISTED };

/* A guest for each repetition, or one for all of a cell. */
enum plan_per { PLAN_PER_CELL, PLAN_PER_SAMPLE };

struct plan {
	struct domain_desc desc; /* of the guest, but for its workload and vcpus */
	char workload[PLAN_WORKLOADS_MAX][64];
	unsigned nworkloads;
	enum mode mode[MODE_COUNT];
	unsigned nmodes;
	unsigned vcpus[PLAN_VCPUS_MAX];
	unsigned nvcpus;
	unsigned repetitions, max_repetitions; /* the second is 0 without a precision */
	int warmups;			       /* -1: as many as the workload says */
	double precision;		       /* 0.05 is 5 %; 0: none is asked for */
	enum plan_per per;
	enum plan_order order;
	bool seeded; /* the plan names a seed */
	uint64_t seed;
	unsigned retries, deadline_s;
	bool together;
	bool chroot; /* native is a chroot; else QEMU boots it */
};

struct plan_cell {
	const char *workload; /* the plan's */
	enum mode mode;
	unsigned vcpus;
};

/* What has become of a cell so far. */
struct plan_state {
	unsigned done, failed; /* boots */
	bool precise;	       /* its figures are, as far as the plan asks for it */
};

/* Parses a text, which is changed. 0, or -EINVAL with one line in why. */
int plan_parse(char *text, struct plan *p, char *why, size_t size);

/* Reads a file, and leaves its text in text. 0, or -errno with one line in why. */
int plan_read(const char *path, struct plan *p, char text[KEYFILE_MAX], char *why, size_t size);

/* NULL, or what is wrong with the word. */
const char *plan_set_order(struct plan *p, const char *word);
const char *plan_set_seed(struct plan *p, const char *word);

/* "qemu" or "chroot": how native is had where there is no Xen. NULL, or what is wrong. */
const char *plan_native_parse(const char *word, bool *chroot);

const char *plan_order_name(enum plan_order order);

/* Cells have the places 0 to plan_cells() - 1, in the order of the plan: all modes and vcpus of the
 * first workload first. */
unsigned plan_cells(const struct plan *p);
struct plan_cell plan_cell_at(const struct plan *p, unsigned place);

/* Puts the places of all cells into order, as that round visits them. The same plan, seed and round
 * give the same order, whatever happened before. */
void plan_round(const struct plan *p, unsigned round, unsigned *order);

/* How many boots a cell has at least, and at the most. */
unsigned plan_boots_min(const struct plan *p);
unsigned plan_boots_max(const struct plan *p);

/* How often a guest runs its workload. */
unsigned plan_repetitions_a_boot(const struct plan *p);

/* Whether the cell has failed too often for another try, and whether it has all that it needs. */
bool plan_is_given_up(const struct plan *p, const struct plan_state *s);
bool plan_is_complete(const struct plan *p, const struct plan_state *s);

/* Whether that round, counted from 0, has to boot the cell. */
bool plan_wants(const struct plan *p, const struct plan_state *s, unsigned round);

/* Whether figures of one benchmark are as precise as that: half of the interval of their median is
 * within the bound, a share of the median; never of fewer values than have one (stats.h). */
bool plan_is_precise(const double *values, size_t n, double bound);

#endif

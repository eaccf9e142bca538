/* SPDX-License-Identifier: ISC */
/*
 * A plan carried out. What was planned, and what became of it, is in the store and nowhere else:
 * who goes on with a run finds there what is missing, whatever ended it.
 */
#ifndef HOST_RUN_PLAN_H
#define HOST_RUN_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "host/plan.h"
#include "host/run.h"
#include "host/store_plan.h"

/* What the user asks for; NULL and 0 for what the plan or the machine says. */
struct plan_args {
	const char *path; /* of the plan; may be NULL with resume */
	bool resume;	  /* go on with the run of run->name */
	bool dry;	  /* say what would be done */
	const char *order, *seed;
	const char *disk, *out;
	enum mode mode[MODE_COUNT]; /* of the plan's only these */
	int nmodes;
	int deadline_s;
	int jobs;
};

/* Carries it out with run's name, store (NULL: the one in out) and collect. An exit status: 0 when
 * all cells that can be booted here are complete. */
int run_plan(struct run *run, const struct plan_args *a);

/* From here on for the files of run_plan alone. */

/* A cell while the plan is carried out. */
struct plan_work {
	struct plan_cell cell; /* of the plan */
	struct plan_state state;
	bool here;	/* it can be booted on this machine, and shall */
	double mean_ms; /* of earlier boots */
	int mean_of;	/* how many; 0: none */
	char why[128];	/* its newest boot failed */
};

struct plan_run {
	struct run *run;
	const struct plan_args *args;
	struct plan plan;
	struct store_plan stored; /* id 0 while it is not in the store */
	struct store_cell *rows;
	struct plan_work *work;
	unsigned ncells;
	unsigned *order; /* of a round */
	struct run_guest guest;
	char host[65];
	/* the boot of the moment */
	unsigned place;
	int64_t begun_ms;
	bool tty;
};

/* How long what is missing will take, by earlier boots; *guessed: of how many boots nothing is
 * known.
 */
double plan_left_ms(const struct plan_run *p, unsigned *guessed);

/* Prints the boots that are missing, in their order, and an estimate. */
void plan_show_dry(const struct plan_run *p);

/* Says on stderr that a boot begins, and how it ended. */
void plan_show_begin(struct plan_run *p);
void plan_show_tick(void *plan_run);
void plan_show_end(struct plan_run *p, enum store_boot_status status, int64_t took_ms);

/* Says what became of the run. An exit status. */
int plan_show_summary(const struct plan_run *p, bool stopped);

/* "micro, pv, 2 vcpus" */
void plan_title(const struct plan_cell *c, char *buf, size_t size);

/* Ends what a run that was killed left behind on this host. An exit status. */
int plan_clean_up(struct plan_run *p);

/* Takes what the store knows: of all cells, or how a cell's figures are. 0 or -errno. */
int plan_take_counts(struct plan_run *p, struct store *s);
int plan_take_cell(struct plan_run *p, struct store *s, unsigned place);

#endif

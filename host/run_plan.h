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

enum { PLAN_JOBS_MAX = 16 };

/* One of the boots of the moment. */
struct plan_slot {
	struct run run; /* the plan's, with a guest and a title of its own */
	struct run_guest guest;
	pid_t pid; /* of the process that boots, 0: none */
	int from;  /* it says at its end here what came of it */
	unsigned place;
	struct store_boot boot;
	int64_t begun_ms;
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
	char image[65]; /* SHA-256 of the disk, when it is known */
	char host[65];
	struct plan_slot slot[PLAN_JOBS_MAX];
	unsigned nslots;
	bool stopped; /* the user wants no more */
	bool tty;
};

/* What the guests of a slot are called where there are several. */
void plan_slot_name(const struct plan_run *p, unsigned slot, char name[sizeof(p->plan.desc.name)]);

/* Prepares what boots need, in the folder for output. An exit status. */
int plan_slots_make(struct plan_run *p);

/* Boots all that is missing, and notes what came of it. An exit status: whether that could be done, not
 * whether boots went well. */
int plan_boot_rounds(struct plan_run *p);

/* How long what is missing will take, by earlier boots; *guessed: of how many boots nothing is
 * known.
 */
double plan_left_ms(const struct plan_run *p, unsigned *guessed);

/* Prints the boots that are missing, in their order, and an estimate. */
void plan_show_dry(const struct plan_run *p);

/* Says on stderr that a boot begins, and how it ended. */
void plan_show_begin(const struct plan_run *p);
void plan_show_tick(const struct plan_run *p);
void plan_show_end(const struct plan_run *p, const struct plan_slot *slot,
		   enum store_boot_status status, int64_t took_ms);

/* Says what became of the run. An exit status. */
int plan_show_summary(const struct plan_run *p);

/* "micro, pv, 2 vcpus" */
void plan_title(const struct plan_cell *c, char *buf, size_t size);

/* Ends what a run that was killed left behind on this host. An exit status. */
int plan_clean_up(struct plan_run *p);

/* Takes what the store knows: of all cells, or how a cell's figures are. 0 or -errno. */
int plan_take_counts(struct plan_run *p, struct store *s);
int plan_take_cell(struct plan_run *p, struct store *s, unsigned place);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * A start that guests of one run make together (guest-tools/agent/barrier.h is the other side). When
 * all are armed, one after the other is asked for its time, again and again; the answer that came
 * soonest tells how far its clock is from ours, with an error of at most half of what it took. Then
 * one instant is chosen, stored, and named to each on its own clock. Nothing here blocks for longer
 * than xenstored does.
 */
#ifndef HOST_BARRIER_H
#define HOST_BARRIER_H

#include <stdbool.h>
#include <stdint.h>

#include "host/source.h"
#include "host/store_barrier.h"

struct barrier;

/* What a barrier knows of a guest. All times are nanoseconds of CLOCK_MONOTONIC. */
struct barrier_member {
	struct barrier *barrier; /* NULL: the guest has none */
	struct barrier_member *next;
	struct source *src;
	const struct store_guest *row;
	bool armed, started;
	uint32_t asked, answers;
	int64_t asked_at;
	int64_t offset, error; /* its clock less ours */
};

/* Makes the guest a member of its barrier, if it has one. Returns 1, 0 for none, or -errno. */
int barrier_join(struct barrier_member *m, struct source *src, const struct store_guest *row,
		 struct store *s);

/* The guest has gone. Others wait for one in its place. */
void barrier_leave(struct barrier_member *m);

/* The guest says that it is armed. 0 or -errno. */
int barrier_arm(struct barrier_member *m, struct store *s);

/* Takes an answer, a value of XPK_TIME, and asks again or starts all. 0 or -errno. */
int barrier_answer(struct barrier_member *m, const char *val, size_t len, struct store *s);

/* For a barrier whose answers, or whose start, were lost. 0 or -errno. */
int barrier_look(struct barrier_member *m, struct store *s);

#endif

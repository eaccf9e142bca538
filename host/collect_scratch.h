/* SPDX-License-Identifier: ISC */
/*
 * What guests without a host at their other end left on a scratch disk: read, stored and marked as
 * stored, in that order. Doing it twice stores nothing twice.
 */
#ifndef HOST_COLLECT_SCRATCH_H
#define HOST_COLLECT_SCRATCH_H

#include "host/scratch.h"
#include "host/source.h"
#include "host/store.h"
#include "host/guest.h"

/* Takes all boots that are on it; path names the store in messages. Prints a line each on standard
 * output, reports what goes wrong and returns an exit status. */
int collect_scratch(struct scratch *scratch, struct store *s, const char *path,
		    const struct guest_limits *limits);

/* What the host has to say to a guest, as the text of XP_SCRATCH_HOST. Returns the length or
 * -ENOSPC. */
struct scratch_words {
	const char *run, *mode, *workload, *size, *image;
	const char *warmups, *repetitions; /* "" for what the workload has */
};
int scratch_words(const struct scratch_words *words, char *buf, size_t size);

#endif

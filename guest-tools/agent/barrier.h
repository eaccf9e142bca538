/* SPDX-License-Identifier: ISC */
/*
 * The start of a run that several guests begin at once. Guests' clocks differ, so the host asks each
 * for its time (XPK_ASK), as often as it likes, and then names to each the same instant on that
 * guest's own CLOCK_MONOTONIC (XPK_START). With XPK_SYNC "ssh" the start is a line written to
 * XP_START_FIFO (or $XLAB_START_FIFO) instead, by whoever has logged in; the host asks for the time all the same, so that
 * the two ways can be compared.
 */
#ifndef XLAB_BARRIER_H
#define XLAB_BARRIER_H

#include <stddef.h>

#include "guest-tools/agent/link.h"

/* Waits for the others where the run has a barrier, however long; then writes what became of it to
 * record, a JSON text, and its length to *len, 0 where there is no barrier. 0 or -errno. */
int barrier_pass(const struct link_ops *host, char *record, size_t size, size_t *len);

#endif

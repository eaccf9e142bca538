/* SPDX-License-Identifier: ISC */
/* Sets of services for the tests of the supervisor, and how they are. */
#ifndef TESTS_UNIT_SVC_SET_H
#define TESTS_UNIT_SVC_SET_H

#include <stdint.h>
#include <sys/types.h>

/* No service, an empty state, and the system as fake_reset() leaves it. */
int set_begin(void **unused);

/* One more, whose command is added to its text. */
void set_add(const char *name, const char *text);

/* All that have been added are loaded. */
void set_load(void);

/* The state knows it: for a supervisor that goes on after a fault. */
void set_known(unsigned slot, const char *name, uint32_t state, pid_t pid);

/* Time passes, and what is due happens. */
void set_pass(uint64_t ms);

/* Process number n ends, the first being 0. */
void set_end(unsigned n, int status);

/* "a up, b waiting, ..." */
void set_assert(const char *want);

#endif

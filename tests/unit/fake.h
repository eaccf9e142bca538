/* SPDX-License-Identifier: ISC */
/* What xlab-init's supervisor asks the system, played by a test: time, processes and the log. */
#ifndef TESTS_UNIT_FAKE_H
#define TESTS_UNIT_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FAKE_FIRST_PID 1000	/* the first child's; each further one has the next */

extern uint64_t fake_now;
extern bool fake_fork_fails;
extern pid_t fake_lost;		/* no child of ours, whatever the state says */
extern bool fake_no_groups;	/* no child leads its group yet */
extern int fake_child_fd;	/* the newest child's end of its ready pipe, -1: it has none */
extern char fake_kills[512];	/* "SIGNAL PID, ..." since it was last emptied */
extern char fake_warnings[1024];	/* the lines that would reach the consoles */

void fake_reset(void);

/* The next pid that fork(2) returns. */
pid_t fake_next_pid(void);

/* The child is to be reaped, with that wait status. */
void fake_end(pid_t pid, int status);

/* How many of those are still to be reaped. */
size_t fake_unreaped(void);

/* Emptied once it has been looked at. */
void fake_assert_kills(const char *want);

#endif

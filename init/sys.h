/* SPDX-License-Identifier: ISC */
/* The system calls that decide what a supervisor does; a test brings its own. */
#ifndef XLAB_INIT_SYS_H
#define XLAB_INIT_SYS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Milliseconds on CLOCK_MONOTONIC. */
uint64_t sys_now_ms(void);

pid_t sys_fork(void);

int sys_kill(pid_t pid, int sig);

/* True for a child of ours, that runs or is still to be reaped. */
bool sys_is_child(pid_t pid);

#define SYS_NOBODY INT_MAX	/* no process has that number */

/*
 * Reaps a child, whichever has ended. 0 when none has, -1 when there is none. SYS_NOBODY when it has let
 * one go that had asked for us to trace it, ptrace(2), and had stopped: there may be more.
 */
pid_t sys_reap(int *status);

#endif

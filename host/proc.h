/* SPDX-License-Identifier: ISC */
#ifndef HOST_PROC_H
#define HOST_PROC_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Running other programs: an argument vector, never a shell; they die with us.
 *
 * A child leads a process group of its own, has default signal handling and is sent SIGKILL when
 * the thread that started it ends (except by a set-user-ID program, which the kernel excuses). It
 * inherits the three standard descriptors and whatever is not close-on-exec.
 *
 * All functions return -errno on failure; -ENOENT, -EACCES and the like mean that the program (or
 * opts->cwd) could not be had. An exit status is 0-255, or 128 + the signal that ended the program.
 */

#define PROC_NULL (-1) /* instead of a descriptor: /dev/null */
#define PROC_OUT (-2)  /* err only: where out goes */

/* Zero in a field, or NULL instead of the struct, means what the comment gives first. */
struct proc_opts {
	const char *cwd;	/* the caller's | a folder */
	const char *const *env; /* nothing | "NAME=value"..., NULL: added to the caller's */
	int in, out, err;	/* the caller's | a descriptor, which stays the caller's | PROC_* */
	int deadline_ms;	/* none | milliseconds from the start; then the group is killed */
	int keep_group;		/* no | yes: stay in the caller's process group (terminal programs) */
};

/* Starts a program and returns its process id, which proc_wait or proc_stop must be given once.
 * opts->deadline_ms is not looked at. */
pid_t proc_spawn(const char *const argv[], const struct proc_opts *opts);

/* Waits for the end and returns the exit status. After deadline_ms (0: never): kills the process
 * group, or just the process if it leads none, and returns -ETIMEDOUT. */
int proc_wait(pid_t pid, int deadline_ms);

/* Sends sig, waits grace_ms at the most, then kills; returns the exit status. */
int proc_stop(pid_t pid, int sig, int grace_ms);

/* Runs a program to its end: exit status, or -ETIMEDOUT. */
int proc_run(const char *const argv[], const struct proc_opts *opts);

/* The same with its standard output in buf, ended by a NUL; opts->out is not looked at. More than
 * size - 1 bytes: the program is killed and -EMSGSIZE returned, buf holding what did fit. */
int proc_capture(const char *const argv[], char *buf, size_t size, const struct proc_opts *opts);

/* Milliseconds of the monotonic clock, and what is left until one of them (0 when it is past). */
long long proc_clock_ms(void);
int proc_left_ms(long long until);

#endif

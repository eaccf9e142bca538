/* SPDX-License-Identifier: ISC */
/* A command that goes into the background once it is ready, and that is only once on a machine. */
#ifndef HOST_DAEMON_H
#define HOST_DAEMON_H

#include <sys/types.h>

/*
 * Forks. The caller goes on in the child, in a session of its own, with standard output at the end
 * of the file log. The parent waits until the child calls daemon_ready(), or ends, and exits with 0,
 * or as the child did. Returns what daemon_ready() wants, or -errno.
 */
int daemon_begin(const char *log);

/* From now on standard error goes to the log too. Does nothing with a negative descriptor. */
void daemon_ready(int ready);

/* Writes our number to a file. 0 or -errno. */
int daemon_pid_write(const char *path);

/* Who has the lock. */
struct daemon_holder {
	pid_t pid;	/* 0 where that cannot be told */
	char note[4096]; /* what he has left with it, printable; "" for none */
};

/*
 * Takes a lock that goes with this process, and leaves the note with it. Returns a descriptor to
 * keep; -EBUSY with *holder set when another has it, or -errno.
 */
int daemon_lock(const char *path, const char *note, struct daemon_holder *holder);

#endif

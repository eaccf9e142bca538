/* SPDX-License-Identifier: ISC */
/*
 * Starts a program as process 1 of its own user, pid, mount, network, UTS and IPC namespaces, as
 * tests/ns/guest.c does, but any program, several at a time, and with a clock. Needs no privileges.
 * Functions return 0 or -errno.
 */
#ifndef XLAB_TESTS_BENCH_BOOT_H
#define XLAB_TESTS_BENCH_BOOT_H

#include "tests/bench/event.h"

#include <stdint.h>
#include <sys/types.h>

struct boot {
	const char *root;
	pid_t pid;		/* of process 1, seen from here; 0: none */
	int fifo;
	uint64_t exec_ns;	/* CLOCK_MONOTONIC just before its execve */
};

/* The folder root has /out/fifo, /dev/null and a place for /proc. What it writes is in /out/log. */
int boot_start(struct boot *b, const char *root, char *const argv[]);

/* The next thing that the service says, -ETIMEDOUT after ms, -ECHILD when process 1 is gone. */
int boot_next(struct boot *b, struct event *e, int ms);

/* Kills process 1, and with it all. */
void boot_end(struct boot *b);

/* The last line of the log, for a message. */
void boot_last_line(const struct boot *b, char *line, size_t size);

uint64_t boot_clock_ns(void);

#endif

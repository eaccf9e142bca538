/* SPDX-License-Identifier: ISC */
/* Between a client and the xenstored: hands on everything, and counts questions and answers. */
#ifndef TESTS_STORE_TAP_H
#define TESTS_STORE_TAP_H

#include <stdatomic.h>
#include <sys/types.h>

#include "tests/store/bus.h"

/* Each is counted before it is handed on. */
struct tap_counts {
	_Atomic unsigned asked, answered;    /* of all connections together */
	_Atomic unsigned reads[BUS_DOMAINS]; /* of nodes in the home of each domain */
};

struct tap {
	pid_t pid;
	char path[96]; /* for the client's $XENSTORED_PATH */
	struct tap_counts *counts;
};

/* Starts a process that takes clients on a socket in dir. 0 or -errno. */
int tap_start(struct tap *t, const char *dir, const char *socket);
void tap_stop(struct tap *t);

#endif

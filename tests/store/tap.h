/* SPDX-License-Identifier: ISC */
/* Between a client and the xenstored: hands on everything, and counts what the client reads. */
#ifndef TESTS_STORE_TAP_H
#define TESTS_STORE_TAP_H

#include <stdatomic.h>
#include <sys/types.h>

#include "tests/store/bus.h"

struct tap {
	pid_t pid;
	char path[96];		 /* for the client's $XENSTORED_PATH */
	_Atomic unsigned *reads; /* of nodes in the home of each domain below BUS_DOMAINS */
};

/* Starts a process that takes one client at a time, on a socket in dir. 0 or -errno. */
int tap_start(struct tap *t, const char *dir, const char *socket);
void tap_stop(struct tap *t);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * A real xenstored without a hypervisor, for tests: the daemon's own binary with tests/store/shim.c
 * preloaded. A test is its dom0, over the daemon's socket, and each guest is a socket behind a real
 * ring with a guest's real quotas and permissions.
 */
#ifndef TESTS_STORE_HARNESS_H
#define TESTS_STORE_HARNESS_H

#include <sys/types.h>

enum daemon { DAEMON_C, DAEMON_O };

struct harness {
	char dir[64];
	char socket[96]; /* for dom0's $XENSTORED_PATH */
	pid_t daemon;
	pid_t bus[16];
	int nbus;
};

/* Starts the daemon and waits until it answers. 0 or -errno; a reason goes to stderr. */
int harness_start(struct harness *h, enum daemon which);

/* Ends all that was started, and removes the folder. */
void harness_stop(struct harness *h);

/*
 * Makes domain domid with that UUID as xl would: its home, which it can read, and data/, which it
 * can write. Writes the path of its xenbus socket, for the guest's $XENSTORED_PATH. 0 or -errno.
 */
int harness_guest(struct harness *h, unsigned domid, const char *uuid, char *path, size_t size);

#endif

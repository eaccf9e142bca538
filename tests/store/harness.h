/* SPDX-License-Identifier: ISC */
/*
 * A real xenstored without a hypervisor, for tests: the daemon's own binary with tests/store/shim.c
 * preloaded. A test is its dom0, over the daemon's socket, and each guest is a socket behind a real
 * ring with a guest's real quotas and permissions. Functions return 0 or -errno; what block, block
 * until the daemon answers.
 */
#ifndef TESTS_STORE_HARNESS_H
#define TESTS_STORE_HARNESS_H

#include <stdbool.h>
#include <sys/types.h>

enum daemon { DAEMON_C, DAEMON_O };

struct harness {
	char dir[64];
	char socket[96]; /* for dom0's $XENSTORED_PATH */
	enum daemon which;
	pid_t daemon, bus;
	int control;	      /* to the bus */
	int wake[2];	      /* eventfds: the daemon's, the guests' */
	struct bus_map *map;  /* tests/store/bus.h */
	struct xs_handle *xs; /* dom0's own */
};

/* Starts the daemon and the bus and waits until the daemon answers. What the daemon says is in
 * daemon.log, and on stderr when it does not start. */
int harness_start(struct harness *h, enum daemon which);

/* Ends all that was started, and removes the folder. */
void harness_stop(struct harness *h);

/*
 * Makes domain domid with that UUID as xl would: its home, which it can read, and data/, which it
 * can write. Writes the path of its xenbus socket, for the guest's $XENSTORED_PATH; a guest may
 * open it several times.
 */
int harness_guest(struct harness *h, unsigned domid, const char *uuid, char *path, size_t size);

/* The same in two steps: the home, and the connection. The C daemon is the slower the more guests
 * are connected, so many guests get their homes first. */
int harness_home(struct harness *h, unsigned domid, const char *uuid);
int harness_introduce(struct harness *h, unsigned domid, char *path, size_t size);

/* Writes a node as dom0, and a key of the host's, below the domain's xlab/. */
int harness_write(struct harness *h, const char *path, const char *val);
int harness_give(struct harness *h, unsigned domid, const char *key, const char *val);

/*
 * Ends the domain as xl would: it is shut down, its home is removed, then it is no more. Its
 * clients see their sockets closed, and its number may be given to another.
 */
int harness_guest_gone(struct harness *h, unsigned domid);

/* Makes the daemon wait that long before each turn; 0 as it was. */
void harness_slow(struct harness *h, unsigned us);

/* Stops the daemon in its tracks, and lets it go on. */
void harness_hang(struct harness *h, bool hang);

/* A daemon that falls, and one that is started in its place: what the first one knew is lost, so its
 * domains are no more, and clients see their sockets closed. Between the two nobody listens. */
void harness_fall(struct harness *h);
int harness_rise(struct harness *h);

/* The C daemon alone: replaces itself by its own program, keeping its state and connections. */
int harness_live_update(struct harness *h);

#endif

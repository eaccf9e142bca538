/* SPDX-License-Identifier: ISC */
/* Booting the image in one mode, and waiting until its results are stored. */
#ifndef HOST_RUN_H
#define HOST_RUN_H

#include <stdbool.h>
#include <sys/types.h>

#include "host/setup.h"
#include "host/store.h"

/* One of the guests that are booted together. */
struct run_guest {
	struct setup setup;
	char image[65]; /* SHA-256 of the disk */
	char uuid[40];	/* what its results are stored under; "" before it has one */
};

struct run {
	struct run_guest *guest;
	int nguests;	    /* more than one start their workloads at one instant */
	bool together;	    /* one does so too, alone */
	const char *ssh;    /* the command that logs in to start them; NULL: by xenstore */
	char name[64];	    /* of the run */
	const char *store;  /* path of the store */
	int deadline_s;	    /* for one boot with its workload */
	int stop_fd;	    /* readable when the user wants to stop */
	bool collect;	    /* start a collector of our own */
	pid_t collector;    /* 0 when none runs */
	int line;	    /* what its standard input is: 0, or the guest's serial line */
};

enum { RUN_GUESTS_MAX = 16 };

/*
 * Both boot the guests, wait until they have ended, and set their uuids. They report what goes wrong
 * and return an exit status; at the deadline with the last lines of the guest's console. run_native()
 * boots the first alone.
 */
int run_xen(struct run *run, enum mode mode);
int run_native(struct run *run);

/* Starts `xlab collect` with those further words, or starts it again when it has died. 0 or -errno.
 */
int run_collector(struct run *run, const char *const *more);
void run_collector_stop(struct run *run);

/* Waits that long for the collector to end by itself, and ends it if it does not. */
void run_collector_finish(struct run *run, int ms);

/* Prints the last lines of a console's log to stderr. */
void run_show_console(const char *path);

#endif

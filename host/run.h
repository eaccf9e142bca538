/* SPDX-License-Identifier: ISC */
/* Booting the image in one mode, and waiting until its results are stored. */
#ifndef HOST_RUN_H
#define HOST_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "host/setup.h"
#include "host/store.h"

/* One of the guests that are booted together. */
struct run_guest {
	struct setup setup;
	char image[65]; /* SHA-256 of the disk */
	char uuid[40];	/* what its results are stored under; "" before it has one */
	unsigned domid; /* likewise; 0 without a domain */
	bool began;	/* it was there: what the store knows of it may be why a boot failed */
	char why[128];	/* a boot failed; "" when it did not */
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
	char said[PATH_MAX + 16]; /* the file that what it says is added to; "": our stderr */
	int line;	    /* what its standard input is: 0, or the guest's serial line */
	json_t *facts;	    /* of the host, before the boot of the moment; NULL between boots */
	bool chroot;	    /* a native is a chroot under this machine's kernel; else in QEMU */

	/* Of a plan; empty otherwise. */
	char title[128];		  /* what a boot is called in messages */
	char warmups[12], repetitions[12]; /* what the guest is told, numbers */
	bool quiet;			  /* say nothing of boots that go well */
};

enum { RUN_GUESTS_MAX = 16 };

/*
 * Both boot the guests, wait until they have ended, and set their uuids. They report what goes wrong
 * and return an exit status; at the deadline with the last lines of the guest's console. run_native()
 * boots the first alone.
 */
int run_xen(struct run *run, enum mode mode);
int run_native(struct run *run);

/* Boots the guests in one mode from the first config to the verdict, which it reports. An exit status;
 * each guest's why says why. */
int run_boot(struct run *run, enum mode mode);

/*
 * Read the host's facts and store them for all guests that have a UUID: when all that are booted together
 * are there and none has run, and when all have ended, then with the noise between the two. Both take
 * their time, in which nothing may be measured. What goes wrong is reported, and is no reason to stop.
 */
void run_facts_before(struct run *run);
void run_facts_after(struct run *run);

/* Whether the user wants to stop; true once for each time. */
bool run_is_stopped(struct run *run);

/* What a guest is called in messages; overwritten by the next call. */
const char *run_title(const struct run *run, const struct run_guest *g, enum mode mode);

/* Reports "title: what", and keeps what as the guest's why, if it has none. Returns EXIT_SYSTEM. */
__attribute__((format(printf, 4, 5))) int run_fail(const struct run *run, struct run_guest *g,
						   enum mode mode, const char *fmt, ...);

/* Makes up a UUID. 0 or -errno. */
int run_new_uuid(char uuid[40]);

/* Starts `xlab collect` with those further words, or starts it again when it has died. 0 or -errno.
 */
int run_collector(struct run *run, const char *const *more);
void run_collector_stop(struct run *run);

/* Waits that long for the collector to end by itself, and ends it if it does not. */
void run_collector_finish(struct run *run, int ms);

/* Prints the last lines of a log, of a console say, to stderr. */
void run_show_log(const char *path);

#endif

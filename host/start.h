/* SPDX-License-Identifier: ISC */
/* One domain from a config to its first instruction, with its disks to itself. */
#ifndef HOST_START_H
#define HOST_START_H

#include <limits.h>
#include <stdbool.h>

#include "host/disk_lock.h"
#include "host/setup.h"

/* Below it a folder for each domain that xlab start made a config for, with that and its kernel,
 * and NAME.log, what xl said. */
#define START_DIR "/run/xlab/domains"

enum {
	START_DISKS_MAX = 32,
	/* for another xlab's domain to appear, so that a refusal can name it */
	START_WAIT_MS = 30 * 1000
};

struct start {
	const char *cfg;	   /* an xl.cfg(5) */
	const struct setup *setup; /* what it was made of, or NULL */
	enum mode mode;		   /* with a setup */
	bool paused;		   /* leave it so */
	int keep;		   /* a descriptor that is to live as long as the domain, or -1 */

	char name[80];	    /* of the domain, from the config */
	char log[PATH_MAX]; /* what xl says */
	struct disk_lock disk[START_DISKS_MAX];
	unsigned ndisks;
};

/* Makes START_DIR. 0 or -errno. */
int start_make_folder(void);

/*
 * Locks the disks that the config names (shared those after the first that the guest may only
 * read), has xl create the
 * domain, makes sure that nobody else has got one of them meanwhile, tells the guest what the setup
 * says, and lets it run. xl stays behind as long as the domain does, and the locks with it. Blocks
 * as long as xl does, and START_WAIT_MS at the most for a disk that is just being taken. Reports
 * what is wrong and returns an exit status.
 */
int start_domain(struct start *s);

#endif

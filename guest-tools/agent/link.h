/* SPDX-License-Identifier: ISC */
/* How the agent reaches the host: a store of keys, by xenstore in a Xen guest, by a serial line, or
 * by what is left for it on the scratch disk. */
#ifndef XLAB_LINK_H
#define XLAB_LINK_H

#include <stdbool.h>
#include <stddef.h>

enum { LINK_VALUES_MAX = 40 };

/* One of several, at most LINK_VALUES_MAX, that are put with one call. */
struct link_value {
	unsigned key;
	const char *val;
	size_t len;
};

struct link_ops {
	const char *name;
	bool lossy;  /* what was put may never arrive: put it again until it has its effect */
	bool leaves; /* the machine is lent: it goes back to its own system when all is over */

	/* Both block no longer than the device does. 0 or -errno; a length or -errno. */
	int (*put)(unsigned key, const char *val, size_t len);
	int (*get)(unsigned key, char *buf, size_t size);

	/* Puts all of them in that order and waits once; NULL where that is no faster. After an error
	 * any of them may have been put. */
	int (*put_all)(const struct link_value *values, size_t n);

	/* Sends again what was put last. Only where lossy. */
	int (*again)(unsigned key);

	/* Sleeps until a key of the host's may have changed, at most ms. Returns 1 when one may have,
	 * 0 when the time is over, or -errno. */
	int (*wait)(int ms);

	/* Readable when the host says something; -1 where there is none. wait(0) first: what came while
	 * it answered something else is not shown again. */
	int (*fd)(void);

	/* Writes a node of the guest's own that is none of the protocol's; NULL where there is no
	 * store. What goes wrong is nobody's loss. */
	void (*note)(const char *path, const char *val);
};

/* Opens the way that this machine has: the descriptor that $XLAB_LINK names; xenstore when it runs on
 * Xen or $XENSTORED_PATH names a socket; otherwise the serial line that $XLAB_LINK names (PID 1 has it
 * from the kernel's parameter xlab.link), or LINK_SCRATCH; otherwise the consoles for $XLAB_WORKLOAD.
 * Returns NULL and sets errno; ENODEV when there is none. */
const struct link_ops *link_open(bool on_xen);

const struct link_ops *link_xs_open(void);

/* dev: a name below /dev, or the number of a descriptor that whoever started us has opened, which is
 * what a chroot has. */
const struct link_ops *link_serial_open(const char *dev);
bool link_is_descriptor(const char *dev);

/* The files of XP_SCRATCH_DIR below /scratch, or below $XLAB_SCRATCH. Waits until the disk is there. */
#define LINK_SCRATCH "scratch"
const struct link_ops *link_scratch_open(void);

/* No host at all: runs $XLAB_WORKLOAD and prints the records on the consoles. */
const struct link_ops *link_console_open(void);

#endif

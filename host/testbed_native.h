/* SPDX-License-Identifier: ISC */
/* A boot of the same disk on the same emulated machine with no hypervisor in it. */
#ifndef HOST_TESTBED_NATIVE_H
#define HOST_TESTBED_NATIVE_H

#include <limits.h>
#include <sys/types.h>

struct native_opts {
	const char *disk;	/* raw image; what the guest writes to it is thrown away */
	const char *console;	/* file that gets what the guest prints on ttyS0; emptied first */
	const char *messages;	/* file that QEMU's own messages are appended to */
	int vcpus, memory_mb;
	const char *scratch;	/* raw image of a second disk, which the guest does write; "" for none */
	const char (*payload)[PATH_MAX]; /* raw images of read-only disks */
	unsigned npayloads;
	int card;		/* whether it has a network card; behind it is QEMU and nothing else */
	const char *mac;	/* of that card; "" for QEMU's own choice */
	const char *cpus;	/* that QEMU may run on, as keyfile_cpus() takes them; "" for all */
};

struct native {
	pid_t pid;
	int link; /* the other end of the guest's ttyS1, from its first byte on; ends with the guest */
};

/* Starts it. Returns 0 or -errno, -ERANGE when there is none of its CPUs. QEMU dies with the thread
 * that called this. While nobody reads link, a guest that writes more than the socket holds is held
 * up; nothing is lost. */
int testbed_native_start(const struct native_opts *o, struct native *n);

/* Waits until the guest has powered itself off (0), rebooted (0: that ends it too) or QEMU failed
 * (its exit status); after deadline_ms kills it: -ETIMEDOUT. link stays open for what is left in it. */
int testbed_native_wait(struct native *n, int deadline_ms);

/* Ends it if it still runs, and closes link. Harmless twice. */
void testbed_native_stop(struct native *n);

#endif

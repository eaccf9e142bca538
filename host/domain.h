/* SPDX-License-Identifier: ISC */
/*
 * One description of a guest for all modes: a text file of `key = value` lines, '#' begins a
 * comment. The first two keys are required. Paths are relative to the current folder.
 *
 *	name = lab		letters, digits, '-', '_', '.'
 *	disk = xlab.img		path of the whole disk, which no guest changes
 *	memory = 128		MiB
 *	vcpus = 1
 *	workload = micro	what the agent runs: a file of the image's /usr/share/xlab/workloads
 *	size = quick		quick | ref
 *	bridge = xenbr0		gives the guest a network card, on this bridge of dom0; native: on
 *				QEMU's user network, cut off from all others
 *	mac = 00:16:3e:00:00:01	of that card, unicast; made up by xl or QEMU if missing
 *	network = eth0,dhcp	what the guest's interfaces are to be: guest-tools/lib/netspec.h;
 *				off unless given
 *	ssh_keys = lab.pub	an authorized_keys file, at most 1,900 bytes: who may log in as root
 *	scratch = scratch.img	a second disk, which the guest may write: an ext4 file system with
 *				the label xlab-scratch and the feature mmp, as
 *				mke2fs -t ext4 -O mmp -L xlab-scratch makes it
 *	payload = web.payload	a read-only disk of `xlab payload build`, for /payload/NAME in the
 *				guest; up to 16 such lines. hvm has room for three IDE disks besides
 *				the first, the scratch disk being one, and QEMU cannot make them
 *				read-only: there the guest does
 *	cpus = 0-3,6		the host's CPUs that it may use, for all of its own; natively QEMU's
 *	weight = 256		of the scheduler, 1 to 65535; xl.cfg(5) cpu_weight
 *	cap = 50		% of one CPU that it may use, 1 to 51200; no cap unless given. Natively
 *				neither has a meaning
 */
#ifndef HOST_DOMAIN_H
#define HOST_DOMAIN_H

#include <limits.h>
#include <stdbool.h>

#include "guest-tools/lib/netspec.h"
#include "guest-tools/proto/modes.h"

enum { DOMAIN_PAYLOADS = 16 };

struct domain_desc {
	char name[48];
	char disk[PATH_MAX];
	unsigned memory; /* MiB, 32 to 1048576 */
	unsigned vcpus;	 /* 1 to 512 */
	char workload[64];
	char size[8];
	/* "" where the description has none */
	char bridge[16];
	char mac[NETSPEC_ID_MAX + 1];
	char network[NETSPEC_TEXT_MAX + 1];
	char ssh_keys[PATH_MAX];
	char scratch[PATH_MAX];
	bool writable; /* the guest may write its disk; no key sets this */
	char payload[DOMAIN_PAYLOADS][PATH_MAX];
	unsigned npayloads;
	char cpus[64];	 /* "" where it has none */
	unsigned weight; /* 0: xl's default */
	unsigned cap;	 /* 0: none */
	char uuid[40];	 /* of the domain; "" for one that xl makes up; no key sets this */
};

/* The defaults: neither name nor disk. */
void domain_init(struct domain_desc *d);

/* Sets one key. Returns NULL, or what is wrong with its value. */
const char *domain_set(struct domain_desc *d, const char *key, const char *value);

/* NULL, or what is wrong with the whole. */
const char *domain_check(const struct domain_desc *d);

/* Parses the text of a description, which is changed. Returns 0, or -EINVAL with "line N: ..." in
 * why. */
int domain_parse(char *text, struct domain_desc *d, char *why, size_t size);

/* Reads a file; what is wrong with it, errno's or ours, is in why. */
int domain_read(const char *path, struct domain_desc *d, char *why, size_t size);

/* Where the pieces of the image are that PV and PVH boot from, in dom0's file system. */
struct domain_boot {
	const char *kernel;  /* path; NULL: xl's pygrub reads the disk's GRUB menu */
	const char *ramdisk; /* path, or NULL when the image has none */
	const char *cmdline; /* the one in the image's GRUB menu */
	const char *fs_uuid; /* of the image's root file system */
};

/*
 * Writes the config of one mode into buf: an xl.cfg(5), for native a grub.cfg menu entry. d->disk,
 * d->scratch and payloads must be absolute and free of quotes and control characters. Returns the
 * length, -EINVAL, -E2BIG when that mode has no room for that many payloads, or -ENOSPC.
 */
int domain_render(const struct domain_desc *d, const struct domain_boot *boot, enum mode mode,
		  char *buf, size_t size);

/* How many payloads such a guest can have in that mode. */
unsigned domain_payload_room(const struct domain_desc *d, enum mode mode);

/* "pv.cfg", …; "native.grub" */
const char *domain_config_name(enum mode mode);

#endif

/* SPDX-License-Identifier: ISC */
/* The domains of this machine, as xl knows them: `xl list -l` (libxl's JSON) and `xl list`. */
#ifndef HOST_DOMAINS_H
#define HOST_DOMAINS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "guest-tools/proto/modes.h"

enum { DOMAINS_DISKS_MAX = 32 };

struct domains_disk {
	char path[PATH_MAX], vdev[16];
	bool writable;
};

struct domains_one {
	unsigned domid;
	char name[80], uuid[40]; /* printable */
	enum mode mode;		 /* that the config asked for; MODE_UNKNOWN for domain 0, and for
				  * those that xl has no config of: half made, half gone, others' */
	const char *state;	 /* running paused shutdown crashed dying unknown */
	unsigned memory, vcpus;	 /* MiB */
	double seconds;		 /* of CPU time since it was made */
	char tsc_mode[16];	 /* xl.cfg(5); "" where xl has no config, and of domain 0 */
	struct domains_disk *disk;
	size_t ndisks;
};

struct domains {
	struct domains_one *one;
	size_t n;
};

/* 0; -ENOENT when there is no xl; -EPROTO for words that are not xl's; or -errno. Free d after 0.
 */
int domains_read(struct domains *d, const char *log);

/* Makes d of what xl says; text is changed. 0, -EPROTO or -ENOMEM. */
int domains_parse(struct domains *d, const char *json, char *text);

/* NULL when there is none. */
const struct domains_one *domains_find(const struct domains *d, const char *name);

void domains_free(struct domains *d);

#endif

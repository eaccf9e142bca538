/* SPDX-License-Identifier: ISC */
/* The one description of the machine that QEMU emulates, with Xen in it or without, and a builder
 * for its command line. docs/testbed.md says why the machine is as it is. */
#ifndef HOST_QEMU_H
#define HOST_QEMU_H

#include <stddef.h>

/* A command line under construction: fill it with the functions below, then run argv. Too much of
 * anything sets err to -E2BIG, and what is added afterwards is left out. */
struct qemu {
	const char *argv[96];	/* ended by NULL */
	char text[16384];	/* where the formatted ones live */
	size_t argc, used;
	int err;
};

/* Begins with the program and what every boot here has in common. */
void qemu_init(struct qemu *q, int cpus, int memory_mb);

/* Adds an option and its value; fmt NULL: the option takes none. option is kept, not copied. */
__attribute__((format(printf, 3, 4)))
void qemu_add(struct qemu *q, const char *option, const char *fmt, ...);

/* Adds a character device of this id that talks over a new pair of sockets. Returns our end, which
 * is the caller's and close-on-exec, or -errno. *theirs is for the caller to close after the start. */
int qemu_add_socket(struct qemu *q, const char *id, int *theirs);

/* Writes path so that it can stand in an option of the form name=value,... 0 or -ENAMETOOLONG. */
int qemu_escape(char *buf, size_t size, const char *path);

#endif

/* SPDX-License-Identifier: ISC */
/* What has to be there before the first service. A failure is logged and passed over. */
#ifndef XLAB_INIT_BOOT_H
#define XLAB_INIT_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

void boot_mount_all(void);

/* The name, or where it is "" or refused (too long, say) that in /etc/hostname, or "xlab". */
void boot_hostname(const char *name);

void boot_loopback(void);

/* A clock that is behind the image's own time is set to that. */
void boot_clock(void);

/* Lets init write to the kernel's log without limit; warnings reach the consoles, or everything. */
void boot_kmsg(bool verbose);

/* Reads the beginning of a file, and ends it with NUL. Returns its length or -1, and sets errno. */
ssize_t boot_read(const char *path, char *buf, size_t size);

#endif

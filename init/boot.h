/* SPDX-License-Identifier: ISC */
/* What has to be there before the first service. A failure is logged and passed over. */
#ifndef XLAB_INIT_BOOT_H
#define XLAB_INIT_BOOT_H

void boot_mount_all(void);

/* From /etc/hostname, or "xlab". */
void boot_hostname(void);

void boot_loopback(void);

/* Lets services write to the kernel's log without limit, and warnings reach the consoles. */
void boot_kmsg(void);

#endif

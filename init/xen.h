/* SPDX-License-Identifier: ISC */
/* The hypervisor itself, asked past the kernel: the last way to end a domain. */
#ifndef XLAB_INIT_XEN_H
#define XLAB_INIT_XEN_H

#include <stdbool.h>

/* Opens the way, while there is a /dev. */
void xen_prepare(void);

/* SCHEDOP_shutdown of xen/sched.h. Returns only when that cannot be, with errno. */
void xen_shutdown(bool reboot);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef HOST_MACHINE_H
#define HOST_MACHINE_H

#include <stdbool.h>

/* True when this machine is itself emulated: its processor or its firmware says QEMU. Figures taken
 * on it are stamped. */
bool machine_is_emulated(void);

/* True in a domain of Xen that may use xenstore and the toolstack. */
bool machine_is_dom0(void);

enum { MACHINE_ID_MAX = 32 };

/* Who this machine is among others: machine-id(5), "" where it has none. Returns buf. */
const char *machine_id(char buf[MACHINE_ID_MAX + 1]);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * A watchdog, Xen's as a rule: the hypervisor ends the guest when process 1 has not been heard of
 * for that long. The interface is that of the kernel's watchdog/watchdog-api.
 */
#ifndef XLAB_INIT_WATCHDOG_H
#define XLAB_INIT_WATCHDOG_H

#include <stdint.h>

/* Asks for it; seconds is a text, "" for none. Goes on with the one that the state has. */
void watchdog_open(const char *seconds);

/* Says that we live, if it is time to. Returns when the next time is, or NEVER. */
uint64_t watchdog_run(void);

/* From now on it has ms to go, at most; a halted guest lives on, so a halt ends the watch. */
void watchdog_last(unsigned ms);
void watchdog_close(void);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * The consoles that the kernel really has: hvc0 in every Xen mode, ttyS0 natively, both in a full
 * virtual machine, none at all in a namespace.
 */
#ifndef XLAB_INIT_CONSOLE_H
#define XLAB_INIT_CONSOLE_H

#include <stddef.h>

#define CONSOLE_MAX 4
#define CONSOLE_NAME 16

/*
 * Takes the words of text, as in /sys/class/tty/console/active, that can be the name of a terminal.
 * Returns how many there are, max at most. Pure.
 */
size_t console_parse(const char *text, char names[][CONSOLE_NAME], size_t max);

/* Those of this machine, CONSOLE_MAX at most. */
size_t console_find(char names[][CONSOLE_NAME]);

#endif

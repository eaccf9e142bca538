/* SPDX-License-Identifier: ISC */
/* The newest STATE_LOG bytes of what init and its services have said: lines "SECONDS.mmm WHO: ...". */
#ifndef XLAB_INIT_RING_H
#define XLAB_INIT_RING_H

#include <stddef.h>

/* Adds a line; of text, control characters and bytes that are not ASCII become '?'. */
void ring_add(const char *who, const char *text, size_t len);

/* Copies the newest whole lines that fit in size bytes. Returns how many bytes they are. */
size_t ring_read(char *buf, size_t size);

#endif

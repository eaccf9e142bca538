/* SPDX-License-Identifier: ISC */
/*
 * What init says: one line to the kernel's log, or to standard error where there is no /dev/kmsg,
 * and to the ring (ring.h). Uses no stdio, to stay small.
 */
#ifndef XLAB_INIT_KLOG_H
#define XLAB_INIT_KLOG_H

#include <stddef.h>

/* Levels of syslog(2). With "quiet" only what is below 5 reaches the consoles. */
enum { KLOG_WARN = 4, KLOG_INFO = 6 };

/* Knows %s, %d (int) and %m (strerror of errno). A line too long is cut. Keeps errno. */
__attribute__((format(printf, 2, 3))) void klog(int level, const char *fmt, ...);

/* A line of somebody else's, for the kernel's log alone. */
void klog_of(int level, const char *who, const char *text, size_t len);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * One line to the kernel's log, or to standard error where there is no /dev/kmsg. Uses no stdio, to
 * stay small. The kernel takes about 1000 bytes a write; a service that logs should write less.
 */
#ifndef XLAB_INIT_KLOG_H
#define XLAB_INIT_KLOG_H

/* Levels of syslog(2). With "quiet" only what is below 5 reaches the consoles. */
enum { KLOG_WARN = 4, KLOG_INFO = 6 };

/* Knows %s, %d (int) and %m (strerror of errno). A line too long is cut. Keeps errno. */
__attribute__((format(printf, 2, 3))) void klog(int level, const char *fmt, ...);

/* Where klog() writes: what a service gets as its standard output and error. */
int klog_fd(void);

#endif

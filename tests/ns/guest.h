/* SPDX-License-Identifier: ISC */
/*
 * A guest without a machine: the real xlab-init as process 1 of its own user, pid, mount, network,
 * UTS and IPC namespaces, in a small root folder. Nothing here needs privileges. There is one guest
 * at a time; each function fails the test when it cannot do its work.
 */
#ifndef XLAB_TESTS_NS_GUEST_H
#define XLAB_TESTS_NS_GUEST_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * In the guest are BusyBox, /usr/bin/xlab-ctl, and /bin/hostile (hostile.c). /etc/passwd has root and
 * nobody; where the test may not map users, nobody is root.
 */
enum guest_root {
	GUEST_FULL,	/* a folder for everything that init mounts */
	GUEST_BARE	/* read-only, with nothing but /bin, /sbin, /usr, /out and /dev/null */
};

/* For setup and teardown of a group: makes the root from $XLAB_INIT and $BUSYBOX, removes it. */
int guest_make_root(void **state);
int guest_remove_root(void **state);

/* For teardown of a test: kills the guest if it is still there, and empties /out. */
int guest_end(void **state);

/* A service of the next guest: what is to be in the file /etc/xlab/services.d/NAME. */
void guest_put_service(const char *name, const char *text);

/* A BusyBox shell script of the next guest, /usr/bin/NAME. */
void guest_put_script(const char *name, const char *script);

/* Both: a service that is kept, "agent", and its script /usr/bin/xlab-agent. */
void guest_put_agent(const char *script);

/* Starts init. Skips the test where namespaces may not be made. */
void guest_boot(enum guest_root root);

/* Sends a signal to process 1. */
void guest_signal(int sig);

/* What the guest wrote to /out/NAME; "log" is what init and its services wrote. Empty if none. */
const char *guest_read(const char *name);

/* How often a text occurs there. */
int guest_count(const char *name, const char *text);

/* How many children process 1 has; zombies only, or all. */
int guest_children(bool zombies);

/* CPU time of process 1, in ms. */
long guest_cpu_ms(void);

/* Waits until /out/NAME holds text at least n times. */
void guest_await(const char *name, const char *text, int n);

/* Waits until process 1 has exactly so many children, and none of them is a zombie. */
void guest_await_children(int n);

/* Waits until process 1 is gone; returns the signal that the kernel ended it with. */
int guest_await_end(void);

/* ms since the guest was booted. */
long guest_age_ms(void);

#endif

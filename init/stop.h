/* SPDX-License-Identifier: ISC */
/* The end: nobody left, file systems safe, the right call to the kernel; all of it bounded. */
#ifndef XLAB_INIT_STOP_H
#define XLAB_INIT_STOP_H

enum stop_how { STOP_NOT, STOP_HALT, STOP_POWEROFF, STOP_REBOOT };

#define STOP_TERM_MS 2000	/* for processes of no service, after SIGTERM */
#define STOP_KILL_MS 1000	/* and after SIGKILL */
#define STOP_SYNC_MS 10000	/* for file systems */
#define STOP_FORK_MS 5000	/* of those at most for a fork that fails, and is tried again */
#define STOP_REBOOT_MS 10000	/* for the kernel's own way down */

/* What sig asks for, by the convention of BusyBox; STOP_NOT when it is no request. */
enum stop_how stop_request(int sig);

const char *stop_name(enum stop_how how);

/* Services begin to stop, unless they have begun before. */
void stop_ask(enum stop_how how);

/* Call it when every service is down and all signals are blocked. */
_Noreturn void stop_now(enum stop_how how);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * How process 1 is asked things: a datagram to the socket CTL_PATH, which only root may write to,
 * is a request, a datagram to the sender's address the answer (unix(7)). The address has to be an
 * abstract one: process 1 looks no path up for a client. No connection is kept and each answer has a
 * socket of its own, so a client cannot hold process 1 up or use it up, except that it closes what is
 * passed to it. The answer is process 1's if SCM_CREDENTIALS says so. A request is a line:
 *
 *	status, log, poweroff, reboot, halt		start NAME, stop NAME, restart NAME
 *
 * An answer begins with "ok\n", or is "no REASON\n". After status comes a line for init itself,
 *	init <tab> milliseconds since boot <tab> faults survived <tab> what it does
 * and one for each service,
 *	name <tab> state <tab> pid <tab> type <tab> starts <tab> ms in the state <tab> wait status, -1
 * and after log the newest lines of the log, as they are.
 */
#ifndef XLAB_INIT_CTL_H
#define XLAB_INIT_CTL_H

#include <stdbool.h>
#include <stddef.h>

#define CTL_DIR "/run/xlab"
#define CTL_PATH CTL_DIR "/ctl"

enum {
	CTL_REQUEST = 64,	/* bytes */
	CTL_ANSWER = 16 * 1024	/* bytes at most, all lines whole */
};

/* What a request asks for; requests that are none have no name. */
enum ctl_verb { CTL_BAD, CTL_STATUS, CTL_LOG, CTL_START, CTL_STOP, CTL_RESTART,
		CTL_HALT, CTL_POWEROFF, CTL_REBOOT };

/* Cuts up a request; *name is "" for a verb that takes none. Pure. */
enum ctl_verb ctl_parse(char *text, const char **name);

/* Makes the socket, or goes on with the one that the state has. */
void ctl_open(void);

/* Answers what is there, a bounded part of it. */
void ctl_answer(void);

#endif

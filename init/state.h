/* SPDX-License-Identifier: ISC */
/*
 * What must outlive process 1's own death: who runs, by which files, and the newest lines of the log.
 * A fault may come between any two writes: what it leaves half done svc_load() mends. It is in
 * memory that is handed over to the program that a fault makes process 1 start anew (fault.h). Only
 * fixed sizes and no pointers, since the two are strangers to each other's addresses.
 */
#ifndef XLAB_INIT_STATE_H
#define XLAB_INIT_STATE_H

#include "init/conf.h"
#include "init/sup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define STATE_LOG 16384		/* bytes of log that are kept */
#define STATE_FILES 16384	/* bytes of all services' files */
#define STATE_CONF (STATE_FILES + 256)	/* the same and the rescue shell's */
#define NEVER UINT64_MAX

/* Times are ms of CLOCK_MONOTONIC; a descriptor that is not there is -1. */
struct state_svc {
	char name[CONF_NAME];
	uint32_t state;		/* enum sup_state */
	pid_t pid;		/* also its session and process group; 0 when there is none */
	uint64_t since;		/* when it came into its state */
	uint64_t started, deadline;
	uint32_t backoff;	/* ms, the last one waited */
	uint32_t starts;
	int32_t status;		/* of its last end, as from waitpid(2); -1 before that */
	int32_t ready_fd;	/* where it writes a line when it is ready */
	uint32_t ready_bytes;	/* that it has written there */
	int32_t log_fd[2];	/* a pipe: we read from [0], it writes to [1] */
};

struct state {
	uint32_t size;		/* of this structure, or it is another version's */
	uint32_t faults;	/* of process 1 itself */
	uint64_t last_fault;
	uint64_t booted;
	uint32_t stopping;	/* enum stop_how */
	int32_t control_fd, watchdog_fd;
	struct state_svc svc[CONF_SERVICES];
	uint32_t files_len, conf_len;	/* files of services as load.c keeps them, then the rescue shell's */
	char conf[STATE_CONF];
	uint64_t log_head;	/* bytes ever logged */
	char log[STATE_LOG];
};

extern struct state *state;

/*
 * Takes over what is behind the descriptor, if it is a state, or begins with an empty one. Returns
 * true when it has taken one over. Without memory to share the state is our own, and is lost.
 */
bool state_open(int fd);

/* Closes all descriptors but the first three: whose they are, nobody knows. */
void state_close_others(void);

/* From now on the state is an empty one of our own: the other cannot be believed. */
void state_abandon(void);

/* Makes all that is to be handed over survive exec; returns its descriptor, or -1. */
int state_hand_over(void);

#endif

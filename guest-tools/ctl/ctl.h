/* SPDX-License-Identifier: ISC */
/* The client's side of init/ctl.h, which says what is asked and answered. */
#ifndef XLAB_CTL_CTL_H
#define XLAB_CTL_CTL_H

#include <stdbool.h>
#include <stddef.h>

#include "init/ctl.h"

struct ctl_init {
	long long up_ms, faults;
	const char *doing; /* "nothing", or how it ends the system */
};

/* A line of status; the texts are in what was parsed. */
struct ctl_service {
	const char *name, *state, *type;
	long long pid, starts, ms;
	int status; /* as from waitpid(2); -1 before the first end */
};

/*
 * Asks process 1, and waits a few seconds at most. Returns the length of the answer, which ends
 * with NUL, or -errno.
 */
int ctl_ask(const char *request, char *answer, size_t size);

/* The first lines of a status, and each further one. Both change the text. False at its end. */
bool ctl_read_init(char **text, struct ctl_init *out);
bool ctl_read_service(char **text, struct ctl_service *out);

/* "exit 0", "signal 9", or "-" before the first end. */
const char *ctl_status_text(int status, char *buf, size_t size);

#endif

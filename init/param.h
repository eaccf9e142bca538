/* SPDX-License-Identifier: ISC */
/*
 * The kernel command line as far as it is xlab's. Pure. The line's form is that of the kernel's
 * admin-guide/kernel-parameters: words separated by blanks, double quotes keep blanks in a value.
 */
#ifndef XLAB_INIT_PARAM_H
#define XLAB_INIT_PARAM_H

#include <stdbool.h>
#include <stddef.h>

enum {
	PARAM_LINE = 4096,	/* bytes of a line that are looked at; the kernel has 2048 */
	PARAM_VALUE = 512	/* bytes in a value, NUL included */
};

/*
 * X(id, name after "xlab.", its value, what it is for). Services find each value that is given in
 * the environment, as XLAB_ID; of a parameter given twice the later counts, but "net" adds up.
 */
#define PARAMS(X) \
	X(WORKLOAD, "workload", "NAME[,SIZE]", "what the agent runs when no host tells it") \
	X(MODE, "mode", "MODE", "the mode asked for: the agent warns when it measures another") \
	X(NET, "net", "SPEC", "a network interface, see xlab-net(8); may be given several times") \
	X(LINK, "link", "TTY", "the serial line to the host where there is no Xen") \
	X(HOSTNAME, "hostname", "NAME", "the host name, instead of that in /etc/hostname") \
	X(WATCHDOG, "watchdog", "SECONDS", "Xen ends the guest when process 1 hangs that long") \
	X(RESCUE, "rescue", "", "nothing but a shell on each console; so does \"single\"") \
	X(VERBOSE, "verbose", "", "what init and the services say goes to the consoles too")

enum param_id {
#define PARAM_ENUM(id, name, value, text) PARAM_##id,
	PARAMS(PARAM_ENUM)
#undef PARAM_ENUM
	PARAM_COUNT
};

struct param {
	bool set;
	char value[PARAM_VALUE];
};

/*
 * Reads the line, which is changed, into params[PARAM_COUNT]. A word "xlab.*" that it does not know
 * or that is too long is told to complain() and left out.
 */
void param_parse(struct param *params, char *line, void (*complain)(const char *word));

/* "XLAB_WORKLOAD", ... */
const char *param_variable(enum param_id id);

#endif

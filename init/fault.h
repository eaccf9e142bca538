/* SPDX-License-Identifier: ISC */
/*
 * When process 1 itself faults, the kernel would panic. It starts its own program anew instead,
 * with the state of its services (state.h); children stay children across exec, so none is lost.
 * When that happens too often, what is left is a loop that reaps and shuts down.
 */
#ifndef XLAB_INIT_FAULT_H
#define XLAB_INIT_FAULT_H

#include <signal.h>

#define FAULT_MAX 5		/* faults that follow each other within FAULT_STEADY_MS */
#define FAULT_STEADY_MS 60000

/* Takes the signals of faults out of the set, which is that of the others. */
void fault_catch(sigset_t *others);

/*
 * The argument of a start after a fault: "--resume=N,M", where descriptor N has the state and M faults
 * have followed each other. Returns N, or -1.
 */
int fault_resume(int argc, char **argv);

#endif

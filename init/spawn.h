/* SPDX-License-Identifier: ISC */
/* The way of a service's process from fork to exec. */
#ifndef XLAB_INIT_SPAWN_H
#define XLAB_INIT_SPAWN_H

#include "init/conf.h"
#include "init/param.h"

/* Services get the values that are given as XLAB_... in their environment. Call it once. */
void spawn_environment(const struct param *params);

/*
 * In the child: a session of its own, standard input from /dev/null, output to log (-1: to
 * /dev/null), descriptor 3 to ready (-1: none), limits, user, program. What fails is said
 * there and ends it with 111. The state is shared with process 1: it is not touched here.
 */
_Noreturn void spawn_child(const struct conf *c, int log, int ready);

#endif

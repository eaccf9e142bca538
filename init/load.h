/* SPDX-License-Identifier: ISC */
/* Reads the files of LOAD_DIR into services: one for each file, for a console service one for each
 * console. What is wrong is logged, and the rest counts. */
#ifndef XLAB_INIT_LOAD_H
#define XLAB_INIT_LOAD_H

#include "init/conf.h"

#include <stdbool.h>
#include <stddef.h>

#define LOAD_DIR "/etc/xlab/services.d"
#define LOAD_RESCUE "rescue"	/* the name of the shell that is added */

/*
 * Fills services[CONF_SERVICES] in order of their names and returns how many there are. A shell on
 * each console is added when it is asked for, and when something is wrong and no other service has
 * the consoles; *rescue says afterwards whether there is one.
 */
size_t load_services(struct conf *services, bool *rescue);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * From the files of LOAD_DIR to services: one for each file, for a console service one for each console.
 * What is wrong is logged, and the rest counts. The files are read once, at boot, and kept in the
 * state: after a fault there may be no way to read them.
 */
#ifndef XLAB_INIT_LOAD_H
#define XLAB_INIT_LOAD_H

#include "init/conf.h"

#include <stdbool.h>
#include <stddef.h>

#define LOAD_DIR "/etc/xlab/services.d"
#define LOAD_RESCUE "rescue"	/* the name of the shell that is added */

/* Reads the files into the state. */
void load_files(void);

/*
 * Fills services[CONF_SERVICES] with what the state has, in order of their names, and returns how many
 * there are. At boot a shell on each console is added when it is asked for, and when something is wrong
 * and no other service has the consoles.
 */
size_t load_services(struct conf *services, bool at_boot, bool rescue);

#endif

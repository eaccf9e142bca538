/* SPDX-License-Identifier: ISC */
/* Files of workloads: where they are, and what is in them. */
#ifndef XLAB_WORKLOAD_FILE_H
#define XLAB_WORKLOAD_FILE_H

#include <limits.h>

#include "guest-tools/lib/workload.h"

/* The path of a name: in $XLAB_WORKLOADS, or else WORKLOAD_DIR; where it is not there, in the
 * folder workloads of the first payload that has it, below $XLAB_PAYLOADS, or else
 * WORKLOAD_PAYLOADS. Where nobody has it, it is the path in the first of these places. */
void workload_path(const char *name, char path[PATH_MAX]);

/* Reads and parses one. 0, or -errno with what is wrong with it in why. */
int workload_read(const char *path, struct workload *w, char why[WORKLOAD_WHY]);

#endif

/* SPDX-License-Identifier: ISC */
/* Plans of another store. For import.c alone. */
#ifndef HOST_IMPORT_PLAN_H
#define HOST_IMPORT_PLAN_H

#include "host/import.h"

/* Adds the plans, cells and boots that one store has and the other has not. 0, -EEXIST with
 * r->conflict where both have a plan for a run and it is not the same, or -errno. */
int import_plans(struct store *to, struct store *from, struct import_result *r);

#endif

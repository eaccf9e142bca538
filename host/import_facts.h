/* SPDX-License-Identifier: ISC */
/* Readings of other stores. For import.c alone. */
#ifndef HOST_IMPORT_FACTS_H
#define HOST_IMPORT_FACTS_H

#include "host/import.h"

/* Adds the readings of hosts and the noise that one store has and the other has not. 0, -EEXIST
 * with r->conflict where both have a reading of one boot and it is not the same, or -errno. */
int import_facts(struct store *to, struct store *from, struct import_result *r);

#endif

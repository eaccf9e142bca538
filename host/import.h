/* SPDX-License-Identifier: ISC */
/* Other hosts' stores, taken into one. */
#ifndef HOST_IMPORT_H
#define HOST_IMPORT_H

#include <stddef.h>

#include "host/store.h"

struct import_result {
	size_t guests, records; /* new ones */
	char conflict[256];	/* what the two stores say differently */
};

/*
 * Adds to one store what another has and it has not, in one transaction. Of the other store nothing
 * is believed but what the guests were asked for and their records: figures and statuses are made
 * of these anew. 0; -EEXIST with r->conflict when both have the same record, and it is not the
 * same; -EUCLEAN when the other holds what no xlab wrote; -errno. On failure nothing is added.
 */
int import_store(struct store *to, struct store *from, struct import_result *r);

#endif

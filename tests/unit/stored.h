/* SPDX-License-Identifier: ISC */
/* What a test looks at in a store. */
#ifndef TESTS_UNIT_STORED_H
#define TESTS_UNIT_STORED_H

#include "host/store.h"

/* The first column of the first row that a statement gives, which there has to be; overwritten by the
 * next call. */
const char *stored_text(struct store *s, const char *sql);

#endif

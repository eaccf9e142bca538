/* SPDX-License-Identifier: ISC */
/* A store for other programs: all that it has, row by row, so that it may be of any size. */
#ifndef HOST_EXPORT_H
#define HOST_EXPORT_H

#include <stdio.h>

#include "host/store.h"

/* X(name, what it is) */
#define EXPORT_FORMATS(X) \
	X(json, "docs/export.schema.json") \
	X(csv, "RFC 4180, a line a sample") \
	X(openmetrics, "OpenMetrics 1.0")

/*
 * Each writes the guests of that run, or of all when it is NULL, to f, whose errors are the
 * caller's to look for, and counts them in *guests. All is of one moment, whoever writes to the
 * store meanwhile. 0, -EUCLEAN for a store that holds what no xlab wrote, -ENOMEM, -EIO.
 */
#define EXPORT_DECLARE(name, what) \
	int export_##name(struct store *s, const char *run, FILE *f, size_t *guests);
EXPORT_FORMATS(EXPORT_DECLARE)
#undef EXPORT_DECLARE

/*
 * Text, in quotes where it needs some (RFC 4180), and what ends the cell. What a spreadsheet would
 * take for a formula begins with an apostrophe, which it takes for text.
 */
void export_csv_text(FILE *f, const char *text, const char *end);

/* The shortest decimal number that is read as v again. Returns buf. */
enum { EXPORT_NUMBER = 32 };
const char *export_number(double v, char buf[EXPORT_NUMBER]);

#endif

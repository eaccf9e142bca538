/* SPDX-License-Identifier: ISC */
/*
 * Numbers in what a program printed. The text may hold anything and is bounded by its NUL. What is
 * found is finite and not negative, as a sample's value has to be. Nothing is kept.
 */
#ifndef XLAB_METRIC_H
#define XLAB_METRIC_H

#include <stddef.h>

/* A decimal number of len bytes, and nothing else. 0 or -ERANGE. */
int metric_number(const char *text, size_t len, double *value);

/* The first match of a POSIX extended regular expression with one group, the number; ^ and $ are
 * those of lines. Returns 0, -ENOENT where nothing matches, -ERANGE for what is no such number, or
 * -EINVAL for an expression that is none, or has not one group. */
int metric_regex(const char *expr, const char *text, double *value);

enum { METRIC_NAME_MAX = 63, METRIC_MATCHES_MAX = 64 };

struct metric_match {
	char name[METRIC_NAME_MAX + 1]; /* what a record may have: letters, digits and "._/ -" */
	double value;
};

/* All matches of an expression with two groups, a name and its number; of one name the first.
 * Returns how many there are in m, or what the function above does, and -E2BIG for more matches
 * than METRIC_MATCHES_MAX, -EILSEQ for a name that no record may have. */
int metric_matches(const char *expr, const char *text, struct metric_match m[METRIC_MATCHES_MAX]);

/* A number in a JSON text (RFC 8259), which may have blanks around it and be nested METRIC_DEPTH
 * deep. path is names of members with dots between them, and [N] for an element of an array:
 * a.b[2].c; of members with one name the first counts. Returns 0, -ENOENT where the path leads
 * nowhere, -ERANGE for what is no such number, -EBADMSG for a text that is not JSON as far as it
 * was read, or -EINVAL for a path that is none. */
int metric_json(const char *path, const char *text, double *value);

enum { METRIC_DEPTH = 32 };

#endif

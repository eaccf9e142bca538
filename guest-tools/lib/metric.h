/* SPDX-License-Identifier: ISC */
/*
 * Numbers in what a program printed. The text may hold anything and is bounded by its NUL. What is
 * found is finite and not negative, as a sample's value has to be. Nothing is kept.
 */
#ifndef XLAB_METRIC_H
#define XLAB_METRIC_H

/* The first match of a POSIX extended regular expression with one group, the number; ^ and $ are
 * those of lines. Returns 0, -ENOENT where nothing matches, -ERANGE for what is no such number, or
 * -EINVAL for an expression that is none, or has not one group. */
int metric_regex(const char *expr, const char *text, double *value);

/* A number in a JSON text (RFC 8259), which may have blanks around it and be nested METRIC_DEPTH
 * deep. path is names of members with dots between them, and [N] for an element of an array:
 * a.b[2].c; of members with one name the first counts. Returns 0, -ENOENT where the path leads
 * nowhere, -ERANGE for what is no such number, -EBADMSG for a text that is not JSON as far as it
 * was read, or -EINVAL for a path that is none. */
int metric_json(const char *path, const char *text, double *value);

enum { METRIC_DEPTH = 32 };

#endif

/* SPDX-License-Identifier: ISC */
/* Small pure readers of text: what the parsers of services and of the kernel's line share. */
#ifndef XLAB_INIT_WORD_H
#define XLAB_INIT_WORD_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Cuts the next word off *text, in place: blanks separate words, "double quotes" keep them
 * together and are removed wherever they stand. Returns NULL when there is none.
 */
char *word_next(char **text);

/* The same, and an open quote makes it false. */
bool word_quotes_match(const char *text);

/* True for a name of 1 to size - 1 of the letters, digits and "._-", not beginning with ".", "-". */
bool word_is_name(const char *word, unsigned size);

/* "0", "250ms", "10s", "2min" to milliseconds. At most a day. */
bool word_duration(const char *word, unsigned *ms);

/* Digits and nothing else. */
bool word_number(const char *word, uint64_t max, uint64_t *out);

/* "4096", "64K", "10M", "1G" or "infinity" (UINT64_MAX). */
bool word_size(const char *word, uint64_t *out);

/* "TERM", "SIGTERM" or "15". */
bool word_signal(const char *word, int *sig);

/* Appends to a text that has room for size bytes; what does not fit is left out. Ends with NUL. */
void word_append(char *text, unsigned size, const char *more);

#endif

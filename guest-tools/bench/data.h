/* SPDX-License-Identifier: ISC */
/* Data that is the same on every machine, and what its SHA-256 has to be. */
#ifndef XLAB_BENCH_DATA_H
#define XLAB_BENCH_DATA_H

#include "guest-tools/bench/bench.h"

#include <stdbool.h>

#define DATA_SHA256_LEN 64

struct data_set {
	size_t bytes;
	const char *sha256;	/* lower-case hexadecimal */
};

extern const struct data_set data_sets[BENCH_SIZES];

/* Fills buf with words that compress about as well as a log file does. */
void data_fill(char *buf, size_t bytes);

/* A file in /tmp without a name. Returns a descriptor, which the caller closes, or -errno. */
int data_temp(void);

/* The same, filled with the set. */
int data_open(const struct data_set *set);

/* Is text n lines that each begin with the digest of the set? */
bool data_digests_right(const struct data_set *set, const char *text, size_t n);

#endif

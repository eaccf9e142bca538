/* SPDX-License-Identifier: ISC */
/*
 * Text files of `key = value` lines: domain descriptions, plans and workloads. '#' begins a comment
 * at the start of a line, and behind a blank unless it may be text there; blanks at the ends of keys
 * and values do not count.
 */
#ifndef XLAB_KEYFILE_H
#define XLAB_KEYFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	KEYFILE_MAX = 16384, /* bytes in a file, with room for the NUL */
	KEYFILE_KEYS_MAX = 64
};

/* Letters, digits and what else is in names of guests and workloads. */
extern const char keyfile_name_chars[];

/* What there is for keys in a kind of file. */
struct keyfile {
	const char *not_a_key;	      /* "is no key of ..." */
	int (*find)(const char *key); /* its number, below KEYFILE_KEYS_MAX, or -1 */
	bool (*many)(int key);	      /* may be given more than once; NULL: none may */
	/* Both return NULL, or what is wrong: with the value, and with the whole, of which the bits of
	 * the keys that were given are set in seen. */
	const char *(*set)(void *to, int key, const char *value);
	const char *(*check)(void *to, uint64_t seen);
	bool hash_is_text; /* behind a blank */
};

/* Sets what the text, which is changed, has. 0, or -EINVAL with what is wrong in why: "line N: ..." unless
 * it is the whole. */
int keyfile_parse(char *text, const struct keyfile *how, void *to, char *why, size_t size);

/* Reads a file into text, at least KEYFILE_MAX bytes. what: "a plan", say. 0, or -errno with what
 * is wrong in why. */
int keyfile_read(const char *path, const char *what, char *text, char *why, size_t size);

/* Setters of fields: NULL, or what is wrong with the value. A text is of at most size - 1 bytes out
 * of ok, or of anything printable but quotes where ok is NULL. */
const char *keyfile_text(char *field, size_t size, const char *value, const char *ok);
const char *keyfile_number(unsigned *field, const char *value, unsigned min, unsigned max);

/* What kernels and xl write for a set of CPUs: numbers below 4096 and ranges of them, commas
 * between: "0-3,6". */
const char *keyfile_cpus(char *field, size_t size, const char *value);

#endif

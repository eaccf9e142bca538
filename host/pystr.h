/* SPDX-License-Identifier: ISC */
/* Pieces of a text, as Python cuts them for pygrub. Pure. */
#ifndef HOST_PYSTR_H
#define HOST_PYSTR_H

#include <stdbool.h>
#include <stddef.h>

/* A piece; it has no NUL behind it. */
struct py_str {
	const char *at;
	size_t len;
};

struct py_str py_strip(struct py_str s);
bool py_is(struct py_str s, const char *text);
bool py_begins(struct py_str s, const char *text);
struct py_str py_skip(struct py_str s, size_t n); /* without the first n bytes */
size_t py_find(struct py_str s, char c);	  /* s.len when it is not there */
void py_copy(char *to, size_t size, struct py_str s);

/* In two at the first run of blanks; and as grub_split() of GrubConf.py, at the first of blank and
 * '='. Whether that is '='. */
void py_cut_blank(struct py_str s, struct py_str *a, struct py_str *b);
void py_cut(struct py_str s, struct py_str *a, struct py_str *b);
bool py_cut_by_sign(struct py_str s);

/* A number as int() has it, at most a few millions. */
bool py_get_int(struct py_str s, long *n);

/* What decode() takes. */
bool py_is_utf8(const char *text, size_t len);

#endif

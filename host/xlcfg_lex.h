/* SPDX-License-Identifier: ISC */
/* The words of an xl.cfg(5). */
#ifndef HOST_XLCFG_LEX_H
#define HOST_XLCFG_LEX_H

#include "host/xlcfg.h"

/* The length of the word that begins at s, of which there are left bytes, at least one. 0 when
 * there is none, and then what is wrong. */
size_t xlcfg_lex(const char *s, size_t left, enum xlcfg_kind *kind, const char **what);

/* Writes what a sound string with its quotes means, and a NUL; returns where that ends. */
char *xlcfg_unquote(const char *s, size_t len, char *out);

#endif

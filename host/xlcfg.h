/* SPDX-License-Identifier: ISC */
/*
 * Other people's xl.cfg(5) files, read as xl 4.17 reads them (libxlu) and kept byte for byte.
 *
 *	statement:  NAME = value | NAME += value, ended by a new line or ';'
 *	value:      "string" | 'string' | number | [ value, ... ], over several lines if need be
 *	comment:    # to the end of a line, which must have a '\n'
 *
 * A name is given more than once: the last one counts. += adds to the one before. Stricter than
 * libxlu in three things: escapes with digits (\x41, \101) are refused, for libxlu drops them, and
 *so are bytes 0, and a stray byte that is the file's last.
 */
#ifndef HOST_XLCFG_H
#define HOST_XLCFG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { XLCFG_FILE_MAX = 256 * 1024, XLCFG_DEPTH_MAX = 8 };

enum xlcfg_kind {
	XLCFG_BLANK,
	XLCFG_COMMENT, /* without its new line */
	XLCFG_NEWLINE,
	XLCFG_NAME,
	XLCFG_STRING,
	XLCFG_NUMBER,
	XLCFG_SET,
	XLCFG_ADD,
	XLCFG_OPEN,
	XLCFG_CLOSE,
	XLCFG_COMMA,
	XLCFG_SEMICOLON,
	XLCFG_KINDS
};

/* Each begins where the one before ends, the first at 0; the last ends where the text does. */
struct xlcfg_token {
	enum xlcfg_kind kind;
	uint32_t off, len;
	uint32_t line, column; /* from 1 */
};

/* Values lie in the order of the text, those in a list directly behind it. */
struct xlcfg_value {
	const char *text;     /* without quotes and escapes; NULL for a list */
	uint32_t first, last; /* tokens */
	uint32_t end;	      /* the first value that is not in this one */
};

struct xlcfg_setting {
	const char *name;
	bool add;	/* += */
	uint32_t first; /* token: its name */
	uint32_t value;
};

struct xlcfg {
	char *text; /* a copy of the file, and a NUL */
	size_t len;
	struct xlcfg_token *tokens;
	size_t ntokens;
	struct xlcfg_value *values;
	size_t nvalues;
	struct xlcfg_setting *settings;
	size_t nsettings;
	char *strings; /* names and texts */
};

struct xlcfg_error {
	unsigned line, column; /* 0 when it is about the whole file */
	const char *what;
};

/*
 * 0; -EINVAL with what is wrong in *e; -EFBIG; -ENOMEM. The caller frees c after 0, and nothing
 * after a failure.
 */
int xlcfg_parse(struct xlcfg *c, const char *text, size_t len, struct xlcfg_error *e);
void xlcfg_free(struct xlcfg *c);

/* Writes the tokens one after the other, which gives the text again; out has c->len + 1 bytes. */
void xlcfg_print(const struct xlcfg *c, char *out);

/* The setting that counts, or NULL. */
const struct xlcfg_setting *xlcfg_find(const struct xlcfg *c, const char *name);

/* Its text; NULL when it is missing or a list. */
const char *xlcfg_text(const struct xlcfg *c, const char *name);

/* As xl reads a number and a truth value: decimal, 0x or 0. -ENOENT, -EINVAL. */
int xlcfg_number(const struct xlcfg *c, const char *name, long *n);

/*
 * Steps through the texts of the lists that count under a name, those of += included. A zeroed
 * iterator but for the name is at the beginning; NULL comes at the end.
 */
struct xlcfg_items {
	const char *name;
	size_t setting; /* from 1 */
	size_t value;	/* the next one in it */
};
const struct xlcfg_value *xlcfg_next_item(const struct xlcfg *c, struct xlcfg_items *items);

static inline const struct xlcfg_token *xlcfg_token_of(const struct xlcfg *c,
						       const struct xlcfg_value *v)
{
	return &c->tokens[v->first];
}

/* The last line of a setting. */
unsigned xlcfg_last_line(const struct xlcfg *c, const struct xlcfg_setting *s);

#endif

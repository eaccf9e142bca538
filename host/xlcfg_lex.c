/* SPDX-License-Identifier: ISC */
#include "host/xlcfg_lex.h"

#include <errno.h>
#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGIT "0123456789"

static const struct {
	enum xlcfg_kind kind;
	const char *first, *rest; /* rest is NULL for a single byte */
} classes[] = {
	{ XLCFG_BLANK, " \t", " \t" },
	{ XLCFG_NEWLINE, "\n", NULL },
	{ XLCFG_NAME, LOWER, LOWER DIGIT "._" },
	{ XLCFG_NUMBER, DIGIT, DIGIT "abcdefx" },
	{ XLCFG_SET, "=", NULL },
	{ XLCFG_OPEN, "[", NULL },
	{ XLCFG_CLOSE, "]", NULL },
	{ XLCFG_COMMA, ",", NULL },
	{ XLCFG_SEMICOLON, ";", NULL },
};

static bool is_in(const char *set, char c)
{
	return c && strchr(set, c);
}

/* The length of a string with its quotes; 0 and *what when it is none. */
static size_t string_length(const char *s, size_t left, const char **what)
{
	size_t i = 1;

	for (; i < left && s[i] != s[0] && s[i] != '\n' && s[i]; i++) {
		if (s[i] != '\\')
			continue;
		if (++i == left || s[i] == '\n')
			break;
		if (is_in(DIGIT "x", s[i]))
			*what = "xl cannot read an escape with digits";
		else if (!is_in("abfnrtv'\"\\", s[i]))
			*what = "no such escape; a backslash itself is written \\\\";
		if (*what)
			return 0;
	}
	if (i < left && s[i] == s[0])
		return i + 1;
	*what = "a string that does not end on its line";
	return 0;
}

static size_t comment_length(const char *s, size_t left, const char **what)
{
	const char *end = memchr(s, '\n', left);

	if (!end)
		*what = "a comment at the end of the file needs a new line behind it";
	else if (memchr(s, '\0', (size_t)(end - s)))
		*what = "a byte 0 in a comment";
	return *what ? 0 : (size_t)(end - s);
}

/* What is wrong with a byte that begins nothing. */
static const char *stray(char c)
{
	if (c == '\r')
		return "a carriage return, as editors of Windows write it; take them out";
	if (is_in("ABCDEFGHIJKLMNOPQRSTUVWXYZ", c))
		return "a capital letter: names are lower case, words stand in quotes";
	if (is_in("+-.():", c))
		return "not xl.cfg(5); xl does not read the Python of xm";
	return c >= ' ' && c < 0x7f ? "an unexpected character" : "an unexpected byte";
}

size_t xlcfg_lex(const char *s, size_t left, enum xlcfg_kind *kind, const char **what)
{
	*what = NULL;
	if (*s == '#') {
		*kind = XLCFG_COMMENT;
		return comment_length(s, left, what);
	}
	if (*s == '"' || *s == '\'') {
		*kind = XLCFG_STRING;
		return string_length(s, left, what);
	}
	if (*s == '+' && left > 1 && s[1] == '=') {
		*kind = XLCFG_ADD;
		return 2;
	}
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		size_t len = 1;

		if (!is_in(classes[i].first, *s))
			continue;
		while (classes[i].rest && len < left && is_in(classes[i].rest, s[len]))
			len++;
		*kind = classes[i].kind;
		return len;
	}
	*what = stray(*s);
	return 0;
}

char *xlcfg_unquote(const char *s, size_t len, char *out)
{
	static const char escapes[][2] = { { 'a', '\a' }, { 'b', '\b' }, { 'f', '\f' },
					   { 'n', '\n' }, { 'r', '\r' }, { 't', '\t' },
					   { 'v', '\v' } };

	for (size_t i = 1; i + 1 < len; i++) {
		if (s[i] == '\\') {
			i++;
			*out = s[i];
			for (size_t e = 0; e < sizeof(escapes) / sizeof(*escapes); e++)
				if (escapes[e][0] == s[i])
					*out = escapes[e][1];
			out++;
		} else {
			*out++ = s[i];
		}
	}
	*out++ = '\0';
	return out;
}

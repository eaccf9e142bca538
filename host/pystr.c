/* SPDX-License-Identifier: ISC */
#include "host/pystr.h"

#include <stdio.h>
#include <string.h>

static bool py_is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

struct py_str py_strip(struct py_str s)
{
	while (s.len && py_is_blank(*s.at))
		s.at++, s.len--;
	while (s.len && py_is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

bool py_is(struct py_str s, const char *text)
{
	return s.len == strlen(text) && !memcmp(s.at, text, s.len);
}

bool py_begins(struct py_str s, const char *text)
{
	return s.len >= strlen(text) && !memcmp(s.at, text, strlen(text));
}

struct py_str py_skip(struct py_str s, size_t n)
{
	return (struct py_str){ s.at + n, s.len - n };
}

size_t py_find(struct py_str s, char c)
{
	const char *at = memchr(s.at, c, s.len);

	return at ? (size_t)(at - s.at) : s.len;
}

void py_copy(char *to, size_t size, struct py_str s)
{
	snprintf(to, size, "%.*s", (int)s.len, s.at);
}

/* Whether '=' cuts this text, and not blanks. */
bool py_cut_by_sign(struct py_str s)
{
	size_t eq = py_find(s, '='), blank = py_find(s, ' '), tab = py_find(s, '\t');

	return eq < s.len && eq < (tab < blank ? tab : blank);
}

/* In two at the first run of blanks. */
void py_cut_blank(struct py_str s, struct py_str *a, struct py_str *b)
{
	size_t n = 0;

	s = py_strip(s);
	while (n < s.len && !py_is_blank(s.at[n]))
		n++;
	*a = (struct py_str){ s.at, n };
	*b = py_strip(py_skip(s, n));
}

void py_cut(struct py_str s, struct py_str *a, struct py_str *b)
{
	size_t n = py_find(s, '=');

	if (!py_cut_by_sign(s)) {
		py_cut_blank(s, a, b);
		return;
	}
	*a = (struct py_str){ s.at, n };
	*b = py_skip(s, n + 1);
}

/* A number as Python's int() has it. */
bool py_get_int(struct py_str s, long *n)
{
	bool minus = false, digit = false;

	s = py_strip(s);
	if (s.len && (*s.at == '-' || *s.at == '+')) {
		minus = *s.at == '-';
		s = py_skip(s, 1);
	}
	for (*n = 0; s.len; s = py_skip(s, 1)) {
		if (*s.at == '_' && digit) {
			digit = false;
			continue;
		}
		if (*s.at < '0' || *s.at > '9')
			return false;
		*n = *n < 1000000 ? *n * 10 + (*s.at - '0') : *n;
		digit = true;
	}
	if (minus)
		*n = -*n;
	return digit;
}

/* What Python decodes. */
bool py_is_utf8(const char *text, size_t len)
{
	const unsigned char *t = (const unsigned char *)text, *end = t + len;

	while (t < end) {
		unsigned c = *t++, more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3, min;

		if (c < 0x80)
			continue;
		if (c < 0xc2 || c > 0xf4 || (size_t)(end - t) < more)
			return false;
		min = more == 2 && c == 0xe0 ? 0xa0 : more == 3 && c == 0xf0 ? 0x90 : 0x80;
		if (*t < min || (c == 0xed && *t > 0x9f) || (c == 0xf4 && *t > 0x8f))
			return false;
		for (; more; more--)
			if ((*t++ & 0xc0) != 0x80)
				return false;
	}
	return true;
}

/* SPDX-License-Identifier: ISC */
#include "guest-tools/lib/metric.h"

#include <errno.h>
#include <math.h>
#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX = 63 };

int metric_number(const char *text, size_t len, double *value)
{
	char copy[NUMBER_MAX + 1], *end;

	if (len == 0 || len > NUMBER_MAX)
		return -ERANGE;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (strspn(copy, "0123456789.eE+-") != len)
		return -ERANGE;
	*value = strtod(copy, &end);
	return *end == '\0' && isfinite(*value) && *value >= 0 ? 0 : -ERANGE;
}

static size_t match_len(const regmatch_t *match)
{
	return (size_t)(match->rm_eo - match->rm_so);
}

int metric_regex(const char *expr, const char *text, double *value)
{
	regmatch_t match[2];
	regex_t re;
	int r;

	if (regcomp(&re, expr, REG_EXTENDED | REG_NEWLINE))
		return -EINVAL;
	r = re.re_nsub == 1 ? regexec(&re, text, 2, match, 0) : REG_BADPAT;
	regfree(&re);
	if (r)
		return r == REG_BADPAT ? -EINVAL : -ENOENT;
	if (match[1].rm_so < 0)
		return -ERANGE;
	return metric_number(text + match[1].rm_so, match_len(&match[1]), value);
}

/* The name and the number of one match. 0 or -errno. */
static int match_take(const char *text, const regmatch_t match[3], struct metric_match *m)
{
	static const char ok[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/ -";
	size_t len = match_len(&match[1]);

	if (len == 0 || len > METRIC_NAME_MAX)
		return -EILSEQ;
	memcpy(m->name, text + match[1].rm_so, len);
	m->name[len] = '\0';
	if (strspn(m->name, ok) != len)
		return -EILSEQ;
	if (match[2].rm_so < 0)
		return -ERANGE;
	return metric_number(text + match[2].rm_so, match_len(&match[2]), &m->value);
}

static bool is_new(const struct metric_match *m, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(m[i].name, name))
			return false;
	return true;
}

/* Goes from match to match. Each has a number in it, so it is not empty. */
static int match_all(const regex_t *re, const char *text, struct metric_match *m)
{
	struct metric_match one;
	regmatch_t match[3];
	int n = 0, flags = 0, err;

	for (int i = 0; !regexec(re, text, 3, match, flags); i++) {
		if (i == METRIC_MATCHES_MAX)
			return -E2BIG;
		err = match_take(text, match, &one);
		if (err)
			return err;
		if (is_new(m, n, one.name))
			m[n++] = one;
		text += match[0].rm_eo;
		flags = text[-1] == '\n' ? 0 : REG_NOTBOL;
	}
	return n ? n : -ENOENT;
}

int metric_matches(const char *expr, const char *text, struct metric_match m[METRIC_MATCHES_MAX])
{
	regex_t re;
	int r;

	if (regcomp(&re, expr, REG_EXTENDED | REG_NEWLINE))
		return -EINVAL;
	r = re.re_nsub == 2 ? match_all(&re, text, m) : -EINVAL;
	regfree(&re);
	return r;
}

/* Each of those below takes a place in the text and returns the one behind what it is named after,
 * or NULL for what is not JSON. */

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t\r\n");
}

static const char *skip_string(const char *s)
{
	if (*s++ != '"')
		return NULL;
	for (; *s && *s != '"'; s++)
		if (*s == '\\' && !*++s)
			return NULL;
	return *s ? s + 1 : NULL;
}

static const char *skip_scalar(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyzE0123456789+-.");

	return len ? s + len : NULL;
}

/* The key of a member and its colon, up to the value. */
static const char *skip_key(const char *s)
{
	s = skip_string(skip_blanks(s));
	s = s ? skip_blanks(s) : NULL;
	return s && *s == ':' ? skip_blanks(s + 1) : NULL;
}

/* A value and all that is in it, without recursion: what is open is kept in a stack of brackets. */
static const char *skip_value(const char *s)
{
	char open[METRIC_DEPTH];
	int depth = 0;

	do {
		s = skip_blanks(s);
		if (*s == '{' || *s == '[') {
			if (depth == METRIC_DEPTH)
				return NULL;
			open[depth++] = *s == '{' ? '}' : ']';
			s++;
		} else if (depth && *s == open[depth - 1]) {
			depth--;
			s++;
		} else if (depth && (*s == ',' || *s == ':')) {
			s++;
		} else {
			s = *s == '"' ? skip_string(s) : skip_scalar(s);
		}
	} while (s && depth);
	return s;
}

/* Whether the string at s is the name of len bytes; names with escapes never are. */
static bool is_named(const char *s, const char *name, size_t len)
{
	return s[0] == '"' && !strncmp(s + 1, name, len) && s[len + 1] == '"';
}

/* From the value at s, an object, to its member of that name, or from an array to its element of
 * that number. Returns NULL with *err set where there is none. */
static const char *step_in(const char *s, const char *name, size_t len, unsigned long number,
			   int *err)
{
	bool object = name;
	char end = object ? '}' : ']';

	*err = -ENOENT;
	if (*s != (object ? '{' : '['))
		return NULL;
	s = skip_blanks(s + 1);
	for (unsigned long i = 0; *s != end; i++) {
		bool found = object ? is_named(s, name, len) : i == number;

		*err = -EBADMSG;
		s = object ? skip_key(s) : s;
		if (!s || found)
			return s;
		s = skip_value(s);
		if (!s || *(s = skip_blanks(s)) != ',') {
			*err = s && *s == end ? -ENOENT : -EBADMSG;
			return NULL;
		}
		s = skip_blanks(s + 1);
	}
	return NULL;
}

/* Reads [N] at p. Returns what is behind it, or NULL. */
static const char *path_index(const char *p, unsigned long *number)
{
	size_t digits = strspn(p + 1, "0123456789");

	if (!digits || digits > 9 || p[1 + digits] != ']')
		return NULL;
	*number = strtoul(p + 1, NULL, 10);
	return p + digits + 2;
}

/* Follows one step of the path from the value at *s. Returns what is behind the step in the path,
 * or NULL with *err set. */
static const char *path_step(const char *p, const char **s, int *err)
{
	const char *name = NULL;
	unsigned long number = 0;
	size_t len = 0;

	if (*p == '[') {
		p = path_index(p, &number);
	} else {
		name = p;
		len = strcspn(p, ".[\"\\");
		p = len ? p + len : NULL;
	}
	*err = -EINVAL;
	if (!p || (*p == '.' && !p[1]) || (*p && *p != '.' && *p != '['))
		return NULL;
	*s = step_in(*s, name, len, number, err);
	return *s ? p + (*p == '.') : NULL;
}

int metric_json(const char *path, const char *text, double *value)
{
	const char *s = skip_blanks(text), *end;
	int err = -EINVAL;

	if (!*path)
		return -EINVAL;
	while (*path) {
		path = path_step(path, &s, &err);
		if (!path)
			return err;
	}
	end = skip_value(s);
	if (!end)
		return -EBADMSG;
	return metric_number(s, (size_t)(end - s), value);
}

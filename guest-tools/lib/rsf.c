/* SPDX-License-Identifier: ISC */
#include "guest-tools/lib/rsf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/metric.h"

#define DIGITS "0123456789"
#define WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" DIGITS "_"

/* A part of a line. */
struct part {
	const char *at;
	size_t len;
};

/* A line, taken apart. */
struct line {
	struct part key, tune, iteration, field, value;
};

static bool is_text(struct part p, const char *text)
{
	return p.len == strlen(text) && !memcmp(p.at, text, p.len);
}

/* Takes from *s the characters that are in ok, and the one behind them, which has to be end. */
static bool take(const char **s, const char *ok, char end, struct part *p)
{
	*p = (struct part){ *s, strspn(*s, ok) };
	*s += p->len;
	return p->len && *(*s)++ == end;
}

static bool take_value(const char *s, struct part *p)
{
	s += strspn(s, " \t");
	*p = (struct part){ s, strcspn(s, "\r\n") };
	return true;
}

static bool take_word(const char **s, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*s, word, len))
		return false;
	*s += len;
	return true;
}

/* Whether the line at s is about an execution. */
static bool line_parse(const char *s, struct line *l)
{
	if (!take_word(&s, "spec.cpu2006.results.") && !take_word(&s, "spec.cpu2017.results."))
		return false;
	return take(&s, WORD "-", '.', &l->key) && take(&s, "abekps", '.', &l->tune) &&
	       take(&s, DIGITS, '.', &l->iteration) && take(&s, WORD, ':', &l->field) &&
	       take_value(s, &l->value) && l->key.len <= RSF_NAME_MAX && l->iteration.len <= 3 &&
	       (is_text(l->tune, "base") || is_text(l->tune, "peak"));
}

/* Copies what fits, with a '?' for each byte that is not printable ASCII. */
static void copy(char *to, size_t size, struct part p)
{
	size_t n = p.len < size ? p.len : size - 1;

	for (size_t i = 0; i < n; i++)
		to[i] = p.at[i] >= 0x20 && p.at[i] <= 0x7e ? p.at[i] : '?';
	to[n] = '\0';
}

/* The name of a key: 429.mcf of 429_mcf. Others than these begin with no number. */
static void name_of_key(struct rsf_run *r)
{
	size_t digits = strspn(r->key, DIGITS);

	strcpy(r->name, r->key);
	if (digits && r->name[digits] == '_')
		r->name[digits] = '.';
}

/* The execution that a line is about, a new one where none is. NULL when there are too many. */
static struct rsf_run *find_run(struct rsf *rsf, const struct line *l)
{
	unsigned iteration = (unsigned)strtoul(l->iteration.at, NULL, 10);
	bool peak = is_text(l->tune, "peak");
	struct rsf_run *r;

	for (size_t i = rsf->n; i-- > 0;) {
		r = &rsf->run[i];
		if (r->iteration == iteration && r->peak == peak && is_text(l->key, r->key))
			return r;
	}
	if (rsf->n == RSF_RUNS_MAX)
		return NULL;
	r = &rsf->run[rsf->n++];
	*r = (struct rsf_run){ .peak = peak, .iteration = iteration, .seconds = -1, .ratio = -1 };
	copy(r->key, sizeof(r->key), l->key);
	name_of_key(r);
	if (iteration >= rsf->iterations)
		rsf->iterations = iteration + 1;
	return r;
}

static void set_number(double *to, struct part value)
{
	if (metric_number(value.at, value.len, to))
		*to = -1;
}

static void set_name(struct rsf_run *r, struct part value)
{
	if (value.len && value.len <= RSF_NAME_MAX && strspn(value.at, WORD ".-") >= value.len)
		copy(r->name, sizeof(r->name), value);
}

static void set_field(struct rsf_run *r, const struct line *l)
{
	if (is_text(l->field, "reported_time"))
		set_number(&r->seconds, l->value);
	else if (is_text(l->field, "ratio"))
		set_number(&r->ratio, l->value);
	else if (is_text(l->field, "benchmark"))
		set_name(r, l->value);
	else if (is_text(l->field, "valid"))
		copy(r->code, sizeof(r->code), l->value);
	else if (!strncmp(l->field.at, "errors", strlen("errors")) && !r->error[0])
		copy(r->error, sizeof(r->error), l->value);
}

static const char *meaning(const struct rsf_run *r)
{
	static const char *const codes[][2] = {
		{ "", "the file does not say that it is valid" },
		{ "CE", "CE: it could not be built" },
		{ "NR", "NR: it was not run" },
		{ "RE", "RE: it failed while it ran" },
		{ "VE", "VE: what it made is wrong" },
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (!strcmp(codes[i][0], r->code))
			return codes[i][1];
	return "it is not valid";
}

static void judge(struct rsf_run *r)
{
	if (strcmp(r->code, "S"))
		snprintf(r->why, sizeof(r->why), "%s%s%s", meaning(r), r->error[0] ? ": " : "",
			 r->error);
	else if (r->seconds < 0)
		snprintf(r->why, sizeof(r->why), "it has no reported time");
}

int rsf_parse(const char *text, struct rsf *rsf)
{
	struct rsf_run *r;
	struct line l;

	rsf->n = rsf->iterations = 0;
	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (!line_parse(text, &l))
			continue;
		r = find_run(rsf, &l);
		if (!r)
			return -E2BIG;
		set_field(r, &l);
	}
	for (size_t i = 0; i < rsf->n; i++)
		judge(&rsf->run[i]);
	return rsf->n ? 0 : -ENOENT;
}

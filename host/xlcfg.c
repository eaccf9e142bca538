/* SPDX-License-Identifier: ISC */
#include "host/xlcfg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/xlcfg_lex.h"

/* Adds room for one more to an array that holds n; doubles at powers of two. */
static int grow(void **array, size_t n, size_t size)
{
	void *bigger;

	if (n & (n - 1))
		return 0;
	bigger = realloc(*array, (n ? 2 * n : 1) * size);
	if (!bigger)
		return -ENOMEM;
	*array = bigger;
	return 0;
}

static int fail_at(struct xlcfg_error *e, unsigned line, unsigned column, const char *what)
{
	*e = (struct xlcfg_error){ line, column, what };
	return -EINVAL;
}

static int tokenize(struct xlcfg *c, struct xlcfg_error *e)
{
	uint32_t line = 1, start = 0;

	for (uint32_t off = 0; off < c->len;) {
		struct xlcfg_token t = { .off = off, .line = line, .column = off - start + 1 };
		const char *what;
		size_t len = xlcfg_lex(c->text + off, c->len - off, &t.kind, &what);

		if (!len)
			return fail_at(e, t.line, t.column, what);
		if (grow((void **)&c->tokens, c->ntokens, sizeof(t)))
			return -ENOMEM;
		t.len = (uint32_t)len;
		c->tokens[c->ntokens++] = t;
		off += t.len;
		if (t.kind == XLCFG_NEWLINE) {
			line++;
			start = off;
		}
	}
	return 0;
}

struct parser {
	struct xlcfg *c;
	struct xlcfg_error *e;
	size_t at;  /* token */
	char *free; /* in c->strings */
};

static int fail(struct parser *p, const char *what)
{
	const struct xlcfg_token *t = NULL;

	if (p->at < p->c->ntokens)
		t = &p->c->tokens[p->at];
	else if (p->c->ntokens)
		t = &p->c->tokens[p->c->ntokens - 1];
	return fail_at(p->e, t ? t->line : 1, t ? t->column : 1, what);
}

/* What comes next; XLCFG_KINDS at the end. Skips blanks, and in lists whole lines. */
static enum xlcfg_kind peek(struct parser *p, bool lines)
{
	while (p->at < p->c->ntokens) {
		enum xlcfg_kind kind = p->c->tokens[p->at].kind;

		if (kind != XLCFG_BLANK && kind != XLCFG_COMMENT &&
		    !(lines && kind == XLCFG_NEWLINE))
			return kind;
		p->at++;
	}
	return XLCFG_KINDS;
}

static const char *save(struct parser *p, const struct xlcfg_token *t)
{
	const char *saved = p->free, *s = p->c->text + t->off;

	if (t->kind == XLCFG_STRING) {
		p->free = xlcfg_unquote(s, t->len, p->free);
	} else {
		memcpy(p->free, s, t->len);
		p->free += t->len;
		*p->free++ = '\0';
	}
	return saved;
}

static int add_value(struct parser *p, enum xlcfg_kind kind)
{
	struct xlcfg *c = p->c;
	struct xlcfg_value v = { .first = (uint32_t)p->at, .last = (uint32_t)p->at };

	if (grow((void **)&c->values, c->nvalues, sizeof(v)))
		return -ENOMEM;
	if (kind != XLCFG_OPEN)
		v.text = save(p, &c->tokens[p->at]);
	v.end = (uint32_t)c->nvalues + 1;
	c->values[c->nvalues++] = v;
	p->at++;
	return 0;
}

static void close_list(struct parser *p, uint32_t list)
{
	p->c->values[list].last = (uint32_t)p->at++;
	p->c->values[list].end = (uint32_t)p->c->nvalues;
}

static int parse_value(struct parser *p)
{
	uint32_t lists[XLCFG_DEPTH_MAX];
	unsigned depth = 0;
	bool may_begin = true; /* a value may come now, and in a list its end */
	int r;

	do {
		enum xlcfg_kind kind = peek(p, depth > 0);

		if (may_begin &&
		    (kind == XLCFG_STRING || kind == XLCFG_NUMBER || kind == XLCFG_OPEN)) {
			if (kind == XLCFG_OPEN && depth == XLCFG_DEPTH_MAX)
				return fail(p, "lists in lists, too deep");
			if (kind == XLCFG_OPEN)
				lists[depth++] = (uint32_t)p->c->nvalues;
			r = add_value(p, kind);
			if (r)
				return r;
			may_begin = kind == XLCFG_OPEN;
		} else if (depth && kind == XLCFG_CLOSE) {
			close_list(p, lists[--depth]);
			may_begin = false;
		} else if (depth && kind == XLCFG_COMMA && !may_begin) {
			p->at++;
			may_begin = true;
		} else if (!depth) {
			return fail(p, "a value is expected: a number, a string in quotes or a "
				       "list in brackets");
		} else {
			return fail(p, may_begin ? "a value or ']' is expected"
						 : "',' or ']' is expected");
		}
	} while (depth);
	return 0;
}

static int parse_setting(struct parser *p)
{
	struct xlcfg *c = p->c;
	struct xlcfg_setting s = { .first = (uint32_t)p->at };
	enum xlcfg_kind op;
	int r;

	s.name = save(p, &c->tokens[p->at++]);
	op = peek(p, false);
	if (op != XLCFG_SET && op != XLCFG_ADD)
		return fail(p, "'=' is expected behind the name");
	s.add = op == XLCFG_ADD;
	s.value = (uint32_t)c->nvalues;
	p->at++;
	r = parse_value(p);
	if (!r)
		r = grow((void **)&c->settings, c->nsettings, sizeof(s));
	if (r)
		return r;
	c->settings[c->nsettings++] = s;
	op = peek(p, false);
	if (op != XLCFG_NEWLINE && op != XLCFG_SEMICOLON && op != XLCFG_KINDS)
		return fail(p, "a new line or ';' is expected behind the value");
	return 0;
}

static int parse_all(struct parser *p)
{
	int r = 0;

	while (!r) {
		switch (peek(p, true)) {
		case XLCFG_KINDS: return 0;
		case XLCFG_SEMICOLON: p->at++; break;
		case XLCFG_NAME: r = parse_setting(p); break;
		default: return fail(p, "the name of a setting is expected");
		}
	}
	return r;
}

int xlcfg_parse(struct xlcfg *c, const char *text, size_t len, struct xlcfg_error *e)
{
	struct parser p = { .c = c, .e = e };
	int r;

	*c = (struct xlcfg){ .len = len };
	*e = (struct xlcfg_error){ 0, 0, "larger than 256 KiB" };
	if (len > XLCFG_FILE_MAX)
		return -EFBIG;
	c->text = malloc(len + 1);
	c->strings = malloc(2 * len + 1);
	r = c->text && c->strings ? 0 : -ENOMEM;
	if (!r) {
		memcpy(c->text, text, len);
		c->text[len] = '\0';
		p.free = c->strings;
		r = tokenize(c, e);
	}
	if (!r)
		r = parse_all(&p);
	if (r)
		xlcfg_free(c);
	return r;
}

void xlcfg_free(struct xlcfg *c)
{
	free(c->text);
	free(c->strings);
	free(c->tokens);
	free(c->values);
	free(c->settings);
	*c = (struct xlcfg){ 0 };
}

void xlcfg_print(const struct xlcfg *c, char *out)
{
	for (size_t i = 0; i < c->ntokens; i++) {
		memcpy(out, c->text + c->tokens[i].off, c->tokens[i].len);
		out += c->tokens[i].len;
	}
	*out = '\0';
}

const struct xlcfg_setting *xlcfg_find(const struct xlcfg *c, const char *name)
{
	for (size_t i = c->nsettings; i-- > 0;)
		if (!strcmp(c->settings[i].name, name))
			return &c->settings[i];
	return NULL;
}

const char *xlcfg_text(const struct xlcfg *c, const char *name)
{
	const struct xlcfg_setting *s = xlcfg_find(c, name);

	return s ? c->values[s->value].text : NULL;
}

int xlcfg_number(const struct xlcfg *c, const char *name, long *n)
{
	const char *text = xlcfg_text(c, name);
	char *end;

	if (!xlcfg_find(c, name))
		return -ENOENT;
	if (!text)
		return -EINVAL;
	errno = 0;
	*n = strtol(text, &end, 0);
	return errno || *end || end == text ? -EINVAL : 0;
}

/* Where the value begins that counts under that name: its last '='. */
static size_t first_of(const struct xlcfg *c, const char *name)
{
	size_t first = c->nsettings;

	for (size_t i = c->nsettings; i-- > 0;) {
		if (strcmp(c->settings[i].name, name))
			continue;
		first = i;
		if (!c->settings[i].add)
			break;
	}
	return first;
}

/* To the next setting of that name from n on, at its first item. */
static void items_enter(const struct xlcfg *c, struct xlcfg_items *items, size_t n)
{
	while (n < c->nsettings && strcmp(c->settings[n].name, items->name))
		n++;
	items->setting = n + 1;
	items->value = n < c->nsettings ? c->settings[n].value + 1 : 0;
}

const struct xlcfg_value *xlcfg_next_item(const struct xlcfg *c, struct xlcfg_items *items)
{
	if (!items->setting)
		items_enter(c, items, first_of(c, items->name));
	while (items->setting <= c->nsettings) {
		const struct xlcfg_setting *s = &c->settings[items->setting - 1];

		while (items->value < c->values[s->value].end) {
			const struct xlcfg_value *v = &c->values[items->value];

			items->value = v->end;
			if (v->text)
				return v;
		}
		items_enter(c, items, items->setting);
	}
	return NULL;
}

unsigned xlcfg_last_line(const struct xlcfg *c, const struct xlcfg_setting *s)
{
	return c->tokens[c->values[s->value].last].line;
}

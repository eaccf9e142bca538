/* SPDX-License-Identifier: ISC */
#include "host/xlcfg_edit.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/proto/proto.h"

struct xlcfg_edit {
	uint32_t off, len; /* in the text; len is 0 for a line that is added */
	uint32_t line;	   /* of one that is added: it comes behind this line */
	size_t number;	   /* in the order in which they came */
	bool drop, add;
	char *text;
};

void xlcfg_note(struct xlcfg_notes *notes, unsigned line, const char *key, const char *fmt, ...)
{
	struct xlcfg_note *bigger;
	va_list ap;

	bigger = realloc(notes->list, (notes->n + 1) * sizeof(*bigger));
	if (!bigger) {
		notes->failed = true;
		return;
	}
	notes->list = bigger;
	bigger[notes->n].line = line;
	snprintf(bigger[notes->n].key, sizeof(bigger->key), "%s", key);
	va_start(ap, fmt);
	vsnprintf(bigger[notes->n].text, sizeof(bigger->text), fmt, ap);
	va_end(ap);
	notes->n++;
}

void xlcfg_notes_free(struct xlcfg_notes *notes)
{
	free(notes->list);
	*notes = (struct xlcfg_notes){ 0 };
}

/* Takes over text. */
static void add_edit(struct xlcfg_edits *e, struct xlcfg_edit edit)
{
	struct xlcfg_edit *bigger = e->list;

	if (!(e->n & (e->n - 1)))
		bigger = realloc(e->list, (e->n ? 2 * e->n : 1) * sizeof(*bigger));
	if (!bigger || !edit.text) {
		e->failed = true;
		e->list = bigger ? bigger : e->list;
		free(edit.text);
		return;
	}
	edit.number = e->n;
	e->list = bigger;
	e->list[e->n++] = edit;
}

/* From the beginning of one token to the end of another. */
static struct xlcfg_edit over(const struct xlcfg *c, uint32_t first, uint32_t last)
{
	const struct xlcfg_token *from = &c->tokens[first], *to = &c->tokens[last];

	return (struct xlcfg_edit){ .off = from->off, .len = to->off + to->len - from->off };
}

void xlcfg_edit_name(struct xlcfg_edits *e, const struct xlcfg_setting *s, const char *name)
{
	struct xlcfg_edit edit = over(e->c, s->first, s->first);

	edit.text = strdup(name);
	add_edit(e, edit);
}

static char *quote(const char *text, char mark)
{
	char *quoted = malloc(2 * strlen(text) + 3), *q = quoted;

	if (!quoted)
		return NULL;
	*q++ = mark;
	for (; *text; text++) {
		static const char plain[] = "\a\b\f\n\r\t\v", escaped[] = "abfnrtv";
		const char *special = strchr(plain, *text);

		if (special || *text == mark || *text == '\\')
			*q++ = '\\';
		*q++ = special ? escaped[special - plain] : *text;
	}
	*q++ = mark;
	*q = '\0';
	return quoted;
}

void xlcfg_edit_value(struct xlcfg_edits *e, const struct xlcfg_value *v, const char *text)
{
	struct xlcfg_edit edit = over(e->c, v->first, v->last);
	char was = e->c->text[edit.off];
	bool number = strspn(text, "0123456789") == strlen(text) && *text;

	if (number && was != '"' && was != '\'')
		edit.text = strdup(text);
	else
		edit.text = quote(text, was == '\'' ? '\'' : '"');
	add_edit(e, edit);
}

/* The first token from there on, in steps, that is not blank. */
static uint32_t skip_blank(const struct xlcfg *c, uint32_t token)
{
	while (token < c->ntokens && c->tokens[token].kind == XLCFG_BLANK)
		token++;
	return token;
}

void xlcfg_edit_drop(struct xlcfg_edits *e, const struct xlcfg_setting *s)
{
	uint32_t last = e->c->values[s->value].last, next = skip_blank(e->c, last + 1);
	struct xlcfg_edit edit;

	if (next < e->c->ntokens && e->c->tokens[next].kind == XLCFG_SEMICOLON) {
		last = next;
		if (last + 1 < e->c->ntokens && e->c->tokens[last + 1].kind == XLCFG_BLANK)
			last++;
	}
	edit = over(e->c, s->first, last);
	edit.drop = true;
	edit.text = strdup("");
	add_edit(e, edit);
}

/* A comma behind it goes too. One before it may stay: a list may end with one. */
void xlcfg_edit_drop_item(struct xlcfg_edits *e, const struct xlcfg_value *v)
{
	uint32_t last = v->last, next = last + 1;
	struct xlcfg_edit edit;

	while (next < e->c->ntokens && (e->c->tokens[next].kind <= XLCFG_NEWLINE))
		next++;
	if (next == skip_blank(e->c, last + 1) && e->c->tokens[next].kind == XLCFG_COMMA) {
		last = next;
		if (e->c->tokens[last + 1].kind == XLCFG_BLANK)
			last++;
	} else if (next < e->c->ntokens && e->c->tokens[next].kind == XLCFG_COMMA) {
		struct xlcfg_edit comma = over(e->c, next, next);

		comma.text = strdup("");
		add_edit(e, comma);
	}
	edit = over(e->c, v->first, last);
	edit.text = strdup("");
	add_edit(e, edit);
}

void xlcfg_edit_add(struct xlcfg_edits *e, unsigned line, const char *fmt, ...)
{
	struct xlcfg_edit edit = { .line = line, .add = true };
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&edit.text, fmt, ap) < 0)
		edit.text = NULL;
	va_end(ap);
	add_edit(e, edit);
}

void xlcfg_edits_free(struct xlcfg_edits *e)
{
	for (size_t i = 0; i < e->n; i++)
		free(e->list[i].text);
	free(e->list);
	*e = (struct xlcfg_edits){ 0 };
}

void xlcfg_lines_free(struct xlcfg_lines *l)
{
	free(l->start);
	free(l->group);
}

int xlcfg_lines_of(const struct xlcfg *c, struct xlcfg_lines *l)
{
	size_t count = 2, begin = 0, end = 0;

	for (size_t i = 0; i < c->len; i++)
		count += c->text[i] == '\n';
	l->start = calloc(count + 1, sizeof(*l->start));
	l->group = calloc(count + 1, sizeof(*l->group));
	if (!l->start || !l->group) {
		xlcfg_lines_free(l);
		return -ENOMEM;
	}
	l->n = 0;
	for (size_t i = 0; i < c->len; i++)
		if (!i || c->text[i - 1] == '\n')
			l->start[++l->n] = (uint32_t)i;
	l->start[l->n + 1] = (uint32_t)c->len;
	for (size_t i = 0; i < c->nsettings; i++) {
		size_t first = c->tokens[c->settings[i].first].line;

		begin = first > end ? first : begin;
		end = xlcfg_last_line(c, &c->settings[i]);
		l->group[begin] = (uint32_t)end;
	}
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct xlcfg_edit *x = a, *y = b;

	if (x->add != y->add)
		return x->add - y->add;
	if (x->add && x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	if (x->len != y->len)
		return x->len > y->len ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

struct output {
	FILE *f;
	const struct xlcfg *c;
	const char *mode;
	const struct xlcfg_edit *edit, *edits_end, *added, *added_end;
};

static unsigned count_lines(const char *text, size_t len)
{
	unsigned n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	return n;
}

/* The lines at old become comments, and the new ones follow. Both are whole lines. */
static void put_marked(struct output *o, const char *old, size_t old_len, const char *new,
		       size_t len)
{
	const char *end = old + old_len;

	fprintf(o->f, "#xlab %s", o->mode);
	if (len)
		fprintf(o->f, " %u %08x", count_lines(new, len), (unsigned)xp_crc32(0, new, len));
	fputs(old_len ? ": " : ".\n", o->f);
	while (old < end) {
		const char *next = (const char *)memchr(old, '\n', (size_t)(end - old)) + 1;

		fwrite(old, 1, (size_t)(next - old), o->f);
		old = next;
		if (old < end)
			fprintf(o->f, "#xlab %s+ ", o->mode);
	}
	fwrite(new, 1, len, o->f);
}

/* How many settings begin there. */
static size_t count_settings(const struct xlcfg *c, size_t *at, uint32_t end)
{
	size_t first = *at;

	while (*at < c->nsettings && c->tokens[c->settings[*at].first].off < end)
		(*at)++;
	return *at - first;
}

/* The lines from..end with the edits that lie in them; *drops counts the settings left out. */
static void put_edited(struct output *o, FILE *f, uint32_t from, uint32_t end, size_t *drops)
{
	for (; o->edit < o->edits_end && o->edit->off < end; o->edit++) {
		if (o->edit->off < from)
			continue;
		fwrite(o->c->text + from, 1, o->edit->off - from, f);
		fputs(o->edit->text, f);
		from = o->edit->off + o->edit->len;
		*drops += o->edit->drop;
	}
	fwrite(o->c->text + from, 1, end - from, f);
}

static int put_group(struct output *o, uint32_t from, uint32_t end, size_t nsettings)
{
	const char *old = o->c->text + from;
	size_t len = 0, drops = 0;
	char *new = NULL;
	FILE *f = open_memstream(&new, &len);

	if (!f)
		return -ENOMEM;
	put_edited(o, f, from, end, &drops);
	if (fclose(f) == 0) {
		if (drops == nsettings)
			put_marked(o, old, end - from, "", 0);
		else if (len != end - from || memcmp(new, old, len))
			put_marked(o, old, end - from, new, len);
		else
			fwrite(old, 1, len, o->f);
	}
	free(new);
	return 0;
}

/* The lines that come behind that line, as one block. */
static int put_added(struct output *o, size_t line)
{
	char *new = NULL;
	size_t len = 0;
	FILE *f;

	if (o->added == o->added_end || o->added->line > line)
		return 0;
	f = open_memstream(&new, &len);
	if (!f)
		return -ENOMEM;
	for (; o->added < o->added_end && o->added->line <= line; o->added++)
		fprintf(f, "%s\n", o->added->text);
	if (fclose(f) == 0)
		put_marked(o, "", 0, new, len);
	free(new);
	return 0;
}

static int put_all(struct output *o, const struct xlcfg_lines *l)
{
	size_t setting = 0;
	int r = put_added(o, 0);

	for (size_t i = 1; i <= l->n && !r; i++) {
		uint32_t from = l->start[i];

		if (l->group[i]) {
			i = l->group[i];
			r = put_group(o, from, l->start[i + 1],
				      count_settings(o->c, &setting, l->start[i + 1]));
		} else {
			fwrite(o->c->text + from, 1, l->start[i + 1] - from, o->f);
		}
		if (!r)
			r = put_added(o, i);
	}
	return r;
}

int xlcfg_edit_apply(struct xlcfg_edits *e, const char *mode, char **out, size_t *len)
{
	struct output o = { .c = e->c, .mode = mode, .added_end = e->n ? e->list + e->n : NULL };
	struct xlcfg_lines l;
	int r;

	*out = NULL;
	if (e->failed || xlcfg_lines_of(e->c, &l))
		return -ENOMEM;
	if (e->n)
		qsort(e->list, e->n, sizeof(*e->list), by_place);
	o.edit = o.added = e->list;
	while (o.added < o.added_end && !o.added->add)
		o.added++;
	o.edits_end = o.added;
	o.f = open_memstream(out, len);
	r = o.f ? put_all(&o, &l) : -ENOMEM;
	if (o.f && fclose(o.f))
		r = -ENOMEM;
	if (r) {
		free(*out);
		*out = NULL;
	}
	xlcfg_lines_free(&l);
	return r;
}

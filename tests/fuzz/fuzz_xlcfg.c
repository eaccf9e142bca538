/* SPDX-License-Identifier: ISC */
/*
 * Files of xl.cfg(5): what is read is kept, byte for byte, and lies within its bounds. What is
 * converted is a file of the other mode, stays when converted again, and comes back as it was. What
 * is found in it names its place, its problem and the fix.
 */
#include "host/xlcfg_convert.h"
#include "host/xlcfg_lint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		abort();
}

static void check_tokens(const struct xlcfg *c)
{
	char *out = malloc(c->len + 1);
	uint32_t end = 0;

	for (size_t i = 0; i < c->ntokens; i++) {
		check(c->tokens[i].off == end && c->tokens[i].len > 0);
		check(c->tokens[i].kind < XLCFG_KINDS);
		check(c->tokens[i].line > 0 && c->tokens[i].column > 0);
		end += c->tokens[i].len;
	}
	check(end == c->len);
	xlcfg_print(c, out);
	check(memcmp(out, c->text, c->len) == 0);
	free(out);
}

static void check_tree(const struct xlcfg *c)
{
	for (size_t i = 0; i < c->nvalues; i++) {
		check(c->values[i].end > i && c->values[i].end <= c->nvalues);
		check(c->values[i].last >= c->values[i].first && c->values[i].last < c->ntokens);
		check(!c->values[i].text || c->values[i].end == i + 1);
	}
	for (size_t i = 0; i < c->nsettings; i++) {
		const struct xlcfg_setting *s = &c->settings[i];
		struct xlcfg_items items = { .name = s->name };
		long n;

		check(c->tokens[s->first].kind == XLCFG_NAME && s->value < c->nvalues);
		check(xlcfg_last_line(c, s) >= c->tokens[s->first].line);
		check(xlcfg_find(c, s->name) >= s);
		xlcfg_number(c, s->name, &n);
		for (int left = 64; left > 0 && xlcfg_next_item(c, &items); left--)
			;
	}
}

struct text {
	char *at;
	size_t len;
};

/* Frees text and puts what it becomes in its place; false when it is refused. */
static bool convert(struct text *text, enum mode to)
{
	struct xlcfg_target target = { .mode = to, .kernel = "/k", .ramdisk = "/r" };
	struct xlcfg_notes notes = { 0 };
	char why[XLCFG_WHY] = "";
	struct xlcfg_error e;
	struct xlcfg c;
	struct text out;
	enum mode mode;
	int r;

	check(xlcfg_parse(&c, text->at, text->len, &e) == 0);
	r = xlcfg_convert(&c, &target, &out.at, &out.len, &notes, why);
	xlcfg_free(&c);
	check(r == 0 || (r == -EINVAL && *why));
	check(r || notes.n);
	xlcfg_notes_free(&notes);
	if (r)
		return false;
	free(text->at);
	*text = out;
	/* Text that grew beyond what is read is not looked into. */
	r = xlcfg_parse(&c, out.at, out.len, &e);
	check(r == 0 || r == -EFBIG);
	if (r)
		return false;
	check(xlcfg_mode(&c, &mode, why) == 0 && mode == to);
	xlcfg_free(&c);
	return true;
}

static struct text copy(const char *at, size_t len)
{
	struct text text = { malloc(len + 1), len };

	memcpy(text.at, at, len);
	text.at[len] = '\0';
	return text;
}

static bool is_same(const struct text *a, const char *at, size_t len)
{
	return a->len == len && memcmp(a->at, at, len) == 0;
}

static void check_conversion(const struct xlcfg *c, enum mode to, enum mode via)
{
	struct text there = copy(c->text, c->len), other = copy(c->text, c->len), again;
	bool marked = strstr(c->text, "#xlab ");
	char why[XLCFG_WHY];
	enum mode from;

	if (xlcfg_mode(c, &from, why) == 0 && convert(&there, to)) {
		again = copy(there.at, there.len);
		check(convert(&again, to) && is_same(&again, there.at, there.len));
		free(again.at);
		if (!marked && convert(&other, via) && convert(&other, to))
			check(is_same(&other, there.at, there.len));
		if (!marked)
			check(convert(&there, from) && is_same(&there, c->text, c->len));
	}
	free(there.at);
	free(other.at);
}

static void check_lint(const struct xlcfg *c)
{
	struct xlcfg_findings f = { 0 };

	check(xlcfg_lint(c, &f) == 0);
	for (size_t i = 0; i < f.n; i++) {
		check(*f.list[i].key && *f.list[i].problem && *f.list[i].fix);
		check(!(f.list[i].stops & ~f.list[i].modes));
		check(f.list[i].line <= c->len + 1 &&
		      (i == 0 || f.list[i - 1].line <= f.list[i].line));
	}
	xlcfg_findings_free(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xlcfg c;
	struct xlcfg_error e;
	int r = xlcfg_parse(&c, (const char *)data, size, &e);

	if (r) {
		check(e.what && *e.what && !c.text);
		return 0;
	}
	check(c.len == size && memcmp(c.text, data, size) == 0);
	check_tokens(&c);
	check_tree(&c);
	check_lint(&c);
	for (enum mode to = MODE_PV; to <= MODE_HVM; to++)
		check_conversion(&c, to, to == MODE_HVM ? MODE_PV : to + 1);
	xlcfg_free(&c);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/* Files of xl.cfg(5): what is read is kept, byte for byte, and lies within its bounds. */
#include "host/xlcfg.h"

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
	xlcfg_free(&c);
	return 0;
}

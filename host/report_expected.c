/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/report_parts.h"
#include "host/report_text.h"

/* docs/expected.json, whose form docs/expected.schema.json is and a test checks. */
__asm__(".section .rodata\n"
	".global report_expected_text\n"
	"report_expected_text:\n"
	".incbin \"docs/expected.json\"\n"
	".byte 0\n"
	".previous\n");
extern const char report_expected_text[];

/* 0, or -EINVAL for a text that is empty or would not be whole. */
static int take_text(char *to, const char *from, size_t size)
{
	if (!*from || strlen(from) >= size)
		return -EINVAL;
	text_take(to, from, size);
	return 0;
}

/* One entry of the file. 0 or -EINVAL. */
static int take_entry(json_t *entry, struct report_expected *e)
{
	const char *benchmark, *mode, *source, *note;

	if (json_unpack(entry, "{ss ss sF sF ss ss !}", "benchmark", &benchmark, "mode", &mode,
			"low", &e->low, "high", &e->high, "source", &source, "note", &note) < 0 ||
	    mode_parse(mode, &e->mode) || !(e->low > 0) || !(e->high >= e->low))
		return -EINVAL;
	if (take_text(e->benchmark, benchmark, sizeof(e->benchmark)) ||
	    take_text(e->source, source, sizeof(e->source)) ||
	    take_text(e->note, note, sizeof(e->note)))
		return -EINVAL;
	return 0;
}

/* A row shows one figure: of two, one would be lost. */
static bool is_twice(const struct report_expected *first, const struct report_expected *e)
{
	for (; first < e; first++)
		if (first->mode == e->mode && !strcmp(first->benchmark, e->benchmark))
			return true;
	return false;
}

static void find_rows(struct report *r, const struct report_expected *e)
{
	for (size_t i = 0; i < r->nrows; i++)
		if (r->rows[i].mode == e->mode && !strcmp(r->rows[i].benchmark, e->benchmark))
			r->rows[i].expected = e;
}

static int take_entries(struct report *r, json_t *list)
{
	size_t i;
	json_t *entry;

	if (!json_is_array(list))
		return -EINVAL;
	r->expected = calloc(json_array_size(list) + 1, sizeof(*r->expected));
	if (!r->expected)
		return -ENOMEM;
	json_array_foreach(list, i, entry)
	{
		if (take_entry(entry, &r->expected[i]) || is_twice(r->expected, &r->expected[i]))
			return -EINVAL;
	}
	for (i = 0; i < json_array_size(list); i++)
		find_rows(r, &r->expected[i]);
	return 0;
}

int report_expect(struct report *r, const char *text)
{
	json_t *json = json_loads(text ? text : report_expected_text, JSON_REJECT_DUPLICATES, NULL);
	int err = take_entries(r, json_object_get(json, "expected"));

	json_decref(json);
	return err;
}

bool report_expects(const struct report *r)
{
	for (size_t i = 0; i < r->nrows; i++)
		if (r->rows[i].expected)
			return true;
	return false;
}

const char *report_expected(const struct report_row *row, char buf[REPORT_EXPECTED])
{
	const struct report_expected *e = row->expected;

	buf[0] = '\0';
	if (e && e->low < e->high)
		snprintf(buf, REPORT_EXPECTED, "%.3g-%.3g", e->low, e->high);
	else if (e)
		snprintf(buf, REPORT_EXPECTED, "%.3g", e->low);
	return buf;
}

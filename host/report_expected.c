/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include "host/report_parts.h"

/* docs/expected.json, whose form docs/expected.schema.json is and a test checks. */
__asm__(".section .rodata\n"
	".global report_expected_text\n"
	"report_expected_text:\n"
	".incbin \"docs/expected.json\"\n"
	".byte 0\n"
	".previous\n");
extern const char report_expected_text[];

static bool is_for(json_t *entry, const struct report_row *row)
{
	const char *benchmark = json_string_value(json_object_get(entry, "benchmark"));
	const char *mode = json_string_value(json_object_get(entry, "mode"));

	return benchmark && mode && !strcmp(benchmark, row->benchmark) &&
	       !strcmp(mode, mode_name(row->mode));
}

int report_expect(struct report *r)
{
	size_t i;
	json_t *entry;

	r->literature = json_loads(report_expected_text, 0, NULL);
	if (!r->literature)
		return -ENOMEM;
	json_array_foreach(json_object_get(r->literature, "expected"), i,
			   entry) for (size_t j = 0; j < r->nrows;
				       j++) if (is_for(entry, &r->rows[j])) r->rows[j]
		.expected = entry;
	return 0;
}

static double number_of(const json_t *entry, const char *name)
{
	return json_number_value(json_object_get(entry, name));
}

const char *report_expected(const struct report_row *row, char buf[REPORT_EXPECTED])
{
	double low, high;

	buf[0] = '\0';
	if (!row->expected)
		return buf;
	low = number_of(row->expected, "low");
	high = number_of(row->expected, "high");
	if (low < high)
		snprintf(buf, REPORT_EXPECTED, "%.3g-%.3g", low, high);
	else
		snprintf(buf, REPORT_EXPECTED, "%.3g", low);
	return buf;
}

const char *report_expected_source(const struct report_row *row)
{
	const char *source = json_string_value(json_object_get(row->expected, "source"));

	return source ? source : "";
}

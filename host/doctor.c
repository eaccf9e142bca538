/* SPDX-License-Identifier: ISC */
#include "host/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/facts_parts.h"

static const char *const names[] = { "spoils", "matters", "fyi" };

const char *doctor_severity_name(enum doctor_severity s)
{
	return names[s];
}

void doctor_find(struct doctor *d, enum doctor_severity s, const char *fix, const char *fmt, ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	json_array_append_new(d->found[s],
			      json_pack("{ss ss so so}", "severity", names[s], "name", d->rule,
					"what", facts_text(what, strlen(what)), "fix",
					facts_text(fix, strnlen(fix, 255))));
}

json_t *doctor_findings(const json_t *facts, const json_t *noise)
{
	struct doctor d = { .facts = facts, .noise = noise };
	json_t *all = json_array();

	for (int s = 0; s < DOCTOR_SEVERITIES; s++)
		d.found[s] = json_array();
	doctor_look(&d);
	for (int s = 0; s < DOCTOR_SEVERITIES; s++) {
		if (all && json_array_extend(all, d.found[s])) {
			json_decref(all);
			all = NULL;
		}
		json_decref(d.found[s]);
	}
	return all;
}

size_t doctor_count(const json_t *findings, enum doctor_severity s)
{
	const json_t *one;
	size_t i, n = 0;

	json_array_foreach(findings, i, one)
	{
		const char *name = json_string_value(json_object_get(one, "severity"));

		n += name && !strcmp(name, names[s]);
	}
	return n;
}

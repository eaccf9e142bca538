/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "host/report_parts.h"
#include "host/report_text.h"

size_t report_group(const struct report *r, size_t i)
{
	size_t end = i + 1;

	while (end < r->nrows && r->rows[end].place == r->rows[i].place)
		end++;
	return end;
}

/* Says vcpus, and image, where rows of the mode are there that have others. */
static void put_label(struct report_row *row, const struct report_row *group, size_t n)
{
	bool vcpus = false, image = false;
	int len;

	for (size_t i = 0; i < n; i++) {
		if (group[i].mode != row->mode)
			continue;
		vcpus |= group[i].vcpus != row->vcpus;
		image |= strcmp(group[i].image, row->image) != 0;
	}
	len = snprintf(row->label, REPORT_LABEL, "%s", row->benchmark);
	if (vcpus)
		len += snprintf(row->label + len, REPORT_LABEL - (size_t)len, ", %u vcpus",
				row->vcpus);
	if (image)
		snprintf(row->label + len, REPORT_LABEL - (size_t)len, ", %.8s", row->image);
}

void report_label(struct report *r)
{
	for (size_t i = 0, end; i < r->nrows; i = end) {
		end = report_group(r, i);
		for (size_t j = i; j < end; j++)
			put_label(&r->rows[j], &r->rows[i], end - i);
	}
}

struct stats_ratio report_cost(const struct report_row *row, const struct report_ratio *ratio)
{
	const struct stats_ratio *of = &ratio->of;

	if (!row->more_is_better)
		return *of;
	return (struct stats_ratio){
		.ratio = 1 / of->ratio,
		.interval = { 1 / of->interval.high, 1 / of->interval.low, of->interval.conf },
	};
}

/* Puts the suites of the first name into the sentence. */
static int put_suites(const struct report *r, char *text, size_t size)
{
	const char *name = NULL;
	char ratio[TEXT_NUMBER];
	int len = 0;

	for (size_t i = 0; i < r->nsuites && (size_t)len < size; i++) {
		const struct report_suite *s = &r->suites[i];

		if (name && strcmp(name, s->name))
			continue;
		if (!name)
			len += snprintf(text, size, "Beside native, %zu benchmark%s of %s cost",
					s->benchmarks, s->benchmarks == 1 ? "" : "s", s->name);
		len += snprintf(text + len, size - (size_t)len, "%s %s%s in %s", name ? "," : "",
				text_ratio(s->cost.ratio, ratio), name ? "" : " times as much",
				mode_name(s->mode));
		name = s->name;
	}
	return (size_t)len < size ? len : (int)size - 1;
}

static void count_verdicts(const struct report *r, size_t *all, size_t count[])
{
	*all = 0;
	for (size_t i = 0; i < r->nrows; i++) {
		if (!r->rows[i].native.known || r->rows[i].mode == MODE_NATIVE)
			continue;
		++*all;
		count[r->rows[i].native.verdict]++;
	}
}

const char *report_sentence(const struct report *r, char buf[REPORT_SENTENCE])
{
	size_t all, count[8] = { 0 };
	int len = put_suites(r, buf, REPORT_SENTENCE - 128);

	count_verdicts(r, &all, count);
	if (len)
		snprintf(
			buf + len, REPORT_SENTENCE - (size_t)len,
			" (geometric means); of all %zu comparisons %zu are slower, %zu faster, %zu "
			"without a difference that is shown, and %zu have not enough samples%s.",
			all, count[STATS_SLOWER], count[STATS_FASTER], count[STATS_NO_DIFFERENCE],
			count[STATS_TOO_FEW], r->emulated ? "; EMULATED" : "");
	else
		snprintf(buf, REPORT_SENTENCE,
			 "%zu rows of figures from %zu boots, with nothing to compare to%s.",
			 r->nrows, r->nboots, r->emulated ? "; EMULATED" : "");
	return buf;
}

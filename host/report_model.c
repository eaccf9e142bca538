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

const char *report_counts(const size_t count[REPORT_VERDICTS], char buf[REPORT_COUNTS])
{
	int len = 0;

	snprintf(buf, REPORT_COUNTS, "none");
	for (size_t v = 0; v < REPORT_VERDICTS; v++)
		if (count[v])
			len += snprintf(buf + len, REPORT_COUNTS - (size_t)len, "%s%zu %s",
					len ? ", " : "", count[v],
					stats_verdict_words((enum stats_verdict)v));
	return buf;
}

static void count_verdicts(const struct report *r, size_t count[REPORT_VERDICTS])
{
	for (size_t i = 0; i < r->nrows; i++)
		if (r->rows[i].native.known && r->rows[i].mode != MODE_NATIVE)
			count[r->rows[i].native.verdict]++;
}

static size_t count_used(const struct report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nboots; i++)
		n += r->boots[i].used;
	return n;
}

const char *report_sentence(const struct report *r, char buf[REPORT_SENTENCE])
{
	size_t count[REPORT_VERDICTS] = { 0 };
	char counts[REPORT_COUNTS];
	int len = put_suites(r, buf, REPORT_SENTENCE - REPORT_COUNTS - 64);
	const char *stamp = r->emulated ? "; EMULATED" : "";

	count_verdicts(r, count);
	if (len)
		snprintf(buf + len, REPORT_SENTENCE - (size_t)len,
			 " (geometric means); of all comparisons: %s%s.",
			 report_counts(count, counts), stamp);
	else
		snprintf(buf, REPORT_SENTENCE,
			 "%zu rows of figures from %zu boots, with nothing to compare to%s.",
			 r->nrows, count_used(r), stamp);
	return buf;
}

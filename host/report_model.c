/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "host/report_parts.h"
#include "host/report_text.h"

enum { SUITE_TEXT = RECORD_NAME_MAX + 96 };

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

/* What the sentence says of a suite; before: the one in front of it, or NULL. */
static void suite_text(const struct report_suite *s, const struct report_suite *before, char text[SUITE_TEXT])
{
	char ratio[TEXT_NUMBER];

	text_ratio(s->cost.ratio, ratio);
	if (!before)
		snprintf(text, SUITE_TEXT, "Beside native, %zu benchmark%s of %s cost %s times as much in %s",
			 s->benchmarks, s->benchmarks == 1 ? "" : "s", s->name, ratio,
			 mode_name(s->mode));
	else if (strcmp(before->name, s->name))
		snprintf(text, SUITE_TEXT, "; %zu of %s %s in %s", s->benchmarks, s->name, ratio,
			 mode_name(s->mode));
	else
		snprintf(text, SUITE_TEXT, ", %s in %s", ratio, mode_name(s->mode));
}

/* Puts as many suites as there is room for into the sentence, and "..." for the others. Returns its length. */
static size_t put_suites(const struct report *r, char *text, size_t size)
{
	static const char others[] = "; ...";
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < r->nsuites; i++) {
		char more[SUITE_TEXT];

		suite_text(&r->suites[i], i ? &r->suites[i - 1] : NULL, more);
		if (len + strlen(more) + sizeof(others) > size) {
			strcpy(text + len, others);
			return len + strlen(others);
		}
		strcpy(text + len, more);
		len += strlen(more);
	}
	return len;
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
	size_t len = put_suites(r, buf, REPORT_SENTENCE - REPORT_COUNTS - 64);
	const char *stamp = r->emulated ? "; EMULATED" : "";

	count_verdicts(r, count);
	if (len)
		snprintf(buf + len, REPORT_SENTENCE - len,
			 " (geometric means); of all comparisons: %s%s.",
			 report_counts(count, counts), stamp);
	else
		snprintf(buf, REPORT_SENTENCE,
			 "%zu rows of figures from %zu boots, with nothing to compare to%s.",
			 r->nrows, count_used(r), stamp);
	return buf;
}

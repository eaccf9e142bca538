/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/report_parts.h"

/* The row of b that is the same benchmark in the same mode; of the same image, if there is one. */
static const struct report_row *partner(const struct report *b, const struct report_row *row)
{
	const struct report_row *best = NULL;

	for (size_t i = 0; i < b->nrows; i++) {
		const struct report_row *other = &b->rows[i];

		if (other->mode == row->mode && other->vcpus == row->vcpus &&
		    report_same_benchmark(other, row) &&
		    (!best || !strcmp(other->image, row->image)))
			best = other;
	}
	return best;
}

static int pair_rows(struct report_pair *c)
{
	int r = 0;

	for (size_t i = 0; !r && i < c->a->nrows; i++) {
		struct report_pair_row *row = &c->rows[c->nrows];

		row->a = &c->a->rows[i];
		row->b = partner(c->b, row->a);
		if (!row->b) {
			c->only_a++;
			continue;
		}
		r = report_figure_ratio(row->b, row->a, &row->ratio);
		c->nrows++;
	}
	for (size_t i = 0; i < c->b->nrows; i++)
		c->only_b += !partner(c->a, &c->b->rows[i]);
	return r;
}

static int pair_judge(struct report_pair *c, struct report_judged *judged,
		      struct report_couple *couples)
{
	size_t n = 0;
	int r;

	for (size_t i = 0; i < c->nrows; i++) {
		if (!c->rows[i].ratio.known)
			continue;
		judged[n] = (struct report_judged){ &c->rows[i].ratio, c->rows[i].b };
		couples[n++] = (struct report_couple){ c->rows[i].b, c->rows[i].a };
	}
	r = report_judge(judged, n);
	return r ? r : report_suites(couples, n, &c->suites, &c->nsuites);
}

int report_compare(const struct report *a, const struct report *b, struct report_pair *c)
{
	struct report_judged *judged = calloc(a->nrows + 1, sizeof(*judged));
	struct report_couple *couples = calloc(a->nrows + 1, sizeof(*couples));
	int r;

	*c = (struct report_pair){ .a = a, .b = b };
	c->rows = calloc(a->nrows + 1, sizeof(*c->rows));
	r = judged && couples && c->rows ? 0 : -ENOMEM;
	if (!r)
		r = pair_rows(c);
	if (!r)
		r = pair_judge(c, judged, couples);
	c->facts = r ? NULL : report_differences(a, b);
	if (!r && !c->facts)
		r = -ENOMEM;
	free(judged);
	free(couples);
	if (r)
		report_pair_free(c);
	return r;
}

void report_pair_free(struct report_pair *c)
{
	free(c->rows);
	free(c->suites);
	json_decref(c->facts);
	*c = (struct report_pair){ 0 };
}

const char *report_pair_sentence(const struct report_pair *c, char buf[REPORT_SENTENCE])
{
	size_t count[REPORT_VERDICTS] = { 0 };
	char counts[REPORT_COUNTS];

	for (size_t i = 0; i < c->nrows; i++)
		if (c->rows[i].ratio.known)
			count[c->rows[i].ratio.verdict]++;
	snprintf(buf, REPORT_SENTENCE, "B beside A, of all comparisons: %s%s.",
		 report_counts(count, counts),
		 c->a->emulated || c->b->emulated ? "; EMULATED" : "");
	return buf;
}

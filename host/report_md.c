/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "host/report_parts.h"
#include "host/report_text.h"

static void put_cell(FILE *f, const char *text)
{
	fputs("| ", f);
	text_md(f, text);
	putc(' ', f);
}

static void put_number(FILE *f, double v)
{
	char number[TEXT_NUMBER];

	fprintf(f, "| %s ", text_number(v, number));
}

static void put_interval(FILE *f, const struct stats_ratio *of)
{
	char ratio[TEXT_NUMBER], interval[TEXT_INTERVAL];

	fprintf(f, "| %s | %s ", text_ratio(of->ratio, ratio),
		text_interval(of->interval.low, of->interval.high, " to ", interval));
}

static void put_ratio(FILE *f, const struct report_ratio *ratio)
{
	if (!ratio->known) {
		fputs("| | | ", f);
		return;
	}
	put_interval(f, &ratio->of);
	put_cell(f, stats_verdict_words(ratio->verdict));
}

static void put_row(const struct report *r, const struct report_row *row, FILE *f)
{
	static const struct report_ratio none = { .known = false };
	char expected[REPORT_EXPECTED];

	put_cell(f, row->label);
	put_cell(f, mode_name(row->mode));
	put_number(f, row->sum.median);
	put_number(f, row->sum.interval.low);
	put_number(f, row->sum.interval.high);
	put_cell(f, row->unit);
	fprintf(f, "| %zu ", row->n);
	put_ratio(f, row->mode == MODE_NATIVE ? &none : &row->native);
	if (r->watched)
		fprintf(f, "| %zu ", row->noisy);
	if (report_expects(r))
		put_cell(f, report_expected(row, expected));
	fputs("|\n", f);
}

static void put_emulated(bool emulated, FILE *f)
{
	if (emulated)
		fputs("**EMULATED: ratios between modes mean something, absolute times mean "
		      "nothing.**\n\n",
		      f);
}

static void put_suites(const struct report_suite *suites, size_t n, const char *beside, FILE *f)
{
	if (!n)
		return;
	fprintf(f,
		"\n## Suites\n\n| suite | mode | cost beside %s | interval | benchmarks |\n"
		"| --- | --- | ---: | ---: | ---: |\n",
		beside);
	for (size_t i = 0; i < n; i++) {
		put_cell(f, suites[i].name);
		put_cell(f, mode_name(suites[i].mode));
		put_interval(f, &suites[i].cost);
		fprintf(f, "| %zu |\n", suites[i].benchmarks);
	}
}

static void put_boots(const struct report *r, FILE *f)
{
	char noise[REPORT_NOISE];

	fprintf(f,
		"\n## Boots\n\n| asked for | measured | workload | status | samples | first seen |%s\n"
		"| --- | --- | --- | --- | ---: | --- |%s\n",
		r->watched ? " noise |" : "", r->watched ? " --- |" : "");
	for (size_t i = 0; i < r->nboots; i++) {
		const struct report_boot *b = &r->boots[i];

		put_cell(f, b->asked);
		put_cell(f, b->measured);
		put_cell(f, b->workload);
		fputs("| ", f);
		text_md(f, b->status);
		fputs(b->why[0] ? "; " : "", f);
		text_md(f, b->why);
		fprintf(f, " | %lld ", b->samples);
		put_cell(f, b->first_seen);
		if (r->watched)
			put_cell(f, report_noise(b, noise));
		fputs("|\n", f);
	}
}

static void put_list(const char *heading, const json_t *texts, FILE *f)
{
	size_t i;
	json_t *text;

	if (json_array_size(texts))
		fprintf(f, "\n## %s\n\n", heading);
	json_array_foreach(texts, i, text)
	{
		fputs("- ", f);
		text_md(f, json_string_value(text));
		putc('\n', f);
	}
}

static void put_sources(const struct report *r, FILE *f)
{
	bool any = false;

	for (size_t i = 0; i < r->nrows; i++) {
		if (!r->rows[i].expected)
			continue;
		if (!any)
			fputs("\n## Where expected figures come from\n\n", f);
		any = true;
		fputs("- ", f);
		text_md(f, r->rows[i].label);
		fprintf(f, " in %s: ", mode_name(r->rows[i].mode));
		text_md(f, r->rows[i].expected->source);
		fputs(" (", f);
		text_md(f, r->rows[i].expected->note);
		fputs(")\n", f);
	}
}

static void put_texts(const char *before, const json_t *texts, FILE *f)
{
	const json_t *text;
	size_t i;

	fputs(before, f);
	json_array_foreach(texts, i, text)
	{
		fputs(i ? ", " : "", f);
		text_md(f, json_string_value(text));
	}
}

/* A fact that is not the same in all modes has each. */
static void put_fact(const char *name, json_t *modes, FILE *f)
{
	bool same = report_fact_is_same(modes);
	const char *mode, *between = "";
	json_t *texts;

	put_cell(f, name);
	fputs("| ", f);
	json_object_foreach(modes, mode, texts)
	{
		if (!same)
			fprintf(f, "%s%s", between, mode);
		put_texts(same ? "" : ": ", texts, f);
		between = "; ";
		if (same)
			break;
	}
	fputs(" |\n", f);
}

static void put_facts(const char *heading, json_t *facts, FILE *f)
{
	const char *name;
	json_t *modes;

	if (json_object_size(facts))
		fprintf(f, "\n## %s\n\n| fact | value |\n| --- | --- |\n", heading);
	json_object_foreach(facts, name, modes) put_fact(name, modes, f);
}

static void put_rows(const struct report *r, FILE *f)
{
	bool expects = report_expects(r);

	fprintf(f,
		"\n\n| benchmark | mode | median | low | high | unit | n | times native | interval | "
		"beside native |%s%s\n"
		"| --- | --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | --- |%s%s\n",
		r->watched ? " noisy |" : "", expects ? " expected |" : "",
		r->watched ? " ---: |" : "", expects ? " ---: |" : "");
	for (size_t i = 0; i < r->nrows; i++)
		put_row(r, &r->rows[i], f);
}

int report_md(const struct report *r, FILE *f)
{
	char sentence[REPORT_SENTENCE];

	fputs("# xlab: run ", f);
	text_md(f, r->run);
	fputs("\n\n", f);
	put_emulated(r->emulated, f);
	text_md(f, report_sentence(r, sentence));
	put_rows(r, f);
	put_suites(r->suites, r->nsuites, "native", f);
	put_sources(r, f);
	put_list("Warnings", r->warnings, f);
	put_boots(r, f);
	put_facts("Confounders: what guests measured about themselves", r->facts, f);
	put_facts("Confounders: what their host was like", r->host, f);
	fputs("\n## How to repeat it\n\n```sh\n", f);
	report_repeat(r, f);
	fputs("```\n", f);
	return 0;
}

static void put_pair_row(const struct report_pair_row *row, FILE *f)
{
	put_cell(f, row->a->label);
	put_cell(f, mode_name(row->a->mode));
	put_number(f, row->a->sum.median);
	put_number(f, row->b->sum.median);
	put_cell(f, row->a->unit);
	fprintf(f, "| %zu | %zu ", row->a->n, row->b->n);
	put_ratio(f, &row->ratio);
	fputs("|\n", f);
}

static void put_differences(const json_t *facts, FILE *f)
{
	static const char *const cells[] = { "fact", "of", "mode", "a", "b" };
	const json_t *one;
	size_t i;

	if (json_array_size(facts))
		fputs("\n## What is not the same\n\n| fact | of the | in | A | B |\n"
		      "| --- | --- | --- | --- | --- |\n",
		      f);
	json_array_foreach(facts, i, one)
	{
		for (size_t c = 0; c < sizeof(cells) / sizeof(*cells); c++)
			put_cell(f, json_string_value(json_object_get(one, cells[c])));
		fputs("|\n", f);
	}
}

int report_pair_md(const struct report_pair *c, FILE *f)
{
	char sentence[REPORT_SENTENCE];

	fputs("# xlab: run ", f);
	text_md(f, c->b->run);
	fputs(" beside run ", f);
	text_md(f, c->a->run);
	fputs("\n\n", f);
	put_emulated(c->a->emulated || c->b->emulated, f);
	fputs("A is run ", f);
	text_md(f, c->a->run);
	fputs(", B is run ", f);
	text_md(f, c->b->run);
	fputs(". ", f);
	text_md(f, report_pair_sentence(c, sentence));
	fputs("\n\n| benchmark | mode | A | B | unit | n of A | n of B | B / A | interval | B beside A |\n"
	      "| --- | --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | --- |\n",
	      f);
	for (size_t i = 0; i < c->nrows; i++)
		put_pair_row(&c->rows[i], f);
	put_suites(c->suites, c->nsuites, "A", f);
	put_differences(c->facts, f);
	put_list("Warnings of A", c->a->warnings, f);
	put_list("Warnings of B", c->b->warnings, f);
	return 0;
}

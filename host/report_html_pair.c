/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>

#include "host/report_page.h"
#include "host/report_plot.h"
#include "host/report_text.h"

static int draw(const struct report_pair *c, char **svg)
{
	struct plot_ratio *points = calloc(c->nrows + 1, sizeof(*points));
	size_t n = 0;
	int err;

	if (!points)
		return -ENOMEM;
	for (size_t i = 0; i < c->nrows; i++) {
		const struct report_pair_row *row = &c->rows[i];

		if (row->ratio.known)
			points[n++] = (struct plot_ratio){ row->a->label, row->a->mode,
							   report_cost(row->b, &row->ratio) };
	}
	err = plot_ratios(points, n, "A", svg);
	free(points);
	return err;
}

static void put_row(const struct report_pair_row *row, FILE *f)
{
	fputs("<tr>", f);
	page_text(f, "th scope=\"row\"", row->a->label);
	page_text(f, "td", mode_name(row->a->mode));
	page_number(f, row->a->sum.median);
	page_number(f, row->b->sum.median);
	page_text(f, "td", row->a->unit);
	fprintf(f, "<td class=\"n\">%zu</td><td class=\"n\">%zu</td>", row->a->n, row->b->n);
	page_ratio(f, &row->ratio);
	fputs("</tr>\n", f);
}

static void put_rows(const struct report_pair *c, FILE *f)
{
	static const char *const heads[] = {
		"benchmark", "mode",   "#A",	    "#B",	  "unit", "#samples of A",
		"#of B",     "#B / A", "#interval", "B beside A", NULL,
	};

	fputs("<h2>Results</h2>\n", f);
	page_table(f, "Results", heads);
	for (size_t i = 0; i < c->nrows; i++)
		put_row(&c->rows[i], f);
	page_table_end(f);
	fprintf(f, "<p class=\"note\">Medians. %zu rows are in A alone, %zu in B alone.</p>\n",
		c->only_a, c->only_b);
}

static void put_facts(const json_t *facts, FILE *f)
{
	static const char *const heads[] = { "fact", "of the", "in", "A", "B", NULL };
	static const char *const cells[] = { "of", "mode", "a", "b" };
	const json_t *one;
	size_t i;

	if (!json_array_size(facts))
		return;
	fputs("<h2>What is not the same</h2>\n<p class=\"note\">Facts that both runs have. A difference of "
	      "figures may be one of these.</p>\n<div class=\"wide\">",
	      f);
	page_table(f, "What is not the same", heads);
	json_array_foreach(facts, i, one)
	{
		fputs("<tr>", f);
		page_text(f, "th scope=\"row\"", json_string_value(json_object_get(one, "fact")));
		for (size_t c = 0; c < sizeof(cells) / sizeof(*cells); c++)
			page_text(f, "td", json_string_value(json_object_get(one, cells[c])));
		fputs("</tr>\n", f);
	}
	page_table_end(f);
	fputs("</div>\n", f);
}

static int put_raw(const struct report_pair *c, FILE *f)
{
	int err;

	fputs("<h2>Raw data</h2>\n<ul>\n", f);
	err = page_attach(f, c->a, "a.json", "application/json", report_json);
	if (!err)
		err = page_attach(f, c->b, "b.json", "application/json", report_json);
	fputs("</ul>\n", f);
	return err;
}

static int put_page(const struct report_pair *c, const char *plot, FILE *f)
{
	bool emulated = c->a->emulated || c->b->emulated;
	char title[192], sentence[REPORT_SENTENCE];
	int err;

	snprintf(title, sizeof(title), "xlab: run %s (B) beside run %s (A)", c->b->run, c->a->run);
	page_head(f, title);
	page_stamp(f, emulated);
	page_text(f, "p class=\"lead\"", report_pair_sentence(c, sentence));
	page_figure(
		f, plot,
		"What each benchmark cost in B beside A: the ratio of medians, and its 95&nbsp;% "
		"interval.",
		emulated);
	put_rows(c, f);
	page_suites(f, c->suites, c->nsuites, "A");
	put_facts(c->facts, f);
	page_list(f, "Warnings of A", c->a->warnings);
	page_list(f, "Warnings of B", c->b->warnings);
	err = put_raw(c, f);
	page_foot(f);
	return err;
}

int report_pair_html(const struct report_pair *c, FILE *f)
{
	char *plot;
	int err = draw(c, &plot);

	if (!err)
		err = put_page(c, plot, f);
	free(plot);
	return err;
}

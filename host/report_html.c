/* SPDX-License-Identifier: ISC */
/* One page with everything: it loads nothing, has no script, and every text of the store in it is
 * escaped. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/report_page.h"
#include "host/report_parts.h"
#include "host/report_plot.h"
#include "host/report_text.h"

/* NULL for what there is nothing of. */
struct plots {
	char *ratios, *samples, *times;
};

static void put_row(const struct report *r, const struct report_row *row, FILE *f)
{
	static const struct report_ratio none = { .known = false };
	char expected[REPORT_EXPECTED];

	fputs("<tr>", f);
	page_text(f, "th scope=\"row\"", row->label);
	page_text(f, "td", mode_name(row->mode));
	page_number(f, row->sum.median);
	fputs("<td class=\"n\">", f);
	text_html(f, text_number(row->sum.interval.low, (char[TEXT_NUMBER]){ 0 }));
	fputs("&thinsp;&ndash;&thinsp;", f);
	text_html(f, text_number(row->sum.interval.high, (char[TEXT_NUMBER]){ 0 }));
	fputs("</td>", f);
	page_text(f, "td", row->unit);
	fprintf(f, "<td class=\"n\">%zu</td><td class=\"n\">%zu</td>", row->n, row->boots);
	page_ratio(f, row->mode == MODE_NATIVE ? &none : &row->native);
	if (r->watched)
		fprintf(f, "<td class=\"n\">%zu</td>", row->noisy);
	if (report_expects(r))
		page_text(f, "td class=\"n\"", report_expected(row, expected));
	fputs("</tr>\n", f);
}

static void put_rows(const struct report *r, FILE *f)
{
	const char *heads[] = {
		"benchmark",	 "mode",
		"#median",	 "#95 % interval",
		"unit",		 "#samples",
		"#boots",	 "#times native",
		"#its interval", "beside native",
		NULL,		 NULL,
		NULL,
	};
	const char **more = &heads[10];

	if (r->watched)
		*more++ = "#noisy";
	if (report_expects(r))
		*more = "#expected";
	fputs("<h2>Results</h2>\n", f);
	page_table(f, "Results", heads);
	for (size_t i = 0; i < r->nrows; i++)
		put_row(r, &r->rows[i], f);
	page_table_end(f);
	if (r->watched)
		fputs("<p class=\"note\">Noisy are samples of boots beside which something went on that "
		      "the guest did not do: the list of boots says what. They are in all "
		      "figures.</p>\n",
		      f);
	fputs("<p class=\"note\">Medians, with intervals by a smoothed Bayesian bootstrap; of all "
	      "samples, or, from six boots on, of one median a boot. A difference is shown when the "
	      "interval of the ratio excludes 1 and the test of Mann and Whitney, corrected for the "
	      "number of comparisons, agrees at 5&nbsp;%. That none is shown does not mean that there "
	      "is none.</p>\n",
	      f);
}

static void put_sources(const struct report *r, FILE *f)
{
	bool any = false;

	for (size_t i = 0; i < r->nrows; i++) {
		const struct report_row *row = &r->rows[i];

		if (!row->expected)
			continue;
		fputs(any ? ""
			  : "<p class=\"note\">What is expected is from the literature, of other "
			    "machines: nothing is judged by it.</p>\n<ul class=\"note\">\n",
		      f);
		any = true;
		fputs("<li>expected of ", f);
		text_html(f, row->label);
		fprintf(f, " in %s: ", mode_name(row->mode));
		text_html(f, row->expected->source);
		fputs(" (", f);
		text_html(f, row->expected->note);
		fputs(")</li>\n", f);
	}
	fputs(any ? "</ul>\n" : "", f);
}

static void put_tests_row(const struct report_row *row, FILE *f)
{
	const struct report_ratio *r = &row->native;

	fputs("<tr>", f);
	page_text(f, "th scope=\"row\"", row->label);
	page_text(f, "td", mode_name(row->mode));
	page_number(f, r->rank.p);
	page_number(f, r->p);
	page_number(f, r->rank.delta);
	page_number(f, r->welched ? r->welch.p : NAN);
	page_number(f, r->welched ? r->welch.g : NAN);
	page_number(f, row->sum.mad);
	page_number(f, row->sum.sd);
	fprintf(f, "<td class=\"n\">%zu</td></tr>\n", row->outliers);
}

static void put_tests(const struct report *r, FILE *f)
{
	static const char *const heads[] = {
		"benchmark",
		"mode",
		"#p (Mann-Whitney)",
		"#corrected (Holm)",
		"#Cliff&#39;s delta",
		"#p (Welch)",
		"#Hedges&#39; g",
		"#MAD x 1.4826",
		"#sd",
		"#outliers",
		NULL,
	};
	bool any = false;

	for (size_t i = 0; i < r->nrows; i++) {
		const struct report_row *row = &r->rows[i];

		if (!row->native.known || row->mode == MODE_NATIVE)
			continue;
		if (!any) {
			fputs("<h2>Tests beside native</h2>\n", f);
			page_table(f, "Tests beside native", heads);
		}
		any = true;
		put_tests_row(row, f);
	}
	if (any)
		page_table_end(f);
}

static void put_texts(const json_t *texts, FILE *f)
{
	size_t i;
	json_t *text;

	json_array_foreach(texts, i, text)
	{
		fputs(i ? ", " : "", f);
		text_html(f, json_string_value(text));
	}
}

/* A fact that is not the same in all modes has a line for each. */
static void put_fact(const char *name, json_t *modes, FILE *f)
{
	const char *mode;
	json_t *texts, *first = json_object_iter_value(json_object_iter(modes));
	bool same = report_fact_is_same(modes);

	fprintf(f, "<tr%s>", same ? "" : " class=\"differs\"");
	page_text(f, "th scope=\"row\"", name);
	fputs("<td>", f);
	if (same) {
		put_texts(first, f);
	} else {
		json_object_foreach(modes, mode, texts)
		{
			fprintf(f, "<div>%s: ", mode);
			put_texts(texts, f);
			fputs("</div>", f);
		}
	}
	fputs("</td></tr>\n", f);
}

/* what: which facts they are, for people; of: the same, in two words. */
static void put_facts(json_t *facts, const char *what, const char *of, FILE *f)
{
	static const char *const heads[] = { "fact", "value", NULL };
	const char *name;
	json_t *modes;

	if (!json_object_size(facts))
		return;
	fprintf(f,
		"<p class=\"note\">%s * is not the same in all modes.</p>\n<div class=\"wide\">",
		what);
	page_table(f, of, heads);
	json_object_foreach(facts, name, modes) put_fact(name, modes, f);
	page_table_end(f);
	fputs("</div>\n", f);
}

static void put_confounders(const struct report *r, FILE *f)
{
	if (json_object_size(r->facts) + json_object_size(r->host))
		fputs("<h2>Confounders</h2>\n", f);
	put_facts(r->facts, "What guests measured about themselves.", "Guests", f);
	put_facts(r->host, "What their host was like when each was there and had not run.", "Hosts",
		  f);
}

static void put_boot(const struct report_boot *b, bool watched, FILE *f)
{
	char noise[REPORT_NOISE];

	fprintf(f, "<tr%s>", b->used ? "" : " class=\"bad\"");
	page_text(f, "th scope=\"row\"", b->first_seen);
	page_text(f, "td", b->asked);
	page_text(f, "td", b->measured);
	page_text(f, "td", b->workload);
	fputs("<td>", f);
	text_html(f, b->status);
	fputs(b->why[0] ? ": " : "", f);
	text_html(f, b->why);
	fprintf(f, "</td><td class=\"n\">%lld</td>", b->samples);
	if (watched)
		page_text(f, "td", report_noise(b, noise));
	page_text(f, "td", b->link);
	page_text(f, "td", b->image);
	fputs("</tr>\n", f);
}

static void put_boots(const struct report *r, const struct plots *plots, FILE *f)
{
	static const char *const heads[] = { "first seen", "asked for",	    "measured",
					     "workload",   "status",	    "#samples",
					     "results by", "image SHA-256", NULL };
	static const char *const watched[] = { "first seen", "asked for",  "measured",
					       "workload",   "status",	   "#samples",
					       "noise",	     "results by", "image SHA-256",
					       NULL };

	fputs("<h2>Boots</h2>\n", f);
	page_figure(f, plots->times, "Each boot, in the row of its mode.", r->emulated);
	page_table(f, "Boots", r->watched ? watched : heads);
	for (size_t i = 0; i < r->nboots; i++)
		put_boot(&r->boots[i], r->watched, f);
	page_table_end(f);
}

static void put_escaped(void (*write)(const struct report *, FILE *), const struct report *r,
			FILE *f)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	if (to) {
		write(r, to);
		fclose(to);
	}
	if (text)
		text_html(f, text);
	free(text);
}

static int put_repeat(const struct report *r, FILE *f)
{
	int err;

	fputs("<h2>How to repeat it</h2>\n<pre tabindex=\"0\">", f);
	put_escaped(report_repeat, r, f);
	fprintf(f,
		"</pre>\n<p class=\"note\">Intervals: %d resamples, generator mt19937, seed %d, begun anew "
		"for each.</p>\n<h2>Raw data</h2>\n<ul>\n",
		REPORT_RESAMPLES, REPORT_SEED);
	err = page_attach(f, r, "report.json", "application/json", report_json);
	if (!err)
		err = page_attach(f, r, "samples.csv", "text/csv", report_samples);
	if (!err)
		err = page_attach(f, r, "rows.csv", "text/csv", report_csv);
	fputs("</ul>\n", f);
	return err;
}

static int put_page(const struct report *r, const struct plots *plots, FILE *f)
{
	char title[96], sentence[REPORT_SENTENCE];
	int err;

	snprintf(title, sizeof(title), "xlab: run %s", r->run);
	page_head(f, title);
	page_stamp(f, r->emulated);
	page_text(f, "p class=\"lead\"", report_sentence(r, sentence));
	putc('\n', f);
	page_list(f, "Warnings", r->warnings);
	page_figure(
		f, plots->ratios,
		"What each benchmark cost beside native: the ratio of medians, and its 95&nbsp;% "
		"interval; what is to the left is better.",
		r->emulated);
	put_rows(r, f);
	put_sources(r, f);
	page_suites(f, r->suites, r->nsuites, "native");
	put_tests(r, f);
	page_figure(
		f, plots->samples,
		"All samples beside the median of native, each row from top to bottom as they were "
		"taken; rings are outliers, which no figure leaves out.",
		r->emulated);
	put_boots(r, plots, f);
	put_confounders(r, f);
	err = put_repeat(r, f);
	page_foot(f);
	return err;
}

/* Of all rows that have a native beside them. */
static int draw_ratios(const struct report *r, char **svg)
{
	struct plot_ratio *points = calloc(r->nrows + 1, sizeof(*points));
	size_t n = 0;
	int err;

	if (!points)
		return -ENOMEM;
	for (size_t i = 0; i < r->nrows; i++) {
		const struct report_row *row = &r->rows[i];

		if (row->native.known && row->mode != MODE_NATIVE)
			points[n++] = (struct plot_ratio){ row->label, row->mode,
							   report_cost(row, &row->native) };
	}
	err = plot_ratios(points, n, "native", svg);
	free(points);
	return err;
}

int report_html(const struct report *r, FILE *f)
{
	struct plots plots = { 0 };
	int err = draw_ratios(r, &plots.ratios);

	if (!err)
		err = plot_samples(r, &plots.samples);
	if (!err)
		err = plot_times(r, &plots.times);
	if (!err)
		err = put_page(r, &plots, f);
	free(plots.ratios);
	free(plots.samples);
	free(plots.times);
	return err;
}

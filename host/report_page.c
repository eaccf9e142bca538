/* SPDX-License-Identifier: ISC */
#include "host/report_page.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/report_text.h"

static const char style[] =
	":root{color-scheme:light dark;--bg:#fff;--fg:#1c1e21;--soft:#555b63;--line:#d4d8de;--bad:#a40000;"
	"--stamp:#a40000;--p1:currentColor;--p2:#dfe2e7;--p3:#5a5f66;--p4:#b04600;--p5:#0a5fa8;--p6:#00755a;"
	"--p7:#8e3a86;--p8:#a40000}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#16181b;--fg:#e6e8eb;--soft:#a5abb3;--line:#3a3f46;"
	"--bad:#ff8a80;--stamp:#8c1d18;--p2:#343940;--p3:#b9bec5;--p4:#ff9d57;--p5:#6db8ff;--p6:#45d0a6;"
	"--p7:#e29bd9;--p8:#ff8a80}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}\n"
	"main{max-width:68em;margin:0 auto;padding:1em;overflow-wrap:anywhere}\n"
	"h1{font-size:1.6em;line-height:1.2;margin:.5em 0}h2{font-size:1.2em;margin:1.8em 0 .4em}\n"
	".lead{font-size:1.1em}.note,figcaption{color:var(--soft);font-size:.9em}\n"
	".stamp{background:var(--stamp);color:#fff;padding:.4em .8em;font-weight:bold}\n"
	".scroll{overflow-x:auto}\n"
	"table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9em}\n"
	"th,td{padding:.25em .7em .25em 0;text-align:left;border-bottom:1px solid var(--line);"
	"vertical-align:top;overflow-wrap:normal}\n"
	"th{color:var(--soft);font-weight:600}tbody th{color:var(--fg)}tbody th,.v{white-space:nowrap}\n"
	".n{text-align:right;white-space:nowrap}.wide td:last-child{overflow-wrap:anywhere}\n"
	".bad{color:var(--bad)}.differs th::after{content:' *'}\n"
	"figure{margin:1em 0;max-width:36em}figure svg{display:block;width:100%;height:auto}\n"
	"pre{overflow-x:auto;border:1px solid var(--line);padding:.7em;font-size:.85em}\n"
	"a{color:inherit}\n"
	"@media print{:root{--bg:#fff;--fg:#000;--soft:#333;--line:#999;--bad:#000;--p2:#ccc;--p3:#555;"
	"--p4:#b04600;--p5:#0a5fa8;--p6:#00755a;--p7:#8e3a86;--p8:#a40000}body{font-size:10pt}"
	"main{max-width:none;padding:0}.scroll{overflow:visible}table{font-size:7.5pt}"
	"td:last-child,tbody th{overflow-wrap:anywhere}tbody th,.v,.n{white-space:normal}.stamp{border:2px solid;color:#000;background:none}"
	"figure,tr{break-inside:avoid}h2{break-after:avoid}pre{white-space:pre-wrap}}\n";

void page_head(FILE *f, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<link rel=\"icon\" href=\"data:,\"><title>",
	      f);
	text_html(f, title);
	fprintf(f, "</title><style>\n%s</style></head>\n<body><main>\n<h1>", style);
	text_html(f, title);
	fputs("</h1>\n", f);
}

void page_foot(FILE *f)
{
	fputs("</main></body></html>\n", f);
}

void page_text(FILE *f, const char *tag, const char *text)
{
	fprintf(f, "<%s>", tag);
	text_html(f, text);
	fprintf(f, "</%.*s>", (int)strcspn(tag, " "), tag);
}

void page_number(FILE *f, double v)
{
	char number[TEXT_NUMBER];

	fprintf(f, "<td class=\"n\">%s</td>", isfinite(v) ? text_number(v, number) : "&ndash;");
}

void page_stamp(FILE *f, bool emulated)
{
	if (emulated)
		fputs("<p class=\"stamp\">EMULATED: ratios between modes mean something, absolute "
		      "times mean nothing.</p>\n",
		      f);
}

void page_table(FILE *f, const char *name, const char *const heads[])
{
	fprintf(f,
		"<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\"><table>\n"
		"<thead><tr>",
		name);
	for (; *heads; heads++)
		fprintf(f, "<th scope=\"col\"%s>%s</th>", **heads == '#' ? " class=\"n\"" : "",
			*heads + (**heads == '#'));
	fputs("</tr></thead>\n<tbody>\n", f);
}

void page_table_end(FILE *f)
{
	fputs("</tbody></table></div>\n", f);
}

/* Two cells. */
static void put_interval(FILE *f, const struct stats_ratio *of)
{
	char ratio[TEXT_NUMBER], interval[TEXT_INTERVAL];

	fprintf(f, "<td class=\"n\">%s</td><td class=\"n\">%s</td>", text_ratio(of->ratio, ratio),
		text_interval(of->interval.low, of->interval.high, "&thinsp;&ndash;&thinsp;",
			      interval));
}

void page_ratio(FILE *f, const struct report_ratio *ratio)
{
	if (!ratio->known) {
		fputs("<td class=\"n\">&ndash;</td><td class=\"n\">&ndash;</td><td>&ndash;</td>",
		      f);
		return;
	}
	put_interval(f, &ratio->of);
	page_text(f, "td class=\"v\"", stats_verdict_words(ratio->verdict));
}

void page_suites(FILE *f, const struct report_suite *suites, size_t n, const char *beside)
{
	static const char *const heads[] = { "suite",	  "mode",	 "#cost",
					     "#interval", "#benchmarks", NULL };

	if (!n)
		return;
	fprintf(f,
		"<h2>Suites</h2>\n<p class=\"note\">Geometric mean over the benchmarks of a suite of "
		"what they cost in times %s: above 1 is slower.</p>\n",
		beside);
	page_table(f, "Suites", heads);
	for (size_t i = 0; i < n; i++) {
		const struct report_suite *s = &suites[i];

		fputs("<tr>", f);
		page_text(f, "th scope=\"row\"", s->name);
		page_text(f, "td", mode_name(s->mode));
		put_interval(f, &s->cost);
		fprintf(f, "<td class=\"n\">%zu</td></tr>\n", s->benchmarks);
	}
	page_table_end(f);
}

void page_list(FILE *f, const char *heading, const json_t *texts)
{
	size_t i;
	json_t *text;

	if (!json_array_size(texts))
		return;
	fprintf(f, "<h2>%s</h2>\n<ul>\n", heading);
	json_array_foreach(texts, i, text)
	{
		page_text(f, "li", json_string_value(text));
		putc('\n', f);
	}
	fputs("</ul>\n", f);
}

void page_figure(FILE *f, const char *svg, const char *caption, bool emulated)
{
	if (svg)
		fprintf(f, "<figure>\n%s\n<figcaption>%s%s</figcaption></figure>\n", svg, caption,
			emulated ? " <strong>EMULATED.</strong>" : "");
}

int page_attach(FILE *f, const struct report *r, const char *name, const char *type,
		int (*write)(const struct report *r, FILE *f))
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	int err = to ? write(r, to) : -ENOMEM;

	if (to && fclose(to) && !err)
		err = -ENOMEM;
	if (!err) {
		fprintf(f, "<li><a download=\"%s\" href=\"data:%s;base64,", name, type);
		text_base64(f, text, len);
		fprintf(f, "\">%s</a>, %zu bytes</li>\n", name, len);
	}
	free(text);
	return err;
}

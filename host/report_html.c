/* SPDX-License-Identifier: ISC */
#include "host/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/proc.h"

enum { PLOT_MAX = 4 << 20, PLOT_DEADLINE_MS = 60 * 1000 };

struct page {
	const struct report *r;
	enum mode mode;
	FILE *f;
};

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>xlab report</title><style>\n"
	"body{font:15px/1.5 sans-serif;max-width:75em;margin:2em auto;padding:0 1em;color:#222}\n"
	"table{border-collapse:collapse;margin:1em 0;font-variant-numeric:tabular-nums}\n"
	"td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid #ddd}\n"
	"td:first-child,th:first-child{text-align:left}\n"
	".stamp{background:#b00;color:#fff;padding:.4em .8em;font-weight:bold}\n"
	".bad{color:#b00}svg{max-width:100%;height:auto}\n"
	"</style></head><body>\n";

static void put_text(FILE *f, const char *s)
{
	static const struct {
		char c;
		const char *as;
	} escapes[] = {
		{ '<', "&lt;" },   { '>', "&gt;" },   { '&', "&amp;" },
		{ '"', "&quot;" }, { '\'', "&#39;" },
	};

	for (; *s; s++) {
		const char *as = NULL;

		for (size_t i = 0; i < sizeof(escapes) / sizeof(*escapes); i++)
			if (escapes[i].c == *s)
				as = escapes[i].as;
		if (as)
			fputs(as, f);
		else
			fputc(*s, f);
	}
}

static void put_cell(FILE *f, const char *tag, const char *s)
{
	fprintf(f, "<%s>", tag);
	put_text(f, s);
	fprintf(f, "</%s>", tag);
}

static void put_number(FILE *f, double n)
{
	fprintf(f, "<td>%.4g</td>", n);
}

static void put_row(const struct report_row *row, FILE *f)
{
	fputs("<tr>", f);
	put_cell(f, "td", mode_name(row->mode));
	put_cell(f, "td", row->benchmark);
	put_number(f, row->median);
	put_number(f, row->low);
	put_number(f, row->high);
	if (row->ratio > 0)
		fprintf(f, "<td>%.2f</td>", row->ratio);
	else
		fputs("<td>–</td>", f);
	fprintf(f, "<td>%zu</td>", row->n);
	put_cell(f, "td", row->unit);
	fputs("</tr>\n", f);
}

static void put_rows(const char *benchmark, void *arg)
{
	struct page *p = arg;

	for (int m = MODE_UNKNOWN + 1; m < MODE_COUNT; m++) {
		const struct report_row *row = report_find(p->r, (enum mode)m, benchmark);

		if (row)
			put_row(row, p->f);
	}
}

static void put_guests(const struct report *r, FILE *f)
{
	fputs("<h2>Boots</h2>\n<table><tr><th>asked for</th><th>measured</th><th>status</th><th>samples</th>"
	      "<th>results by</th><th>image SHA-256</th></tr>\n",
	      f);
	for (size_t i = 0; i < r->nguests; i++) {
		const struct report_guest *g = &r->guests[i];

		fprintf(f, "<tr%s>",
			strcmp(g->status, store_status_name(STORE_DONE)) ? " class=\"bad\"" : "");
		put_cell(f, "td", g->asked);
		put_cell(f, "td", g->measured);
		fputs("<td>", f);
		put_text(f, g->status);
		fputs(g->why[0] ? ": " : "", f);
		put_text(f, g->why);
		fprintf(f, "</td><td>%lld</td>", g->samples);
		put_cell(f, "td", g->link);
		put_cell(f, "td", g->image);
		fputs("</tr>\n", f);
	}
	fputs("</table>\n", f);
}

/* A line of gnuplot's data: benchmark, then the ratio of each mode. */
static void put_plot_data(const char *benchmark, void *arg)
{
	struct page *p = arg;

	fprintf(p->f, "\"%s\"", benchmark);
	for (int m = MODE_NATIVE; m < MODE_COUNT; m++) {
		const struct report_row *row = report_find(p->r, (enum mode)m, benchmark);

		if (row && row->ratio > 0)
			fprintf(p->f, " %g", row->ratio);
		else
			fprintf(p->f, " NaN");
	}
	fputc('\n', p->f);
}

static void put_plot(struct page *p)
{
	fputs("$ratios << END\n", p->f);
	report_benchmarks(p->r, put_plot_data, p);
	fputs("END\nset terminal svg size 1000,420 font 'sans,12' noenhanced\n"
	      "set style data histogram\nset style histogram clustered gap 1\nset style fill solid 0.8\n"
	      "set logscale y\nset grid y\nset key top left horizontal\nset xtics rotate by -25\n"
	      "set ylabel 'times native (log)'\nset boxwidth 0.9\n"
	      "set arrow from graph 0, first 1 to graph 1, first 1 nohead dt 2\nplot",
	      p->f);
	for (int m = MODE_NATIVE; m < MODE_COUNT; m++) {
		if (!report_find(p->r, (enum mode)m, p->r->rows[0].benchmark))
			continue;
		fprintf(p->f, "%s $ratios using %d%s title '%s'", m > MODE_NATIVE ? "," : "",
			m - MODE_NATIVE + 2, m > MODE_NATIVE ? "" : ":xtic(1)",
			mode_name((enum mode)m));
	}
	fputc('\n', p->f);
}

/* Lets gnuplot draw. The picture goes to *svg, for the caller to free; "" when there is nothing. */
static int plot_svg(const struct report *r, char **svg)
{
	static const char *const argv[] = { "gnuplot", "-", NULL };
	int fd = memfd_create("plot", MFD_CLOEXEC), err = 0;
	struct page p = { .r = r, .f = fd < 0 ? NULL : fdopen(fd, "w") };

	*svg = p.f ? calloc(1, PLOT_MAX) : NULL;
	if (!*svg) {
		err = -errno;
	} else if (report_find(r, MODE_NATIVE, r->nrows ? r->rows[0].benchmark : "")) {
		put_plot(&p);
		fflush(p.f);
		lseek(fd, 0, SEEK_SET);
		err = proc_capture(argv, *svg, PLOT_MAX,
				   &(struct proc_opts){ .in = fd,
							.err = PROC_NULL,
							.deadline_ms = PLOT_DEADLINE_MS });
	}
	if (p.f)
		fclose(p.f);
	return err > 0 ? -EIO : err;
}

static void put_page(struct page *p, const char *svg)
{
	const char *picture = strstr(svg, "<svg");

	fputs(head, p->f);
	fputs("<h1>xlab: run ", p->f);
	put_text(p->f, p->r->run);
	fputs("</h1>\n", p->f);
	if (p->r->emulated)
		fputs("<p class=\"stamp\">EMULATED: ratios between modes mean something, absolute times mean"
		      " nothing.</p>\n",
		      p->f);
	fputs("<p>Time per operation: the median of all samples and an interval that holds the true"
	      " median with at least 95&nbsp;% confidence (from six samples on); less is better.</p>\n",
	      p->f);
	fputs(picture ? picture : "", p->f);
	fputs("<table><tr><th>mode</th><th>benchmark</th><th>median</th><th>low</th><th>high</th>"
	      "<th>times native</th><th>n</th><th>unit</th></tr>\n",
	      p->f);
	report_benchmarks(p->r, put_rows, p);
	fputs("</table>\n", p->f);
	put_guests(p->r, p->f);
	fputs("</body></html>\n", p->f);
}

int report_html(const struct report *r, char **text, size_t *len)
{
	struct page p = { .r = r };
	char *svg;
	int err = plot_svg(r, &svg);

	*text = NULL;
	if (!err)
		p.f = open_memstream(text, len);
	if (!err && !p.f)
		err = -errno;
	if (p.f) {
		put_page(&p, svg);
		err = fclose(p.f) ? -ENOMEM : 0;
	}
	free(svg);
	return err;
}

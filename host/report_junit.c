/* SPDX-License-Identifier: ISC */
/* What CI systems read as the results of tests: the XML that Ant's junit task writes. A cell is a
 * test case: a workload in a mode that was asked for, with so many vcpus. It fails when one of its
 * boots is not used. */
#include <stdlib.h>
#include <string.h>

#include "host/report_parts.h"
#include "host/report_text.h"

static bool is_running(const struct report_boot *b)
{
	return !strcmp(b->status, store_status_name(STORE_RUNNING));
}

static bool is_failure(const struct report_boot *b)
{
	return !b->used && !is_running(b);
}

static bool same_cell(const struct report_boot *a, const struct report_boot *b)
{
	return !strcmp(a->asked, b->asked) && !strcmp(a->workload, b->workload) &&
	       !strcmp(a->size, b->size) && a->cell_vcpus == b->cell_vcpus;
}

/* What is said of the boots of a cell, that of boot i. */
struct cell {
	size_t boots, failed, running;
	const struct report_boot *first; /* that failed */
};

static struct cell cell_of(const struct report *r, size_t i)
{
	struct cell c = { 0 };

	for (size_t j = i; j < r->nboots; j++) {
		const struct report_boot *b = &r->boots[j];

		if (!same_cell(b, &r->boots[i]))
			continue;
		c.boots++;
		c.running += is_running(b);
		c.failed += is_failure(b);
		if (is_failure(b) && !c.first)
			c.first = b;
	}
	return c;
}

static bool is_first(const struct report *r, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (same_cell(&r->boots[j], &r->boots[i]))
			return false;
	return true;
}

static void put_failures(const struct report *r, size_t i, const struct cell *c, FILE *f)
{
	fprintf(f, "    <failure type=\"");
	text_html(f, c->first->status);
	fprintf(f, "\" message=\"%zu of %zu boots: ", c->failed, c->boots);
	text_html(f, c->first->why[0] ? c->first->why : c->first->status);
	fputs("\">", f);
	for (size_t j = i; j < r->nboots; j++) {
		const struct report_boot *b = &r->boots[j];

		if (!same_cell(b, &r->boots[i]) || !is_failure(b))
			continue;
		text_html(f, b->first_seen);
		fputs(" ", f);
		text_html(f, b->uuid);
		fputs(" measured ", f);
		text_html(f, b->measured[0] ? b->measured : "nothing");
		fputs(": ", f);
		text_html(f, b->status);
		fputs(": ", f);
		text_html(f, b->why);
		putc('\n', f);
	}
	fputs("</failure>\n", f);
}

static void put_cell(const struct report *r, size_t i, FILE *f)
{
	const struct report_boot *b = &r->boots[i];
	struct cell c = cell_of(r, i);

	fputs("  <testcase classname=\"xlab.", f);
	text_html(f, b->workload);
	fputs("\" name=\"", f);
	text_html(f, b->asked);
	fputs(" ", f);
	text_html(f, b->size);
	if (b->cell_vcpus)
		fprintf(f, " %u vcpus", b->cell_vcpus);
	fputs("\">\n", f);
	if (c.failed)
		put_failures(r, i, &c, f);
	else if (c.running)
		fputs("    <skipped message=\"not over yet\"/>\n", f);
	fprintf(f, "    <system-out>%zu boot%s%s</system-out>\n", c.boots, c.boots == 1 ? "" : "s",
		b->emulated ? ", emulated" : "");
	fputs("  </testcase>\n", f);
}

int report_junit(const struct report *r, FILE *f)
{
	size_t cells = 0, failures = 0, skipped = 0;

	for (size_t i = 0; i < r->nboots; i++) {
		struct cell c;

		if (!is_first(r, i))
			continue;
		c = cell_of(r, i);
		cells++;
		failures += c.failed > 0;
		skipped += !c.failed && c.running;
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"xlab run ", f);
	text_html(f, r->run);
	fprintf(f, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n", cells,
		failures, skipped);
	for (size_t i = 0; i < r->nboots; i++)
		if (is_first(r, i))
			put_cell(r, i, f);
	fputs("</testsuite>\n", f);
	return 0;
}

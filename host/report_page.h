/* SPDX-License-Identifier: ISC */
/* What pages have in common: their head with the style, and their parts. */
#ifndef HOST_REPORT_PAGE_H
#define HOST_REPORT_PAGE_H

#include "host/report.h"

/* Up to and with <main>; title is a text, and so is the heading, which the caller goes on with. */
void page_head(FILE *f, const char *title);
void page_foot(FILE *f);

/* <tag>text</tag> */
void page_text(FILE *f, const char *tag, const char *text);
void page_number(FILE *f, double v);

void page_stamp(FILE *f, bool emulated);

/* A table that scrolls by itself where it is too wide. heads are cells of its first line, up to
 * NULL; those that begin with '#' are over numbers. The caller writes lines. */
void page_table(FILE *f, const char *name, const char *const heads[]);
void page_table_end(FILE *f);

/* Three cells: ratio, interval, verdict; dashes where it is not known. */
void page_ratio(FILE *f, const struct report_ratio *ratio);

void page_suites(FILE *f, const struct report_suite *suites, size_t n, const char *beside);
void page_list(FILE *f, const char *heading, const json_t *texts);

/* svg may be NULL. */
void page_figure(FILE *f, const char *svg, const char *caption, bool emulated);

/* A link that has all of the file in it, made by write(). name is a word; 0 or -ENOMEM. */
int page_attach(FILE *f, const struct report *r, const char *name, const char *type,
		int (*write)(const struct report *r, FILE *f));

#endif

/* SPDX-License-Identifier: ISC */
/* Texts of anybody's making, written so that they are texts wherever they stand. */
#ifndef HOST_REPORT_TEXT_H
#define HOST_REPORT_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* Takes what fits, as printable ASCII: '?' for whatever is not. */
void text_take(char *to, const char *from, size_t size);

/* For HTML and XML, in elements and in attributes with quotes. */
void text_html(FILE *f, const char *text);

/* For a cell of a Markdown table, or a line of a paragraph: nothing in it is markup. */
void text_md(FILE *f, const char *text);

/* Only what no program takes for anything: letters, digits, " ,:._/+-". Returns buf. */
const char *text_harmless(const char *text, char *buf, size_t size);

/* Four digits for people. */
enum { TEXT_NUMBER = 32 };
const char *text_number(double v, char buf[TEXT_NUMBER]);

/* The same for ratios: two digits behind the point while it is small. */
const char *text_ratio(double v, char buf[TEXT_NUMBER]);

/* An interval of ratios, with between between its ends. */
enum { TEXT_INTERVAL = 2 * TEXT_NUMBER + 32 };
const char *text_interval(double low, double high, const char *between, char buf[TEXT_INTERVAL]);

/* RFC 4648, 4, without line ends. */
void text_base64(FILE *f, const void *data, size_t len);

#endif

/* SPDX-License-Identifier: ISC */
#include "host/report_text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

void text_take(char *to, const char *from, size_t size)
{
	size_t n = 0;

	for (; n + 1 < size && from[n]; n++)
		to[n] = from[n] >= ' ' && from[n] <= '~' ? from[n] : '?';
	to[n] = '\0';
}

void text_html(FILE *f, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<': fputs("&lt;", f); break;
		case '>': fputs("&gt;", f); break;
		case '&': fputs("&amp;", f); break;
		case '"': fputs("&quot;", f); break;
		case '\'': fputs("&#39;", f); break;
		default: putc(*text, f);
		}
	}
}

/* Whether what begins here would be taken for a link without brackets (GitHub Flavored Markdown,
 * 6.9). */
static bool begins_link(const char *text)
{
	return !strncmp(text, "://", 3) || !strncasecmp(text, "www.", 4);
}

/* CommonMark 2.4: a backslash before ASCII punctuation makes it text. Tables want more of a bar
 * than that, and what would begin a block does so only at the beginning. */
void text_md(FILE *f, const char *text)
{
	for (const char *c = text; *c; c++) {
		if (strchr("|<>&@", *c) || begins_link(c))
			fprintf(f, "&#%d;", *c);
		else if (strchr("\\`*_[]~$", *c) || (c == text && strchr("#+-=", *c)))
			fprintf(f, "\\%c", *c);
		else
			putc(*c, f);
	}
}

const char *text_harmless(const char *text, char *buf, size_t size)
{
	size_t n = 0;

	for (; n + 1 < size && text[n]; n++)
		buf[n] = isalnum((unsigned char)text[n]) || strchr(" ,:._/+-", text[n]) ? text[n]
											: '?';
	buf[n] = '\0';
	return buf;
}

const char *text_number(double v, char buf[TEXT_NUMBER])
{
	snprintf(buf, TEXT_NUMBER, "%.4g", v);
	return buf;
}

const char *text_ratio(double v, char buf[TEXT_NUMBER])
{
	snprintf(buf, TEXT_NUMBER, v < 10000 ? "%.2f" : "%.3g", v);
	return buf;
}

const char *text_interval(double low, double high, const char *between, char buf[TEXT_INTERVAL])
{
	char a[TEXT_NUMBER], b[TEXT_NUMBER];

	snprintf(buf, TEXT_INTERVAL, "%s%s%s", text_ratio(low, a), between, text_ratio(high, b));
	return buf;
}

void text_base64(FILE *f, const void *data, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = data;

	for (; len > 0; p += 3, len -= len < 3 ? len : 3) {
		uint32_t three = (uint32_t)p[0] << 16;

		three |= len > 1 ? (uint32_t)p[1] << 8 : 0;
		three |= len > 2 ? p[2] : 0;
		putc(digits[three >> 18], f);
		putc(digits[three >> 12 & 63], f);
		putc(len > 1 ? digits[three >> 6 & 63] : '=', f);
		putc(len > 2 ? digits[three & 63] : '=', f);
	}
}

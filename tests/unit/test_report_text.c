/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/report_text.h"

static void check_written(void (*put)(FILE *f, const char *text), const char *text,
			  const char *want)
{
	char *got;
	size_t len;
	FILE *f = open_memstream(&got, &len);

	assert_non_null(f);
	put(f, text);
	fclose(f);
	assert_string_equal(got, want);
	free(got);
}

static void html_has_no_markup(void **state)
{
	(void)state;
	check_written(text_html, "</td><b a=\"1\" c='2'>&amp;",
		      "&lt;/td&gt;&lt;b a=&quot;1&quot; "
		      "c=&#39;2&#39;&gt;&amp;amp;");
	check_written(text_html, "", "");
}

static void markdown_has_no_markup(void **state)
{
	(void)state;
	check_written(text_md, "a|b<c>", "a&#124;b&#60;c&#62;");
	check_written(text_md, "![x](y) `z` _w_ **v** ~~u~~",
		      "!\\[x\\](y) \\`z\\` \\_w\\_ \\*\\*v\\*\\* \\~\\~u\\~\\~");
	check_written(text_md, "# 1", "\\# 1");
	check_written(text_md, "- 1 - 2", "\\- 1 - 2");
	check_written(text_md, "http://a www.b WWW.c d@e: f",
		      "http&#58;//a &#119;ww.b &#87;WW.c d&#64;e: f");
}

static void texts_are_taken_as_ascii(void **state)
{
	char to[8];

	(void)state;
	text_take(to, "a\033[\n\xc3\xa9~", sizeof(to));
	assert_string_equal(to, "a?[???~");
	text_take(to, "longer than it", sizeof(to));
	assert_string_equal(to, "longer ");
	assert_string_equal(text_harmless("a'b`$(c)\\", to, sizeof(to)), "a?b??"
									 "?c");
}

static void numbers_are_short(void **state)
{
	char number[TEXT_NUMBER], interval[TEXT_INTERVAL];

	(void)state;
	assert_string_equal(text_number(1234.56, number), "1235");
	assert_string_equal(text_ratio(1.005, number), "1.00");
	assert_string_equal(text_ratio(12345, number), "1.23e+04");
	assert_string_equal(text_ratio(1e300, number), "1e+300");
	assert_string_equal(text_interval(0.5, 2, " to ", interval), "0.50 to 2.00");
}

/* The vectors of RFC 4648, 10, and bytes that are no ASCII. */
static void base64_is_that_of_the_rfc(void **state)
{
	static const char *const vectors[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xff\xfe\xfb", "//77" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		char *got;
		size_t len;
		FILE *f = open_memstream(&got, &len);

		assert_non_null(f);
		text_base64(f, vectors[i][0], strlen(vectors[i][0]));
		fclose(f);
		assert_string_equal(got, vectors[i][1]);
		free(got);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(html_has_no_markup),
		cmocka_unit_test(markdown_has_no_markup),
		cmocka_unit_test(texts_are_taken_as_ascii),
		cmocka_unit_test(numbers_are_short),
		cmocka_unit_test(base64_is_that_of_the_rfc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

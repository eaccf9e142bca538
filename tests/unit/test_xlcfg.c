/* SPDX-License-Identifier: ISC */
/* The reader of xl.cfg(5) files, beside the one that xl has. */
#include <errno.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxlutil.h>

#include "guest-tools/lib/io.h"
#include "host/xlcfg.h"

static struct xlcfg cfg;

static int parse(const char *text, struct xlcfg_error *e)
{
	return xlcfg_parse(&cfg, text, strlen(text), e);
}

/* What libxlu says about it; *xlu is to be destroyed whatever it says. */
static int xl_parse(const char *text, XLU_Config **xlu)
{
	static FILE *nowhere;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	*xlu = xlu_cfg_init(nowhere, "test");
	return xlu_cfg_readdata(*xlu, text, (int)strlen(text));
}

static const char *const good[] = {
	"",
	"\n\n",
	"# only a comment\n",
	" \t# comment with \"quotes'\n",
	"a=1",
	"a=1\n",
	"a = 0x1f # hex\n",
	"a=1;b=2; ;c=3",
	"name = \"a 'b' \\\"c\\\" \\\\\"",
	"name = 'a \"b\" \\t'",
	"vif=[]",
	"vif=[ ]\n",
	"disk=[\n  'a',\n\n  # comment\n 'b' , \n]",
	"disk = [ 'a', 'b', ]\ndisk += [ \"c\" ]",
	"extra = 'a'\nextra += 'b'",
	"a=1\na=2",
	"vnuma = [ [ 'pnode=0', 'size=512' ], [ 'pnode=1' ] ]",
	"a=[[[[[[[['x']]]]]]]]",
	"a.b_c9 = 1",
	"a=\"\\a\\b\\f\\n\\r\\t\\v\"",
	"a = 12ab",
	"a='\xc3\xa4'",
};

/* Both read the text, and the same out of it. */
static void check_with_xl(const char *text)
{
	struct xlcfg_error e;
	XLU_Config *xlu;
	char *out = malloc(strlen(text) + 1);

	assert_int_equal(xl_parse(text, &xlu), 0);
	assert_int_equal(parse(text, &e), 0);
	xlcfg_print(&cfg, out);
	assert_string_equal(out, text);
	for (size_t s = 0; s < cfg.nsettings; s++) {
		const struct xlcfg_setting *last = xlcfg_find(&cfg, cfg.settings[s].name);
		const char *theirs = NULL;

		if (last->add || !cfg.values[last->value].text)
			continue;
		assert_int_equal(xlu_cfg_get_string(xlu, last->name, &theirs, 1), 0);
		assert_string_equal(xlcfg_text(&cfg, last->name), theirs);
	}
	xlu_cfg_destroy(xlu);
	xlcfg_free(&cfg);
	free(out);
}

static void what_xl_reads_is_kept_byte_for_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		check_with_xl(good[i]);
}

/* Other people's files, and what xlab makes of them. */
static void whole_files_are_read_as_xl_reads_them(void **state)
{
	glob_t files;
	char text[16384];

	(void)state;
	assert_int_equal(glob("tests/golden/convert/*", 0, NULL, &files), 0);
	assert_true(files.gl_pathc > 20);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		assert_true(io_read_file(files.gl_pathv[i], text, sizeof(text)) > 0);
		check_with_xl(text);
	}
	globfree(&files);
}

static const struct {
	const char *text;
	unsigned line, column;
	const char *what;
	bool xl_takes_it;
} bad[] = {
	{ "a", 1, 1, "'=' is expected", false },
	{ "a 1", 1, 3, "'=' is expected", false },
	{ "a =\n1", 1, 4, "a value is expected", false },
	{ "\n  1 = a", 2, 3, "the name of a setting", false },
	{ "a = b", 1, 5, "a value is expected", false },
	{ "a = 1 b = 2", 1, 7, "a new line or ';'", false },
	{ "a = 1024m", 1, 9, "a new line or ';'", false },
	{ "a = -1", 1, 5, "does not read the Python", false },
	{ "a = None", 1, 5, "a capital letter", false },
	{ "a = 'x", 1, 5, "does not end on its line", false },
	{ "a = 'x\\\n'", 1, 5, "does not end on its line", false },
	{ "a = 'x\\q'", 1, 5, "no such escape", false },
	{ "a = 'x\\x41'", 1, 5, "escape with digits", false },
	{ "a = 'x\\1012'", 1, 5, "escape with digits", true },
	{ "a = 1\r\n", 1, 6, "carriage return", false },
	{ "a = [ 1 2 ]", 1, 9, "',' or ']'", false },
	{ "a = [ , ]", 1, 7, "a value or ']'", false },
	{ "a = [ 1,, 2 ]", 1, 9, "a value or ']'", false },
	{ "a = [ 1; ]", 1, 8, "',' or ']'", false },
	{ "a = [\n 1,\n", 2, 4, "a value or ']'", false },
	{ "a = 1]", 1, 6, "a new line or ';'", false },
	{ "# no end", 1, 1, "needs a new line", false },
	{ "a = 1 # no end", 1, 7, "needs a new line", false },
	{ "a = (1)", 1, 5, "Python", false },
	{ "import os\n", 1, 8, "'=' is expected", false },
	{ "a = [[[[[[[[[1]]]]]]]]]", 1, 13, "too deep", true },
	{ "a = \x01", 1, 5, "an unexpected byte", false },
};

static void what_xl_refuses_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct xlcfg_error e;
		XLU_Config *xlu;

		assert_int_equal(xl_parse(bad[i].text, &xlu) == 0, bad[i].xl_takes_it);
		xlu_cfg_destroy(xlu);
		assert_int_equal(parse(bad[i].text, &e), -EINVAL);
		if (!strstr(e.what, bad[i].what) || e.line != bad[i].line ||
		    e.column != bad[i].column)
			fail_msg("%s: %u:%u: %s", bad[i].text, e.line, e.column, e.what);
	}
	assert_null(cfg.text);
}

static void bounds_are_kept(void **state)
{
	char *text = malloc(XLCFG_FILE_MAX + 1);
	struct xlcfg_error e;

	(void)state;
	memset(text, '\n', XLCFG_FILE_MAX + 1);
	assert_int_equal(xlcfg_parse(&cfg, text, XLCFG_FILE_MAX, &e), 0);
	assert_int_equal(cfg.ntokens, XLCFG_FILE_MAX);
	xlcfg_free(&cfg);
	assert_int_equal(xlcfg_parse(&cfg, text, XLCFG_FILE_MAX + 1, &e), -EFBIG);
	assert_string_equal(e.what, "larger than 256 KiB");
	assert_int_equal(xlcfg_parse(&cfg, "a='\0'", 6, &e), -EINVAL);
	free(text);
}

static void the_last_one_counts(void **state)
{
	struct xlcfg_error e;
	long n;

	(void)state;
	assert_int_equal(parse("a=1\nb='x'\na=0x10\nc=['y']\nd='0'\ne='1k'", &e), 0);
	assert_int_equal(xlcfg_number(&cfg, "a", &n), 0);
	assert_int_equal(n, 16);
	assert_int_equal(xlcfg_number(&cfg, "d", &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(xlcfg_number(&cfg, "b", &n), -EINVAL);
	assert_int_equal(xlcfg_number(&cfg, "c", &n), -EINVAL);
	assert_int_equal(xlcfg_number(&cfg, "e", &n), -EINVAL);
	assert_int_equal(xlcfg_number(&cfg, "z", &n), -ENOENT);
	assert_null(xlcfg_text(&cfg, "c"));
	assert_null(xlcfg_text(&cfg, "z"));
	xlcfg_free(&cfg);
}

static void lists_are_added_to(void **state)
{
	struct xlcfg_items items = { .name = "d" };
	const struct xlcfg_value *v;
	struct xlcfg_error e;
	char all[32] = "";

	(void)state;
	assert_int_equal(
		parse("d=['no']\nd=['a',\n['nested'],'b',7]\ne=['no']\nd+=['c',]\nd+=[]", &e), 0);
	while ((v = xlcfg_next_item(&cfg, &items)))
		strcat(all, v->text);
	assert_string_equal(all, "ab7c");
	assert_int_equal(xlcfg_last_line(&cfg, &cfg.settings[1]), 3);
	items = (struct xlcfg_items){ .name = "none" };
	assert_null(xlcfg_next_item(&cfg, &items));
	xlcfg_free(&cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_xl_reads_is_kept_byte_for_byte),
		cmocka_unit_test(whole_files_are_read_as_xl_reads_them),
		cmocka_unit_test(what_xl_refuses_is_refused),
		cmocka_unit_test(bounds_are_kept),
		cmocka_unit_test(the_last_one_counts),
		cmocka_unit_test(lists_are_added_to),
	};

	return cmocka_run_group_tests_name("xlcfg", tests, NULL, NULL);
}

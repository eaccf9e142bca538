/* SPDX-License-Identifier: ISC */
#include "host/grubboot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MORE " nr_cpus=2 mem=96M xlab.mode=native xlab.link=scratch"

static void assert_line(const char *image, const char *root, const char *want)
{
	char line[GRUBBOOT_LINE];

	assert_int_equal(grubboot_line(image, root, 2, 96, line), 0);
	assert_string_equal(line, want);
}

static void test_line(void **state)
{
	(void)state;
	assert_line("root=PARTUUID=786c6162-01 ro quiet xlab.link=ttyS1", "PARTUUID=1-02",
		    "root=PARTUUID=1-02 ro quiet xlab.link=ttyS1" MORE);
	assert_line("", "/dev/sda1", "root=/dev/sda1" MORE);
	assert_line("  ro   root=a root=b  x ", "UUID=c", "root=UUID=c ro x" MORE);
	/* another's word that begins like it */
	assert_line("rootwait rootfstype=ext4", "a", "root=a rootwait rootfstype=ext4" MORE);
}

static void test_line_is_passed_on_as_it_is(void **state)
{
	static const char *const bad[] = { "a;b", "a$b", "a'b", "a\"b", "a\\b", "a{", "a}", "a#b",
					   "a&b", "a|b", "a<b", "a\nb", "a\tb", "a*", "\x80" };
	char line[GRUBBOOT_LINE];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(grubboot_line(bad[i], "a", 1, 96, line), -EINVAL);
		assert_int_equal(grubboot_line("ro", bad[i], 1, 96, line), -EINVAL);
	}
	assert_int_equal(grubboot_line("ro", "", 1, 96, line), -EINVAL);
	assert_int_equal(grubboot_line("ro", "a b", 1, 96, line), -EINVAL);
}

static void test_line_is_bounded(void **state)
{
	char image[2 * GRUBBOOT_LINE], line[GRUBBOOT_LINE];

	(void)state;
	memset(image, 'x', sizeof(image) - 1);
	for (size_t len = GRUBBOOT_LINE - 200; len < GRUBBOOT_LINE + 10; len++) {
		image[len] = '\0';
		if (grubboot_line(image, "a", 1, 96, line) == 0)
			assert_true(strlen(line) < sizeof(line));
		else
			assert_true(len > GRUBBOOT_LINE - 200);
		image[len] = 'x';
	}
	image[sizeof(image) - 1] = '\0';
	assert_int_equal(grubboot_line(image, "a", 1, 96, line), -ENOSPC);
	assert_int_equal(grubboot_line("ro", image, 1, 96, line), -ENOSPC);
}

static void change(const char *old, const char *line, char *text, size_t size)
{
	assert_int_equal(grubboot_text(old, line, true, text, size), 0);
}

static void test_text(void **state)
{
	static const char mine[] = "menuentry 'a' {\n}\n";
	char once[4096], twice[4096], none[4096], around[8192];

	(void)state;
	change(mine, "root=x", once, sizeof(once));
	assert_non_null(strstr(once, "\tlinux $prefix/xlab/vmlinuz root=x\n\tinitrd $prefix/xlab/initrd.img\n"));
	assert_non_null(strstr(once, mine));
	change(once, "root=x", twice, sizeof(twice));
	assert_string_equal(once, twice);
	change(once, NULL, none, sizeof(none));
	assert_string_equal(none, mine);
	change("", "root=x", once, sizeof(once));
	change(once, NULL, none, sizeof(none));
	assert_string_equal(none, "");
	/* It is found wherever somebody has moved it. */
	snprintf(around, sizeof(around), "# before\n%s# behind\n", once);
	change(around, NULL, none, sizeof(none));
	assert_string_equal(none, "# before\n# behind\n");
	assert_int_equal(grubboot_text("", "root=x", false, once, sizeof(once)), 0);
	assert_null(strstr(once, "initrd"));
}

static void test_text_that_is_broken(void **state)
{
	char once[4096], two[8192], text[16384];

	(void)state;
	change("", "root=x", once, sizeof(once));
	snprintf(two, sizeof(two), "%s%s", once, once);
	assert_int_equal(grubboot_text(two, NULL, false, text, sizeof(text)), -EINVAL);
	*strstr(once, "}\n") = '\0';
	assert_int_equal(grubboot_text(once, NULL, false, text, sizeof(text)), -EINVAL);
	for (size_t size = 1; size < 200; size++)
		assert_int_equal(grubboot_text("# others\n", "root=x", true, text, size), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_line_is_passed_on_as_it_is),
		cmocka_unit_test(test_line_is_bounded),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_that_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

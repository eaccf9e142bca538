/* SPDX-License-Identifier: ISC */
/* What boot loaders make of their menus; pygrub's part is held against the real one elsewhere. And
 * what adopt makes of such files. */
#include "host/grubmenu.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/adopt.h"

#define ENTRY(title, kernel) \
	"menuentry '" title "' --class x {\n\tset root='hd0,msdos1'\n\tlinux\t" kernel \
	" root=/dev/sda1 ro $vt_handoff\n\tinitrd /ucode.img /initrd.img\n}\n"

static const struct {
	enum grubmenu_kind kind;
	const char *text, *kernel, *initrd, *args;
	unsigned line;
	bool pygrub;
} menus[] = {
	{ GRUBMENU_GRUB2, ENTRY("a", "/k"), "/k", "/initrd.img", "root=/dev/sda1 ro", 3, true },
	{ GRUBMENU_GRUB2, "set default=1\n" ENTRY("a", "/k") ENTRY("b", "/k2"), "/k2",
	  "/initrd.img", "root=/dev/sda1 ro", 9, true },
	{ GRUBMENU_GRUB2, "set default='b'\n" ENTRY("a", "/k") ENTRY("b", "(hd0,1)/k2"), "/k2",
	  "/initrd.img", "root=/dev/sda1 ro", 9, true },
	{ GRUBMENU_GRUB2,
	  "set default=1\n" ENTRY("a", "/k") "submenu 'more' {\n" ENTRY("b", "/k2")
		  ENTRY("c", "/k3") "}\n" ENTRY("d", "/k4"),
	  "/k2", "/initrd.img", "root=/dev/sda1 ro", 10, true },
	{ GRUBMENU_GRUB2,
	  "set default=2\n" ENTRY("a", "/k") "submenu 'more' {\n" ENTRY("b", "/k2")
		  ENTRY("c", "/k3") "}\n" ENTRY("d", "/k4"),
	  "/k4", "/initrd.img", "root=/dev/sda1 ro", 21, true },
	{ GRUBMENU_GRUB2,
	  "set default='more>c'\nsubmenu more {\n" ENTRY("b", "/k2") ENTRY("c", "/k3") "}\n", "/k3",
	  "/initrd.img", "root=/dev/sda1 ro", 10, true },
	{ GRUBMENU_GRUB2, "menuentry Bare{\n}\nmenuentry \"Two words\" {\nlinuxefi /k a=\"b c\"\n}",
	  "", "", "", 1, false },
	{ GRUBMENU_LEGACY,
	  "default 1\ntitle a\nkernel /k\ntitle b c\nroot (hd0,0)\n"
	  "kernel (hd0,0)/k2 ro x=y\ninitrd /i\n",
	  "/k2", "/i", "ro x=y", 6, true },
	{ GRUBMENU_EXTLINUX,
	  "DEFAULT b\nLABEL a\nKERNEL /k\nLABEL b\nLINUX /k2\nAPPEND initrd=/i ro\n", "/k2", "/i",
	  "initrd=/i ro", 4, false },
	{ GRUBMENU_GRUB2, "", NULL, NULL, NULL, 0, false },
	{ GRUBMENU_GRUB2, "}}}\n{\nlinux /k\n'", NULL, NULL, NULL, 0, false },
};

static void test_menus(void **state)
{
	struct grubmenu *m = calloc(1, sizeof(*m));
	struct grubmenu_entry pygrub;
	char why[GRUBMENU_WHY];

	(void)state;
	for (size_t i = 0; i < sizeof(menus) / sizeof(*menus); i++) {
		const struct grubmenu_entry *e = &m->entry[0];

		grubmenu_read(menus[i].text, strlen(menus[i].text), menus[i].kind, m);
		assert_int_equal(m->n == 0, menus[i].kernel == NULL);
		if (grubmenu_pygrub(menus[i].text, strlen(menus[i].text), menus[i].kind, &pygrub,
				    why) != (menus[i].pygrub ? 0 : -EINVAL))
			fail_msg("%zu: pygrub", i);
		if (!m->n)
			continue;
		e = &m->entry[m->chosen];
		if (strcmp(e->kernel, menus[i].kernel) || strcmp(e->initrd, menus[i].initrd) ||
		    strcmp(e->args, menus[i].args) || e->line != menus[i].line)
			fail_msg("%zu: %s %s %s %u", i, e->kernel, e->initrd, e->args, e->line);
	}
	free(m);
}

/* As many entries, words and braces as one likes. */
static void test_large(void **state)
{
	struct grubmenu *m = calloc(1, sizeof(*m));
	struct grubmenu_entry e;
	char why[GRUBMENU_WHY], *text = malloc(1 << 20);
	size_t len = 0;

	(void)state;
	for (int i = 0; i < 2000; i++)
		len += (size_t)sprintf(text + len, "menuentry 'a' {\nlinux /k%d %0200d\n}\n", i, i);
	grubmenu_read(text, len, GRUBMENU_GRUB2, m);
	assert_int_equal(m->n, GRUBMENU_ENTRIES_MAX);
	assert_int_equal(grubmenu_pygrub(text, len, GRUBMENU_GRUB2, &e, why), 0);
	assert_string_equal(e.kernel, "/k0");
	memset(text, '{', 1 << 20);
	grubmenu_read(text, 1 << 20, GRUBMENU_GRUB2, m);
	memset(text, 'a', 1 << 20);
	memcpy(text, "title ", 6);
	grubmenu_read(text, 1 << 20, GRUBMENU_LEGACY, m);
	free(text);
	free(m);
}

static struct lint_system facts(void)
{
	struct lint_system s = {
		.nparts = 2, .has_initrd = true, .menu = "/m", .init = LINT_INIT_SYSV
	};

	s.root = s.part[0] = (struct disk_part){ .number = 1, .fs_uuid = "1-1", .uuid = "9-01" };
	s.part[1] = (struct disk_part){ .number = 2, .fs_uuid = "2-2" };
	return s;
}

/* The text becomes this, and then stays. */
static void becomes(char *(*make)(const char *text, const struct lint_system *s, FILE *said),
		    const struct lint_system *s, const char *text, const char *want)
{
	FILE *said = fopen("/dev/null", "w");
	char *got = make(text, s, said), *again = got ? make(got, s, said) : NULL;

	if (!want ? got != NULL : !got || strcmp(got, want))
		fail_msg("%s becomes %s", text, got ? got : "nothing");
	if (again && make != adopt_text_fstab && make != adopt_text_securetty)
		fail_msg("%s becomes %s", got, again);
	free(got);
	free(again);
	fclose(said);
}

static void test_adopt_menu(void **state)
{
	struct lint_system s = facts();

	(void)state;
	becomes(adopt_text_menu, &s, "linux /k root=/dev/hda1 ro\n",
		"linux /k root=UUID=1-1 ro console=tty0 console=hvc0\n");
	becomes(adopt_text_menu, &s, "\tlinux16\t/k  root=/dev/xvda1\tconsole=ttyS0  \r\n",
		"\tlinux16\t/k  root=UUID=1-1\tconsole=ttyS0 console=hvc0  \r\n");
	becomes(adopt_text_menu, &s, "linux /k root=LABEL=x resume=/dev/sda2 console=hvc0",
		"linux /k root=LABEL=x console=hvc0");
	becomes(adopt_text_menu, &s, "linux /k root=/dev/mapper/x console=hvc0\ninitrd /i\n", NULL);
	becomes(adopt_text_menu, &s, "linuxx /k root=/dev/sda1\n#linux /k\n", NULL);
	s.has_initrd = false;
	becomes(adopt_text_menu, &s, "linux /k root=UUID=1-1 console=hvc0",
		"linux /k root=PARTUUID=9-01 console=hvc0");
	s.menu_kind = GRUBMENU_EXTLINUX;
	becomes(adopt_text_menu, &s, "KERNEL /k\n APPEND root=/dev/sda1 console=hvc0\n",
		"KERNEL /k\n APPEND root=PARTUUID=9-01 console=hvc0\n");
}

static void test_adopt_text(void **state)
{
	struct lint_system s = facts();

	(void)state;
	s.nmounts = 3;
	s.mount[0] = (struct lint_mount){ .line = 2, .spec = "/dev/sda1", .at = "/" };
	s.mount[1] = (struct lint_mount){ .line = 3, .spec = "/dev/sda2", .at = "none" };
	s.mount[2] = (struct lint_mount){ .line = 4, .spec = "/dev/sda7", .at = "/x" };
	becomes(adopt_text_fstab, &s,
		"# x\n /dev/sda1 / ext4\n/dev/sda2\tnone swap\n/dev/sda7 /x ext4\n",
		"# x\n UUID=1-1 / ext4\nUUID=2-2\tnone swap\n/dev/sda7 /x ext4\n");
	becomes(adopt_text_inittab, &s, "a", "a\nh0:2345:respawn:/sbin/getty 38400 hvc0\n");
	becomes(adopt_text_securetty, &s, "", "hvc0\n");
	becomes(adopt_text_default_grub, &s, "A=1\nGRUB_CMDLINE_LINUX=\"quiet\"\nB",
		"A=1\nGRUB_CMDLINE_LINUX=\"quiet console=tty0 console=hvc0\"\nB");
	becomes(adopt_text_default_grub, &s, "GRUB_CMDLINE_LINUX=\n", NULL);
	becomes(adopt_text_default_grub, &s, "GRUB_CMDLINE_LINUX=\"console=hvc0\"\n", NULL);
}

static void test_flat(void **state)
{
	struct grubmenu *m = calloc(1, sizeof(*m));
	struct grubmenu_entry e;
	char why[GRUBMENU_WHY], *flat;

	(void)state;
	grubmenu_read(menus[5].text, strlen(menus[5].text), GRUBMENU_GRUB2, m);
	strcpy(m->entry[1].title, "it's \"c\"\x01");
	flat = adopt_text_flat(m);
	assert_non_null(flat);
	assert_int_equal(grubmenu_pygrub(flat, strlen(flat), GRUBMENU_GRUB2, &e, why), 0);
	assert_string_equal(e.title, "it s  c");
	assert_string_equal(e.kernel, "/k3");
	assert_string_equal(e.initrd, "/initrd.img");
	assert_string_equal(e.args, "root=/dev/sda1 ro");
	free(flat);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_menus),	   cmocka_unit_test(test_large),
		cmocka_unit_test(test_adopt_menu), cmocka_unit_test(test_adopt_text),
		cmocka_unit_test(test_flat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* Whether there is something to boot, with a root it finds and a console it talks on. */
#include "host/xlcfg_lint.h"

#include <stdio.h>
#include <string.h>

#include "host/xlcfg_convert.h"
#include "host/xlcfg_disk.h"

const char *xlcfg_lint_kernel(const struct xlcfg_lint *l)
{
	const char *kernel = xlcfg_text(l->c, "kernel");

	return kernel && *kernel && !xlcfg_is_hvmloader(kernel) ? kernel : NULL;
}

/* The modes in which a loader in dom0 finds the kernel. */
static unsigned loader_modes(const struct xlcfg_lint *l)
{
	const char *firmware = xlcfg_text(l->c, "firmware");

	if (xlcfg_text(l->c, "bootloader"))
		return XLCFG_DIRECT;
	return firmware && !strncmp(firmware, "pvgrub", 6) ? XLCFG_MODE(MODE_PV) : 0;
}

static void check_kernel(struct xlcfg_lint *l)
{
	const char *kernel = xlcfg_text(l->c, "kernel");
	unsigned missing = XLCFG_DIRECT & ~loader_modes(l);

	if (xlcfg_lint_kernel(l))
		return;
	if (kernel && *kernel) {
		xlcfg_find_fault(l, xlcfg_lint_at(l, "kernel"), "kernel", XLCFG_EVERY, missing,
				 "a kernel of dom0 for pv and pvh, or take it out for hvm",
				 "hvmloader is the firmware of HVM guests, which xl chooses "
				 "itself");
	} else if (missing) {
		xlcfg_find_fault(l, xlcfg_lint_at(l, "kernel"), "kernel", missing, missing,
				 "add kernel = \"/boot/vmlinuz-...\" or bootloader = \"pygrub\"",
				 "there is neither a kernel nor a boot loader to find one");
	}
}

/* What the kernel is given is in these; xl heeds the last two only where the first is missing. */
static const char *const lines[] = { "cmdline", "root", "extra" };

/* Where a word of that beginning is; the first word of root= counts as "root=" too. */
static const char *find_word(const char *line, const char *with)
{
	for (const char *s = line + strspn(line, " \t"); *s; s += strspn(s, " \t")) {
		if (!strncmp(s, with, strlen(with)))
			return s;
		s += strcspn(s, " \t");
	}
	return NULL;
}

static bool is_heeded(const struct xlcfg_lint *l, const char *key)
{
	return !strcmp(key, "cmdline") || !xlcfg_text(l->c, "cmdline");
}

/* The device that the kernel is to mount, with its length; NULL when no line says one. */
static const char *find_root(const struct xlcfg_lint *l, const char **key)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		const char *text = xlcfg_text(l->c, lines[i]), *at;

		*key = lines[i];
		if (!text || !is_heeded(l, lines[i]))
			continue;
		if (!strcmp(lines[i], "root"))
			return text + strspn(text, " \t");
		at = find_word(text, "root=");
		if (at)
			return at + strlen("root=");
	}
	return NULL;
}

/* The bus in the name of a root device: /dev/hda1. */
static bool root_bus(const char *root, size_t len, struct xlcfg_vdev *v)
{
	return len > 5 && !strncmp(root, "/dev/", 5) &&
	       !xlcfg_vdev_parse((struct xlcfg_span){ root + 5, len - 5 }, v) &&
	       v->bus != XLCFG_BY_NUMBER;
}

static void check_root(struct xlcfg_lint *l)
{
	const char *key, *root = find_root(l, &key);
	unsigned direct = XLCFG_DIRECT & ~loader_modes(l);
	struct xlcfg_vdev v;
	char fix[64];
	size_t len;

	if (!root) {
		if (!xlcfg_text(l->c, "ramdisk"))
			xlcfg_find_fault(l, NULL, "cmdline", direct, 0,
					 "add cmdline = \"root=/dev/xvda1 ro console=hvc0\"",
					 "nothing says which disk is the root");
		return;
	}
	len = strcspn(root, " \t");
	if (!root_bus(root, len, &v))
		return;
	if (v.bus == XLCFG_XVD) {
		snprintf(fix, sizeof(fix), "write /dev/sd%.*s",
			 (int)len - 8 > 24 ? 24 : (int)len - 8, root + 8);
		xlcfg_find_fault(l, xlcfg_lint_at(l, key), key, XLCFG_MODE(MODE_HVM),
				 XLCFG_MODE(MODE_HVM), fix,
				 "the root is %.*s, and without PV drivers there is no xvd",
				 (int)len, root);
		return;
	}
	snprintf(fix, sizeof(fix), "write /dev/xvd%.*s", (int)len - 7 > 24 ? 24 : (int)len - 7,
		 root + 7);
	xlcfg_find_fault(l, xlcfg_lint_at(l, key), key, direct | XLCFG_MODE(MODE_PVHVM),
			 direct | XLCFG_MODE(MODE_PVHVM), fix,
			 "the root is %.*s, and the guest's disks are called xvd", (int)len, root);
}

static void check_console(struct xlcfg_lint *l)
{
	unsigned direct = XLCFG_DIRECT & ~loader_modes(l);

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		const char *text = xlcfg_text(l->c, lines[i]);

		if (text && is_heeded(l, lines[i]) && find_word(text, "console=hvc0"))
			return;
	}
	if (direct)
		xlcfg_find_fault(l, xlcfg_lint_at(l, "cmdline"), "cmdline", direct, 0,
				 "add console=hvc0 to the kernel's line",
				 "no console=hvc0: xl console may stay empty");
}

static void check_lines(struct xlcfg_lint *l)
{
	for (size_t i = 1; i < sizeof(lines) / sizeof(*lines); i++)
		if (xlcfg_text(l->c, lines[i]) && xlcfg_text(l->c, "cmdline"))
			xlcfg_find_fault(l, xlcfg_lint_at(l, lines[i]), lines[i], XLCFG_EVERY, 0,
					 "move what it says to cmdline",
					 "xl passes it over where there is a cmdline");
}

/* Without firmware, and in other modes where dom0 loads the kernel. */
static void check_parameters(struct xlcfg_lint *l)
{
	struct xlcfg_findings *all = l->f;
	size_t first = all->n;

	check_root(l);
	check_console(l);
	for (size_t i = first; i < all->n && !xlcfg_lint_kernel(l); i++) {
		all->list[i].modes &= XLCFG_DIRECT;
		all->list[i].stops &= XLCFG_DIRECT;
	}
	check_lines(l);
}

static void check_boot_order(struct xlcfg_lint *l)
{
	const char *boot = xlcfg_text(l->c, "boot");

	if (boot && (!*boot || strspn(boot, "acdn") != strlen(boot)))
		xlcfg_find_fault(l, xlcfg_lint_at(l, "boot"), "boot", XLCFG_FIRMWARE, 0,
				 "boot = \"c\" boots the first disk",
				 "only c (disk), d (CD) and n (network) mean something");
}

static void check_screen(struct xlcfg_lint *l)
{
	static const char *const screens[] = { "vnc", "sdl", "spice" };
	struct xlcfg_items vfb = { .name = "vfb" };
	long on;

	for (size_t i = 0; i < sizeof(screens) / sizeof(*screens); i++)
		if (!xlcfg_number(l->c, screens[i], &on) && on)
			xlcfg_find_fault(l, xlcfg_lint_at(l, screens[i]), screens[i], XLCFG_EVERY,
					 0, "write 0", "a screen, where console mode needs none");
	if (xlcfg_next_item(l->c, &vfb))
		xlcfg_find_fault(l, xlcfg_lint_at(l, "vfb"), "vfb", XLCFG_EVERY, 0, "take it out",
				 "a screen, where console mode needs none");
	if (!xlcfg_find(l->c, "serial"))
		xlcfg_find_fault(l, NULL, "serial", XLCFG_FIRMWARE, 0, "add serial = \"pty\"",
				 "no serial port: xl console does not show the boot loader");
}

void xlcfg_lint_boot(struct xlcfg_lint *l)
{
	check_kernel(l);
	check_parameters(l);
	check_boot_order(l);
	check_screen(l);
	if (xlcfg_find(l->c, "timer_mode"))
		xlcfg_find_fault(l, xlcfg_lint_at(l, "timer_mode"), "timer_mode",
				 XLCFG_MODE(MODE_PV), XLCFG_MODE(MODE_PV), "take it out",
				 "xl refuses it for a pv guest");
}

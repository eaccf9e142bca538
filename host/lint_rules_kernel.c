/* SPDX-License-Identifier: ISC */
/* Rules about the kernel, its drivers and its initramfs. */
#include <stdio.h>
#include <string.h>

#include "host/lint_rules.h"

/* A disk that firmware is to boot needs a kernel of its own. */
bool lint_no_kernel(const struct lint_system *s, struct lint_words *w)
{
	(void)w;
	return s->has_root && !s->has_kernel && !*s->entry.kernel && !s->boot_other;
}

bool lint_kernel_missing(const struct lint_system *s, struct lint_words *w)
{
	lint_say_a(w, "%s:%u", s->menu, s->entry.line);
	lint_say_b(w, "%s", s->entry.kernel);
	return *s->entry.kernel && !s->has_kernel;
}

static bool of_kernel(const struct lint_system *s, struct lint_words *w)
{
	lint_say_a(w, "%s", s->kernel_path);
	lint_say_b(w, "%s", unpack_name(s->kernel.packing));
	return s->good_kernel;
}

bool lint_kernel_bad(const struct lint_system *s, struct lint_words *w)
{
	of_kernel(s, w);
	lint_say_b(w, "%s", s->kernel_why);
	return s->has_kernel && !s->good_kernel;
}

/*
 * xg_dom_bzimageloader.c of Xen knows all formats of Linux, and Debian's libxenguest 4.17 was built
 * without liblzo2 and libbz2: it has "LZO1x decompress support unavailable" and the same of BZIP2
 * in it, and needs no such library.
 */
bool lint_kernel_packing(const struct lint_system *s, struct lint_words *w)
{
	return of_kernel(s, w) && s->kernel.bz &&
	       (s->kernel.packing == UNPACK_LZO || s->kernel.packing == UNPACK_BZIP2 ||
		s->kernel.packing == UNPACK_NONE);
}

/* GRUB 2.06 has gzio, xzio and lzopio (grub-core/io). */
bool lint_kernel_pvgrub(const struct lint_system *s, struct lint_words *w)
{
	return of_kernel(s, w) &&
	       (s->kernel.packing == UNPACK_ZSTD || s->kernel.packing == UNPACK_LZ4 ||
		s->kernel.packing == UNPACK_LZMA);
}

bool lint_kernel_no_pv(const struct lint_system *s, struct lint_words *w)
{
	return of_kernel(s, w) && s->kernel.opened && !s->kernel.pv;
}

bool lint_kernel_no_pvh(const struct lint_system *s, struct lint_words *w)
{
	return of_kernel(s, w) && s->kernel.opened && !s->kernel.pvh;
}

/* Whether the root file system is of a driver's kind. */
static bool is_for_this(const struct lint_system *s, int driver)
{
	return driver != LINT_EXT4 || !strcmp(s->root.fs_type, "ext4");
}

bool lint_driver_missing(const struct lint_system *s, struct lint_words *w)
{
	w->stops = 0;
	for (int i = 0; i < LINT_DRIVER_COUNT; i++) {
		const struct lint_driver_row *row = &lint_driver_rows[i];
		bool missing = s->driver[i].state == LINT_MISSING ||
			       (s->driver[i].state == LINT_MODULE && !row->module);
		size_t a = strlen(w->a), b = strlen(w->b);

		if (!missing || !row->modes || !is_for_this(s, i))
			continue;
		w->stops |= row->modes;
		if (!strstr(w->a, row->what))
			snprintf(w->a + a, sizeof(w->a) - a, "%s%s", a ? ", " : "", row->what);
		snprintf(w->b + b, sizeof(w->b) - b, "%sCONFIG_%s=y", b ? ", " : "", row->option);
	}
	return s->good_kernel && w->stops;
}

bool lint_driver_module(const struct lint_system *s, struct lint_words *w)
{
	char names[120] = "";

	w->stops = 0;
	for (int i = 0; i < LINT_DRIVER_COUNT; i++) {
		const struct lint_driver_row *row = &lint_driver_rows[i];
		size_t n = strlen(names);

		if (s->driver[i].state != LINT_MODULE || !row->module || !row->modes ||
		    s->driver[i].in_initramfs || !is_for_this(s, i))
			continue;
		w->stops |= row->modes;
		snprintf(names + n, sizeof(names) - n, "%s%s", n ? ", " : "", row->module);
	}
	if (!s->good_kernel || !w->stops || (s->has_initrd && !s->good_initrd))
		return false;
	if (s->has_initrd)
		lint_say_a(w, "%s: a module of the kernel, and not in its initramfs %.80s", names,
			   s->initrd_path);
	else
		lint_say_a(w, "%s: a module of the kernel, and there is no initramfs", names);
	lint_say_b(w,
		   "in the guest: for m in %s; do echo $m; done >>/etc/initramfs-tools/modules; "
		   "update-initramfs %s",
		   names, s->has_initrd ? "-u" : "-c -k all");
	for (char *c = strstr(w->b, "for m"); c && *c && *c != ';'; c++)
		if (*c == ',')
			*c = ' ';
	return true;
}

bool lint_no_network(const struct lint_system *s, struct lint_words *w)
{
	(void)w;
	return s->good_kernel && s->driver[LINT_NETFRONT].state == LINT_MISSING;
}

bool lint_initrd_missing(const struct lint_system *s, struct lint_words *w)
{
	lint_say_a(w, "%s", s->menu);
	lint_say_b(w, "%s", s->entry.initrd);
	return *s->entry.initrd && !s->has_initrd;
}

bool lint_initrd_bad(const struct lint_system *s, struct lint_words *w)
{
	lint_say_a(w, "%s", s->initrd_path);
	return s->has_initrd && !s->good_initrd && s->initrd_packing != UNPACK_LZO;
}

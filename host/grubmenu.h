/* SPDX-License-Identifier: ISC */
/*
 * Boot menus: GRUB 2's grub.cfg, GRUB legacy's menu.lst and extlinux.conf, as their own boot loader
 * reads them, near enough, and as pygrub of Xen 4.17 does (tools/pygrub/src/GrubConf.py,
 * ExtLinuxConf.py), to its exceptions.
 */
#ifndef HOST_GRUBMENU_H
#define HOST_GRUBMENU_H

#include <stdbool.h>
#include <stddef.h>

enum {
	GRUBMENU_MAX = 1 << 20, /* bytes that pygrub reads */
	GRUBMENU_ENTRIES_MAX = 64,
	GRUBMENU_ARGS = 2048,
	GRUBMENU_PATH = 512,
	GRUBMENU_WHY = 200
};

enum grubmenu_kind { GRUBMENU_GRUB2, GRUBMENU_LEGACY, GRUBMENU_EXTLINUX };

struct grubmenu_entry {
	char title[160];
	char kernel[GRUBMENU_PATH]; /* in the menu's own file system; "" for none */
	char initrd[GRUBMENU_PATH]; /* "" for none */
	char args[GRUBMENU_ARGS];
	unsigned line; /* of its kernel */
};

/* Where pygrub looks for menus, and in which order; GRUB and EXTLINUX are found in fewer places. */
struct grubmenu_place {
	const char *path;
	enum grubmenu_kind kind;
};
extern const struct grubmenu_place grubmenu_places[];
extern const size_t grubmenu_nplaces;

struct grubmenu {
	size_t n, chosen; /* chosen < n unless n is 0 */
	struct grubmenu_entry entry[GRUBMENU_ENTRIES_MAX];
};

/* What the boot loader itself makes of it. Text has a NUL behind it. */
void grubmenu_read(const char *text, size_t len, enum grubmenu_kind kind, struct grubmenu *m);

/* What pygrub would boot. 0, or -EINVAL with why: "line N: ...", and what to write instead. */
int grubmenu_pygrub(const char *text, size_t len, enum grubmenu_kind kind, struct grubmenu_entry *e,
		    char why[GRUBMENU_WHY]);

#endif

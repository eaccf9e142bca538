/* SPDX-License-Identifier: ISC */
/* Files of the disk that adopt changes: text, links, and the menu that pygrub is to read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/adopt.h"

enum { TEXT_MAX = 1 << 20 };

typedef char *adopt_text(const char *text, const struct lint_system *s, FILE *said);

/* Changes one text file, if it is there. */
static int change(struct adopt *a, const char *path, adopt_text *make)
{
	char *text, *made;
	size_t len;
	int r;

	if (lint_disk_get(a->d, path, TEXT_MAX, &text, &len))
		return 0;
	made = strlen(text) == len ? make(text, a->s, a->said) : NULL;
	free(text);
	if (!made)
		return 0;
	a->changes++;
	r = adopt_put(a, path, made, strlen(made), 0644);
	free(made);
	return r;
}

static int unmask(struct adopt *a)
{
	int r = disk_fs_remove(a->d->root, a->s->getty_why);

	if (!r)
		adopt_say(a, "%s, which masked it, is taken out", a->s->getty_why);
	return r;
}

static int add_openrc(struct adopt *a)
{
	static const char service[] = "/etc/init.d/agetty.hvc0";
	int r = 0;

	if (!lint_disk_has(a->d, "/etc/init.d/agetty"))
		return 0;
	if (!lint_disk_has(a->d, service))
		r = disk_fs_symlink(a->d->root, service, "agetty");
	if (!r)
		r = disk_fs_symlink(a->d->root, "/etc/runlevels/default/agetty.hvc0", service);
	if (!r)
		adopt_say(a, "/etc/runlevels/default/agetty.hvc0: a login on hvc0");
	return r;
}

static int add_getty(struct adopt *a)
{
	if (a->s->getty)
		return 0;
	switch (a->s->init) {
	case LINT_INIT_SYSV:
	case LINT_INIT_BUSYBOX: return change(a, "/etc/inittab", adopt_text_inittab);
	case LINT_INIT_SYSTEMD: return unmask(a);
	case LINT_INIT_OPENRC: return add_openrc(a);
	default: return 0;
	}
}

int adopt_files(struct adopt *a)
{
	int r = change(a, "/etc/fstab", adopt_text_fstab);

	if (!r && a->s->has_menu)
		r = change(a, a->s->menu, adopt_text_menu);
	if (!r && a->s->has_menu)
		r = change(a, "/etc/default/grub", adopt_text_default_grub);
	if (!r)
		r = add_getty(a);
	if (!r)
		r = change(a, "/etc/securetty", adopt_text_securetty);
	return r;
}

/* The menu's entries, as its own loader has them. */
static struct grubmenu *read_menu(struct adopt *a, char **text, size_t *len)
{
	struct grubmenu *m = NULL;

	if (lint_disk_get(a->d, a->s->menu, TEXT_MAX, text, len))
		return NULL;
	m = calloc(1, sizeof(*m));
	if (m)
		grubmenu_read(*text, *len, a->s->menu_kind, m);
	else
		free(*text);
	return m;
}

static int write_flat(struct adopt *a, const char *path, const char *orig, const char *text,
		      size_t len, const char *flat)
{
	struct grubmenu_entry e;
	char why[GRUBMENU_WHY];
	int r = 0;

	if (grubmenu_pygrub(flat, strlen(flat), GRUBMENU_GRUB2, &e, why))
		return 0; /* names with blanks or worse in them */
	if (!strcmp(path, a->s->menu) && !lint_disk_has(a->d, orig))
		r = adopt_put(a, orig, text, len, 0644);
	if (!r)
		r = adopt_put(a, path, flat, strlen(flat), 0644);
	if (!r)
		adopt_say(a, "%s: plain entries that pygrub reads%s", path,
			  strcmp(path, a->s->menu) ? "" : "; the menu before it is .orig");
	return r;
}

/* pygrub looks for grub.cfg first, so that is where its menu goes, whatever the loader reads. */
int adopt_flat_menu(struct adopt *a)
{
	const char *path = "/boot/grub/grub.cfg";
	char orig[GRUBMENU_PATH + 8], *text, *flat;
	struct grubmenu *m;
	size_t len;
	int r = 0;

	if (a->s->pygrub || !a->s->pygrub_tried || !a->s->has_menu || !a->s->has_kernel)
		return 0;
	if (a->s->menu_kind == GRUBMENU_GRUB2)
		path = a->s->menu;
	m = read_menu(a, &text, &len);
	if (!m)
		return 0;
	flat = adopt_text_flat(m);
	if (!flat && m->n)
		fprintf(a->said, "%s: left as it is: its kernel's parameters need quotes\n", path);
	free(m);
	snprintf(orig, sizeof(orig), "%s.orig", path);
	/* One that is there already did not help. */
	if (flat && !(strlen(flat) == len && !memcmp(flat, text, len))) {
		r = disk_fs_mkdir(a->d->boot ? a->d->boot : a->d->root,
				  a->d->boot ? "/grub" : "/boot/grub", 0755);
		if (!r)
			r = write_flat(a, path, orig, text, len, flat);
	}
	free(flat);
	free(text);
	return r;
}

/* SPDX-License-Identifier: ISC */
/* Menus as their own boot loader takes them: the commands that load, wherever they stand. */
#include "host/grubmenu.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WORDS_MAX = 128, LINE_MAX_BYTES = 4096 };

const struct grubmenu_place grubmenu_places[] = {
	{ "/boot/grub/grub.cfg", GRUBMENU_GRUB2 },
	{ "/grub/grub.cfg", GRUBMENU_GRUB2 },
	{ "/boot/grub2/grub.cfg", GRUBMENU_GRUB2 },
	{ "/grub2/grub.cfg", GRUBMENU_GRUB2 },
	{ "/boot/isolinux/isolinux.cfg", GRUBMENU_EXTLINUX },
	{ "/boot/extlinux/extlinux.conf", GRUBMENU_EXTLINUX },
	{ "/boot/extlinux.conf", GRUBMENU_EXTLINUX },
	{ "/extlinux/extlinux.conf", GRUBMENU_EXTLINUX },
	{ "/extlinux.conf", GRUBMENU_EXTLINUX },
	{ "/boot/grub/menu.lst", GRUBMENU_LEGACY },
	{ "/boot/grub/grub.conf", GRUBMENU_LEGACY },
	{ "/grub/menu.lst", GRUBMENU_LEGACY },
	{ "/grub/grub.conf", GRUBMENU_LEGACY },
};
const size_t grubmenu_nplaces = sizeof(grubmenu_places) / sizeof(*grubmenu_places);

/* A line cut into words, without the quotes. */
struct words {
	char text[LINE_MAX_BYTES];
	char *word[WORDS_MAX];
	size_t n;
};

static void split_words(const char *line, size_t len, struct words *w)
{
	char *to = w->text, quote = 0;
	bool in = false;

	w->n = 0;
	for (size_t i = 0; i < len && to < w->text + sizeof(w->text) - 2; i++) {
		char c = line[i];

		if (!quote && isspace((unsigned char)c)) {
			if (in)
				*to++ = '\0';
			in = false;
			continue;
		}
		if (!in && c == '#')
			break;
		if (!in && w->n == WORDS_MAX)
			break;
		if (!in)
			w->word[w->n++] = to;
		in = true;
		if (quote ? c == quote : c == '"' || c == '\'')
			quote = quote ? 0 : c;
		else
			*to++ = c;
	}
	*to = '\0';
}

/* A path without the device before it. */
static void copy_path(char *to, size_t size, const char *path)
{
	const char *end = *path == '(' ? strchr(path, ')') : NULL;

	snprintf(to, size, "%s", end ? end + 1 : path);
}

/* The rest of the words; GRUB's own variables are empty ones. */
static void copy_args(char *to, size_t size, const struct words *w, size_t from)
{
	size_t len = 0;

	*to = '\0';
	for (size_t i = from; i < w->n; i++) {
		size_t n = strlen(w->word[i]);

		if (*w->word[i] == '$' || len + n + 2 > size)
			continue;
		len += (size_t)sprintf(to + len, "%s%s", len ? " " : "", w->word[i]);
	}
}

struct reader {
	struct grubmenu *m;
	struct grubmenu_entry *e;	    /* the one that is open */
	char chosen[160];		    /* its number or its title */
	size_t top;			    /* items of the outermost menu so far */
	size_t first[GRUBMENU_ENTRIES_MAX]; /* of each, its first entry */
	int depth, submenus, entry_depth;
	unsigned line;
};

static void open_entry(struct reader *r, const char *title)
{
	r->e = NULL;
	if (r->m->n == GRUBMENU_ENTRIES_MAX)
		return;
	r->e = &r->m->entry[r->m->n++];
	*r->e = (struct grubmenu_entry){ .line = r->line };
	snprintf(r->e->title, sizeof(r->e->title), "%s", title);
}

static void take_kernel(struct reader *r, const struct words *w)
{
	copy_path(r->e->kernel, sizeof(r->e->kernel), w->word[1]);
	copy_args(r->e->args, sizeof(r->e->args), w, 2);
	r->e->line = r->line;
}

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static void grub2_entry(struct reader *r, const struct words *w, bool submenu)
{
	if (!r->submenus && r->top < GRUBMENU_ENTRIES_MAX)
		r->first[r->top++] = r->m->n;
	if (submenu) {
		r->submenus = r->depth + 1;
		return;
	}
	open_entry(r, w->word[1]);
	r->entry_depth = r->depth;
}

static void grub2_line(struct reader *r, const struct words *w)
{
	const char *last = w->word[w->n - 1];

	if (w->n > 1 && (!strcmp(*w->word, "menuentry") || !strcmp(*w->word, "submenu")))
		grub2_entry(r, w, **w->word == 's');
	else if (w->n > 1 && r->e && starts(*w->word, "linux"))
		take_kernel(r, w);
	else if (w->n > 1 && r->e && starts(*w->word, "initrd"))
		copy_path(r->e->initrd, sizeof(r->e->initrd), last); /* behind microcode */
	else if (w->n > 1 && !strcmp(*w->word, "set") && starts(w->word[1], "default="))
		snprintf(r->chosen, sizeof(r->chosen), "%s", w->word[1] + 8);
	if (last[strlen(last) ? strlen(last) - 1 : 0] == '{' && !strchr(last, '$'))
		r->depth++;
	if (**w->word == '}' && r->depth > 0) {
		r->depth--;
		if (r->e && r->depth == r->entry_depth)
			r->e = NULL;
		if (r->submenus && r->depth < r->submenus)
			r->submenus = 0;
	}
}

static void legacy_line(struct reader *r, const struct words *w)
{
	char title[160];

	if (!strcmp(*w->word, "title")) {
		copy_args(title, sizeof(title), w, 1);
		if (r->top < GRUBMENU_ENTRIES_MAX)
			r->first[r->top++] = r->m->n;
		open_entry(r, title);
	} else if (w->n > 1 && r->e && !strcmp(*w->word, "kernel")) {
		take_kernel(r, w);
	} else if (w->n > 1 && r->e && !strcmp(*w->word, "initrd")) {
		copy_path(r->e->initrd, sizeof(r->e->initrd), w->word[1]);
	} else if (w->n > 1 && !strcmp(*w->word, "default")) {
		snprintf(r->chosen, sizeof(r->chosen), "%s", w->word[1]);
	}
}

static void extlinux_append(struct reader *r, const struct words *w)
{
	copy_args(r->e->args, sizeof(r->e->args), w, 1);
	for (size_t i = 1; i < w->n; i++)
		if (starts(w->word[i], "initrd="))
			copy_path(r->e->initrd, sizeof(r->e->initrd), w->word[i] + 7);
}

static void extlinux_line(struct reader *r, const struct words *w)
{
	const char *key = *w->word;

	if (w->n < 2)
		return;
	if (!strcasecmp(key, "label"))
		open_entry(r, w->word[1]);
	else if (!strcasecmp(key, "default"))
		snprintf(r->chosen, sizeof(r->chosen), "%s", w->word[1]);
	else if (r->e && (!strcasecmp(key, "kernel") || !strcasecmp(key, "linux")))
		copy_path(r->e->kernel, sizeof(r->e->kernel), w->word[1]);
	else if (r->e && !strcasecmp(key, "initrd"))
		copy_path(r->e->initrd, sizeof(r->e->initrd), w->word[1]);
	else if (r->e && !strcasecmp(key, "append"))
		extlinux_append(r, w);
}

/* By number among the outermost items, or by title, of which the last part counts. */
static size_t choose(const struct reader *r)
{
	const char *leaf = strrchr(r->chosen, '>');
	char *end;
	unsigned long n = strtoul(r->chosen, &end, 10);

	if (end > r->chosen && (!*end || *end == '>'))
		return n < r->top && r->first[n] < r->m->n ? r->first[n] : 0;
	for (size_t i = 0; i < r->m->n; i++)
		if (!strcmp(r->m->entry[i].title, leaf ? leaf + 1 : r->chosen))
			return i;
	return 0;
}

void grubmenu_read(const char *text, size_t len, enum grubmenu_kind kind, struct grubmenu *m)
{
	static void (*const take[])(struct reader * r, const struct words *w) = {
		[GRUBMENU_GRUB2] = grub2_line,
		[GRUBMENU_LEGACY] = legacy_line,
		[GRUBMENU_EXTLINUX] = extlinux_line,
	};
	struct reader r = { .m = m };
	struct words w;
	size_t at = 0;

	m->n = m->chosen = 0;
	while (at < len) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end ? (size_t)(end - text) - at : len - at;

		r.line++;
		split_words(text + at, n, &w);
		if (w.n)
			take[kind](&r, &w);
		at += n + 1;
	}
	m->chosen = choose(&r);
}

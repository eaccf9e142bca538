/* SPDX-License-Identifier: ISC */
/* The files of a system, changed in the places that need it and nowhere else. */
#include "host/adopt.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A text that is made line by line. */
struct edit {
	char *text;
	size_t len;
	FILE *out;
	bool changed;
};

static bool edit_open(struct edit *e)
{
	*e = (struct edit){ .text = NULL };
	e->out = open_memstream(&e->text, &e->len);
	return e->out;
}

/* The new text, or NULL when it is the old one or there is no memory. */
static char *edit_close(struct edit *e)
{
	bool bad = ferror(e->out);

	if (fclose(e->out) || bad || !e->changed) {
		free(e->text);
		return NULL;
	}
	return e->text;
}

/* Cuts the next line off; false at the end. The newline is in len unless the last has none. */
static bool next_line(const char **at, const char **line, size_t *len)
{
	if (!**at)
		return false;
	*line = *at;
	*len = strcspn(*at, "\n");
	*len += (*at)[*len] == '\n';
	*at += *len;
	return true;
}

void adopt_root(const struct lint_system *s, char *to, size_t size)
{
	*to = '\0';
	if (s->has_initrd && *s->root.fs_uuid)
		snprintf(to, size, "UUID=%s", s->root.fs_uuid);
	else if (*s->root.uuid)
		snprintf(to, size, "PARTUUID=%s", s->root.uuid);
}

/* What a mount's device is by its UUID: the root, or the partition of that number. */
static const char *uuid_of(const struct lint_system *s, const struct lint_mount *m)
{
	unsigned number = lint_device_part(m->spec);

	if (!strcmp(m->at, "/"))
		return s->root.fs_uuid;
	for (size_t i = 0; number && i < s->nparts; i++)
		if (s->part[i].number == number)
			return s->part[i].fs_uuid;
	return "";
}

/* A mount of a device that may be of this disk, or that of another, which is left. */
static const struct lint_mount *mount_of(const struct lint_system *s, unsigned line, FILE *said)
{
	for (size_t i = 0; i < s->nmounts; i++) {
		const struct lint_mount *m = &s->mount[i];

		if (m->line != line || lint_device_modes(m->spec) == LINT_EVERY)
			continue;
		if (*uuid_of(s, m))
			return m;
		fprintf(said, "/etc/fstab:%u: %s is left: no partition of this disk for certain\n",
			line, m->spec);
	}
	return NULL;
}

char *adopt_text_fstab(const char *text, const struct lint_system *s, FILE *said)
{
	const char *line;
	unsigned number = 0;
	struct edit e;
	size_t len;

	if (!edit_open(&e))
		return NULL;
	while (next_line(&text, &line, &len)) {
		const struct lint_mount *m = mount_of(s, ++number, said);
		size_t blank = strspn(line, " \t");

		if (m && !strncmp(line + blank, m->spec, strlen(m->spec))) {
			fprintf(e.out, "%.*sUUID=%s", (int)blank, line, uuid_of(s, m));
			fprintf(said, "/etc/fstab:%u: %s is now UUID=%s\n", number, m->spec,
				uuid_of(s, m));
			line += blank + strlen(m->spec);
			len -= blank + strlen(m->spec);
			e.changed = true;
		}
		fwrite(line, 1, len, e.out);
	}
	return edit_close(&e);
}

/* Whether a line of a menu gives a kernel its parameters. */
static bool is_kernel_line(const char *line, size_t len, enum grubmenu_kind kind)
{
	static const char *const words[] = {
		[GRUBMENU_GRUB2] = "linux",
		[GRUBMENU_LEGACY] = "kernel",
		[GRUBMENU_EXTLINUX] = "append",
	};
	const char *want = words[kind];
	size_t blank = strspn(line, " \t"), n = strlen(want);

	if (len < blank + n || strncasecmp(line + blank, want, n))
		return false;
	line += blank + n;
	line += strspn(line, "16efi"); /* linux16, linuxefi */
	return *line == ' ' || *line == '\t';
}

/* What the words of a kernel's line are to be. */
struct kernel_line {
	const struct lint_system *s;
	char root[LINT_SPEC]; /* "": as it is */
	FILE *out, *said;
	unsigned number;
	bool changed, has_root, has_hvc0, has_console;
};

static bool is_device(const char *value, size_t len)
{
	char spec[LINT_SPEC];

	snprintf(spec, sizeof(spec), "%.*s", (int)len, value);
	return lint_device_modes(spec) != LINT_EVERY;
}

/* Whether this root= does not serve: a device, or what only an initramfs finds where none is. */
static bool is_bad_root(const struct kernel_line *k, const char *value, size_t len)
{
	if (is_device(value, len))
		return true;
	return !k->s->has_initrd && (!strncmp(value, "UUID=", 5) || !strncmp(value, "LABEL=", 6));
}

/* One word with the blanks before it. */
static void put_word(struct kernel_line *k, const char *blank, const char *word, size_t len)
{
	int nblank = (int)(word - blank);

	k->has_root |= !strncmp(word, "root=", 5);
	k->has_console |= !strncmp(word, "console=", 8);
	k->has_hvc0 |= !strncmp(word, "console=hvc0", 12);
	if (*k->root && !strncmp(word, "root=", 5) && is_bad_root(k, word + 5, len - 5)) {
		fprintf(k->out, "%.*sroot=%s", nblank, blank, k->root);
		fprintf(k->said, "%s:%u: %.*s is now root=%s\n", k->s->menu, k->number, (int)len,
			word, k->root);
		k->changed = true;
	} else if (!strncmp(word, "resume=", 7) && is_device(word + 7, len - 7)) {
		fprintf(k->said, "%s:%u: %.*s is taken out\n", k->s->menu, k->number, (int)len,
			word);
		k->changed = true;
	} else {
		fprintf(k->out, "%.*s%.*s", nblank, blank, (int)len, word);
	}
}

static void put_missing(struct kernel_line *k)
{
	if (!k->has_root && *k->root) {
		fprintf(k->out, " root=%s", k->root);
		fprintf(k->said, "%s:%u: root=%s is added\n", k->s->menu, k->number, k->root);
		k->changed = true;
	}
	if (!k->has_hvc0) {
		fprintf(k->out, "%s console=hvc0", k->has_console ? "" : " console=tty0");
		fprintf(k->said, "%s:%u: console=hvc0 is added\n", k->s->menu, k->number);
		k->changed = true;
	}
}

static bool put_kernel_line(struct kernel_line *k, const char *line, size_t len)
{
	size_t end = len;

	while (end && strchr(" \t\r\n", line[end - 1]))
		end--;
	k->has_root = k->has_hvc0 = k->has_console = false;
	for (size_t at = 0; at < end;) {
		size_t blank = at, n;

		while (at < end && (line[at] == ' ' || line[at] == '\t'))
			at++;
		for (n = 0; at + n < end && line[at + n] != ' ' && line[at + n] != '\t'; n++)
			;
		put_word(k, line + blank, line + at, n);
		at += n;
	}
	put_missing(k);
	fwrite(line + end, 1, len - end, k->out);
	return k->changed;
}

char *adopt_text_menu(const char *text, const struct lint_system *s, FILE *said)
{
	struct kernel_line k = { .s = s, .said = said };
	const char *line;
	struct edit e;
	size_t len;

	if (!edit_open(&e))
		return NULL;
	k.out = e.out;
	adopt_root(s, k.root, sizeof(k.root));
	while (next_line(&text, &line, &len)) {
		k.number++;
		if (is_kernel_line(line, len, s->menu_kind))
			e.changed |= put_kernel_line(&k, line, len);
		else
			fwrite(line, 1, len, e.out);
	}
	return edit_close(&e);
}

/* So that a menu that the system makes anew has it as well. */
char *adopt_text_default_grub(const char *text, const struct lint_system *s, FILE *said)
{
	static const char key[] = "GRUB_CMDLINE_LINUX=";
	const char *line;
	struct edit e;
	size_t len;

	(void)s;
	if (strstr(text, "console=hvc0") || !edit_open(&e))
		return NULL;
	while (next_line(&text, &line, &len)) {
		size_t end = len;

		while (end && strchr(" \t\r\n", line[end - 1]))
			end--;
		if (strncmp(line, key, sizeof(key) - 1) || end < sizeof(key) + 1 ||
		    (line[end - 1] != '"' && line[end - 1] != '\'')) {
			fwrite(line, 1, len, e.out);
			continue;
		}
		fprintf(e.out, "%.*s%sconsole=tty0 console=hvc0", (int)end - 1, line,
			end - 1 > sizeof(key) ? " " : "");
		fwrite(line + end - 1, 1, len - end + 1, e.out);
		fprintf(said, "/etc/default/grub: GRUB_CMDLINE_LINUX has console=hvc0\n");
		e.changed = true;
	}
	return edit_close(&e);
}

/* A line behind the others. */
static char *append(const char *text, const char *line, const char *path, FILE *said)
{
	struct edit e;
	size_t len = strlen(text);

	if (!edit_open(&e))
		return NULL;
	fprintf(e.out, "%s%s%s\n", text, len && text[len - 1] != '\n' ? "\n" : "", line);
	fprintf(said, "%s: %s is added\n", path, line);
	e.changed = true;
	return edit_close(&e);
}

char *adopt_text_inittab(const char *text, const struct lint_system *s, FILE *said)
{
	const char *line = s->init == LINT_INIT_BUSYBOX ? "hvc0::respawn:/sbin/getty 38400 hvc0"
							: "h0:2345:respawn:/sbin/getty 38400 hvc0";

	return lint_inittab_has_hvc0(text, s->init) ? NULL
						    : append(text, line, "/etc/inittab", said);
}

char *adopt_text_securetty(const char *text, const struct lint_system *s, FILE *said)
{
	return s->securetty ? NULL : append(text, "hvc0", "/etc/securetty", said);
}

bool adopt_text_is_plain(const char *text)
{
	for (; *text; text++)
		if (*text == '"' || *text == '\\' || *text < ' ' || *text > '~')
			return false;
	return true;
}

/* Whether it means the same when GRUB reads it again without what quoted it. */
static bool is_word(const char *text)
{
	return adopt_text_is_plain(text) && !strpbrk(text, "';&|<>#") &&
	       !strchr("{}", *text ? *text : ' ') && !strstr(text, " {") && !strstr(text, " }");
}

static bool is_flat(const struct grubmenu_entry *e)
{
	return is_word(e->kernel) && is_word(e->initrd) && is_word(e->args);
}

static void put_entry(FILE *out, const struct grubmenu_entry *e)
{
	if (!*e->kernel || !is_flat(e))
		return;
	fputs("menuentry '", out);
	for (const char *c = e->title; *c; c++)
		fputc(*c < ' ' || *c > '~' || *c == '\'' || *c == '"' ? ' ' : *c, out);
	fprintf(out, "' {\n\tlinux %s %s\n", e->kernel, e->args);
	if (*e->initrd)
		fprintf(out, "\tinitrd %s\n", e->initrd);
	fputs("}\n", out);
}

char *adopt_text_flat(const struct grubmenu *m)
{
	struct edit e;

	if (!m->n || !is_flat(&m->entry[m->chosen]) || !edit_open(&e))
		return NULL;
	fputs("# Plain entries, for pygrub as well: xlab image adopt. The menu before it is beside,\n"
	      "# with .orig behind its name.\nset default=0\nset timeout=3\n",
	      e.out);
	put_entry(e.out, &m->entry[m->chosen]);
	for (size_t i = 0; i < m->n; i++)
		if (i != m->chosen)
			put_entry(e.out, &m->entry[i]);
	e.changed = true;
	return edit_close(&e);
}

/* SPDX-License-Identifier: ISC */
/*
 * What pygrub of Xen 4.17 makes of a menu. It cuts lines at the first of blank and '=', has no
 * quotes, knows few commands, and gives a whole disk up for one line that it cannot take apart: so
 * this says the same of each line. tests/cli/test_pygrub.sh holds it against the real one.
 */
#include "host/grubmenu.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A piece of the text. */
struct str {
	const char *at;
	size_t len;
};

struct parser {
	struct grubmenu_entry e; /* the open one */
	bool open, has_kernel, has_lines;
	size_t n;	 /* entries so far */
	long chosen;	 /* by number */
	char label[160]; /* or, for extlinux, by name */
	int menus;	 /* submenus that are open */
	bool function;
	unsigned line;
	char *why;
	struct grubmenu_entry *list; /* GRUBMENU_ENTRIES_MAX of them */
};

__attribute__((format(printf, 2, 3))) static int fault(struct parser *p, const char *text, ...)
{
	va_list ap;
	int n = p->line ? snprintf(p->why, GRUBMENU_WHY, "line %u: ", p->line) : 0;

	va_start(ap, text);
	vsnprintf(p->why + n, (size_t)(GRUBMENU_WHY - n), text, ap);
	va_end(ap);
	return -EINVAL;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

static struct str strip(struct str s)
{
	while (s.len && is_blank(*s.at))
		s.at++, s.len--;
	while (s.len && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

static bool is(struct str s, const char *text)
{
	return s.len == strlen(text) && !memcmp(s.at, text, s.len);
}

static bool begins(struct str s, const char *text)
{
	return s.len >= strlen(text) && !memcmp(s.at, text, strlen(text));
}

static struct str skip(struct str s, size_t n)
{
	return (struct str){ s.at + n, s.len - n };
}

static size_t find(struct str s, char c)
{
	const char *at = memchr(s.at, c, s.len);

	return at ? (size_t)(at - s.at) : s.len;
}

static void copy(char *to, size_t size, struct str s)
{
	snprintf(to, size, "%.*s", (int)s.len, s.at);
}

/* Whether '=' cuts this text, and not blanks. */
static bool cut_by_sign(struct str s)
{
	size_t eq = find(s, '='), blank = find(s, ' '), tab = find(s, '\t');

	return eq < s.len && eq < (tab < blank ? tab : blank);
}

/* In two at the first run of blanks. */
static void cut_blank(struct str s, struct str *a, struct str *b)
{
	size_t n = 0;

	s = strip(s);
	while (n < s.len && !is_blank(s.at[n]))
		n++;
	*a = (struct str){ s.at, n };
	*b = strip(skip(s, n));
}

static void cut(struct str s, struct str *a, struct str *b)
{
	size_t n = find(s, '=');

	if (!cut_by_sign(s)) {
		cut_blank(s, a, b);
		return;
	}
	*a = (struct str){ s.at, n };
	*b = skip(s, n + 1);
}

/* A number as Python's int() has it. */
static bool get_int(struct str s, long *n)
{
	bool minus = false, digit = false;

	s = strip(s);
	if (s.len && (*s.at == '-' || *s.at == '+')) {
		minus = *s.at == '-';
		s = skip(s, 1);
	}
	for (*n = 0; s.len; s = skip(s, 1)) {
		if (*s.at == '_' && digit) {
			digit = false;
			continue;
		}
		if (*s.at < '0' || *s.at > '9')
			return false;
		*n = *n < 1000000 ? *n * 10 + (*s.at - '0') : *n;
		digit = true;
	}
	if (minus)
		*n = -*n;
	return digit;
}

/* "hd0,msdos1" without parentheses, as a device is written. */
static bool get_plain(struct str s, char *to, size_t size)
{
	size_t n = 0;

	for (; s.len; s = skip(s, 1)) {
		if (*s.at == '(' || *s.at == ')')
			continue;
		if (n + 1 >= size)
			return false;
		to[n++] = *s.at;
	}
	to[n] = '\0';
	return true;
}

static bool is_device(struct str s)
{
	size_t comma = find(s, ',');
	char disk[64], part[64], *number = part;
	long n;

	if (!get_plain((struct str){ s.at, comma }, disk, sizeof(disk)))
		return false;
	if (!strncmp(disk, "/dev/xvd", 8)
		    ? !disk[8]
		    : strlen(disk) < 3 || !get_int((struct str){ disk + 2, strlen(disk + 2) }, &n))
		return false;
	if (comma == s.len)
		return true;
	s = skip(s, comma + 1);
	if (find(s, ',') < s.len || !get_plain(s, part, sizeof(part)))
		return false;
	number += !strncmp(number, "msdos", 5) ? 5 : 0;
	number += !strncmp(number, "gpt", 3) ? 3 : 0;
	return get_int((struct str){ number, strlen(number) }, &n);
}

static int take_root(struct parser *p, struct str s)
{
	return is_device(s) ? 0
			    : fault(p, "pygrub takes no device %.*s", s.len > 60 ? 60 : (int)s.len,
				    s.at);
}

/* "(hd0,0)/path" without the device. */
static int take_path(struct parser *p, struct str s, char *to, size_t size)
{
	size_t n = find(s, ')');

	if (begins(s, "(")) {
		if (n == s.len)
			return fault(p, "a ')' is missing");
		if (!is_device((struct str){ s.at, n }))
			return take_root(p, (struct str){ s.at, n });
		s = skip(s, n + 1);
	}
	copy(to, size, s);
	return 0;
}

static int take_kernel(struct parser *p, struct str s)
{
	struct str path = s, args = { "", 0 };

	if (find(s, ' ') < s.len)
		cut_blank(s, &path, &args);
	p->has_kernel = true;
	copy(p->e.args, sizeof(p->e.args), args);
	return take_path(p, path, p->e.kernel, sizeof(p->e.kernel));
}

static int take_initrd(struct parser *p, struct str s)
{
	return take_path(p, s, p->e.initrd, sizeof(p->e.initrd));
}

/* "name=value": Python fails when there is not exactly one pair. */
static int cut_set(struct parser *p, struct str s, struct str *name, struct str *value)
{
	size_t n = 0;

	cut(s, name, value);
	if (cut_by_sign(s)) {
		if (find(*value, '=') < value->len)
			return fault(p, "pygrub takes no second '=' in set");
	} else {
		struct str rest = *value, word;

		for (; rest.len; n++)
			cut_blank(rest, &word, &rest);
		if (n != 1)
			return fault(p, "pygrub takes no such set: NAME=VALUE without blanks");
	}
	if (value->len > 1 && (*value->at == '"' || *value->at == '\'')) {
		const char *last = memrchr(value->at + 1, *value->at, value->len - 1);

		if (last)
			*value = (struct str){ value->at + 1, (size_t)(last - value->at) - 1 };
	}
	*value = strip(*value);
	return 0;
}

static int take_default(struct parser *p, struct str s)
{
	if (is(s, "saved") || !get_int(s, &p->chosen))
		p->chosen = 0;
	return p->chosen < 0 ? fault(p, "pygrub takes no negative default") : 0;
}

static void open_entry(struct parser *p, struct str title)
{
	p->e = (struct grubmenu_entry){ .line = p->line };
	copy(p->e.title, sizeof(p->e.title), strip(title));
	p->open = true;
	p->has_kernel = p->has_lines = false;
}

static void close_entry(struct parser *p)
{
	if (!p->has_kernel)
		p->e.line = 0;
	if (p->n < GRUBMENU_ENTRIES_MAX)
		p->list[p->n++] = p->e;
	p->open = false;
}

static int grub2_set(struct parser *p, struct str arg)
{
	struct str name, value;
	int r = cut_set(p, arg, &name, &value);

	if (r)
		return r;
	if (p->open)
		return is(name, "root") ? take_root(p, value) : 0;
	if (!is(name, "default"))
		return 0;
	if (is(value, "${saved_entry}") || is(value, "${next_entry}"))
		value = (struct str){ "0", 1 };
	return take_default(p, value);
}

/* ^menuentry ["'](.*?)["'] (.*){ */
static bool get_title(struct str s, struct str *title)
{
	if (!begins(s, "menuentry ") || s.len < 11 || (s.at[10] != '"' && s.at[10] != '\''))
		return false;
	for (size_t i = 11; i + 1 < s.len; i++) {
		if ((s.at[i] == '"' || s.at[i] == '\'') && s.at[i + 1] == ' ') {
			*title = (struct str){ s.at + 11, i - 11 };
			return find(skip(s, i + 2), '{') < s.len - i - 2;
		}
	}
	return false;
}

static int grub2_command(struct parser *p, struct str s)
{
	struct str name, arg;

	cut(s, &name, &arg);
	if (is(name, "set"))
		return grub2_set(p, arg);
	if (!p->open)
		return 0;
	if (is(name, "linux") || is(name, "linux16"))
		return take_kernel(p, strip(arg));
	if (is(name, "initrd") || is(name, "initrd16"))
		return take_initrd(p, strip(arg));
	return 0;
}

static int grub2_line(struct parser *p, struct str s)
{
	struct str title;

	if (p->function || begins(s, "function")) {
		p->function = begins(s, "function") ? true : !begins(s, "}");
		return 0;
	}
	if (get_title(s, &title)) {
		if (p->open)
			return fault(p, "pygrub takes no menuentry in another");
		open_entry(p, title);
		return 0;
	}
	if (begins(s, "submenu")) {
		p->menus++;
		return 0;
	}
	if (begins(s, "}")) {
		if (p->open)
			close_entry(p);
		else if (p->menus-- <= 0)
			return fault(p, "a '}' that pygrub finds no menuentry for: it takes "
					"\"menuentry 'TITLE' {\" alone");
		return 0;
	}
	return grub2_command(p, s);
}

static int legacy_line(struct parser *p, struct str s)
{
	struct str name, arg;

	if (begins(s, "title")) {
		if (p->open)
			close_entry(p);
		open_entry(p, s.len > 6 ? skip(s, 6) : (struct str){ "", 0 });
		return 0;
	}
	cut(s, &name, &arg);
	arg = strip(arg);
	if (!p->open) {
		char ignored[GRUBMENU_PATH];

		if (is(name, "default"))
			return take_default(p, arg);
		return is(name, "splashimage") ? take_path(p, arg, ignored, sizeof(ignored)) : 0;
	}
	p->has_lines = true;
	if (is(name, "kernel"))
		return take_kernel(p, arg);
	if (is(name, "initrd"))
		return take_initrd(p, arg);
	return is(name, "root") || is(name, "rootnoverify") ? take_root(p, arg) : 0;
}

/* append with what says initrd= taken out, and the blanks around it left; pygrub looks for it only
 * behind the kernel. */
static void extlinux_append(struct parser *p, struct str arg)
{
	char rest[GRUBMENU_ARGS];
	size_t len = 0;

	if (!p->has_kernel || !memmem(arg.at, arg.len, "initrd=", 7)) {
		copy(p->e.args, sizeof(p->e.args), arg);
		return;
	}
	for (arg = strip(arg); arg.len && len + 1 < sizeof(rest);) {
		size_t n = find(arg, ' ');

		if (n >= 7 && !strncasecmp(arg.at, "initrd=", 7)) {
			copy(p->e.initrd, sizeof(p->e.initrd), skip(arg, 7));
			p->e.initrd[n - 7 < sizeof(p->e.initrd) ? n - 7 : 0] = '\0';
			arg = skip(arg, n);
			continue;
		}
		rest[len++] = *arg.at;
		arg = skip(arg, 1);
		for (; n > 1 && len + 1 < sizeof(rest); n--, arg = skip(arg, 1))
			rest[len++] = *arg.at;
	}
	copy(p->e.args, sizeof(p->e.args), strip((struct str){ rest, len }));
}

static struct str unquote(struct str s)
{
	if (s.len > 2 && *s.at == '"' && s.at[s.len - 1] == '"')
		return (struct str){ s.at + 1, s.len - 2 };
	return s;
}

static int extlinux_line(struct parser *p, struct str s)
{
	struct str name, arg;
	bool label = s.len >= 5 && !strncasecmp(s.at, "label", 5);

	cut(s, &name, &arg);
	arg = unquote(strip(arg));
	if (label) {
		if (p->open)
			close_entry(p);
		open_entry(p, name.len == 5 ? arg : (struct str){ "", 0 });
		return 0;
	}
	if (!p->open) {
		if (name.len == 7 && !strncasecmp(name.at, "default", 7))
			copy(p->label, sizeof(p->label), arg);
		return 0;
	}
	if (name.len == 6 && !strncasecmp(name.at, "kernel", 6)) {
		struct str path = arg, args = { "", 0 };

		if (find(arg, ' ') < arg.len)
			cut_blank(arg, &path, &args);
		p->has_kernel = true;
		copy(p->e.kernel, sizeof(p->e.kernel), path);
		copy(p->e.args, sizeof(p->e.args), args);
	} else if (name.len == 6 && !strncasecmp(name.at, "append", 6)) {
		extlinux_append(p, arg);
	}
	return 0;
}

/* What Python decodes. */
static bool is_utf8(const char *text, size_t len)
{
	const unsigned char *t = (const unsigned char *)text, *end = t + len;

	while (t < end) {
		unsigned c = *t++, more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3, min;

		if (c < 0x80)
			continue;
		if (c < 0xc2 || c > 0xf4 || (size_t)(end - t) < more)
			return false;
		min = more == 2 && c == 0xe0 ? 0xa0 : more == 3 && c == 0xf0 ? 0x90 : 0x80;
		if (*t < min || (c == 0xed && *t > 0x9f) || (c == 0xf4 && *t > 0x8f))
			return false;
		for (; more; more--)
			if ((*t++ & 0xc0) != 0x80)
				return false;
	}
	return true;
}

static int parse_lines(struct parser *p, const char *text, size_t len, enum grubmenu_kind kind)
{
	static int (*const take[])(struct parser * p, struct str s) = {
		[GRUBMENU_GRUB2] = grub2_line,
		[GRUBMENU_LEGACY] = legacy_line,
		[GRUBMENU_EXTLINUX] = extlinux_line,
	};
	int r = 0;

	for (size_t at = 0; !r && at < len;) {
		struct str s = { text + at, find((struct str){ text + at, len - at }, '\n') };

		p->line++;
		at += s.len + 1;
		s = strip(s);
		if (s.len && *s.at != '#')
			r = take[kind](p, s);
	}
	if (!r && p->open && kind == GRUBMENU_GRUB2)
		r = fault(p, "a menuentry has no '}'");
	/* The last title of a menu.lst counts if something follows it. */
	if (!r && p->open && (kind != GRUBMENU_LEGACY || p->has_lines))
		close_entry(p);
	return r;
}

static int pick(struct parser *p, struct grubmenu_entry *out)
{
	size_t n = p->chosen >= 0 && (size_t)p->chosen < p->n ? (size_t)p->chosen : 0;

	p->line = 0;
	for (size_t i = 0; *p->label && i < p->n; i++)
		if (!strcmp(p->list[i].title, p->label)) {
			n = i;
			break;
		}
	if (!p->n)
		return fault(p, "pygrub finds no entry: it takes \"menuentry 'TITLE' {\" alone");
	if (!p->list[n].line)
		return fault(p, "pygrub finds no kernel in \"%.60s\": it knows linux and linux16",
			     p->list[n].title);
	*out = p->list[n];
	return 0;
}

int grubmenu_pygrub(const char *text, size_t len, enum grubmenu_kind kind, struct grubmenu_entry *e,
		    char why[GRUBMENU_WHY])
{
	struct parser p = { .why = why };
	int r;

	if (len > GRUBMENU_MAX)
		len = GRUBMENU_MAX;
	if (!is_utf8(text, len))
		return fault(&p, "pygrub reads nothing but UTF-8");
	p.list = calloc(GRUBMENU_ENTRIES_MAX, sizeof(*p.list));
	if (!p.list)
		return -ENOMEM;
	r = parse_lines(&p, text, len, kind);
	if (!r)
		r = pick(&p, e);
	free(p.list);
	return r;
}

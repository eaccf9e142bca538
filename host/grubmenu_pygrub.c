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

#include "host/pystr.h"

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

/* "hd0,msdos1" without parentheses, as a device is written. */
static bool get_plain(struct py_str s, char *to, size_t size)
{
	size_t n = 0;

	for (; s.len; s = py_skip(s, 1)) {
		if (*s.at == '(' || *s.at == ')')
			continue;
		if (n + 1 >= size)
			return false;
		to[n++] = *s.at;
	}
	to[n] = '\0';
	return true;
}

static bool is_device(struct py_str s)
{
	size_t comma = py_find(s, ',');
	char disk[64], part[64], *number = part;
	long n;

	if (!get_plain((struct py_str){ s.at, comma }, disk, sizeof(disk)))
		return false;
	if (!strncmp(disk, "/dev/xvd", 8)
		    ? !disk[8]
		    : strlen(disk) < 3 ||
			      !py_get_int((struct py_str){ disk + 2, strlen(disk + 2) }, &n))
		return false;
	if (comma == s.len)
		return true;
	s = py_skip(s, comma + 1);
	if (py_find(s, ',') < s.len || !get_plain(s, part, sizeof(part)))
		return false;
	number += !strncmp(number, "msdos", 5) ? 5 : 0;
	number += !strncmp(number, "gpt", 3) ? 3 : 0;
	return py_get_int((struct py_str){ number, strlen(number) }, &n);
}

static int take_root(struct parser *p, struct py_str s)
{
	return is_device(s) ? 0
			    : fault(p, "pygrub takes no device %.*s", s.len > 60 ? 60 : (int)s.len,
				    s.at);
}

/* "(hd0,0)/path" without the device. */
static int take_path(struct parser *p, struct py_str s, char *to, size_t size)
{
	size_t n = py_find(s, ')');

	if (py_begins(s, "(")) {
		if (n == s.len)
			return fault(p, "a ')' is missing");
		if (!is_device((struct py_str){ s.at, n }))
			return take_root(p, (struct py_str){ s.at, n });
		s = py_skip(s, n + 1);
	}
	py_copy(to, size, s);
	return 0;
}

static int take_kernel(struct parser *p, struct py_str s)
{
	struct py_str path = s, args = { "", 0 };

	if (py_find(s, ' ') < s.len)
		py_cut_blank(s, &path, &args);
	p->has_kernel = true;
	py_copy(p->e.args, sizeof(p->e.args), args);
	return take_path(p, path, p->e.kernel, sizeof(p->e.kernel));
}

static int take_initrd(struct parser *p, struct py_str s)
{
	return take_path(p, s, p->e.initrd, sizeof(p->e.initrd));
}

/* "name=value": Python fails when there is not exactly one pair. */
static int cut_set(struct parser *p, struct py_str s, struct py_str *name, struct py_str *value)
{
	size_t n = 0;

	py_cut(s, name, value);
	if (py_cut_by_sign(s)) {
		if (py_find(*value, '=') < value->len)
			return fault(p, "pygrub takes no second '=' in set");
	} else {
		struct py_str rest = *value, word;

		for (; rest.len; n++)
			py_cut_blank(rest, &word, &rest);
		if (n != 1)
			return fault(p, "pygrub takes no such set: NAME=VALUE without blanks");
	}
	if (value->len > 1 && (*value->at == '"' || *value->at == '\'')) {
		const char *last = memrchr(value->at + 1, *value->at, value->len - 1);

		if (last)
			*value = (struct py_str){ value->at + 1, (size_t)(last - value->at) - 1 };
	}
	*value = py_strip(*value);
	return 0;
}

static int take_default(struct parser *p, struct py_str s)
{
	if (py_is(s, "saved") || !py_get_int(s, &p->chosen))
		p->chosen = 0;
	return p->chosen < 0 ? fault(p, "pygrub takes no negative default") : 0;
}

static void open_entry(struct parser *p, struct py_str title)
{
	p->e = (struct grubmenu_entry){ .line = p->line };
	py_copy(p->e.title, sizeof(p->e.title), py_strip(title));
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

static int grub2_set(struct parser *p, struct py_str arg)
{
	struct py_str name, value;
	int r = cut_set(p, arg, &name, &value);

	if (r)
		return r;
	if (p->open)
		return py_is(name, "root") ? take_root(p, value) : 0;
	if (!py_is(name, "default"))
		return 0;
	if (py_is(value, "${saved_entry}") || py_is(value, "${next_entry}"))
		value = (struct py_str){ "0", 1 };
	return take_default(p, value);
}

/* ^menuentry ["'](.*?)["'] (.*){ */
static bool get_title(struct py_str s, struct py_str *title)
{
	if (!py_begins(s, "menuentry ") || s.len < 11 || (s.at[10] != '"' && s.at[10] != '\''))
		return false;
	for (size_t i = 11; i + 1 < s.len; i++) {
		if ((s.at[i] == '"' || s.at[i] == '\'') && s.at[i + 1] == ' ') {
			*title = (struct py_str){ s.at + 11, i - 11 };
			return py_find(py_skip(s, i + 2), '{') < s.len - i - 2;
		}
	}
	return false;
}

static int grub2_command(struct parser *p, struct py_str s)
{
	struct py_str name, arg;

	py_cut(s, &name, &arg);
	if (py_is(name, "set"))
		return grub2_set(p, arg);
	if (!p->open)
		return 0;
	if (py_is(name, "linux") || py_is(name, "linux16"))
		return take_kernel(p, py_strip(arg));
	if (py_is(name, "initrd") || py_is(name, "initrd16"))
		return take_initrd(p, py_strip(arg));
	return 0;
}

static int grub2_line(struct parser *p, struct py_str s)
{
	struct py_str title;

	if (p->function || py_begins(s, "function")) {
		p->function = py_begins(s, "function") ? true : !py_begins(s, "}");
		return 0;
	}
	if (get_title(s, &title)) {
		if (p->open)
			return fault(p, "pygrub takes no menuentry in another");
		open_entry(p, title);
		return 0;
	}
	if (py_begins(s, "submenu")) {
		p->menus++;
		return 0;
	}
	if (py_begins(s, "}")) {
		if (p->open)
			close_entry(p);
		else if (p->menus-- <= 0)
			return fault(p, "a '}' that pygrub finds no menuentry for: it takes "
					"\"menuentry 'TITLE' {\" alone");
		return 0;
	}
	return grub2_command(p, s);
}

static int legacy_line(struct parser *p, struct py_str s)
{
	struct py_str name, arg;

	if (py_begins(s, "title")) {
		if (p->open)
			close_entry(p);
		open_entry(p, s.len > 6 ? py_skip(s, 6) : (struct py_str){ "", 0 });
		return 0;
	}
	py_cut(s, &name, &arg);
	arg = py_strip(arg);
	if (!p->open) {
		char ignored[GRUBMENU_PATH];

		if (py_is(name, "default"))
			return take_default(p, arg);
		return py_is(name, "splashimage") ? take_path(p, arg, ignored, sizeof(ignored)) : 0;
	}
	p->has_lines = true;
	if (py_is(name, "kernel"))
		return take_kernel(p, arg);
	if (py_is(name, "initrd"))
		return take_initrd(p, arg);
	return py_is(name, "root") || py_is(name, "rootnoverify") ? take_root(p, arg) : 0;
}

/* append with what says initrd= taken out, and the blanks around it left; pygrub looks for it only
 * behind the kernel. */
static void extlinux_append(struct parser *p, struct py_str arg)
{
	char rest[GRUBMENU_ARGS];
	size_t len = 0;

	if (!p->has_kernel || !memmem(arg.at, arg.len, "initrd=", 7)) {
		py_copy(p->e.args, sizeof(p->e.args), arg);
		return;
	}
	for (arg = py_strip(arg); arg.len && len + 1 < sizeof(rest);) {
		size_t n = py_find(arg, ' ');

		if (n >= 7 && !strncasecmp(arg.at, "initrd=", 7)) {
			py_copy(p->e.initrd, sizeof(p->e.initrd), py_skip(arg, 7));
			p->e.initrd[n - 7 < sizeof(p->e.initrd) ? n - 7 : 0] = '\0';
			arg = py_skip(arg, n);
			continue;
		}
		rest[len++] = *arg.at;
		arg = py_skip(arg, 1);
		for (; n > 1 && len + 1 < sizeof(rest); n--, arg = py_skip(arg, 1))
			rest[len++] = *arg.at;
	}
	py_copy(p->e.args, sizeof(p->e.args), py_strip((struct py_str){ rest, len }));
}

static struct py_str unquote(struct py_str s)
{
	if (s.len > 2 && *s.at == '"' && s.at[s.len - 1] == '"')
		return (struct py_str){ s.at + 1, s.len - 2 };
	return s;
}

static int extlinux_line(struct parser *p, struct py_str s)
{
	struct py_str name, arg;
	bool label = s.len >= 5 && !strncasecmp(s.at, "label", 5);

	py_cut(s, &name, &arg);
	arg = unquote(py_strip(arg));
	if (label) {
		if (p->open)
			close_entry(p);
		open_entry(p, name.len == 5 ? arg : (struct py_str){ "", 0 });
		return 0;
	}
	if (!p->open) {
		if (name.len == 7 && !strncasecmp(name.at, "default", 7))
			py_copy(p->label, sizeof(p->label), arg);
		return 0;
	}
	if (name.len == 6 && !strncasecmp(name.at, "kernel", 6)) {
		struct py_str path = arg, args = { "", 0 };

		if (py_find(arg, ' ') < arg.len)
			py_cut_blank(arg, &path, &args);
		p->has_kernel = true;
		py_copy(p->e.kernel, sizeof(p->e.kernel), path);
		py_copy(p->e.args, sizeof(p->e.args), args);
	} else if (name.len == 6 && !strncasecmp(name.at, "append", 6)) {
		extlinux_append(p, arg);
	}
	return 0;
}

static int parse_lines(struct parser *p, const char *text, size_t len, enum grubmenu_kind kind)
{
	static int (*const take[])(struct parser * p, struct py_str s) = {
		[GRUBMENU_GRUB2] = grub2_line,
		[GRUBMENU_LEGACY] = legacy_line,
		[GRUBMENU_EXTLINUX] = extlinux_line,
	};
	int r = 0;

	for (size_t at = 0; !r && at < len;) {
		struct py_str s = { text + at,
				    py_find((struct py_str){ text + at, len - at }, '\n') };

		p->line++;
		at += s.len + 1;
		s = py_strip(s);
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
	if (!py_is_utf8(text, len))
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

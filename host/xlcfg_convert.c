/* SPDX-License-Identifier: ISC */
#include "host/xlcfg_convert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/xlcfg_keys.h"
#include "host/xlcfg_rules.h"

/* What xl takes for a type: any beginning of these, the first that fits. */
static const struct {
	const char *key, *word, *type;
} types[] = {
	{ "type", "hvm", "hvm" },    { "type", "pv", "pv" },	     { "type", "pvh", "pvh" },
	{ "builder", "hvm", "hvm" }, { "builder", "generic", "pv" },
};

static const struct {
	const char *type; /* in xl.cfg(5) */
	int bit;
} modes[MODE_COUNT] = {
	[MODE_PV] = { "pv", XLCFG_IN_PV },
	[MODE_PVH] = { "pvh", XLCFG_IN_PVH },
	[MODE_PVHVM] = { "hvm", XLCFG_IN_HVM },
	[MODE_HVM] = { "hvm", XLCFG_IN_HVM },
};

int xlcfg_type_bit(enum mode mode)
{
	return modes[mode].bit;
}

bool xlcfg_is_hvmloader(const char *kernel)
{
	const char *base = strrchr(kernel, '/');

	return !strcmp(base ? base + 1 : kernel, "hvmloader");
}

/* The type that a key asks for; NULL when it does not. 0 or -EINVAL. */
static int type_of(const struct xlcfg *c, const char *key, const char **type, char *why)
{
	const char *text = xlcfg_text(c, key);

	*type = NULL;
	if (!text)
		return 0;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (strcmp(types[i].key, key) || strncmp(types[i].word, text, strlen(text)))
			continue;
		*type = types[i].type;
		return 0;
	}
	snprintf(why, XLCFG_WHY, "line %u: %s is neither pv, pvh nor hvm",
		 c->tokens[xlcfg_find(c, key)->first].line, key);
	return -EINVAL;
}

int xlcfg_mode(const struct xlcfg *c, enum mode *mode, char *why)
{
	const char *type, *builder;
	long platform;

	if (type_of(c, "type", &type, why) || type_of(c, "builder", &builder, why))
		return -EINVAL;
	if (type && builder && strcmp(type, builder)) {
		snprintf(why, XLCFG_WHY, "line %u: builder and type contradict each other",
			 c->tokens[xlcfg_find(c, "builder")->first].line);
		return -EINVAL;
	}
	type = type ? type : builder ? builder : "pv";
	if (!strcmp(type, "hvm"))
		*mode = xlcfg_number(c, "xen_platform_pci", &platform) || platform ? MODE_PVHVM
										   : MODE_HVM;
	else
		mode_parse(type, mode);
	return 0;
}

static void set_all(struct xlcfg_rules *r, const char *key, const char *value)
{
	for (size_t i = 0; i < r->c->nsettings; i++)
		if (!strcmp(r->c->settings[i].name, key))
			xlcfg_edit_value(&r->e, &r->c->values[r->c->settings[i].value], value);
}

static void drop_all(struct xlcfg_rules *r, const char *key, const struct xlcfg_setting *but,
		     const char *why)
{
	for (size_t i = 0; i < r->c->nsettings; i++) {
		const struct xlcfg_setting *s = &r->c->settings[i];

		if (strcmp(s->name, key) || s == but)
			continue;
		xlcfg_edit_drop(&r->e, s);
		xlcfg_note(r->notes, xlcfg_line(r, s), key, "left out: %s", why);
	}
}

void xlcfg_rules_add(struct xlcfg_rules *r, const char *key, const char *value, const char *why)
{
	static const char *const anchors[] = { "type", "builder", "name" };
	const struct xlcfg_setting *s = NULL;

	for (size_t i = 0; i < sizeof(anchors) / sizeof(*anchors) && !s; i++)
		s = xlcfg_find(r->c, anchors[i]);
	xlcfg_edit_add(&r->e, s ? xlcfg_last_line(r->c, s) : 0, "%s = %s", key, value);
	xlcfg_note(r->notes, 0, key, "new, %s: %s", value, why);
}

static void rule_type(struct xlcfg_rules *r)
{
	const char *type = modes[r->to->mode].type;
	const struct xlcfg_setting *builder = xlcfg_find(r->c, "builder");
	char quoted[16];

	if (!strcmp(type, modes[r->from].type))
		return;
	if (xlcfg_find(r->c, "type")) {
		set_all(r, "type", type);
		drop_all(r, "builder", NULL, "type says it");
		xlcfg_note(r->notes, xlcfg_line(r, xlcfg_find(r->c, "type")), "type", "now \"%s\"",
			   type);
	} else if (builder) {
		drop_all(r, "builder", builder, "the last one counts");
		xlcfg_edit_name(&r->e, builder, "type");
		xlcfg_edit_value(&r->e, &r->c->values[builder->value], type);
		xlcfg_note(r->notes, xlcfg_line(r, builder), "builder",
			   "now type = \"%s\": builder is deprecated", type);
	} else {
		snprintf(quoted, sizeof(quoted), "\"%s\"", type);
		xlcfg_rules_add(r, "type", quoted, "a guest without a type is pv");
	}
}

static void rule_platform(struct xlcfg_rules *r)
{
	const struct xlcfg_setting *s = xlcfg_find(r->c, "xen_platform_pci");
	long on = 1;

	xlcfg_number(r->c, "xen_platform_pci", &on);
	if (r->to->mode == MODE_HVM && !s)
		xlcfg_rules_add(r, "xen_platform_pci", "0", "the guest's PV drivers stay off");
	else if (r->to->mode == MODE_HVM || (r->to->mode == MODE_PVHVM && !on)) {
		set_all(r, "xen_platform_pci", r->to->mode == MODE_HVM ? "0" : "1");
		xlcfg_note(r->notes, xlcfg_line(r, s), "xen_platform_pci",
			   r->to->mode == MODE_HVM ? "now 0: the guest's PV drivers stay off"
						   : "now 1: the guest's PV drivers find it");
	}
}

#define FIRMWARE "the firmware boots the disk's own boot loader, with its kernel and parameters"
#define SCREEN "console mode: the guest has hvc0 and no screen"
#define MACHINE "the guest has no emulated machine"

/* What xl heeds but has no place: to is a bit of the target's type, crosses: only where the mode
 * changes between one with and one without firmware. */
static const struct {
	const char *key;
	int to;
	bool crosses;
	const char *why;
} misfits[] = {
	{ "kernel", XLCFG_IN_HVM, true, FIRMWARE },
	{ "ramdisk", XLCFG_IN_HVM, true, FIRMWARE },
	{ "cmdline", XLCFG_IN_HVM, true, FIRMWARE },
	{ "root", XLCFG_IN_HVM, true, FIRMWARE },
	{ "extra", XLCFG_IN_HVM, true, FIRMWARE },
	{ "bootloader", XLCFG_IN_HVM, true, FIRMWARE },
	{ "bootloader_args", XLCFG_IN_HVM, true, FIRMWARE },
	{ "firmware", XLCFG_IN_ALL, true, "it is for the other kind of guest" },
	{ "vfb", XLCFG_IN_ALL, true, SCREEN },
	{ "vnc", XLCFG_IN_PV, true, SCREEN },
	{ "vnclisten", XLCFG_IN_PV, true, SCREEN },
	{ "vncdisplay", XLCFG_IN_PV, true, SCREEN },
	{ "vncunused", XLCFG_IN_PV, true, SCREEN },
	{ "vncpasswd", XLCFG_IN_PV, true, SCREEN },
	{ "vncviewer", XLCFG_IN_PV | XLCFG_IN_PVH, true, SCREEN },
	{ "sdl", XLCFG_IN_PV, true, SCREEN },
	{ "opengl", XLCFG_IN_PV, true, SCREEN },
	{ "display", XLCFG_IN_PV, true, SCREEN },
	{ "xauthority", XLCFG_IN_PV, true, SCREEN },
	{ "keymap", XLCFG_IN_PV, true, SCREEN },
	{ "device_model", XLCFG_IN_PV | XLCFG_IN_PVH, true, MACHINE },
	{ "device_model_version", XLCFG_IN_PV | XLCFG_IN_PVH, true, MACHINE },
	{ "device_model_override", XLCFG_IN_PV | XLCFG_IN_PVH, true, MACHINE },
	{ "device_model_stubdomain_override", XLCFG_IN_PV | XLCFG_IN_PVH, true, MACHINE },
	{ "device_model_args", XLCFG_IN_PV | XLCFG_IN_PVH, true, MACHINE },
	{ "device_model_args_hvm", XLCFG_IN_PV | XLCFG_IN_PVH, true, MACHINE },
	{ "pci", XLCFG_IN_PVH, false, "Xen passes no PCI devices to pvh guests" },
	{ "dtdev", XLCFG_IN_PVH, false, "Xen passes no devices to pvh guests" },
};

static const char *misfit(const struct xlcfg_rules *r, const char *name)
{
	static char why[64];
	const struct xlcfg_key *key = xlcfg_key_find(name);
	int from = modes[r->from].bit, to = modes[r->to->mode].bit;

	for (size_t i = 0; i < sizeof(misfits) / sizeof(*misfits); i++)
		if (!strcmp(misfits[i].key, name) && misfits[i].to & to &&
		    (!misfits[i].crosses || xlcfg_crosses(r)))
			return misfits[i].why;
	if (!key || !(key->in & from) || key->in & to)
		return NULL;
	snprintf(why, sizeof(why), "xl does not heed it for a %s guest", modes[r->to->mode].type);
	return why;
}

/* What has no meaning, or another one, in the new mode. builder and kernel are other rules'. */
static void rule_misfits(struct xlcfg_rules *r)
{
	for (size_t i = 0; i < r->c->nsettings; i++) {
		const struct xlcfg_setting *s = &r->c->settings[i];
		const char *why = misfit(r, s->name);

		if (!why)
			continue;
		xlcfg_edit_drop(&r->e, s);
		xlcfg_note(r->notes, xlcfg_line(r, s), s->name, "left out: %s", why);
	}
}

static int check_plain(const struct xlcfg *c, char *why)
{
	for (size_t i = 0; i < c->nsettings; i++) {
		const struct xlcfg_setting *s = &c->settings[i];
		const struct xlcfg_key *key = xlcfg_key_find(s->name);

		if (!s->add || !key || key->holds & XLCFG_IS_LIST)
			continue;
		snprintf(why, XLCFG_WHY,
			 "line %u: %.40s += is more than a conversion can keep: "
			 "write it as one",
			 c->tokens[s->first].line, s->name);
		return -EINVAL;
	}
	return 0;
}

bool xlcfg_is_option(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f || *text == '"' || *text == '\\')
			return false;
	return true;
}

static int check_options(const struct xlcfg_target *to, char *why)
{
	const char *const texts[] = { to->kernel, to->ramdisk, to->cmdline };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i] && !xlcfg_is_option(texts[i])) {
			snprintf(why, XLCFG_WHY,
				 "an option has a quote, a backslash or a control character");
			return -EINVAL;
		}
	return 0;
}

/* By the rules alone; the file ends with '\n' or is empty. */
static int convert(struct xlcfg_rules *r, char **out, size_t *len)
{
	static int (*const rules[])(struct xlcfg_rules * r) = { xlcfg_rule_boot, xlcfg_rule_cmdline,
								xlcfg_rule_disks,
								xlcfg_rule_cards };
	int err = check_plain(r->c, r->why);

	if (!err)
		err = check_options(r->to, r->why);
	rule_type(r);
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules) && !err; i++)
		err = rules[i](r);
	rule_platform(r);
	rule_misfits(r);
	if (!err)
		err = xlcfg_edit_apply(&r->e, mode_name(r->from), out, len);
	xlcfg_edits_free(&r->e);
	return err;
}

/* Adds the '\n' that is missing at the end, or the mark that says so. Takes over text. */
static int append(char **text, size_t *len, const char *tail)
{
	char *longer = realloc(*text, *len + strlen(tail) + 1);

	if (!longer)
		return -ENOMEM;
	strcpy(longer + *len, tail);
	*text = longer;
	*len += strlen(tail);
	return 0;
}

/* A comment at the end needs its '\n'. */
static bool reads(const char *text, size_t n)
{
	struct xlcfg_error e;
	struct xlcfg c;
	bool good = !xlcfg_parse(&c, text, n, &e);

	if (good)
		xlcfg_free(&c);
	return good;
}

/* From the original text, which is freed. */
static int convert_original(char *text, size_t n, const struct xlcfg_target *to, bool whole,
			    char **out, size_t *len, struct xlcfg_notes *notes, char *why)
{
	bool ends = !n || text[n - 1] == '\n';
	struct xlcfg_rules r = { .to = to, .notes = notes, .why = why };
	struct xlcfg_error e;
	struct xlcfg c;
	char mark[16];
	int err = ends ? 0 : append(&text, &n, "\n");

	*out = NULL;
	if (!err)
		err = xlcfg_parse(&c, text, n, &e);
	if (err == -EINVAL)
		snprintf(why, XLCFG_WHY, "a line that xlab had marked is wrong now: %s", e.what);
	if (err)
		goto out;
	r.e.c = r.c = &c;
	err = xlcfg_mode(&c, &r.from, why);
	if (!err && r.from == to->mode && whole) {
		*out = text;
		*len = n - (!ends && reads(text, n - 1));
		text[*len] = '\0';
		text = NULL;
	} else if (!err) {
		err = convert(&r, out, len);
		snprintf(mark, sizeof(mark), "#xlab %s$\n", mode_name(r.from));
		if (!err && !ends)
			err = append(out, len, mark);
	}
	xlcfg_free(&c);
out:
	free(text);
	return err;
}

/* What is new comes last. */
static int by_line(const void *a, const void *b)
{
	const struct xlcfg_note *x = a, *y = b;

	if (x->line != y->line)
		return x->line - 1 < y->line - 1 ? -1 : 1;
	if (strcmp(x->key, y->key))
		return strcmp(x->key, y->key);
	return strcmp(x->text, y->text);
}

int xlcfg_convert(const struct xlcfg *c, const struct xlcfg_target *to, char **out, size_t *len,
		  struct xlcfg_notes *notes, char *why)
{
	struct xlcfg_undone done;
	enum mode mode;
	char *text;
	size_t n;
	int r = xlcfg_mode(c, &mode, why);

	if (r)
		return r;
	if (mode == to->mode) {
		xlcfg_note(notes, 0, "type", "nothing to do: it is %s already", mode_name(mode));
		*out = strndup(c->text, c->len);
		*len = c->len;
		return *out ? 0 : -ENOMEM;
	}
	r = xlcfg_undo(c, &text, &n, &done, notes);
	if (r)
		return r;
	if (done.taken_back)
		xlcfg_note(notes, 0, "#xlab", "%u earlier changes taken back", done.taken_back);
	r = convert_original(text, n, to, !done.kept, out, len, notes, why);
	if (notes->n)
		qsort(notes->list, notes->n, sizeof(*notes->list), by_line);
	if (!r && notes->failed)
		r = -ENOMEM;
	if (r)
		free(*out);
	return r;
}

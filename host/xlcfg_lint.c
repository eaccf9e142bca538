/* SPDX-License-Identifier: ISC */
#include "host/xlcfg_lint.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/xlcfg_convert.h"
#include "host/xlcfg_keys.h"

void xlcfg_find_fault(struct xlcfg_lint *l, const struct xlcfg_token *at, const char *key,
		      unsigned modes, unsigned stops, const char *fix, const char *problem, ...)
{
	struct xlcfg_finding *bigger, *f;
	va_list ap;

	bigger = realloc(l->f->list, (l->f->n + 1) * sizeof(*bigger));
	if (!bigger) {
		l->f->failed = true;
		return;
	}
	l->f->list = bigger;
	f = &bigger[l->f->n++];
	*f = (struct xlcfg_finding){ .modes = modes, .stops = stops };
	if (at) {
		f->line = at->line;
		f->column = at->column;
	}
	snprintf(f->key, sizeof(f->key), "%s", key);
	snprintf(f->fix, sizeof(f->fix), "%s", fix);
	va_start(ap, problem);
	vsnprintf(f->problem, sizeof(f->problem), problem, ap);
	va_end(ap);
}

const struct xlcfg_token *xlcfg_lint_at(const struct xlcfg_lint *l, const char *key)
{
	const struct xlcfg_setting *s = xlcfg_find(l->c, key);

	return s ? &l->c->tokens[s->first] : NULL;
}

static const struct xlcfg_token *token(struct xlcfg_lint *l, const struct xlcfg_setting *s)
{
	return &l->c->tokens[s->first];
}

/* The modes in which xl heeds a key. */
static unsigned modes_of(const struct xlcfg_key *key)
{
	unsigned modes = 0;

	for (enum mode m = MODE_PV; m < MODE_COUNT; m++)
		if (key->in & xlcfg_type_bit(m))
			modes |= XLCFG_MODE(m);
	return modes;
}

static bool is_number(const char *text)
{
	char *end;

	errno = 0;
	strtol(text, &end, 0);
	return !errno && !*end && end > text;
}

/* Without these a guest is another one than was meant. */
static bool is_vital(const char *name)
{
	static const char *const vital[] = { "name",  "type",	"builder",    "memory",
					     "vcpus", "kernel", "ramdisk",    "cmdline",
					     "root",  "extra",	"bootloader", "disk" };

	for (size_t i = 0; i < sizeof(vital) / sizeof(*vital); i++)
		if (!strcmp(vital[i], name))
			return true;
	return false;
}

static void check_value(struct xlcfg_lint *l, const struct xlcfg_setting *s,
			const struct xlcfg_key *key)
{
	const char *text = l->c->values[s->value].text, *fix = NULL;
	unsigned modes = modes_of(key);

	if (!text && !(key->holds & XLCFG_IS_LIST))
		fix = "write one value, without brackets";
	else if (text && key->holds == XLCFG_IS_LIST)
		fix = "put it in brackets: [ \"...\" ]";
	else if (text && key->holds == XLCFG_IS_NUMBER && !is_number(text))
		fix = "write a number";
	if (fix)
		xlcfg_find_fault(l, token(l, s), s->name, modes, is_vital(s->name) ? modes : 0, fix,
				 "%s",
				 text && key->holds == XLCFG_IS_NUMBER
					 ? "is no number, so xl passes it over"
					 : "is of the wrong kind, so xl passes it over");
}

static void check_unknown(struct xlcfg_lint *l, const struct xlcfg_setting *s)
{
	const char *near = xlcfg_key_near(s->name);
	char fix[80] = "take it out";

	if (near)
		snprintf(fix, sizeof(fix), "write %s", near);
	xlcfg_find_fault(l, token(l, s), s->name, XLCFG_EVERY, 0, fix,
			 "xl 4.17 knows no such setting and passes it over");
}

static void check_setting(struct xlcfg_lint *l, const struct xlcfg_setting *s)
{
	const struct xlcfg_key *key = xlcfg_key_find(s->name);
	const struct xlcfg_setting *last;

	if (!key) {
		check_unknown(l, s);
		return;
	}
	last = xlcfg_find(l->c, s->name);
	if (last != s && !last->add) {
		xlcfg_find_fault(l, token(l, s), s->name, XLCFG_EVERY, 0, "keep one of them",
				 "is given again on line %u, and that counts",
				 token(l, last)->line);
		return;
	}
	check_value(l, s, key);
	if (modes_of(key) != XLCFG_EVERY)
		xlcfg_find_fault(l, token(l, s), s->name, XLCFG_EVERY & ~modes_of(key), 0,
				 "take it out", "xl does not heed it in this mode");
}

#define ACTIONS \
	"destroy restart rename-restart preserve coredump-destroy coredump-restart soft-reset"

/* Settings whose value is one of some words; xl refuses any other. */
static const struct {
	const char *key, *words;
	unsigned modes;
} choices[] = {
	{ "on_poweroff", ACTIONS, XLCFG_EVERY },
	{ "on_reboot", ACTIONS, XLCFG_EVERY },
	{ "on_watchdog", ACTIONS, XLCFG_EVERY },
	{ "on_crash", ACTIONS, XLCFG_EVERY },
	{ "on_soft_reset", ACTIONS, XLCFG_EVERY },
	{ "device_model_version", "qemu-xen qemu-xen-traditional", XLCFG_EVERY },
	{ "vga", "none stdvga cirrus qxl", XLCFG_FIRMWARE },
	{ "hdtype", "ide ahci", XLCFG_FIRMWARE },
	{ "bios", "seabios rombios ovmf", XLCFG_FIRMWARE },
};

static bool is_word_of(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (; *words; words += strcspn(words, " "), words += *words == ' ')
		if (strcspn(words, " ") == len && !memcmp(words, word, len))
			return true;
	return false;
}

static void check_choices(struct xlcfg_lint *l)
{
	char fix[128];

	for (size_t i = 0; i < sizeof(choices) / sizeof(*choices); i++) {
		const char *text = xlcfg_text(l->c, choices[i].key);

		if (!text || is_word_of(choices[i].words, text))
			continue;
		snprintf(fix, sizeof(fix), "one of %s", choices[i].words);
		xlcfg_find_fault(l, xlcfg_lint_at(l, choices[i].key), choices[i].key,
				 choices[i].modes, choices[i].modes, fix,
				 "xl does not know \"%.40s\"", text);
	}
}

static void check_name(struct xlcfg_lint *l)
{
	static const char usual[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";
	const struct xlcfg_token *at = xlcfg_lint_at(l, "name");
	const char *name = xlcfg_text(l->c, "name");

	if (!at)
		xlcfg_find_fault(l, NULL, "name", XLCFG_EVERY, XLCFG_EVERY, "add name = \"lab\"",
				 "is missing, and xl refuses a guest without one");
	if (!name)
		return;
	if (!*name || strchr(name, '/'))
		xlcfg_find_fault(l, at, "name", XLCFG_EVERY, XLCFG_EVERY,
				 "letters, digits and . _ + - are fine",
				 *name ? "has a slash, and logs are named after it" : "is empty");
	else if (strspn(name, usual) != strlen(name))
		xlcfg_find_fault(l, at, "name", XLCFG_EVERY, 0,
				 "letters, digits and . _ + - are fine",
				 "has a character that scripts stumble over");
	else if (strspn(name, "0123456789") == strlen(name) || *name == '-')
		xlcfg_find_fault(l, at, "name", XLCFG_EVERY, 0, "begin it with a letter",
				 "xl takes it for a number or an option");
}

static void check_size(struct xlcfg_lint *l)
{
	long memory, vcpus = 1, max;

	if (!xlcfg_find(l->c, "memory") && !xlcfg_find(l->c, "maxmem"))
		xlcfg_find_fault(l, NULL, "memory", XLCFG_EVERY, 0, "add memory = 256",
				 "is missing, so the guest gets 32 MiB");
	else if (!xlcfg_number(l->c, "memory", &memory) && memory < 32)
		xlcfg_find_fault(l, xlcfg_lint_at(l, "memory"), "memory", XLCFG_EVERY, XLCFG_EVERY,
				 "give it 64 at least, in MiB",
				 "%ld MiB are too few for a Linux kernel", memory);
	xlcfg_number(l->c, "vcpus", &vcpus);
	if (!xlcfg_number(l->c, "maxvcpus", &max) && max && max < vcpus)
		xlcfg_find_fault(l, xlcfg_lint_at(l, "maxvcpus"), "maxvcpus", XLCFG_EVERY,
				 XLCFG_EVERY, "make it as large as vcpus",
				 "is less than vcpus, which xl refuses");
}

static void check_type(struct xlcfg_lint *l)
{
	const struct xlcfg_token *builder = xlcfg_lint_at(l, "builder");
	char why[XLCFG_WHY];
	enum mode mode;

	if (xlcfg_mode(l->c, &mode, why)) {
		const char *what = strchr(why, ':');

		xlcfg_find_fault(l, builder ? builder : xlcfg_lint_at(l, "type"),
				 builder ? "builder" : "type", XLCFG_EVERY, XLCFG_EVERY,
				 "one line: type = \"pv\", \"pvh\" or \"hvm\"", "%s",
				 what ? what + 2 : why);
	} else if (builder) {
		xlcfg_find_fault(l, builder, "builder", XLCFG_EVERY, 0,
				 xlcfg_find(l->c, "type") ? "take it out"
				 : xlcfg_is_direct(mode)  ? "write type = \"pv\""
							  : "write type = \"hvm\"",
				 "%s",
				 xlcfg_find(l->c, "type")
					 ? "type says it already, and builder is deprecated"
					 : "is deprecated since Xen 4.10");
	}
}

void xlcfg_lint_general(struct xlcfg_lint *l)
{
	check_type(l);
	check_name(l);
	check_size(l);
	check_choices(l);
	for (size_t i = 0; i < l->c->nsettings; i++)
		check_setting(l, &l->c->settings[i]);
}

static int by_line(const void *a, const void *b)
{
	const struct xlcfg_finding *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	if (strcmp(x->key, y->key))
		return strcmp(x->key, y->key);
	return strcmp(x->problem, y->problem);
}

int xlcfg_lint(const struct xlcfg *c, struct xlcfg_findings *f)
{
	struct xlcfg_lint l = { c, f };

	xlcfg_lint_general(&l);
	xlcfg_lint_boot(&l);
	xlcfg_lint_devices(&l);
	if (f->n)
		qsort(f->list, f->n, sizeof(*f->list), by_line);
	return f->failed ? -ENOMEM : 0;
}

void xlcfg_findings_free(struct xlcfg_findings *f)
{
	free(f->list);
	*f = (struct xlcfg_findings){ 0 };
}

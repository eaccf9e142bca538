/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/cmd_cfg.h"
#include "host/xlcfg_convert.h"
#include "host/xlcfg_lint.h"

static const char usage[] =
	"usage: xlab cfg lint [--mode MODE] [--json] FILE.cfg...\n"
	"\n"
	"Says what stops each xl.cfg(5) file from booting, and how to mend it, a line each:\n"
	"\n"
	"\tFILE:LINE: KEY: PROBLEM; FIX [stops MODE...]\n"
	"\n"
	"[note] instead is for what does not stop it. All modes are tried, or only MODE: pv, pvh,\n"
	"pvhvm or hvm. Ends with 0 when nothing stops a file in MODE, or else in the mode that it\n"
	"asks for, and with 100 when something does. --json prints one object for all files.\n";

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "mode", required_argument, NULL, 'm' },
	{ "json", no_argument, NULL, 'j' },
	{ 0 },
};

struct lint {
	enum mode mode; /* MODE_UNKNOWN: all */
	json_t *files;	/* NULL: text */
	bool stopped;
};

/* One file. */
struct subject {
	const char *path;
	unsigned own;	/* the mode that it asks for; all, when that is not to be told */
	unsigned shown; /* what is printed */
	bool stopped;
};

static void print_modes(unsigned modes)
{
	fputs(modes ? " [stops" : " [note", stdout);
	for (enum mode m = MODE_PV; m < MODE_COUNT; m++)
		if (modes & XLCFG_MODE(m))
			printf(" %s", mode_name(m));
	puts("]");
}

/* What comes from a file may have anything in it. */
static void print_text(const char *text)
{
	for (; *text; text++)
		putchar((unsigned char)*text < ' ' || (unsigned char)*text > '~' ? '?' : *text);
}

static void print_finding(const struct subject *s, const struct xlcfg_finding *f)
{
	print_text(s->path);
	if (f->line)
		printf(":%u", f->line);
	printf(": %s: ", f->key);
	print_text(f->problem);
	printf("; %s", f->fix);
	print_modes(f->stops & s->shown);
}

static json_t *json_modes(unsigned modes)
{
	json_t *list = json_array();

	for (enum mode m = MODE_PV; m < MODE_COUNT; m++)
		if (modes & XLCFG_MODE(m))
			json_array_append_new(list, json_string(mode_name(m)));
	return list;
}

static json_t *json_finding(const struct subject *s, const struct xlcfg_finding *f)
{
	return json_pack("{sI sI ss so ss so}", "line", (json_int_t)f->line, "column",
			 (json_int_t)f->column, "key", f->key, "problem", cmd_cfg_json(f->problem),
			 "fix", f->fix, "stops", json_modes(f->stops & s->shown));
}

/* Whether it is one for the modes that are looked at: what stops another mode counts there, a
 * remark only in the file's own. */
static bool is_shown(const struct subject *s, const struct xlcfg_finding *f)
{
	return f->stops & s->shown || f->modes & s->own;
}

static void report(struct lint *l, struct subject *s, const struct xlcfg_findings *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->n; i++) {
		if (!is_shown(s, &f->list[i]))
			continue;
		s->stopped |= f->list[i].stops & s->own;
		if (l->files)
			json_array_append_new(list, json_finding(s, &f->list[i]));
		else
			print_finding(s, &f->list[i]);
	}
	l->stopped |= s->stopped;
	if (l->files)
		json_array_append_new(l->files,
				      json_pack("{so so sb so}", "file", cmd_cfg_json(s->path),
						"modes", json_modes(s->own), "boots", !s->stopped,
						"findings", list));
	else
		json_decref(list);
}

/* The type has to be the one of the mode that is asked for. */
static void check_type(struct xlcfg_lint *x, enum mode own, enum mode mode)
{
	char fix[80];

	if (own == mode)
		return;
	snprintf(fix, sizeof(fix), "xlab cfg convert --to %s", mode_name(mode));
	xlcfg_find_fault(x, xlcfg_lint_at(x, "type"), "type", XLCFG_MODE(mode), XLCFG_MODE(mode),
			 fix, "the file is for %s", mode_name(own));
}

static int lint_parsed(struct lint *l, struct subject *s, const struct xlcfg *c)
{
	struct xlcfg_findings found = { 0 };
	struct xlcfg_lint x = { c, &found };
	char why[XLCFG_WHY];
	enum mode own;
	int r;

	if (!xlcfg_mode(c, &own, why)) {
		s->own = XLCFG_MODE(own);
		if (l->mode)
			check_type(&x, own, l->mode);
	}
	if (l->mode)
		s->own = s->shown = XLCFG_MODE(l->mode);
	r = xlcfg_lint(c, &found);
	if (!r)
		report(l, s, &found);
	xlcfg_findings_free(&found);
	return r ? cmd_fail(r, s->path) : EXIT_OK;
}

static int lint_file(struct lint *l, const char *path)
{
	struct subject s = { path, XLCFG_EVERY, XLCFG_EVERY, false };
	struct xlcfg_error e;
	struct xlcfg c;
	int r = cmd_cfg_read(path, &c, &e);

	if (r && !e.what)
		return cmd_fail(r, path);
	if (r) {
		struct xlcfg_finding f = { e.line,	e.column, "syntax",	    XLCFG_EVERY,
					   XLCFG_EVERY, "",	  "mend this first" };
		struct xlcfg_findings found = { &f, 1, false };

		if (l->mode)
			s.own = s.shown = XLCFG_MODE(l->mode);
		if (e.line)
			snprintf(f.problem, sizeof(f.problem), "column %u: %s", e.column, e.what);
		else
			snprintf(f.problem, sizeof(f.problem), "%s", e.what);
		report(l, &s, &found);
		return EXIT_OK;
	}
	r = lint_parsed(l, &s, &c);
	xlcfg_free(&c);
	return r;
}

int cmd_cfg_lint_file(const char *path, enum mode mode, json_t *files, bool *stopped)
{
	struct lint l = { mode, files, false };
	int r = lint_file(&l, path);

	*stopped |= l.stopped;
	return r;
}

static int print_json(struct lint *l)
{
	json_t *all = json_pack("{si so}", "lint", 1, "files", l->files);
	int bad = !all || json_dumpf(all, stdout, JSON_INDENT(2)) || putchar('\n') == EOF;

	json_decref(all);
	return bad ? cmd_fail(-EIO, "standard output") : EXIT_OK;
}

static int lint_files(struct lint *l, char **paths)
{
	int worst = EXIT_OK;

	for (; *paths; paths++) {
		int r = lint_file(l, *paths);

		worst = r > worst ? r : worst;
	}
	if (l->files && print_json(l))
		return EXIT_SYSTEM;
	if (fflush(stdout))
		return cmd_fail(-errno, "standard output");
	return worst ? worst : l->stopped ? EXIT_USAGE : EXIT_OK;
}

int cmd_cfg_lint(int argc, char **argv)
{
	struct lint l = { 0 };
	bool json = false;
	int c;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case 'm':
			if (mode_parse(optarg, &l.mode) || l.mode == MODE_NATIVE) {
				log_warnx("cfg lint: %s is no mode (pv pvh pvhvm hvm)", optarg);
				return EXIT_USAGE;
			}
			break;
		case 'j':
			json = true;
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	if (optind == argc) {
		log_warnx("cfg lint: needs a FILE (see xlab cfg lint --help)");
		return EXIT_USAGE;
	}
	if (json)
		l.files = json_array();
	return lint_files(&l, argv + optind);
}

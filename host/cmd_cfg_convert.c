/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/cmd_cfg.h"
#include "host/xlcfg_convert.h"

static const char usage[] =
	"usage: xlab cfg convert --to MODE [--kernel PATH] [--ramdisk PATH] [--cmdline TEXT]\n"
	"                        [--json] [--out FILE] FILE.cfg\n"
	"\n"
	"Writes the xl.cfg(5) file of one guest as that of another mode, pv, pvh, pvhvm or hvm, and\n"
	"says on standard error what it changed. What a change replaces stays as a comment, from\n"
	"which the way back restores it. Without --out, and for --out -, the file goes to standard\n"
	"output. The kernel, ramdisk and parameters are for pv and pvh, where FILE.cfg has none.\n"
	"--json says the changes as JSON on standard output, and needs --out FILE.\n";

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },	     { "to", required_argument, NULL, 't' },
	{ "kernel", required_argument, NULL, 'k' },  { "ramdisk", required_argument, NULL, 'r' },
	{ "cmdline", required_argument, NULL, 'c' }, { "json", no_argument, NULL, 'j' },
	{ "out", required_argument, NULL, 'o' },     { 0 },
};

struct conversion {
	struct xlcfg_target to;
	const char *in, *out; /* out is NULL for standard output */
	bool json;
};

static int print_json(const struct conversion *v, const struct xlcfg_notes *notes)
{
	json_t *changes = json_array(), *all;

	for (size_t i = 0; i < notes->n; i++)
		json_array_append_new(changes, json_pack("{sI ss so}", "line",
							 (json_int_t)notes->list[i].line, "key",
							 notes->list[i].key, "what",
							 cmd_cfg_json(notes->list[i].text)));
	all = json_pack("{so ss so so}", "file", cmd_cfg_json(v->in), "to", mode_name(v->to.mode),
			"out", cmd_cfg_json(v->out), "changes", changes);
	if (!all || json_dumpf(all, stdout, JSON_INDENT(2)) || putchar('\n') == EOF ||
	    fflush(stdout)) {
		json_decref(all);
		return cmd_fail(-EIO, "standard output");
	}
	json_decref(all);
	return EXIT_OK;
}

static int print_notes(const struct conversion *v, const struct xlcfg_notes *notes)
{
	if (v->json)
		return print_json(v, notes);
	for (size_t i = 0; i < notes->n; i++) {
		const struct xlcfg_note *n = &notes->list[i];

		if (n->line)
			log_info("%s:%u: %s: %s", v->in, n->line, n->key, n->text);
		else
			log_info("%s: %s: %s", v->in, n->key, n->text);
	}
	return EXIT_OK;
}

static int write_out(const struct conversion *v, const char *text, size_t len)
{
	int r = v->out ? io_replace_file(v->out, text, len)
		       : io_write_all(STDOUT_FILENO, text, len);

	return r ? cmd_fail(r, v->out ? v->out : "standard output") : EXIT_OK;
}

static int convert(const struct conversion *v, const struct xlcfg *c)
{
	struct xlcfg_notes notes = { 0 };
	char why[XLCFG_WHY], *text;
	size_t len;
	int r = xlcfg_convert(c, &v->to, &text, &len, &notes, why);

	if (r == -EINVAL) {
		log_warnx("%s: %s", v->in, why);
		r = EXIT_USAGE;
	} else if (r) {
		r = cmd_fail(r, v->in);
	} else {
		r = write_out(v, text, len);
		free(text);
		if (!r)
			r = print_notes(v, &notes);
	}
	xlcfg_notes_free(&notes);
	return r;
}

static int parse_options(int argc, char **argv, struct conversion *v, int *status)
{
	int c;

	*status = EXIT_USAGE;
	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case 't':
			if (mode_parse(optarg, &v->to.mode) || v->to.mode == MODE_NATIVE) {
				log_warnx("cfg convert: %s is no mode (pv pvh pvhvm hvm)", optarg);
				return -EINVAL;
			}
			break;
		case 'k': v->to.kernel = optarg; break;
		case 'r': v->to.ramdisk = optarg; break;
		case 'c': v->to.cmdline = optarg; break;
		case 'j': v->json = true; break;
		case 'o': v->out = strcmp(optarg, "-") ? optarg : NULL; break;
		default: *status = c == CMD_HELP ? EXIT_OK : EXIT_USAGE; return -EINVAL;
		}
	}
	if (optind != argc - 1 || !v->to.mode)
		log_warnx(
			"cfg convert: needs --to MODE and one FILE (see xlab cfg convert --help)");
	else if (v->json && !v->out)
		log_warnx("cfg convert: --json needs --out FILE: both want standard output");
	else
		return 0;
	return -EINVAL;
}

static void keep_option(const char **option, const struct xlcfg *c, const char *key)
{
	const char *text = xlcfg_text(c, key);

	if (!*option && text && xlcfg_is_option(text))
		*option = text;
}

/* What an earlier conversion was given is given to this one too, which begins with taking that back.
 */
static void keep_kernel(struct xlcfg_target *to, const struct xlcfg *c)
{
	const char *kernel = xlcfg_text(c, "kernel");

	if (to->kernel || !kernel || xlcfg_is_hvmloader(kernel))
		return;
	keep_option(&to->kernel, c, "kernel");
	keep_option(&to->ramdisk, c, "ramdisk");
	keep_option(&to->cmdline, c, "cmdline");
}

int cmd_cfg_convert(int argc, char **argv)
{
	struct conversion v = { 0 };
	struct xlcfg_error e;
	struct xlcfg c;
	int r;

	if (parse_options(argc, argv, &v, &r))
		return r;
	v.in = argv[optind];
	r = cmd_cfg_read(v.in, &c, &e);
	if (r && !e.what)
		return cmd_fail(r, v.in);
	if (r && !e.line)
		log_warnx("%s: %s", v.in, e.what);
	else if (r)
		log_warnx("%s:%u:%u: %s", v.in, e.line, e.column, e.what);
	if (r)
		return EXIT_USAGE;
	keep_kernel(&v.to, &c);
	r = convert(&v, &c);
	xlcfg_free(&c);
	return r;
}

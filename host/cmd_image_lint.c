/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/cmd_cfg.h"
#include "host/cmd_image_lint.h"
#include "host/lint.h"
#include "host/xlcfg_convert.h"
#include "host/xlcfg_disk.h"

static const char usage[] =
	"usage: xlab image lint [--mode MODE] [--json] DISK | CFG...\n"
	"\n"
	"Reads disks with Linux on them (whole ones, or a file system alone; files or block devices;\n"
	"nothing is mounted), and configs of xl together with the disks that they name, and says what\n"
	"stops them from booting with a login on hvc0, and how to mend it, a line each:\n"
	"\n"
	"\tDISK: RULE: PROBLEM; FIX [stops MODE...]\n"
	"\n"
	"[stops MODE... with pygrub] is for what a kernel from dom0 would not meet, [note] for what\n"
	"stops nothing. MODE is native, pv, pvh, pvhvm or hvm; without it all are tried. Ends with 0\n"
	"when nothing stops DISK in those modes, with 100 when something does. --json prints one\n"
	"object for all. `xlab image adopt` mends most of it.\n";

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "mode", required_argument, NULL, 'm' },
	{ "json", no_argument, NULL, 'j' },
	{ 0 },
};

/* How a disk is looked at. */
struct view {
	const char *path;
	unsigned modes;	  /* that are asked for */
	bool kernel;	  /* it is booted with a kernel from dom0 */
	bool pygrub;	  /* by pygrub */
	bool first, only; /* of a config: the disk that firmware or pygrub boots; else both */
};

struct lint {
	enum mode mode; /* MODE_UNKNOWN: all */
	json_t *files;
	bool json, stopped;
};

static json_t *json_modes(unsigned modes)
{
	json_t *list = json_array();

	for (enum mode m = MODE_NATIVE; m < MODE_COUNT; m++)
		if (modes & LINT_MODE(m))
			json_array_append_new(list, json_string(mode_name(m)));
	return list;
}

/* What a config tells already, or has on another disk. */
static bool is_of_view(const struct view *v, const struct lint_finding *f)
{
	if (v->kernel && (f->own || f->pygrub))
		return false;
	if (!v->only && !strcmp(f->rule, "no-root"))
		return false;
	return v->first || !(f->own || (f->stops && !(f->stops & ~LINT_FIRMWARE)));
}

static json_t *json_finding(const struct view *v, const struct lint_finding *f)
{
	return json_pack("{ss so so so sb sb}", "rule", f->rule, "problem",
			 cmd_cfg_json(f->problem), "fix", cmd_cfg_json(f->fix), "stops",
			 json_modes(f->stops & v->modes), "pygrub", f->pygrub, "adopt", f->adopts);
}

static json_t *find_all(const struct view *v, const struct lint_system *s, unsigned *stopped)
{
	json_t *list = json_array();
	struct lint_finding f;

	for (size_t i = 0; i < lint_nrules; i++) {
		if (!lint_rule_apply(i, s, &f) || !is_of_view(v, &f))
			continue;
		if (f.stops && !(f.stops & v->modes))
			continue;
		if (!f.pygrub || v->pygrub)
			*stopped |= f.stops & v->modes;
		json_array_append_new(list, json_finding(v, &f));
	}
	return list;
}

/* What pygrub would boot, or null. */
static json_t *json_pygrub(const struct lint_system *s)
{
	const struct grubmenu_entry *e = &s->pygrub_entry;

	if (!s->pygrub)
		return json_null();
	return json_pack("{so so so}", "kernel", cmd_cfg_json(e->kernel), "initrd",
			 cmd_cfg_json(e->initrd), "args", cmd_cfg_json(e->args));
}

static json_t *json_disk(const struct view *v, const struct lint_system *s)
{
	unsigned stopped = 0;
	json_t *found = find_all(v, s, &stopped);

	return json_pack("{so ss so sb so so so}", "file", cmd_cfg_json(v->path), "kind", "disk",
			 "modes", json_modes(v->modes), "boots", !stopped, "stopped",
			 json_modes(stopped), "pygrub", json_pygrub(s), "findings", found);
}

/* In a process of its own: prints the disk's object. */
static int lint_disk(FILE *out, void *arg)
{
	const struct view *v = arg;
	struct lint_system *s = malloc(sizeof(*s));
	struct lint_disk *d = malloc(sizeof(*d));
	char why[DISK_WHY];
	json_t *j;
	int r = s && d ? lint_disk_open(v->path, false, d, why, sizeof(why)) : -ENOMEM;

	if (r && r != -ENOMEM) {
		log_warnx("%s: %s", v->path, why);
		return r == -EIO ? EXIT_SYSTEM : EXIT_USAGE;
	}
	if (!r) {
		r = lint_read(d, s);
		lint_disk_close(d);
	}
	if (r)
		return cmd_fail(r, v->path);
	j = json_disk(v, s);
	r = !j || json_dumpf(j, out, JSON_COMPACT) ? EXIT_SYSTEM : EXIT_OK;
	json_decref(j);
	return r;
}

static void print_finding(const char *file, const json_t *f)
{
	const json_t *stops = json_object_get(f, "stops");
	json_t *m;
	size_t i;

	printf("%s: %s: %s; %s", file, json_string_value(json_object_get(f, "rule")),
	       json_string_value(json_object_get(f, "problem")),
	       json_string_value(json_object_get(f, "fix")));
	printf(json_array_size(stops) ? " [stops" : " [note");
	json_array_foreach(stops, i, m) printf(" %s", json_string_value(m));
	puts(json_array_size(stops) && json_is_true(json_object_get(f, "pygrub")) ? " with pygrub]"
										  : "]");
}

static void report(struct lint *l, json_t *disk)
{
	const char *file = json_string_value(json_object_get(disk, "file"));
	json_t *f;
	size_t i;

	l->stopped |= !json_is_true(json_object_get(disk, "boots"));
	if (l->json) {
		json_array_append(l->files, disk);
		return;
	}
	json_array_foreach(json_object_get(disk, "findings"), i, f) print_finding(file, f);
}

static int guarded(struct lint *l, struct view *v)
{
	int status;
	json_t *disk;
	FILE *out;
	int r = lint_guard(lint_disk, v, &status, &out);

	if (r == -EUCLEAN) {
		log_warnx("%s: reading it took more time or memory than is sane, or failed: it is "
			  "damaged",
			  v->path);
		return EXIT_USAGE;
	}
	if (r)
		return cmd_fail(r, v->path);
	disk = status ? NULL : json_loadf(out, 0, NULL);
	fclose(out);
	if (disk)
		report(l, disk);
	else if (!status)
		status = cmd_fail(-EIO, v->path);
	json_decref(disk);
	return status;
}

static bool is_there(const char *path)
{
	struct stat st;

	return !stat(path, &st) && (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode));
}

/* The disks of a config, in its own mode unless another is asked for. */
static int lint_disks_of(struct lint *l, const struct xlcfg *c)
{
	struct xlcfg_items items = { .name = "disk" };
	struct view v = { .first = true };
	const struct xlcfg_value *item;
	char path[PATH_MAX], why[XLCFG_WHY];
	enum mode mode = l->mode;
	int worst = EXIT_OK;

	if (!mode && xlcfg_mode(c, &mode, why))
		return EXIT_OK;
	v.modes = LINT_MODE(mode);
	v.pygrub = xlcfg_text(c, "bootloader");
	v.kernel = !v.pygrub && xlcfg_text(c, "kernel") && (v.modes & LINT_DIRECT);
	while ((item = xlcfg_next_item(c, &items))) {
		struct xlcfg_disk disk;
		int r = EXIT_OK;

		if (!item->text)
			continue;
		xlcfg_disk_parse(&disk, item->text);
		snprintf(path, sizeof(path), "%.*s", (int)disk.target.len, disk.target.at);
		if (disk.wrong || disk.cdrom || !disk.target.len)
			continue;
		v.path = path;
		if (is_there(path))
			r = guarded(l, &v);
		worst = r > worst ? r : worst;
		v.first = false;
	}
	return worst;
}

static int lint_cfg(struct lint *l, const char *path)
{
	struct xlcfg_error e;
	struct xlcfg c;
	int r;

	if (l->mode == MODE_NATIVE) {
		log_warnx("%s: a config of xl has no mode native", path);
		return EXIT_USAGE;
	}
	r = cmd_cfg_lint_file(path, l->mode, l->json ? l->files : NULL, &l->stopped);
	if (r || cmd_cfg_read(path, &c, &e))
		return r;
	r = lint_disks_of(l, &c);
	xlcfg_free(&c);
	return r;
}

/* A short file that is no disk is read as a config. */
static bool is_cfg(const char *path)
{
	struct disk *d = malloc(sizeof(*d));
	char why[DISK_WHY];
	struct stat st;
	bool small = !stat(path, &st) && S_ISREG(st.st_mode) && st.st_size <= XLCFG_FILE_MAX;
	int r = d && small ? disk_read(path, d, why, sizeof(why)) : 0;

	free(d);
	return r == -EINVAL;
}

static int lint_one(struct lint *l, const char *path)
{
	struct view v = { .path = path, .modes = LINT_EVERY, .first = true, .only = true };

	if (l->mode)
		v.modes = LINT_MODE(l->mode);
	return is_cfg(path) ? lint_cfg(l, path) : guarded(l, &v);
}

static int print_json(struct lint *l)
{
	json_t *all = json_pack("{si sO}", "lint", 1, "files", l->files);
	int bad = !all || json_dumpf(all, stdout, JSON_INDENT(2)) || putchar('\n') == EOF;

	json_decref(all);
	return bad ? cmd_fail(-EIO, "standard output") : EXIT_OK;
}

static int lint_all(struct lint *l, char **paths)
{
	int worst = EXIT_OK;

	for (; *paths; paths++) {
		int r = lint_one(l, *paths);

		worst = r > worst ? r : worst;
	}
	if (l->json && print_json(l))
		return EXIT_SYSTEM;
	if (fflush(stdout))
		return cmd_fail(-errno, "standard output");
	return worst ? worst : l->stopped ? EXIT_USAGE : EXIT_OK;
}

int cmd_image_lint(int argc, char **argv)
{
	struct lint l = { .files = json_array() };
	int c;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case 'm':
			if (mode_parse(optarg, &l.mode)) {
				log_warnx("image lint: %s is no mode (native pv pvh pvhvm hvm)",
					  optarg);
				return EXIT_USAGE;
			}
			break;
		case 'j':
			l.json = true;
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	if (optind == argc) {
		log_warnx("image lint: needs a DISK (see xlab image lint --help)");
		return EXIT_USAGE;
	}
	c = lint_all(&l, argv + optind);
	json_decref(l.files);
	return c;
}

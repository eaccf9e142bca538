/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/start.h"
#include "host/xl.h"

static const char usage[] =
	"usage: xlab start DISK --mode pv|pvh|pvhvm|hvm [--name NAME] [--set KEY=VALUE]...\n"
	"                  [--boot direct|pygrub] [--paused] [--console]\n"
	"       xlab start --description FILE --mode MODE [...]\n"
	"       xlab start FILE.cfg [--paused] [--console]\n"
	"\n"
	"Starts a domain from a disk, from a description of a guest, or from a config of xl's. A disk\n"
	"that a domain or this machine already uses is refused, by whatever path it is reached.\n"
	"\n"
	"--set      a key of the description: memory, vcpus, bridge, scratch, ... (xlab-start(1))\n"
	"--boot     how PV and PVH get their kernel: copied out of the image, or by xl's pygrub,\n"
	"           which reads the disk's GRUB menu. Unless told: directly for images of xlab\n"
	"--paused   leaves the domain paused\n"
	"--console  attaches to the guest's console, which Ctrl-] leaves\n";

enum { SETS_MAX = 32 };

struct args {
	const char *disk, *desc, *name;
	char *set[SETS_MAX]; /* KEY=VALUE */
	unsigned nsets;
	enum mode mode;
	enum setup_how how;
	bool paused, console;
};

static int parse_mode(const char *word, enum mode *mode)
{
	if (!mode_parse(word, mode) && *mode != MODE_NATIVE)
		return EXIT_OK;
	log_warnx("start: --mode takes pv, pvh, pvhvm or hvm, not %s", word);
	return EXIT_USAGE;
}

static int parse_how(const char *word, enum setup_how *how)
{
	*how = strcmp(word, "pygrub") ? SETUP_DIRECT : SETUP_PYGRUB;
	if (*how == SETUP_PYGRUB || !strcmp(word, "direct"))
		return EXIT_OK;
	log_warnx("start: --boot takes direct or pygrub, not %s", word);
	return EXIT_USAGE;
}

static int parse_set(char *word, struct args *a)
{
	if (a->nsets < SETS_MAX && strchr(word, '=')) {
		a->set[a->nsets++] = word;
		return EXIT_OK;
	}
	log_warnx("start: --set takes KEY=VALUE, at most %d times", SETS_MAX);
	return EXIT_USAGE;
}

static int parse_args(int argc, char **argv, struct args *a)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "mode", required_argument, NULL, 'm' },
		{ "description", required_argument, NULL, 'd' },
		{ "name", required_argument, NULL, 'n' },
		{ "set", required_argument, NULL, 's' },
		{ "boot", required_argument, NULL, 'b' },
		{ "paused", no_argument, NULL, 'p' },
		{ "console", no_argument, NULL, 'c' },
		{ 0 },
	};
	int c, r = EXIT_OK;

	while (!r && (c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case 'm': r = parse_mode(optarg, &a->mode); break;
		case 'd': a->desc = optarg; break;
		case 'n': a->name = optarg; break;
		case 's': r = parse_set(optarg, a); break;
		case 'b': r = parse_how(optarg, &a->how); break;
		case 'p': a->paused = true; break;
		case 'c': a->console = true; break;
		case CMD_HELP: return CMD_HELP;
		default: return EXIT_USAGE;
		}
	}
	if (r)
		return r;
	a->disk = optind < argc ? argv[optind] : NULL;
	if (optind < argc - 1 || (!a->disk && !a->desc)) {
		log_warnx(
			"start: needs one DISK or FILE.cfg, or --description (see xlab start --help)");
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

/* The file's name without its folder and ending, in the characters that a domain's name may have.
 */
static void name_from(const char *disk, char *name, size_t size)
{
	const char *slash = strrchr(disk, '/');

	snprintf(name, size, "%s", slash ? slash + 1 : disk);
	if (*name && strchr(name + 1, '.'))
		*strchr(name + 1, '.') = '\0';
	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-_", *c))
			*c = '-';
}

/* Sets a key of the description. An exit status. */
static int describe(struct domain_desc *d, const char *key, const char *value)
{
	const char *wrong = strchr(value, '\n') ? "has a line break" : domain_set(d, key, value);

	if (!wrong)
		return EXIT_OK;
	log_warnx("start: %s '%s' %s", key, value, wrong);
	return EXIT_USAGE;
}

static int describe_sets(const struct args *a, struct domain_desc *d)
{
	int r = EXIT_OK;

	for (unsigned i = 0; !r && i < a->nsets; i++) {
		char *equals = strchr(a->set[i], '=');

		*equals = '\0';
		r = describe(d, a->set[i], equals + 1);
	}
	return r;
}

/* Makes the description that is asked for. An exit status. */
static int describe_all(const struct args *a, struct domain_desc *d)
{
	char name[sizeof(d->name)], why[128];
	const char *wrong;
	int r = EXIT_OK;

	domain_init(d);
	if (a->desc && domain_read(a->desc, d, why, sizeof(why))) {
		log_warnx("%s: %s", a->desc, why);
		return EXIT_USAGE;
	}
	if (a->disk)
		r = describe(d, "disk", a->disk);
	if (!r)
		r = describe_sets(a, d);
	if (!r && a->name)
		r = describe(d, "name", a->name);
	if (!r && !d->name[0]) {
		name_from(d->disk, name, sizeof(name));
		r = describe(d, "name", name);
	}
	wrong = r ? NULL : domain_check(d);
	if (!wrong)
		return r;
	log_warnx("start: %s", wrong);
	return EXIT_USAGE;
}

/* The domain's own folder, which it keeps as long as it lives: xl inherits the lock. An exit
 * status.
 */
static int take_folder(const char *name, char dir[PATH_MAX], int *fd)
{
	int r = start_make_folder();

	snprintf(dir, PATH_MAX, START_DIR "/%s", name);
	if (!r && mkdir(dir, 0755) < 0 && errno != EEXIST)
		r = -errno;
	if (!r && (*fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		r = -errno;
	if (!r && flock(*fd, LOCK_EX | LOCK_NB) < 0)
		r = -errno;
	if (r != -EWOULDBLOCK)
		return r ? cmd_fail(r, dir) : EXIT_OK;
	log_warnx("start: there is a domain %s already, or one is being started", name);
	return EXIT_USAGE;
}

/* Makes the config of a description and starts that. An exit status. */
static int start_described(const struct args *a, struct setup *setup, struct start *s)
{
	char dir[PATH_MAX], cfg[PATH_MAX + 16];
	bool direct = a->mode == MODE_PV || a->mode == MODE_PVH;
	int r = take_folder(setup->desc.name, dir, &s->keep);

	if (!r)
		r = setup_make(setup, dir, direct ? a->how : SETUP_EITHER);
	if (r)
		return r;
	if ((r = setup_write(setup, a->mode)))
		return setup_fail(setup, a->mode, r);
	snprintf(cfg, sizeof(cfg), "%s/%s", setup->dir, domain_config_name(a->mode));
	s->cfg = cfg;
	s->setup = setup;
	s->mode = a->mode;
	return start_domain(s);
}

static bool is_config(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && !strcmp(dot, ".cfg");
}

/* A config says itself what it is. An exit status. */
static int check_config(const struct args *a)
{
	if (a->mode == MODE_UNKNOWN && !a->desc && !a->name && !a->nsets && a->how == SETUP_EITHER)
		return access(a->disk, R_OK) < 0 ? cmd_fail(-errno, a->disk) : EXIT_OK;
	log_warnx("start: %s is a config: only --paused and --console go with it", a->disk);
	return EXIT_USAGE;
}

/* The description that is asked for. An exit status. */
static int describe_guest(const struct args *a, struct setup *setup)
{
	if (a->mode != MODE_UNKNOWN)
		return describe_all(a, &setup->desc);
	log_warnx("start: needs --mode (see xlab start --help)");
	return EXIT_USAGE;
}

/* After all that can be said without Xen. An exit status. */
static int start(const struct args *a, struct setup *setup, struct start *s)
{
	if (cmd_need_dom0("start"))
		return EXIT_USAGE;
	s->paused = a->paused;
	if (!setup)
		s->cfg = a->disk;
	return setup ? start_described(a, setup, s) : start_domain(s);
}

int cmd_start(int argc, char **argv)
{
	struct args a = { .how = SETUP_EITHER };
	static struct start s = { .keep = -1 };
	static struct setup setup;
	bool config;
	int r = parse_args(argc, argv, &a);

	if (r)
		return r == CMD_HELP ? EXIT_OK : r;
	config = a.disk && is_config(a.disk);
	r = config ? check_config(&a) : describe_guest(&a, &setup);
	if (!r)
		r = start(&a, config ? NULL : &setup, &s);
	if (r || !a.console)
		return r;
	r = xl_console(s.name, false);
	return r ? cmd_fail(r, "xl console") : EXIT_OK;
}

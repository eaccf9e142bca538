/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/machine.h"
#include "host/native_chroot.h"
#include "host/run.h"
#include "host/run_plan.h"

#define SSH_DEFAULT "ssh -l root -o BatchMode=yes -o StrictHostKeyChecking=no"

enum { DEADLINE_S = 600 };

static const char usage[] =
	"usage: xlab run [--mode MODE]... [--disk DISK] [--store FILE] [--run NAME] [--deadline S]\n"
	"                [--no-collect] [--sync xenstore|ssh] [--ssh COMMAND] [--native qemu|chroot]\n"
	"                --out DIR DESCRIPTION...\n"
	"       xlab run [--mode MODE]... [--disk DISK] [--store FILE] [--run NAME] [--deadline S]\n"
	"                [--no-collect] [--order random|listed] [--seed N] [--jobs N] [--dry-run]\n"
	"                --out DIR PLAN\n"
	"       xlab run --resume NAME [--mode MODE]... [--disk DISK] [--store FILE] [--deadline S]\n"
	"                [--no-collect] [--jobs N] [--dry-run] --out DIR [PLAN]\n"
	"\n"
	"Boots the described guest in each mode (in dom0: pv, pvh, pvhvm and hvm unless told; on a\n"
	"machine without Xen: native, in QEMU), one after the other, and waits until its results are\n"
	"stored in FILE, DIR/results.sqlite unless given. Configs and logs go to DIR. A boot that is\n"
	"not over after S seconds (600) is ended. With --no-collect somebody else runs xlab collect.\n"
	"With --native chroot a native is the image under this machine's own kernel, without QEMU.\n"
	"\n"
	"Several descriptions, each with a disk of its own, are booted together in each mode, and begin\n"
	"their workloads at one instant; one alone does so too where --sync says how: xenstore (what\n"
	"several do) or ssh, a remote command to each. That needs a bridge, a network and ssh_keys in\n"
	"the descriptions; COMMAND logs in, and gets the guest's address and what to run there:\n"
	"\"" SSH_DEFAULT "\" unless given. Configs and logs then go to DIR/1, DIR/2 and so on.\n"
	"\n"
	"A PLAN (NAME.plan) is a file of workloads, modes, repetitions and more, see xlab-plan(5).\n"
	"Its cells are booted one after the other, in an order that is random with a seed that is\n"
	"stored, --seed N to have that order again. --dry-run shows the order and how long it will\n"
	"take. What was interrupted, by whatever, goes on with --resume and the name of the run, also\n"
	"on a host where other modes can be booted. Exit 0: all that can be booted here is complete.\n";

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "mode", required_argument, NULL, 'm' },
	{ "disk", required_argument, NULL, 'd' },
	{ "store", required_argument, NULL, 's' },
	{ "run", required_argument, NULL, 'r' },
	{ "deadline", required_argument, NULL, 't' },
	{ "out", required_argument, NULL, 'o' },
	{ "no-collect", no_argument, NULL, 'n' },
	{ "sync", required_argument, NULL, 'y' },
	{ "ssh", required_argument, NULL, 'c' },
	{ "native", required_argument, NULL, 'N' },
	{ "order", required_argument, NULL, 'O' },
	{ "seed", required_argument, NULL, 'S' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "resume", required_argument, NULL, 'R' },
	{ "dry-run", no_argument, NULL, 'D' },
	{ 0 },
};

struct args {
	enum mode mode[MODE_COUNT];
	int nmodes;
	const char *disk, *out, *ssh, *sync, *native;
	char **desc;
	int ndesc;
	const char *deadline, *jobs;
	bool is_plan;
	struct plan_args plan;
};

static int parse_mode_list(struct args *a, const char *word)
{
	if (a->nmodes == MODE_COUNT || mode_parse(word, &a->mode[a->nmodes])) {
		log_warnx("run: %s is no mode (native pv pvh pvhvm hvm)", word);
		return -EINVAL;
	}
	a->nmodes++;
	return 0;
}

/* A name that is harmless wherever it is shown. */
static int set_run_name(struct run *run, const char *name)
{
	if (!record_name_is_fine(name) || strlen(name) >= sizeof(run->name)) {
		log_warnx("run: --run takes up to %zu letters, digits and ._/ -",
			  sizeof(run->name) - 1);
		return -EINVAL;
	}
	strcpy(run->name, name);
	return 0;
}

static int set_sync(struct run *run, struct args *a, const char *word)
{
	run->together = true;
	if (!strcmp(word, "ssh"))
		run->ssh = a->ssh;
	else if (!strcmp(word, "xenstore"))
		run->ssh = NULL;
	else
		return -EINVAL;
	return 0;
}

/* A number of seconds or jobs, 0 when there is none: NULL, or what is wrong. */
static const char *set_count(const char *text, int *n, const char *wrong)
{
	char *end;
	long value;

	if (!text)
		return NULL;
	value = strtol(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || value < 1 || value > 1000000)
		return wrong;
	*n = (int)value;
	return NULL;
}

/* What is wrong with the words together where they are for a plan, or NULL. */
static const char *check_plan_args(const struct args *a)
{
	if (a->ndesc > 1)
		return "takes one PLAN";
	if (a->sync || a->native)
		return a->sync ? "--sync is for descriptions" : "how native is had is the plan's to say";
	if (a->plan.resume && (a->plan.order || a->plan.seed))
		return "--order and --seed are those that the run began with";
	if (!a->out && !a->plan.dry)
		return "needs --out DIR";
	return NULL;
}

/* The same for descriptions. */
static const char *check_args(const struct args *a)
{
	if (!a->ndesc || !a->out)
		return "needs --out DIR and a DESCRIPTION";
	if (a->plan.order || a->plan.seed || a->plan.dry || a->jobs)
		return "--order, --seed, --jobs and --dry-run are for a PLAN";
	if (a->ndesc > RUN_GUESTS_MAX)
		return "takes up to 16 descriptions";
	if (a->disk && a->ndesc > 1)
		return "--disk is for one description: each guest needs a disk of its own";
	return NULL;
}

static bool is_plan(const char *path)
{
	static const char end[] = ".plan";
	size_t len = strlen(path);

	return len >= strlen(end) && !strcmp(path + len - strlen(end), end);
}

/* Takes the words behind the options, and looks at all together. An exit status. */
static int finish_args(int argc, char **argv, struct args *a, struct run *run)
{
	const char *wrong;

	a->desc = argv + optind;
	a->ndesc = argc - optind;
	a->is_plan = a->plan.resume;
	for (int i = 0; i < a->ndesc; i++)
		a->is_plan |= is_plan(a->desc[i]);
	wrong = a->is_plan ? check_plan_args(a) : check_args(a);
	if (!wrong)
		wrong = set_count(a->deadline, &run->deadline_s, "--deadline takes seconds");
	if (!wrong)
		wrong = set_count(a->jobs, &a->plan.jobs, "--jobs takes a number");
	if (!wrong && a->sync && set_sync(run, a, a->sync))
		wrong = "--sync takes xenstore or ssh";
	if (!wrong && a->native && plan_native_parse(a->native, &run->chroot))
		wrong = "--native takes qemu or chroot";
	if (!wrong)
		return EXIT_OK;
	log_warnx("run: %s (see xlab run --help)", wrong);
	return EXIT_USAGE;
}

/* Takes one option that is for a plan. An exit status. */
static int parse_plan_option(int c, struct args *a, struct run *run)
{
	switch (c) {
	case 'O': a->plan.order = optarg; break;
	case 'S': a->plan.seed = optarg; break;
	case 'j': a->jobs = optarg; break;
	case 'D': a->plan.dry = true; break;
	case 'R': a->plan.resume = true; return set_run_name(run, optarg);
	default: return EXIT_USAGE;
	}
	return EXIT_OK;
}

static int parse_args(int argc, char **argv, struct args *a, struct run *run)
{
	int c;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case 'm':
			if (parse_mode_list(a, optarg))
				return EXIT_USAGE;
			break;
		case 'd': a->disk = optarg; break;
		case 's': run->store = optarg; break;
		case 'r':
			if (set_run_name(run, optarg))
				return EXIT_USAGE;
			break;
		case 't': a->deadline = optarg; break;
		case 'o': a->out = optarg; break;
		case 'n': run->collect = false; break;
		case 'y': a->sync = optarg; break;
		case 'c': a->ssh = optarg; break;
		case 'N': a->native = optarg; break;
		case CMD_HELP: return -1;
		default:
			if (parse_plan_option(c, a, run))
				return EXIT_USAGE;
		}
	}
	return finish_args(argc, argv, a, run);
}

/* What can be booted here, and refuses what cannot. */
static int choose_modes(struct args *a, const struct run *run)
{
	static const enum mode xen_modes[] = { MODE_PV, MODE_PVH, MODE_PVHVM, MODE_HVM };
	bool dom0 = machine_is_dom0();

	if (!a->nmodes && dom0) {
		memcpy(a->mode, xen_modes, sizeof(xen_modes));
		a->nmodes = sizeof(xen_modes) / sizeof(*xen_modes);
	} else if (!a->nmodes) {
		a->mode[a->nmodes++] = MODE_NATIVE;
	}
	for (int i = 0; i < a->nmodes; i++) {
		if (a->mode[i] == MODE_NATIVE && (a->ndesc > 1 || a->sync)) {
			log_warnx("run: native is one guest alone, and starts at once");
			return EXIT_USAGE;
		}
		if ((a->mode[i] == MODE_NATIVE) != dom0)
			continue;
		if (dom0 && run->chroot) {
			log_warnx("run: this is dom0: what measures itself to be pv or pvh is no native");
			continue;
		}
		log_warnx(
			dom0 ? "run: native cannot be run under Xen: see xlab native --help"
			     : "run: %s needs Xen: run this in dom0, or see xlab testbed --help",
			mode_name(a->mode[i]));
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

/* A failed mode does not keep the others from running. */
static int run_all(struct run *run, const struct args *a)
{
	int status = EXIT_OK;

	for (int i = 0; i < a->nmodes; i++) {
		int r = run_boot(run, a->mode[i]);

		if (r)
			status = r;
		if (run_is_stopped(run)) {
			log_warnx("run: interrupted");
			status = EXIT_SYSTEM;
			break;
		}
	}
	run_collector_stop(run);
	return status;
}

/* Makes the store, so that one that cannot be used is known before anything boots. */
static int prepare_store(const char *path)
{
	struct store *s;
	int r = store_open(path, STORE_WRITE, &s);

	if (r)
		return cmd_fail_store(r, path);
	store_close(s);
	return EXIT_OK;
}

/* Reads the descriptions; where there are several, each has a folder below DIR. An exit status. */
static int open_guests(struct run *run, const struct args *a)
{
	char dir[PATH_MAX];
	int r = EXIT_OK;

	run->nguests = a->ndesc;
	run->guest = calloc((size_t)a->ndesc, sizeof(*run->guest));
	if (!run->guest)
		return cmd_fail(-ENOMEM, "run");
	if (a->ndesc > 1 && mkdir(a->out, 0777) < 0 && errno != EEXIST)
		return cmd_fail(-errno, a->out);
	for (int i = 0; i < a->ndesc && !r; i++) {
		if (a->ndesc > 1)
			snprintf(dir, sizeof(dir), "%s/%d", a->out, i + 1);
		else
			snprintf(dir, sizeof(dir), "%s", a->out);
		r = setup_open(&run->guest[i].setup, a->desc[i], a->disk, dir);
	}
	return r;
}

/* Whether a chroot can be had, where one is asked for, before anything boots. An exit status. */
static int check_chroot(const struct run *run, const struct args *a)
{
	const char *wrong = NULL;

	for (int i = 0; i < a->nmodes && run->chroot && !wrong; i++)
		if (a->mode[i] == MODE_NATIVE)
			wrong = native_chroot_wrong(&run->guest->setup.desc);
	if (!wrong)
		return EXIT_OK;
	log_warnx("run: %s", wrong);
	return EXIT_USAGE;
}

/* Boots each description in each mode. An exit status. */
static int run_descriptions(struct run *run, struct args *a)
{
	int r = choose_modes(a, run);

	if (!run->deadline_s)
		run->deadline_s = DEADLINE_S;
	if (!r)
		r = open_guests(run, a);
	if (!r)
		r = check_chroot(run, a);
	if (!r)
		r = prepare_store(run->store);
	if (r)
		return r;
	run->stop_fd = cmd_stop_fd();
	if (run->stop_fd < 0)
		return cmd_fail(-errno, "signalfd");
	return run_all(run, a);
}

int cmd_run(int argc, char **argv)
{
	static struct run run = { .collect = true };
	struct args a = { .ssh = SSH_DEFAULT };
	char store[PATH_MAX + 16];
	time_t now = time(NULL);
	int r;

	strftime(run.name, sizeof(run.name), "%Y%m%dT%H%M%SZ", gmtime(&now));
	r = parse_args(argc, argv, &a, &run);
	if (r)
		return r < 0 ? EXIT_OK : r;
	if (!run.store && a.out) {
		snprintf(store, sizeof(store), "%s/results.sqlite", a.out);
		run.store = store;
	}
	if (!a.is_plan)
		return run_descriptions(&run, &a);
	a.plan.path = a.ndesc ? a.desc[0] : NULL;
	a.plan.disk = a.disk;
	a.plan.out = a.out;
	a.plan.deadline_s = run.deadline_s;
	memcpy(a.plan.mode, a.mode, sizeof(a.mode));
	a.plan.nmodes = a.nmodes;
	return run_plan(&run, &a.plan);
}

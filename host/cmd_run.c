/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/image.h"
#include "host/machine.h"
#include "host/run.h"

static const char usage[] =
	"usage: xlab run [--mode MODE]... [--disk DISK] [--store FILE] [--run NAME] [--deadline S]\n"
	"                [--no-collect] --out DIR DESCRIPTION\n"
	"\n"
	"Boots the described guest in each mode (in dom0: pv, pvh, pvhvm and hvm unless told; on a\n"
	"machine without Xen: native, in QEMU), one after the other, and waits until its results are\n"
	"stored in FILE, DIR/results.sqlite unless given. Configs and logs go to DIR. A boot that is\n"
	"not over after S seconds (600) is ended. With --no-collect somebody else runs xlab collect.\n";

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "mode", required_argument, NULL, 'm' },
	{ "disk", required_argument, NULL, 'd' },
	{ "store", required_argument, NULL, 's' },
	{ "run", required_argument, NULL, 'r' },
	{ "deadline", required_argument, NULL, 't' },
	{ "out", required_argument, NULL, 'o' },
	{ "no-collect", no_argument, NULL, 'n' },
	{ 0 },
};

struct args {
	enum mode mode[MODE_COUNT];
	int nmodes;
	const char *disk, *out, *desc;
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
		case 't': run->deadline_s = atoi(optarg); break;
		case 'o': a->out = optarg; break;
		case 'n': run->collect = false; break;
		case CMD_HELP: return -1;
		default: return EXIT_USAGE;
		}
	}
	if (optind != argc - 1 || !a->out || run->deadline_s < 1) {
		log_warnx("run: needs --out DIR and one DESCRIPTION (see xlab run --help)");
		return EXIT_USAGE;
	}
	a->desc = argv[optind];
	return EXIT_OK;
}

/* What can be booted here, and refuses what cannot. */
static int choose_modes(struct args *a)
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
		if ((a->mode[i] == MODE_NATIVE) != dom0)
			continue;
		log_warnx(
			dom0 ? "run: native cannot be run under Xen: boot the entry of xlab cfg render"
			     : "run: %s needs Xen: run this in dom0, or see xlab testbed --help",
			mode_name(a->mode[i]));
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

/* Says how the boot of one mode ended. */
static int run_verdict(const struct run *run, enum mode mode, const char *uuid, int64_t started)
{
	enum store_status status = STORE_LOST;
	char why[128] = "";
	struct store *s;
	int r = store_open(run->store, STORE_READ, &s);

	if (r)
		return cmd_fail(r, run->store);
	r = store_find(s, run->name, uuid, &status, why, sizeof(why));
	store_close(s);
	if (r && r != -ENOENT)
		return cmd_fail(r, run->store);
	if (r)
		strcpy(why, "nothing came from it");
	else if (status == STORE_RUNNING)
		status = STORE_LOST;
	if (status == STORE_DONE) {
		log_info("%s: all stored after %.1f s", mode_name(mode),
			 (double)(io_now_ms() - started) / 1000);
		return EXIT_OK;
	}
	log_warnx("%s: %s: %s", mode_name(mode),
		  status == STORE_INVALID ? "INVALID" : store_status_name(status), why);
	return EXIT_SYSTEM;
}

static int run_one(struct run *run, enum mode mode)
{
	int64_t started = io_now_ms();
	char uuid[40] = "", before[sizeof(run->image)];
	int r;

	strcpy(before, run->image);
	r = image_sha256(run->setup.desc.disk, run->image);
	if (r)
		return cmd_fail(r, run->setup.desc.disk);
	if (before[0] && strcmp(before, run->image)) {
		log_warnx(
			"%s: an earlier guest has changed the disk: its figures cannot be compared",
			mode_name(mode));
		return EXIT_SYSTEM;
	}
	log_info("%s: booting", mode_name(mode));
	r = mode == MODE_NATIVE ? run_native(run, uuid, sizeof(uuid))
				: run_xen(run, mode, uuid, sizeof(uuid));
	if (!r)
		return run_verdict(run, mode, uuid, started);
	/* What the store knows may be why. */
	if (uuid[0])
		run_verdict(run, mode, uuid, started);
	return r;
}

/* A failed mode does not keep the others from running. */
static int run_all(struct run *run, const struct args *a)
{
	int status = EXIT_OK;

	for (int i = 0; i < a->nmodes; i++) {
		struct signalfd_siginfo stop;
		int r = setup_write(&run->setup, a->mode[i]);

		r = r ? setup_fail(&run->setup, a->mode[i], r) : run_one(run, a->mode[i]);
		if (r)
			status = r;
		if (read(run->stop_fd, &stop, sizeof(stop)) > 0) {
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

int cmd_run(int argc, char **argv)
{
	static struct run run = { .deadline_s = 600, .collect = true };
	struct args a = { .nmodes = 0 };
	char store[PATH_MAX + 16];
	time_t now = time(NULL);
	int r;

	strftime(run.name, sizeof(run.name), "%Y%m%dT%H%M%SZ", gmtime(&now));
	r = parse_args(argc, argv, &a, &run);
	if (r)
		return r < 0 ? EXIT_OK : r;
	r = choose_modes(&a);
	if (!r)
		r = setup_open(&run.setup, a.desc, a.disk, a.out);
	if (r)
		return r;
	if (!run.store) {
		snprintf(store, sizeof(store), "%s/results.sqlite", run.setup.dir);
		run.store = store;
	}
	r = prepare_store(run.store);
	if (r)
		return r;
	run.stop_fd = cmd_stop_fd();
	if (run.stop_fd < 0)
		return cmd_fail(-errno, "signalfd");
	return run_all(&run, &a);
}

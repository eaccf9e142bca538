/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "guest-tools/lib/xs.h"
#include "guest-tools/proto/proto.h"
#include "host/cmd.h"
#include "host/disk_lock.h"
#include "host/domains.h"
#include "host/xl.h"

static const char usage[] =
	"usage: xlab stop [--wait S] [--force] NAME...\n"
	"\n"
	"Asks the guests to shut down and waits, S seconds (120) at the most, until each is gone and\n"
	"its disks are free again. With --force what is still there then is destroyed; --wait 0\n"
	"--force does so at once.\n";

enum { POLL_MS = 100, SELF_MS = 5 * 1000, GONE_MS = 60 * 1000, WAIT_MAX_S = 86400 };

static const char no_log[] = "/dev/null";

static int nothing(const char *name, void *arg)
{
	(void)name;
	(void)arg;
	return 1;
}

/* libxl's own list of what a domain has is the last of it in xenstore. */
static bool is_gone(struct xst *xs, unsigned domid)
{
	char path[32];

	snprintf(path, sizeof(path), "/libxl/%u", domid);
	return xst_list(xs, path, nothing, NULL) == -ENOENT;
}

/* 0, -ETIMEDOUT or -errno. */
static int wait_gone(unsigned domid, int64_t until)
{
	struct xst *xs;
	int r = xst_open(&xs, NULL, NULL);

	if (r)
		return r;
	while (!is_gone(xs, domid) && !r) {
		if (io_now_ms() >= until)
			r = -ETIMEDOUT;
		else
			usleep(POLL_MS * 1000);
	}
	xst_close(xs);
	return r;
}

/* The domain's xl has the locks until it has cleaned up. An exit status. */
static int wait_disks(const struct domains_one *one)
{
	char holder[256];

	for (size_t i = 0; i < one->ndisks; i++) {
		struct disk_lock lock;
		int r = disk_lock_take(one->disk[i].path, !one->disk[i].writable, GONE_MS, &lock,
				       holder, sizeof(holder));

		if (!r)
			disk_lock_drop(&lock);
		if (r == -EBUSY) {
			log_warnx("stop: %s is gone, but %s is in use by %s", one->name,
				  one->disk[i].path, holder);
			return EXIT_SYSTEM;
		}
	}
	return EXIT_OK;
}

/* Destroys what is still there. One that ends by itself meanwhile is as good. 0 or -errno. */
static int destroy(const struct domains_one *one, const char *domid)
{
	int r = xl_destroy(domid, no_log), gone = wait_gone(one->domid, io_now_ms() + GONE_MS);

	return gone && r ? r : gone;
}

/* A guest that was asked to end may come back instead. An exit status. */
static int check_gone(const struct domains_one *one)
{
	unsigned domid;

	if (xl_domid(one->name, &domid, no_log) || domid == one->domid)
		return wait_disks(one);
	log_warnx("stop: %s has rebooted and is domain %u now", one->name, domid);
	return EXIT_SYSTEM;
}

static int stop_one(const struct domains_one *one, unsigned wait_s, bool force)
{
	char domid[16];
	int r = 0;

	snprintf(domid, sizeof(domid), "%u", one->domid);
	if (wait_s || !force)
		r = xl_shutdown(domid, no_log);
	/* Where xl says no, it may have ended by itself. */
	r = wait_gone(one->domid, io_now_ms() + (r && !force ? SELF_MS : wait_s * 1000LL));
	if (r && force)
		r = destroy(one, domid);
	if (!r)
		return check_gone(one);
	if (r == -ETIMEDOUT)
		log_warnx("stop: %s is still there%s", one->name,
			  force ? "" : " (--force destroys it)");
	else
		log_warnx("stop: %s: %s", one->name, strerror(-r));
	return EXIT_SYSTEM;
}

/* All are looked for before the first is stopped. */
static int stop_all(const struct domains *d, char **names, unsigned wait_s, bool force)
{
	int r = EXIT_OK;

	for (char **name = names; *name; name++) {
		const struct domains_one *one = domains_find(d, *name);

		if (one && one->domid)
			continue;
		log_warnx("stop: %s %s", *name, one ? "is this machine itself" : "is no domain");
		return EXIT_USAGE;
	}
	for (char **name = names; *name; name++) {
		int one = stop_one(domains_find(d, *name), wait_s, force);

		r = one ? one : r;
	}
	return r;
}

static int parse_wait(const char *word, unsigned *wait_s)
{
	if (!xp_number_parse(word, strlen(word), wait_s) && *wait_s <= WAIT_MAX_S)
		return EXIT_OK;
	log_warnx("stop: --wait takes 0 to %d seconds", WAIT_MAX_S);
	return EXIT_USAGE;
}

int cmd_stop(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "wait", required_argument, NULL, 'w' },
		{ "force", no_argument, NULL, 'f' },
		{ 0 },
	};
	unsigned wait_s = 120;
	bool force = false;
	struct domains d;
	int c, r;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case 'w':
			if (parse_wait(optarg, &wait_s))
				return EXIT_USAGE;
			break;
		case 'f':
			force = true;
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	if (optind == argc) {
		log_warnx("stop: needs the NAME of a domain (see xlab stop --help)");
		return EXIT_USAGE;
	}
	if (cmd_need_dom0("stop"))
		return EXIT_USAGE;
	r = domains_read(&d, no_log);
	if (r)
		return cmd_fail(r, "xl list");
	r = stop_all(&d, argv + optind, wait_s, force);
	domains_free(&d);
	return r;
}

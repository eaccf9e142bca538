/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "guest-tools/lib/log.h"
#include "guest-tools/lib/netspec.h"
#include "host/cmd.h"
#include "host/collect.h"
#include "host/keys.h"

static const char usage[] =
	"usage: xlab collect [--store FILE]\n"
	"       xlab collect [--store FILE] --serial LINE --run NAME --workload NAME --size SIZE\n"
	"                    --image SHA256 [--uuid UUID] [--network SPEC] [--ssh-keys FILE]\n"
	"\n"
	"Stores what guests report through xenstore (in dom0), or what one guest without Xen reports\n"
	"over a serial line, until SIGTERM or SIGINT comes or the line is closed. FILE is\n"
	"results.sqlite unless given; LINE is a serial port, a unix socket, or - for standard input.\n"
	"SPEC is what the guest's network is to be, eth0,dhcp say; FILE an authorized_keys file.\n";

enum {
	OPT_STORE = 's',
	OPT_SERIAL = 'l',
	OPT_RUN = 'r',
	OPT_WORKLOAD = 'w',
	OPT_SIZE = 'z',
	OPT_IMAGE = 'i',
	OPT_UUID = 'u',
	OPT_NETWORK = 'n',
	OPT_SSH_KEYS = 'k'
};

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "store", required_argument, NULL, OPT_STORE },
	{ "serial", required_argument, NULL, OPT_SERIAL },
	{ "run", required_argument, NULL, OPT_RUN },
	{ "workload", required_argument, NULL, OPT_WORKLOAD },
	{ "size", required_argument, NULL, OPT_SIZE },
	{ "image", required_argument, NULL, OPT_IMAGE },
	{ "uuid", required_argument, NULL, OPT_UUID },
	{ "network", required_argument, NULL, OPT_NETWORK },
	{ "ssh-keys", required_argument, NULL, OPT_SSH_KEYS },
	{ 0 },
};

/* A descriptor that becomes readable when somebody wants us to stop, or -1. */
static int stop_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int collect_to(const char *path, const struct collect_serial *how)
{
	struct store *s;
	int fd = stop_open(), r;

	if (fd < 0)
		return cmd_fail(-errno, "cannot take signals");
	r = store_open(path, STORE_WRITE, &s);
	if (r) {
		close(fd);
		return cmd_fail_store(r, path);
	}
	r = how->line ? collect_serial(s, fd, how) : collect_xenstore(s, fd);
	store_close(s);
	close(fd);
	if (!r)
		return EXIT_OK;
	if (r == -EIO || how->line)
		return cmd_fail(r, how->line ? how->line : path);
	log_warnx("cannot reach xenstore: %s (is this dom0, as root, with xenstored running?)",
		  strerror(-r));
	return EXIT_SYSTEM;
}

/* What the guest will be told, in so far as it is not only passed on. An exit status. */
static int check_serial(struct collect_serial *how)
{
	static char keys[XP_VALUE_MAX + 1];
	char why[NETSPEC_WHY];
	struct netspec spec;
	int r;

	if (strlen(how->run) > 63 || !record_name_is_fine(how->run) || strlen(how->size) > 7 ||
	    strlen(how->workload) > RECORD_NAME_MAX || strlen(how->image) > 64 ||
	    (how->uuid && strlen(how->uuid) > 39)) {
		log_warnx("collect: a value is too long or no name (see xlab collect --help)");
		return EXIT_USAGE;
	}
	if (how->network && netspec_parse(how->network, &spec, why, sizeof(why))) {
		log_warnx("collect: --network: %s", why);
		return EXIT_USAGE;
	}
	if (!how->ssh_keys)
		return EXIT_OK;
	r = keys_read(how->ssh_keys, keys);
	how->ssh_keys = keys;
	return r;
}

int cmd_collect(int argc, char **argv)
{
	struct collect_serial how = { .mode = "native" };
	const char *store = "results.sqlite";
	int c, r;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case OPT_STORE: store = optarg; break;
		case OPT_SERIAL: how.line = optarg; break;
		case OPT_RUN: how.run = optarg; break;
		case OPT_WORKLOAD: how.workload = optarg; break;
		case OPT_SIZE: how.size = optarg; break;
		case OPT_IMAGE: how.image = optarg; break;
		case OPT_UUID: how.uuid = optarg; break;
		case OPT_NETWORK: how.network = optarg; break;
		case OPT_SSH_KEYS:
			how.ssh_keys = optarg;
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	if (optind < argc || (how.line && !(how.run && how.workload && how.size && how.image))) {
		log_warnx("collect: %s (see xlab collect --help)",
			  optind < argc ? "takes no arguments"
					: "--serial needs --run, --workload, --size and --image");
		return EXIT_USAGE;
	}
	r = how.line ? check_serial(&how) : EXIT_OK;
	return r ? r : collect_to(store, &how);
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "guest-tools/lib/netspec.h"
#include "guest-tools/lib/workload.h"
#include "host/cmd.h"
#include "host/collect.h"
#include "host/daemon.h"
#include "host/keys.h"

#define LOG_DEFAULT "/var/log/xlab-collect.log"
#define LOCK_DEFAULT "/run/xenstored/socket" /* xenstored's, unless $XENSTORED_PATH says so */

enum { STOP_GRACE_S = 2 };

static const char usage[] =
	"usage: xlab collect [--store FILE] [--once | --follow] [--bytes N] [--records N] [--reads N]\n"
	"       xlab collect [--store FILE] --daemon [--pid FILE] [--log FILE] [--bytes N] [--records N]\n"
	"                    [--reads N]\n"
	"       xlab collect [--store FILE] --serial LINE --run NAME --workload NAME --size SIZE\n"
	"                    --image SHA256 [--uuid UUID] [--network SPEC] [--ssh-keys FILE]\n"
	"                    [--warmups N] [--repetitions N] [--bytes N] [--records N]\n"
	"\n"
	"Stores what guests report through xenstore (in dom0), or what one guest without Xen reports\n"
	"over a serial line, until SIGTERM or SIGINT comes or the line is closed. FILE is\n"
	"results.sqlite unless given; LINE is a serial port, a unix socket, or - for standard input.\n"
	"SPEC is what the guest's network is to be, eth0,dhcp say; FILE an authorized_keys file.\n"
	"The workload runs with N warm-ups and repetitions, its own numbers unless given.\n"
	"\n"
	"  --once         take what is there now, and end\n"
	"  --follow       show what comes: a table on a terminal, else a line for each change\n"
	"  --daemon       go into the background when ready; what is said goes to --log FILE\n"
	"                 (" LOG_DEFAULT ")\n"
	"  --bytes N, --records N   the most that is stored of one guest\n"
	"  --reads N      the most reads of xenstore that one guest may cost a second\n";

enum {
	OPT_STORE = 's',
	OPT_ONCE = 'o',
	OPT_FOLLOW = 'f',
	OPT_DAEMON = 'd',
	OPT_PID = 'p',
	OPT_LOG = 'L',
	OPT_BYTES = 'B',
	OPT_RECORDS = 'R',
	OPT_READS = 'S',
	OPT_SERIAL = 'l',
	OPT_RUN = 'r',
	OPT_WORKLOAD = 'w',
	OPT_SIZE = 'z',
	OPT_IMAGE = 'i',
	OPT_UUID = 'u',
	OPT_NETWORK = 'n',
	OPT_SSH_KEYS = 'k',
	OPT_WARMUPS = 'W',
	OPT_REPETITIONS = 'N'
};

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "store", required_argument, NULL, OPT_STORE },
	{ "once", no_argument, NULL, OPT_ONCE },
	{ "follow", no_argument, NULL, OPT_FOLLOW },
	{ "daemon", no_argument, NULL, OPT_DAEMON },
	{ "pid", required_argument, NULL, OPT_PID },
	{ "log", required_argument, NULL, OPT_LOG },
	{ "bytes", required_argument, NULL, OPT_BYTES },
	{ "records", required_argument, NULL, OPT_RECORDS },
	{ "reads", required_argument, NULL, OPT_READS },
	{ "serial", required_argument, NULL, OPT_SERIAL },
	{ "run", required_argument, NULL, OPT_RUN },
	{ "workload", required_argument, NULL, OPT_WORKLOAD },
	{ "size", required_argument, NULL, OPT_SIZE },
	{ "image", required_argument, NULL, OPT_IMAGE },
	{ "uuid", required_argument, NULL, OPT_UUID },
	{ "network", required_argument, NULL, OPT_NETWORK },
	{ "ssh-keys", required_argument, NULL, OPT_SSH_KEYS },
	{ "warmups", required_argument, NULL, OPT_WARMUPS },
	{ "repetitions", required_argument, NULL, OPT_REPETITIONS },
	{ 0 },
};

struct args {
	const char *store, *pid, *log;
	bool daemon;
	struct collect_opts opts;
	struct collect_serial serial;
};

static int stop_pipe[2];
static const char *pid_file; /* to be removed at the end; NULL: none */

/* Xenstored may keep us waiting without end; what is acknowledged is safe, so we may just go. */
static void stop_late(int sig)
{
	static const char text[] =
		"xlab: collect: kept waiting by xenstored or the disk: ended all the same\n";
	ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);

	if (pid_file)
		unlink(pid_file);
	(void)sig, (void)n;
	_exit(EXIT_SYSTEM);
}

static void stop_asked(int sig)
{
	int err = errno;
	ssize_t n = write(stop_pipe[1], "", 1);

	(void)sig, (void)n;
	alarm(STOP_GRACE_S);
	errno = err;
}

/* A descriptor that becomes readable when somebody wants us to stop, or -1. */
static int stop_open(void)
{
	struct sigaction asked = { .sa_handler = stop_asked, .sa_flags = SA_RESTART };
	struct sigaction late = { .sa_handler = stop_late };

	signal(SIGPIPE, SIG_IGN);
	if (pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	if (sigaction(SIGALRM, &late, NULL) < 0 || sigaction(SIGTERM, &asked, NULL) < 0 ||
	    sigaction(SIGINT, &asked, NULL) < 0)
		return -1;
	return stop_pipe[0];
}

static int no_xenstore(int err)
{
	log_warnx("cannot reach xenstore: %s (is this dom0, as root, with xenstored running?)",
		  strerror(-err));
	return EXIT_SYSTEM;
}

/* Two collectors would each acknowledge what the other one needs. An exit status; the lock goes with
 * the process. */
static int lock_xenstore(const char *store)
{
	const char *socket = getenv("XENSTORED_PATH");
	char path[4096], whole[PATH_MAX];
	struct daemon_holder other;
	int r;

	snprintf(path, sizeof(path), "%s.xlab-collect", socket ? socket : LOCK_DEFAULT);
	r = daemon_lock(path, realpath(store, whole) ? whole : store, &other);
	if (r >= 0)
		return EXIT_OK;
	if (r == -ENOENT)
		return no_xenstore(r);
	if (r != -EBUSY)
		return cmd_fail(r, path);
	log_warnx("collect: another collector runs already (process %d) and stores in %s: end it, or "
		  "look there (xlab run --no-collect --store FILE)",
		  (int)other.pid, other.note[0] ? other.note : "a file of its own");
	return EXIT_USAGE;
}

static int collect_to(struct args *a, struct store *s, int stop_fd)
{
	const char *line = a->serial.line;
	/* Here, behind a fork, which a lock does not outlive. */
	int r = line ? EXIT_OK : lock_xenstore(a->store);

	if (r)
		return r;
	if (a->pid && (r = daemon_pid_write(a->pid)))
		return cmd_fail(r, a->pid);
	pid_file = a->pid;
	r = line ? collect_serial(s, stop_fd, &a->opts, &a->serial)
		 : collect_xenstore(s, stop_fd, &a->opts);
	alarm(0);
	if (a->pid)
		unlink(a->pid);
	if (!r)
		return EXIT_OK;
	if (r == -EUCLEAN)
		return cmd_fail_store(r, a->store);
	if (line || r == -EIO)
		return cmd_fail(r, line ? line : a->store);
	return no_xenstore(r);
}

static int collect_run(struct args *a)
{
	struct store *s;
	int fd, r;

	if (a->daemon && (a->opts.ready = daemon_begin(a->log)) < 0)
		return cmd_fail(a->opts.ready, a->log);
	fd = stop_open();
	if (fd < 0)
		return cmd_fail(-errno, "cannot take signals");
	r = store_open(a->store, STORE_WRITE, &s);
	if (r)
		return cmd_fail_store(r, a->store);
	r = collect_to(a, s, fd);
	store_close(s);
	return r;
}

/* What the guest will be told, in so far as it is not only passed on. An exit status. */
static int check_serial(struct collect_serial *how)
{
	static char keys[XP_VALUE_MAX + 1];
	char why[NETSPEC_WHY];
	struct netspec spec;
	enum workload_size size;
	int r;

	if (strlen(how->run) > XP_NAME_MAX || !record_name_is_fine(how->run) ||
	    strlen(how->workload) > XP_NAME_MAX || (how->uuid && strlen(how->uuid) > 39)) {
		log_warnx("collect: a value is too long or no name (see xlab collect --help)");
		return EXIT_USAGE;
	}
	if (workload_size_parse(how->size, &size) ||
	    !xp_value_is_fine(XPK_IMAGE, how->image, strlen(how->image))) {
		log_warnx("collect: --size takes quick or ref, --image a SHA-256");
		return EXIT_USAGE;
	}
	if (how->network && netspec_parse(how->network, &spec, why, sizeof(why))) {
		log_warnx("collect: --network: %s", why);
		return EXIT_USAGE;
	}
	if ((how->warmups && !xp_value_is_fine(XPK_WARMUPS, how->warmups, strlen(how->warmups))) ||
	    (how->repetitions &&
	     !xp_value_is_fine(XPK_REPETITIONS, how->repetitions, strlen(how->repetitions)))) {
		log_warnx("collect: --warmups and --repetitions take numbers");
		return EXIT_USAGE;
	}
	if (!how->ssh_keys)
		return EXIT_OK;
	r = keys_read(how->ssh_keys, keys);
	how->ssh_keys = keys;
	return r;
}

/* What is wrong with the words together, or NULL. */
static const char *check_words(const struct args *a)
{
	const struct collect_serial *s = &a->serial;

	if (s->line && !(s->run && s->workload && s->size && s->image))
		return "--serial needs --run, --workload, --size and --image";
	if (!s->line && (s->run || s->workload || s->size || s->image || s->uuid || s->network ||
			 s->ssh_keys || s->warmups || s->repetitions))
		return "what a guest is told needs --serial";
	if (a->opts.once + a->opts.follow + a->daemon + !!s->line > 1)
		return "--once, --follow, --daemon and --serial go one at a time";
	if (a->pid && !a->daemon)
		return "--pid needs --daemon";
	return NULL;
}

/* A number from 1 to max. */
static int parse_limit(const char *text, int64_t max, int64_t *out)
{
	if (!xp_nano_parse(text, strlen(text), out) && *out >= 1 && *out <= max)
		return EXIT_OK;
	log_warnx("collect: '%s' is no number from 1 to %lld", text, (long long)max);
	return EXIT_USAGE;
}

static int parse_number(struct args *a, int c)
{
	int64_t n = 0;
	int r;

	switch (c) {
	case OPT_BYTES: return parse_limit(optarg, INT64_C(1) << 50, &a->opts.limits.bytes);
	case OPT_RECORDS: return parse_limit(optarg, UINT32_MAX, &a->opts.limits.records);
	default:
		r = parse_limit(optarg, 10 * 1000 * 1000, &n);
		a->opts.reads = (unsigned)n;
		return r;
	}
}

int cmd_collect(int argc, char **argv)
{
	struct args a = {
		.store = "results.sqlite",
		.log = LOG_DEFAULT,
		.opts = COLLECT_OPTS_DEFAULT,
		.serial = { .mode = "native" },
	};
	const char *wrong;
	int c, r;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case OPT_STORE: a.store = optarg; break;
		case OPT_ONCE: a.opts.once = true; break;
		case OPT_FOLLOW: a.opts.follow = true; break;
		case OPT_DAEMON: a.daemon = true; break;
		case OPT_PID: a.pid = optarg; break;
		case OPT_LOG: a.log = optarg; break;
		case OPT_BYTES:
		case OPT_RECORDS:
		case OPT_READS:
			if ((r = parse_number(&a, c)))
				return r;
			break;
		case OPT_SERIAL: a.serial.line = optarg; break;
		case OPT_RUN: a.serial.run = optarg; break;
		case OPT_WORKLOAD: a.serial.workload = optarg; break;
		case OPT_SIZE: a.serial.size = optarg; break;
		case OPT_IMAGE: a.serial.image = optarg; break;
		case OPT_UUID: a.serial.uuid = optarg; break;
		case OPT_NETWORK: a.serial.network = optarg; break;
		case OPT_SSH_KEYS: a.serial.ssh_keys = optarg; break;
		case OPT_WARMUPS: a.serial.warmups = optarg; break;
		case OPT_REPETITIONS:
			a.serial.repetitions = optarg;
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	wrong = optind < argc ? "takes no arguments" : check_words(&a);
	if (wrong) {
		log_warnx("collect: %s (see xlab collect --help)", wrong);
		return EXIT_USAGE;
	}
	r = a.serial.line ? check_serial(&a.serial) : EXIT_OK;
	return r ? r : collect_run(&a);
}

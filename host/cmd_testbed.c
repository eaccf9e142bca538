/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/demo.h"
#include "host/proc.h"
#include "host/testbed.h"

static const char usage[] =
	"usage: xlab testbed up [--dir DIR] [--xenstored xenstored|oxenstored] [--share DIR]\n"
	"                       [--deadline S] [--lifetime S]\n"
	"       xlab testbed exec [--dir DIR] -- COMMAND [ARG...]\n"
	"       xlab testbed status [--dir DIR]\n"
	"       xlab testbed down [--dir DIR]\n"
	"       xlab testbed demo [--dir DIR] [--xenstored xenstored|oxenstored] [--plan PLAN]\n"
	"                       [--out DIR]\n"
	"\n"
	"A real Xen host in a box: QEMU, without KVM, runs Xen, a Debian dom0, xl and xenstored.\n"
	"up      starts it and returns when commands can be run (deadline 300 s); it ends by itself\n"
	"        after its lifetime (7200 s). dom0 sees the share folder as /xlab\n"
	"exec    runs a command in dom0, with its own input, output and exit status\n"
	"status  tells what runs; exits with 111 when nothing does\n"
	"down    ends it\n"
	"demo    carries a plan out, xen-configs/plans/micro.plan unless given: natively in QEMU and,\n"
	"        in a box, as every kind of Xen guest; store and reports go to the folder --out,\n"
	"        build/demo unless given. What was interrupted goes on where it was\n"
	"`make testbed` builds what it is made of. DIR is " TESTBED_DIR " unless given.\n";

#define DOM0 "build/testbed/dom0"
#define XEN "build/sysroot/xen/xen"

enum { DOWN_MS = 20 * 1000, SECONDS_MAX = 7 * 24 * 3600 };

struct args {
	char dir[PATH_MAX];
	const char *xenstored, *share, *plan, *out;
	int deadline_s, lifetime_s;
};

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },	     { "dir", required_argument, NULL, 'd' },
	{ "xenstored", required_argument, NULL, 'x' }, { "share", required_argument, NULL, 's' },
	{ "deadline", required_argument, NULL, 't' },  { "lifetime", required_argument, NULL, 'l' },
	{ "plan", required_argument, NULL, 'p' },      { "out", required_argument, NULL, 'o' },
	{ 0 },
};

/* A whole number of seconds, or 0 for anything else. */
static int seconds(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	return *end || n < 1 || n > SECONDS_MAX ? 0 : (int)n;
}

static int parse_args(int argc, char **argv, struct args *a)
{
	const char *dir = TESTBED_DIR;
	int c;

	*a = (struct args){ .xenstored = "xenstored",
			    .plan = "xen-configs/plans/micro.plan",
			    .out = "build/demo",
			    .deadline_s = 300,
			    .lifetime_s = 7200 };
	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case 'd': dir = optarg; break;
		case 'x': a->xenstored = optarg; break;
		case 's': a->share = optarg; break;
		case 't': a->deadline_s = seconds(optarg); break;
		case 'l': a->lifetime_s = seconds(optarg); break;
		case 'p': a->plan = optarg; break;
		case 'o': a->out = optarg; break;
		case CMD_HELP: return -1;
		default: return EXIT_USAGE;
		}
	}
	if (strlen(dir) >= sizeof(a->dir) || a->deadline_s < 1 || a->lifetime_s < 1 ||
	    (strcmp(a->xenstored, "xenstored") && strcmp(a->xenstored, "oxenstored"))) {
		log_warnx("testbed: a bad value (see xlab testbed --help)");
		return EXIT_USAGE;
	}
	strcpy(a->dir, dir);
	return EXIT_OK;
}

/* Makes a folder and those above it, and its name absolute. */
static int make_dir(const char *path, char *absolute)
{
	const char *const argv[] = { "mkdir", "-p", "--", path, NULL };
	int r = proc_run(argv, &(struct proc_opts){ .err = PROC_NULL });

	if (r <= 0)
		return r || !realpath(path, absolute) ? cmd_fail(r ? r : -errno, path) : EXIT_OK;
	log_warnx("testbed: cannot make the folder %s", path);
	return EXIT_SYSTEM;
}

static int find(const char *path, char *absolute)
{
	if (realpath(path, absolute))
		return EXIT_OK;
	log_warnx("testbed: there is no %s: make testbed builds it", path);
	return EXIT_USAGE;
}

/* The supervisor's process outlives us: of what is ours it keeps the pipe on which `up` waits and, until
 * it is ready, stderr. Who reads the output of `up` must not wait for it. */
static void supervisor(const struct testbed_opts *o, int report)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	signal(SIGINT, SIG_DFL);
	if (setsid() < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		_exit(cmd_fail(-errno, "testbed"));
	_exit(testbed_supervise(o, report));
}

/* Waits for the supervisor's word; a person sees that it goes on. */
static int up_wait(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	unsigned char status = EXIT_SYSTEM;
	int tty = isatty(STDERR_FILENO), s = 0;

	while (poll(&p, 1, 1000) <= 0)
		if (tty)
			fprintf(stderr, "\rtestbed: starting, %d s", ++s);
	if (s)
		fputs("\r\033[K", stderr);
	if (read(fd, &status, 1) != 1)
		log_warnx("testbed: its supervisor has died");
	return status;
}

/* Starts the supervisor and waits until it is ready, or has failed and taken down what there was. */
static int up_start(const struct testbed_opts *o)
{
	int fd[2], status;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return cmd_fail(-errno, "testbed");
	if (pid == 0) {
		close(fd[0]);
		supervisor(o, fd[1]);
	}
	close(fd[1]);
	status = up_wait(fd[0]);
	close(fd[0]);
	if (status)
		waitpid(pid, NULL, 0);
	return status;
}

static int testbed_up(struct args *a, char **argv)
{
	static char dir[PATH_MAX], share[PATH_MAX], dom0[PATH_MAX], xen[PATH_MAX];
	struct testbed_info info;
	char own_share[PATH_MAX + 8];
	int r = make_dir(a->dir, dir);

	(void)argv;
	snprintf(own_share, sizeof(own_share), "%s/xlab", dir);
	if (!r)
		r = make_dir(a->share ? a->share : own_share, share);
	if (!r)
		r = find(DOM0, dom0);
	if (!r)
		r = find(XEN, xen);
	if (r)
		return r;
	r = up_start(&(struct testbed_opts){
		.dir = dir, .dom0 = dom0, .xen = xen, .share = share, .xenstored = a->xenstored,
		.deadline_s = a->deadline_s, .lifetime_s = a->lifetime_s });
	if (!r && !testbed_read(dir, &info))
		log_info("testbed: ready after %.0f s, with %s", info.boot_s, info.xenstored);
	return r;
}

/* ready.json counts only while its supervisor lives: one that was killed has left it behind. */
static int read_ready(const char *dir, struct testbed_info *info)
{
	pid_t owner = testbed_owner(dir);

	return owner > 0 ? testbed_read(dir, info) : owner < 0 ? owner : -ENOENT;
}

/* ssh(1) joins the words with blanks and a shell in dom0 splits them: each is quoted for that. */
static int quote_words(char **words, char *buf, size_t size)
{
	size_t len = 0;

	for (; *words; words++) {
		if (len + 8 > size)
			return -E2BIG;
		len += (size_t)snprintf(buf + len, size - len, "%s'", len ? " " : "");
		for (const char *c = *words; *c; c++) {
			if (len + 8 > size)
				return -E2BIG;
			if (*c == '\'')
				len += (size_t)snprintf(buf + len, size - len, "'\\''");
			else
				buf[len++] = *c;
		}
		buf[len++] = '\'';
	}
	buf[len] = '\0';
	return 0;
}

static int testbed_exec(struct args *a, char **words)
{
	static char command[128 * 1024];
	const char *const argv[] = { "ssh", "-F", "ssh_config", "-T", "dom0", "--", command, NULL };
	struct testbed_info info;
	int r = read_ready(a->dir, &info);

	if (!*words) {
		log_warnx("testbed exec: needs a COMMAND (see xlab testbed --help)");
		return EXIT_USAGE;
	}
	if (r) {
		log_warnx("testbed: none is ready in %s: xlab testbed up starts it", a->dir);
		return r == -ENOENT ? EXIT_USAGE : EXIT_SYSTEM;
	}
	r = quote_words(words, command, sizeof(command));
	if (r)
		return cmd_fail(r, "testbed exec");
	if (chdir(a->dir) < 0)
		return cmd_fail(-errno, a->dir);
	execvp(argv[0], (char *const *)argv);
	return cmd_fail(-errno, "ssh");
}

/* Signals the owner, unless another process has its number by now, and waits until it is gone. */
static int end_owner(const char *dir, pid_t owner, int sig)
{
	struct pollfd p = { .fd = pidfd_open(owner, 0), .events = POLLIN };
	int r = 0;

	if (p.fd < 0)
		return errno == ESRCH ? 0 : -errno;
	if (testbed_owner(dir) == owner && pidfd_send_signal(p.fd, sig, NULL, 0) < 0)
		r = -errno;
	if (!r) {
		r = poll(&p, 1, DOWN_MS);
		r = r > 0 ? 0 : r == 0 ? -ETIMEDOUT : -errno;
	}
	close(p.fd);
	return r;
}

static int testbed_down(struct args *a, char **argv)
{
	pid_t owner = testbed_owner(a->dir);
	int r = owner < 0 ? owner : 0;

	(void)argv;
	if (owner > 0 && (r = end_owner(a->dir, owner, SIGTERM)) == -ETIMEDOUT)
		r = end_owner(a->dir, owner, SIGKILL);
	return r < 0 ? cmd_fail(r, a->dir) : EXIT_OK;
}

static int testbed_status(struct args *a, char **argv)
{
	struct testbed_info info;

	(void)argv;
	if (read_ready(a->dir, &info)) {
		log_warnx("testbed: none is ready in %s", a->dir);
		return EXIT_SYSTEM;
	}
	printf("ready after %.0f s, with %s, supervisor %d, %lld s left\n", info.boot_s,
	       info.xenstored, info.supervisor, info.until - (long long)time(NULL));
	return EXIT_OK;
}

static int testbed_demo(struct args *a, char **argv)
{
	static char out[PATH_MAX];
	int r = make_dir(a->out, out);

	(void)argv;
	if (r)
		return r;
	if (testbed_owner(a->dir) > 0) {
		log_warnx("testbed demo: one runs in %s already: xlab testbed down ends it", a->dir);
		return EXIT_USAGE;
	}
	return demo(&(struct demo_opts){
		.plan = a->plan, .out = out, .dir = a->dir, .xenstored = a->xenstored });
}

static const struct {
	const char *name;
	int (*run)(struct args *a, char **words);
	int takes_words;
} verbs[] = {
	{ "up", testbed_up, 0 },
	{ "exec", testbed_exec, 1 },
	{ "status", testbed_status, 0 },
	{ "down", testbed_down, 0 },
	{ "demo", testbed_demo, 0 },
};

int cmd_testbed(int argc, char **argv)
{
	struct args a;
	int r;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(usage, stdout);
		return EXIT_OK;
	}
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (strcmp(argv[1], verbs[i].name))
			continue;
		r = parse_args(argc - 1, argv + 1, &a);
		if (r)
			return r < 0 ? EXIT_OK : r;
		if (argv[1 + optind] && !verbs[i].takes_words) {
			log_warnx("testbed %s: takes no arguments", verbs[i].name);
			return EXIT_USAGE;
		}
		return verbs[i].run(&a, argv + 1 + optind);
	}
	log_warnx("testbed: needs up, exec, status, down or demo (see xlab testbed --help)");
	return EXIT_USAGE;
}

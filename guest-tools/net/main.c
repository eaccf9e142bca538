/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "guest-tools/net/net.h"

static const char usage[] =
	"usage: xlab-net [SPEC...]\n"
	"\n"
	"Brings up each interface that a SPEC names, and looks after its DHCP lease. SPEC is off,\n"
	"IFACE,dhcp or IFACE,ADDRESS/PREFIX[,gw=ADDRESS][,dns=ADDRESS]..., where IFACE is a name or\n"
	"a MAC address. Without one, $XLAB_NET has them. When all that can be done is done, a newline\n"
	"is written to the descriptor that $XLAB_READY_FD names.\n";

enum { STOP_MS = 3000 };

static int ready_fd = -1;

/* Joins the words, or takes the environment's. 0 or -E2BIG. */
static int read_spec(int argc, char **argv, char *text, size_t size)
{
	const char *env = getenv("XLAB_NET");
	size_t len = 0;

	if (argc < 2)
		len = (size_t)snprintf(text, size, "%s", env ? env : "");
	for (int i = 1; i < argc && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%s", i > 1 ? " " : "", argv[i]);
	return len < size ? 0 : -E2BIG;
}

/* Nobody waits unless the variable names a descriptor that is open; children are not to have it. */
static void ready_init(void)
{
	const char *text = getenv("XLAB_READY_FD");

	if (text && *text >= '3' && *text <= '9' && !text[1])
		ready_fd = *text - '0';
	if (ready_fd >= 0 && fcntl(ready_fd, F_SETFD, FD_CLOEXEC) < 0)
		ready_fd = -1;
	unsetenv("XLAB_READY_FD");
}

static void ready_tell(void)
{
	if (ready_fd < 0)
		return;
	io_write_all(ready_fd, "\n", 1);
	close(ready_fd);
	ready_fd = -1;
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Returns true when one of them asks us to stop. */
static bool read_signals(int fd)
{
	struct signalfd_siginfo si;
	bool stop = false;
	int status;
	pid_t pid;

	while (read(fd, &si, sizeof(si)) == sizeof(si))
		stop |= si.ssi_signo != SIGCHLD;
	while (!stop && (pid = waitpid(-1, &status, WNOHANG)) > 0)
		net_reaped(pid, status);
	return stop;
}

/* Ends the clients, which give their leases back. */
static void stop_clients(int signals)
{
	int64_t until = io_now_ms() + STOP_MS;
	struct signalfd_siginfo si;
	int left = net_signal(SIGTERM);

	while (left > 0 && io_now_ms() < until) {
		struct pollfd p = { .fd = signals, .events = POLLIN };

		while (left > 0 && waitpid(-1, NULL, WNOHANG) > 0)
			left--;
		if (left > 0 && poll(&p, 1, (int)(until - io_now_ms())) > 0)
			while (read(signals, &si, sizeof(si)) == sizeof(si))
				;
	}
	if (left > 0)
		net_signal(SIGKILL);
}

/* Until there is nothing left to look after, or a signal says so. 0 or -errno. */
static int serve(int signals, int leases)
{
	static char line[512];
	size_t len = 0;
	int r = 0;

	for (;;) {
		struct pollfd p[] = { { .fd = signals, .events = POLLIN },
				      { .fd = leases, .events = POLLIN } };
		int ms = net_step();

		if (net_is_settled())
			ready_tell();
		if (!net_has_work() || r)
			return r;
		if (poll(p, 2, ms) < 0 && errno != EINTR)
			return -errno;
		if (p[0].revents && read_signals(signals)) {
			stop_clients(signals);
			return 0;
		}
		if (p[1].revents)
			r = io_read_lines(leases, line, sizeof(line), &len, net_lease, NULL);
	}
}

static int run(const struct netspec *spec)
{
	int leases[2], signals = open_signals(), r;

	if (signals < 0 || pipe2(leases, O_CLOEXEC) < 0) {
		log_warn("cannot start");
		return EXIT_SYSTEM;
	}
	net_init(spec, leases[1]);
	r = serve(signals, leases[0]);
	if (r)
		log_warnx("cannot go on: %s", strerror(-r));
	return r || net_has_failed() ? EXIT_SYSTEM : EXIT_OK;
}

int main(int argc, char **argv)
{
	char text[NETSPEC_TEXT_MAX + 1], why[NETSPEC_WHY];
	static struct netspec spec;

	log_init("xlab-net");
	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(usage, stdout);
		return EXIT_OK;
	}
	ready_init();
	if (read_spec(argc, argv, text, sizeof(text))) {
		log_warnx("the network specification is longer than %d bytes", NETSPEC_TEXT_MAX);
		return EXIT_USAGE;
	}
	if (netspec_parse(text, &spec, why, sizeof(why))) {
		log_warnx("%s%s", argc < 2 ? "XLAB_NET: " : "", why);
		return EXIT_USAGE;
	}
	return run(&spec);
}

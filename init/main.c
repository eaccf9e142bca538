/* SPDX-License-Identifier: ISC */
/* xlab-init: PID 1 of a guest. Starts what is needed, keeps it running, reaps, and ends it all. */
#include "init/boot.h"
#include "init/console.h"
#include "init/klog.h"
#include "init/stop.h"
#include "init/svc.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define REAP_BATCH 256	/* children between two looks at the timers, however many there are */

static char *const dropbear[] = { "/usr/sbin/dropbear", "-F", "-E", "-R", NULL };
static char *const agent[] = { "/usr/bin/xlab-agent", NULL };

static const struct svc_def services[] = {
	{ "dropbear", dropbear, SIGTERM },
	{ "agent", agent, SIGTERM },
};

_Noreturn static void die(const char *what)
{
	klog(KLOG_WARN, "%s: %m", what);
	_exit(111);
}

/* The kernel leaves 0 to 2 closed when it has no console; later files must not land there. */
static void fill_standard_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd < STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

static int open_signals(void)
{
	sigset_t all;
	int fd;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		die("cannot receive signals");
	return fd;
}

/* Returns a request among the signals that have come, if any; a child's end needs no note. */
static enum stop_how read_signals(int sigfd)
{
	struct signalfd_siginfo si[16];
	ssize_t n = read(sigfd, si, sizeof(si));

	for (size_t i = 0; n > 0 && i < (size_t)n / sizeof(si[0]); i++)
		if (stop_request((int)si[i].ssi_signo) != STOP_NOT)
			return stop_request((int)si[i].ssi_signo);
	return STOP_NOT;
}

/* Returns when all is to end and no service runs any more. */
static enum stop_how run(int sigfd)
{
	struct pollfd p = { .fd = sigfd, .events = POLLIN };
	enum stop_how how = STOP_NOT;

	while (how == STOP_NOT || !svc_all_down()) {
		enum stop_how request;
		int timeout = svc_run_timers();

		if (svc_reap(REAP_BATCH) > 0)
			timeout = 0; /* timers may have changed, and there may be more to reap */
		poll(&p, 1, timeout);
		request = read_signals(sigfd);
		if (request != STOP_NOT && how == STOP_NOT) {
			how = request;
			klog(KLOG_INFO, "asked to %s", stop_name(how));
			svc_stop_all();
		}
	}
	return how;
}

int main(void)
{
	static const char refusal[] = "xlab-init: only the kernel starts this, as process 1\n";
	int sigfd;

	if (getpid() != 1)
		return write(STDERR_FILENO, refusal, sizeof(refusal) - 1) < 0 ? 111 : 100;
	sigfd = open_signals();
	boot_mount_all();
	fill_standard_fds();
	boot_kmsg();
	boot_hostname();
	boot_loopback();
	reboot(RB_DISABLE_CAD); /* ctrl-alt-del becomes SIGINT */
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		svc_add(&services[i]);
	console_start_all();
	stop_now(run(sigfd), sigfd);
}

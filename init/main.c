/* SPDX-License-Identifier: ISC */
/* xlab-init: PID 1 of a guest. Starts what is needed, keeps it running, reaps, and ends it all. */
#include "init/boot.h"
#include "init/conf.h"
#include "init/ctl.h"
#include "init/fault.h"
#include "init/klog.h"
#include "init/load.h"
#include "init/out.h"
#include "init/param.h"
#include "init/spawn.h"
#include "init/state.h"
#include "init/stop.h"
#include "init/svc.h"
#include "init/sys.h"
#include "init/watchdog.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define REAP_BATCH 256	/* children between two looks at the timers, however many there are */

enum { POLL_SIGNALS, POLL_CONTROL, POLL_SERVICES };

static struct conf services[CONF_SERVICES];
static struct param params[PARAM_COUNT];

/* The kernel leaves 0 to 2 closed when it has no console; later files must not land there. Without a
 * /dev any other file will do. */
static void fill_standard_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd < 0)
			fd = open("/", O_PATH);
	} while (fd >= 0 && fd < STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

static int open_signals(void)
{
	static const unsigned long by_default[4]; /* the kernel's struct sigaction: SIG_DFL, 0, ... */
	sigset_t set;
	int fd;

	/* What we ignore, services would too. Past musl, which keeps 32 to 34 for itself. */
	for (int sig = 1; sig < NSIG; sig++)
		syscall(SYS_rt_sigaction, sig, by_default, NULL, NSIG / 8);
	sigfillset(&set);
	fault_catch(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0) {
		klog(KLOG_WARN, "cannot receive signals: %m");
		_exit(111);
	}
	return fd;
}

/* Acts on requests among the signals that have come; a child's end needs no note. */
static void read_signals(int fd)
{
	struct signalfd_siginfo si[4];
	ssize_t n = read(fd, si, sizeof(si));

	for (size_t i = 0; n > 0 && i < (size_t)n / sizeof(si[0]); i++)
		if (stop_request((int)si[i].ssi_signo) != STOP_NOT)
			stop_ask(stop_request((int)si[i].ssi_signo));
}

/* For poll(2): -1 is for ever. */
static int time_until(uint64_t at)
{
	uint64_t now = sys_now_ms();

	if (at == NEVER)
		return -1;
	if (at <= now)
		return 0;
	return at - now < INT_MAX ? (int)(at - now) : INT_MAX;
}

/* Does what is due. Returns how long there is nothing to do, unless something comes. */
static int run_timers(void)
{
	uint64_t services_at = svc_run_timers(), watchdog_at = watchdog_run();

	return time_until(services_at < watchdog_at ? services_at : watchdog_at);
}

/* When poll(2) cannot tell, as with less descriptors allowed than there are; nothing blocks. */
static void look_at_all(struct pollfd *p, size_t n)
{
	const struct timespec pause = { 0, 20 * 1000 * 1000 };

	for (size_t i = 0; i < n; i++)
		p[i].revents = POLLIN;
	nanosleep(&pause, NULL);
}

/* Returns when all is to end and no service runs any more. */
static void run(int sigfd)
{
	struct pollfd p[POLL_SERVICES + SVC_POLL_MAX] = {
		[POLL_SIGNALS] = { .fd = sigfd, .events = POLLIN },
		[POLL_CONTROL] = { .fd = state->control_fd, .events = POLLIN },
	};

	for (;;) {
		int timeout = run_timers();
		size_t n;

		if (svc_reap(REAP_BATCH) > 0)
			timeout = 0; /* timers may have changed, and there may be more to reap */
		if (state->stopping != STOP_NOT && svc_all_down())
			return;
		n = svc_poll(p + POLL_SERVICES);
		if (poll(p, POLL_SERVICES + n, timeout) < 0)
			look_at_all(p, POLL_SERVICES + n);
		svc_read(p + POLL_SERVICES, n);
		if (p[POLL_SIGNALS].revents)
			read_signals(sigfd);
		if (p[POLL_CONTROL].revents)
			ctl_answer();
	}
}

static void complain(const char *word)
{
	klog(KLOG_WARN, "no parameter of xlab-init(8), or too long: %s", word);
}

static void read_params(void)
{
	static char line[PARAM_LINE];

	if (boot_read("/proc/cmdline", line, sizeof(line)) < 0)
		klog(KLOG_INFO, "no kernel parameters: %m");
	param_parse(params, line, complain);
	if (params[PARAM_VERBOSE].set)
		out_be_verbose();
	spawn_environment(params);
}

static void boot(void)
{
	boot_kmsg(params[PARAM_VERBOSE].set);
	boot_clock();
	boot_hostname(params[PARAM_HOSTNAME].value);
	boot_loopback();
	reboot(RB_DISABLE_CAD); /* ctrl-alt-del becomes SIGINT */
}

int main(int argc, char **argv)
{
	static const char refusal[] = "xlab-init: only the kernel starts this, as process 1\n";
	bool resumed;
	int sigfd, old;

	if (getpid() != 1)
		return write(STDERR_FILENO, refusal, sizeof(refusal) - 1) < 0 ? 111 : 100;
	fill_standard_fds();
	old = fault_resume(argc, argv);
	if (old < 0)
		state_close_others();
	resumed = state_open(old);
	sigfd = open_signals();
	if (old < 0)
		boot_mount_all();
	else if (!resumed)
		sys_kill(-1, SIGKILL); /* nobody knows any more who they are */
	read_params();
	if (old < 0)
		boot();
	if (!resumed)
		load_files();
	svc_load(services, load_services(services, !resumed, params[PARAM_RESCUE].set));
	ctl_open();
	watchdog_open(params[PARAM_WATCHDOG].value);
	if (resumed)
		klog(KLOG_WARN, "process 1 goes on after a fault");
	else
		svc_start_all(params[PARAM_RESCUE].set ? LOAD_RESCUE "@" : "");
	if (state->stopping != STOP_NOT)
		svc_stop_all();
	run(sigfd);
	stop_now((enum stop_how)state->stopping);
}

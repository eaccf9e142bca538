/* SPDX-License-Identifier: ISC */
#include "host/native_chroot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/native_chroot_fs.h"
#include "host/pin.h"

#define AGENT "/usr/bin/xlab-agent"

enum { LINK_FD = 3 };

/* As PID 1 has them (init/spawn.c); the link is a descriptor. */
static char *const environment[] = {
	"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "SHELL=/bin/sh", "LANG=C",
	"XLAB_LINK=3", NULL,
};

/* What no namespace keeps to itself. */
static const int beyond[] = { CAP_SYS_MODULE, CAP_SYS_BOOT, CAP_SYS_RAWIO, CAP_SYS_TIME,
			      CAP_MKNOD,      CAP_SYSLOG,   CAP_WAKE_ALARM };

/* What a chroot is made of, on its way through three processes. */
struct cage {
	const struct native_opts *opts;
	const struct memlimit *limit;
	const char *root;
	cpu_set_t cpus;
	int link, console;
};

const char *native_chroot_wrong(const struct domain_desc *d)
{
	cpu_set_t set;
	int r = pin_first(d->cpus, d->vcpus, &set);

	if (geteuid())
		return "a chroot needs root";
	if (d->bridge[0])
		return "a chroot has no network card: take 'bridge' out";
	if (r == -ERANGE)
		return "this machine has not as many CPUs for it as 'vcpus' says";
	return r ? strerror(-r) : NULL;
}

/* As in a guest. What goes wrong shows when somebody needs it. */
static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr) < 0)
		log_warn("cannot bring up lo");
	if (fd >= 0)
		close(fd);
}

/* Becomes the agent. An exit status, where that failed. */
static int be_agent(const struct cage *c)
{
	static char *const argv[] = { AGENT, NULL };
	int null = open("/dev/null", O_RDONLY), link = fcntl(c->link, F_DUPFD, LINK_FD + 1);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(null, STDIN_FILENO) < 0 || dup2(link, LINK_FD) < 0)
		return cmd_fail(-errno, AGENT);
	if (dup2(c->console, STDOUT_FILENO) < 0 || dup2(c->console, STDERR_FILENO) < 0)
		return cmd_fail(-errno, AGENT);
	close_range(LINK_FD + 1, ~0U, 0);
	execve(AGENT, argv, environment);
	return cmd_fail(-errno, AGENT);
}

/* In PID 1's place: reaps, and waits until the agent ends, or says that the run is over as it says
 * it to xlab-init. An exit status; all others end with this process. */
static int be_first(const sigset_t *set, pid_t agent)
{
	int sig, status;
	pid_t pid;

	while (sigwait(set, &sig) == 0 && sig == SIGCHLD)
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			if (pid == agent)
				return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SYSTEM;
	return EXIT_OK;
}

/* The first process of the PID namespace. An exit status. */
static int inside(const struct cage *c)
{
	sigset_t set;
	pid_t agent;
	int r;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	r = native_chroot_fs(c->opts, c->limit, c->root);
	if (r)
		return r;
	loopback_up();
	if (sethostname("xlab", strlen("xlab")) < 0)
		return cmd_fail(-errno, "sethostname");
	for (size_t i = 0; i < sizeof(beyond) / sizeof(*beyond); i++)
		if (prctl(PR_CAPBSET_DROP, beyond[i], 0, 0, 0) < 0)
			return cmd_fail(-errno, "capabilities");
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_SETMASK, &set, NULL);
	agent = fork();
	if (agent == 0)
		_exit(be_agent(c));
	return agent < 0 ? cmd_fail(-errno, "fork") : be_first(&set, agent);
}

/* Leaves what the machine's other programs share, but for the processes, of which the next child is
 * the first in a space of its own. An exit status. */
static int outside(const struct cage *c)
{
	const int spaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC |
			   CLONE_NEWCGROUP;
	int r = memlimit_join(c->limit), status;
	pid_t pid;

	if (r)
		return cmd_fail(r, c->limit->dir);
	if (sched_setaffinity(0, sizeof(c->cpus), &c->cpus) < 0 || unshare(spaces) < 0)
		return cmd_fail(-errno, "namespaces");
	pid = fork();
	if (pid == 0)
		_exit(inside(c));
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return cmd_fail(-errno, "fork");
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SYSTEM;
}

/* Starts it. Its process id or -errno. */
static pid_t start(const struct cage *c)
{
	pid_t parent = getpid(), pid = fork();
	sigset_t none;

	if (pid)
		return pid < 0 ? -errno : pid;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_SYSTEM);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	_exit(outside(c));
}

/* What the processes are to be given. 0 or -errno; both sockets are open then. */
static int prepare(struct cage *c, struct native *n)
{
	int pair[2];
	int r = pin_first(c->opts->cpus, (unsigned)c->opts->vcpus, &c->cpus);

	if (!r && mkdir(c->root, 0755) < 0 && errno != EEXIST)
		r = -errno;
	if (r)
		return r;
	c->console = open(c->opts->console, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
	if (c->console < 0)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		r = -errno;
		close(c->console);
		return r;
	}
	n->link = pair[0];
	c->link = pair[1];
	return 0;
}

int native_chroot_start(const struct native_opts *o, const char *root, struct native *n,
			struct memlimit *m)
{
	struct cage c = { .opts = o, .limit = m, .root = root };
	int r;

	*n = (struct native){ .pid = -1, .link = -1 };
	r = memlimit_make(m, (unsigned)o->memory_mb);
	if (!r)
		r = prepare(&c, n);
	if (r) {
		memlimit_drop(m);
		return r;
	}
	n->pid = start(&c);
	close(c.link);
	close(c.console);
	if (n->pid > 0)
		return 0;
	r = n->pid;
	testbed_native_stop(n);
	memlimit_drop(m);
	return r;
}

/* SPDX-License-Identifier: ISC */
#include "host/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct proc_opts defaults;

long long proc_clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

int proc_left_ms(long long until)
{
	long long left = until - proc_clock_ms();

	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

static long long until_of(int deadline_ms)
{
	return deadline_ms ? proc_clock_ms() + deadline_ms : LLONG_MAX;
}

/* poll(2) until a moment, whatever signals arrive: the number of ready entries, 0 when it is past. */
static int poll_until(struct pollfd *p, nfds_t n, long long until)
{
	int r;

	do
		r = poll(p, n, until == LLONG_MAX ? -1 : proc_left_ms(until));
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

/* A private copy above the standard descriptors, so that none of them is overwritten too early. */
static int copy_fd(int fd, int standard, const int *copies)
{
	if (fd == PROC_OUT)
		return copies[1];
	if (fd == PROC_NULL)
		fd = open("/dev/null", standard ? O_WRONLY : O_RDONLY);
	else if (fd == 0)
		fd = standard;
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static int set_fds(const struct proc_opts *o)
{
	const int want[3] = {o->in, o->out, o->err};
	int copies[3];

	for (int i = 0; i < 3; i++)
		if ((copies[i] = copy_fd(want[i], i, copies)) < 0)
			return -errno;
	for (int i = 0; i < 3; i++)
		if (dup2(copies[i], i) < 0)
			return -errno;
	return 0;
}

static void default_signals(void)
{
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child: everything between fork and exec. Returns -errno, or not at all. */
static int become(const char *const argv[], const struct proc_opts *o, pid_t parent)
{
	int r;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	if (getppid() != parent)
		_exit(128 + SIGKILL);
	if (!o->keep_group && setpgid(0, 0) < 0)
		return -errno;
	default_signals();
	if ((r = set_fds(o)) < 0)
		return r;
	if (o->cwd && chdir(o->cwd) < 0)
		return -errno;
	for (const char *const *e = o->env; e && *e; e++)
		if (putenv((char *)*e) != 0)
			return -errno;
	execvp(argv[0], (char *const *)argv);
	return -errno;
}

static int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The exec happened (the pipe closed with nothing in it) or did not (it holds the reason). */
static pid_t started(pid_t pid, int fd)
{
	int why;
	ssize_t n;

	while ((n = read(fd, &why, sizeof why)) < 0 && errno == EINTR)
		;
	close(fd);
	if (n != sizeof why)
		return pid;
	reap(pid);
	return why;
}

pid_t proc_spawn(const char *const argv[], const struct proc_opts *opts)
{
	pid_t parent = getpid(), pid;
	int report[2], why;

	if (pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		/* Clear of the standard descriptors, should the caller have closed one of them. */
		int fd = fcntl(report[1], F_DUPFD_CLOEXEC, 3);

		why = become(argv, opts ? opts : &defaults, parent);
		if (write(fd, &why, sizeof why) < 0)
			_exit(127);
		_exit(126);
	}
	why = -errno;
	close(report[1]);
	if (pid > 0)
		return started(pid, report[0]);
	close(report[0]);
	return why;
}

static void signal_all(pid_t pid, int sig)
{
	if (kill(-pid, sig) < 0)
		kill(pid, sig);
}

static int wait_until(pid_t pid, long long until)
{
	struct pollfd p = {.fd = pidfd_open(pid, 0), .events = POLLIN};
	int r;

	if (p.fd < 0)
		return -errno;
	r = poll_until(&p, 1, until);
	close(p.fd);
	if (r > 0)
		return reap(pid);
	signal_all(pid, SIGKILL);
	reap(pid);
	return r < 0 ? r : -ETIMEDOUT;
}

int proc_wait(pid_t pid, int deadline_ms)
{
	return wait_until(pid, until_of(deadline_ms));
}

int proc_stop(pid_t pid, int sig, int grace_ms)
{
	int r;

	signal_all(pid, sig);
	r = proc_wait(pid, grace_ms > 0 ? grace_ms : 1);
	return r == -ETIMEDOUT ? 128 + SIGKILL : r;
}

int proc_run(const char *const argv[], const struct proc_opts *opts)
{
	pid_t pid = proc_spawn(argv, opts);

	return pid < 0 ? pid : proc_wait(pid, opts ? opts->deadline_ms : 0);
}

/* Moves what there is into buf. 1: more may come; 0: the end; or -errno. */
static int take(int fd, char *buf, size_t size, size_t *used)
{
	char spare;
	int full = *used == size - 1;
	ssize_t n = full ? read(fd, &spare, 1) : read(fd, buf + *used, size - 1 - *used);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 1 : -errno;
	if (n > 0 && full)
		return -EMSGSIZE;
	*used += (size_t)n;
	return n > 0;
}

/* Reads until the output ends, or the program has: a daemon that it left may keep the pipe open. */
static int collect(pid_t pid, int fd, char *buf, size_t size, long long until)
{
	struct pollfd p[2] = {{.fd = fd, .events = POLLIN}, {.events = POLLIN}};
	size_t used = 0;
	int r;

	if ((p[1].fd = pidfd_open(pid, 0)) < 0)
		return -errno;
	do {
		r = poll_until(p, 2, until);
		if (r > 0)
			r = p[0].revents ? take(fd, buf, size, &used) : 0;
		else if (r == 0)
			r = -ETIMEDOUT;
	} while (r > 0);
	buf[used] = '\0';
	close(p[1].fd);
	return r;
}

int proc_capture(const char *const argv[], char *buf, size_t size, const struct proc_opts *opts)
{
	struct proc_opts o = opts ? *opts : defaults;
	long long until = until_of(o.deadline_ms);
	int fds[2], r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	/* The program's end blocks, as programs expect. */
	fcntl(fds[1], F_SETFL, 0);
	o.out = fds[1];
	pid = proc_spawn(argv, &o);
	close(fds[1]);
	r = pid < 0 ? pid : collect(pid, fds[0], buf, size, until);
	close(fds[0]);
	if (pid < 0)
		return r;
	if (r == 0)
		return wait_until(pid, until);
	signal_all(pid, SIGKILL);
	reap(pid);
	return r;
}

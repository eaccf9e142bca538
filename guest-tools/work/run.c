/* SPDX-License-Identifier: ISC */
#include "guest-tools/work/work.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ARGS_MAX = 128 };

/* What is waited for: the end, and what comes from both outputs. */
enum { END, OUT, SAID, FDS };

/* What a command sees of the world; its folder comes to it. */
static const char *const environment[][2] = {
	{ "PATH", "/usr/local/bin:/usr/bin:/bin:/usr/games:/usr/sbin:/sbin" },
	{ "LC_ALL", "C" },
	{ "TZ", "UTC0" },
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static double timeval_seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* Splits text in place. 0 or -E2BIG. */
static int split_words(char *text, char *argv[ARGS_MAX + 1])
{
	char *save, *word = strtok_r(text, " \t", &save);
	int n = 0;

	for (; word && n < ARGS_MAX; word = strtok_r(NULL, " \t", &save))
		argv[n++] = word;
	argv[n] = NULL;
	return word ? -E2BIG : 0;
}

/* The child: never returns. What keeps it from being the command goes into failed. */
static void become(char *argv[], const char *dir, int out, int said, int failed)
{
	int null = open("/dev/null", O_RDONLY), err;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	signal(SIGPIPE, SIG_DFL);
	clearenv();
	for (size_t i = 0; i < sizeof(environment) / sizeof(*environment); i++)
		setenv(environment[i][0], environment[i][1], 1);
	setenv("HOME", dir, 1);
	setenv("TMPDIR", dir, 1);
	if (null >= 0 && chdir(dir) == 0 && dup2(null, STDIN_FILENO) >= 0 &&
	    dup2(out, STDOUT_FILENO) >= 0 && dup2(said, STDERR_FILENO) >= 0)
		execvp(argv[0], argv);
	err = errno;
	_exit(write(failed, &err, sizeof(err)) == sizeof(err) ? 127 : 126);
}

/* Closes what is open. */
static void close_all(int *fd, size_t n)
{
	while (n--)
		if (fd[n] >= 0)
			close(fd[n]);
}

/* Opens pipes: fd[2 * i] is the end to read, fd[2 * i + 1] to write. 0 or -errno. */
static int open_pipes(int *fd, size_t n)
{
	for (size_t i = 0; i < 2 * n; i++)
		fd[i] = -1;
	for (size_t i = 0; i < n; i++) {
		if (pipe2(fd + 2 * i, O_CLOEXEC) == 0)
			continue;
		close_all(fd, 2 * n);
		return -errno;
	}
	return 0;
}

/* Starts the command. Returns its pid and the ends to read of both its outputs, or -errno. */
static pid_t start(char *argv[], const char *dir, int *out, int *said)
{
	int fd[6], err = open_pipes(fd, 3);
	pid_t pid;

	if (err)
		return err;
	pid = fork();
	err = errno;
	if (pid == 0)
		become(argv, dir, fd[1], fd[3], fd[5]);
	close(fd[1]);
	close(fd[3]);
	close(fd[5]);
	if (pid > 0 && read(fd[4], &err, sizeof(err)) == 0)
		err = 0;
	close(fd[4]);
	*out = fd[0];
	*said = fd[2];
	if (!err)
		return pid;
	close(fd[0]);
	close(fd[2]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return -err;
}

/* Reads once what it printed. Returns how much, 0 at its end, or -errno. */
static ssize_t take_out(struct run *r, int fd)
{
	ssize_t n = read(fd, r->out + r->len, sizeof(r->out) - r->len);

	if (n > 0)
		r->len += (size_t)n;
	if (n < 0)
		return -errno;
	return r->len == sizeof(r->out) ? -EMSGSIZE : n;
}

/* The same of what it said; of that the end is kept. */
static ssize_t take_said(struct run *r, int fd)
{
	char buf[RUN_SAID_MAX];
	ssize_t n = read(fd, buf, sizeof(buf));
	size_t len = n > 0 ? (size_t)n : 0, old = r->said_len;

	if (old > RUN_SAID_MAX - len)
		old = RUN_SAID_MAX - len;
	memmove(r->said, r->said + r->said_len - old, old);
	memcpy(r->said + old, buf, len);
	r->said_len = old + len;
	return n < 0 ? -errno : n;
}

static ssize_t take(struct run *r, int which, int fd)
{
	return which == OUT ? take_out(r, fd) : take_said(r, fd);
}

static int not_now(ssize_t n)
{
	return n == -EAGAIN || n == -EINTR;
}

/* Takes what comes until the command ends. 0, -ETIMEDOUT, -EMSGSIZE or -errno. */
static int watch(struct run *r, struct pollfd p[FDS], int64_t deadline)
{
	while (!p[END].revents) {
		int64_t left = (deadline - now_ns() + 999999) / 1000000; /* never early */

		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(p + END, FDS - END, left < INT_MAX ? (int)left : INT_MAX) < 0 &&
		    errno != EINTR)
			return -errno;
		for (int i = OUT; i < FDS; i++) {
			ssize_t n = p[i].revents ? take(r, i, p[i].fd) : 1;

			if (n < 0 && !not_now(n))
				return (int)n;
			if (n == 0)
				p[i].fd = -1;
		}
	}
	return 0;
}

/* Takes what is left in the pipes. 0, -EMSGSIZE or -errno. */
static int drain(struct run *r, const int fd[FDS])
{
	for (int i = OUT; i < FDS; i++) {
		ssize_t n;

		while ((n = take(r, i, fd[i])) > 0 || n == -EINTR)
			;
		if (n < 0 && n != -EAGAIN)
			return (int)n;
	}
	return 0;
}

/* From a command that has started to its end, and that of its group. */
static int attend(struct run *r, pid_t pid, const int fd[FDS], int64_t began, unsigned timeout)
{
	struct pollfd p[FDS] = { { 0 } };
	struct rusage used;
	int err, err2;

	for (int i = END; i < FDS; i++)
		p[i] = (struct pollfd){ .fd = fd[i], .events = POLLIN };
	err = fd[END] < 0 ? -ENOSYS : watch(r, p, began + (int64_t)timeout * 1000000000);
	r->seconds = (double)(now_ns() - began) / 1e9;
	kill(-pid, SIGKILL);
	while (wait4(pid, &r->status, 0, &used) < 0 && errno == EINTR)
		;
	r->user = timeval_seconds(used.ru_utime);
	r->system = timeval_seconds(used.ru_stime);
	r->max_rss_kib = used.ru_maxrss;
	err2 = drain(r, fd);
	return err ? err : err2;
}

int run_command(const char *command, const char *dir, unsigned timeout, struct run *r)
{
	char text[WORKLOAD_TEXT_MAX + 1], *argv[ARGS_MAX + 1];
	int fd[FDS] = { -1, -1, -1 }, err;
	int64_t began;
	pid_t pid;

	r->len = r->said_len = 0;
	snprintf(text, sizeof(text), "%s", command);
	err = split_words(text, argv);
	if (err)
		return err;
	began = now_ns();
	pid = start(argv, dir, &fd[OUT], &fd[SAID]);
	if (pid < 0)
		return pid;
	fd[END] = (int)syscall(SYS_pidfd_open, pid, 0);
	fcntl(fd[OUT], F_SETFL, O_NONBLOCK);
	fcntl(fd[SAID], F_SETFL, O_NONBLOCK);
	err = attend(r, pid, fd, began, timeout);
	close_all(fd, FDS);
	r->out[r->len < RUN_OUT_MAX ? r->len : RUN_OUT_MAX] = '\0';
	r->said[r->said_len] = '\0';
	return err;
}

const char *run_last_words(struct run *r)
{
	char *line;

	while (r->said_len && r->said[r->said_len - 1] == '\n')
		r->said[--r->said_len] = '\0';
	line = strrchr(r->said, '\n');
	return line ? line + 1 : r->said;
}

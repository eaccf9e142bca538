/* SPDX-License-Identifier: ISC */
/* A program of the guest that does one thing to excess, as its first argument says. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "init/ctl.h"

/* A process that has ended. By vfork: fork(2) takes minutes for all of them, on a machine in use. */
static pid_t make_zombie(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(0);
	return pid;
}

/* Leaves n behind to whoever reaps them, and tells which was the last. */
static void leave(int n, int tell)
{
	pid_t pid = 0;

	for (int k = 0; k < n; k++)
		while ((pid = make_zombie()) < 0)
			continue;
	_exit(write(tell, &pid, sizeof(pid)) != sizeof(pid));
}

/* Makes n orphans, in batches. A batch waits until an earlier one was reaped: all of them at once are
 * more processes than a machine has room for, and not this guest alone would feel it. */
static int orphans(int n)
{
	enum { BATCH = 100, AT_ONCE = 32 };
	const struct timespec tick = { 0, 1000 * 1000 };
	pid_t last[AT_ONCE] = { 0 };
	int fd[2];

	if (pipe(fd) < 0)
		return 1;
	for (int i = 0; i < n / BATCH; i++) {
		pid_t *before = &last[i % AT_ONCE], pid;

		while (*before && kill(*before, 0) == 0)
			nanosleep(&tick, NULL);
		pid = fork();
		if (pid == 0)
			leave(BATCH, fd[1]);
		if (pid < 0 || read(fd[0], before, sizeof(*before)) != sizeof(*before))
			return 1;
		waitpid(pid, NULL, 0);
	}
	return 0;
}

/* Forks as often as it can, for ever; says once that it cannot. */
static int bomb(int unused)
{
	(void)unused;
	for (;;)
		if (fork() < 0 && write(STDERR_FILENO, "full\n", 5) != 5)
			break;
	return 1;
}

/* Writes as fast as it can, for ever: lines, or one that never ends. */
static int flood(int line)
{
	char text[4096];

	memset(text, 'x', sizeof(text));
	for (int i = line; line && i < (int)sizeof(text); i += line)
		text[i] = '\n';
	while (write(STDOUT_FILENO, text, sizeof(text)) > 0)
		continue;
	return 1;
}

/* Asks once; 0 for an answer that begins with "ok". */
static int ask(void)
{
	const struct sockaddr_un init = { .sun_family = AF_UNIX, .sun_path = CTL_PATH };
	const struct sockaddr_un any = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[CTL_ANSWER];
	int r = 1;

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&any, sizeof(any.sun_family)) == 0 &&
	    sendto(fd, "status", 6, 0, (const struct sockaddr *)&init, sizeof(init)) == 6 && recv(fd, text, sizeof(text), 0) > 2)
		r = memcmp(text, "ok", 2);
	close(fd);
	return r;
}

/* n requests, by 100 processes at once. */
static int requests(int n)
{
	int status, failed = 0;

	for (int p = 0; p < 100; p++) {
		if (fork() == 0) {
			for (int i = 0; i < n / 100; i++)
				failed |= ask();
			_exit(failed);
		}
	}
	while (wait(&status) > 0)
		failed |= status;
	return failed != 0;
}

/* Sends n requests and listens to no answer. */
static int deaf(int n)
{
	const struct sockaddr_un init = { .sun_family = AF_UNIX, .sun_path = CTL_PATH };
	const struct sockaddr_un any = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), sent = 0;

	if (bind(fd, (const struct sockaddr *)&any, sizeof(any.sun_family)) < 0)
		return 1;
	for (int i = 0; i < n; i++)
		sent += sendto(fd, "log", 3, 0, (const struct sockaddr *)&init, sizeof(init)) == 3;
	return sent != n;
}

/* Kills everything but process 1 and itself, n times. */
static int kills(int n)
{
	for (int i = 0; i < n; i++) {
		kill(-1, SIGKILL);
		usleep(1000);
	}
	return 0;
}

/* Has its parent trace it, and stops; goes on if that lets it. */
static int traced(int unused)
{
	(void)unused;
	signal(SIGUSR1, SIG_IGN);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	pause();
	return 1;
}

/* n processes, each of which has its parent trace it and stops, again and again, whoever that is. */
static int stops(int n)
{
	for (int i = 0; i < n; i++) {
		if (fork() == 0) {
			while (getppid() != 1)
				usleep(1000);
			signal(SIGTERM, SIG_IGN);
			for (;;) {
				ptrace(PTRACE_TRACEME, 0, NULL, NULL);
				raise(SIGURG);
			}
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int n);
	} excesses[] = {
		{ "orphans", orphans }, { "bomb", bomb }, { "flood", flood },
		{ "requests", requests }, { "deaf", deaf }, { "kills", kills },
		{ "traced", traced }, { "stops", stops },
	};

	for (size_t i = 0; argc == 3 && i < sizeof(excesses) / sizeof(*excesses); i++)
		if (!strcmp(argv[1], excesses[i].name))
			return excesses[i].run(atoi(argv[2]));
	return 100;
}

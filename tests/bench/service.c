/* SPDX-License-Identifier: ISC */
/*
 * The service of bench-init: svc WORD, where WORD is
 *
 *	sleep		say "up" and sleep
 *	exit		say "up" and end
 *	life:MS		say "up", end after so many milliseconds, and say "down" just before
 *	orphans:N	hand N orphans to PID 1, say how long it took to reap them, and sleep
 *
 * WORD is one word because of "#!/usr/bin/svc WORD", which the kernel starts without a shell.
 */
#include "tests/bench/event.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK_AGAIN_NS 100000

struct litter {
	uint64_t born;	/* when they became orphans */
	long n;
	pid_t pids[];
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void say(uint64_t kind, uint64_t ns, uint64_t count)
{
	struct event e = { kind, ns, count };
	int fd = open(EVENT_FIFO, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, &e, sizeof(e)) != sizeof(e))
		_exit(111);
	close(fd);
}

/* In a process between: its children have ended, unreaped, when it ends itself. */
_Noreturn static void breed(struct litter *l, long n)
{
	siginfo_t si;

	signal(SIGCHLD, SIG_DFL); /* ignored, it would reap them */
	for (l->n = 0; l->n < n; l->n++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid < 0)
			break;
		l->pids[l->n] = pid;
	}
	for (long i = 0; i < l->n; i++)
		waitid(P_PID, (id_t)l->pids[i], &si, WEXITED | WNOWAIT);
	l->born = now_ns();
	_exit(l->n == n ? 0 : errno);
}

/*
 * How fast orphans are reaped, not how fast they are made: N zombies become children of PID 1 in
 * one instant, and the time is that from there until none of their process ids exists any more. So
 * it has in it what the kernel does to hand them over, one wake-up (or a pause, if it takes one),
 * and N calls of wait. The pids are asked for because it needs no /proc; a zombie still has one.
 */
static void orphans(long n)
{
	struct timespec nap = { 0, LOOK_AGAIN_NS };
	struct litter *l;
	int status = 0;
	pid_t pid;

	l = mmap(NULL, sizeof(*l) + (size_t)n * sizeof(pid_t), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (l == MAP_FAILED || (pid = fork()) < 0) {
		say(EVENT_FAILED, 0, (uint64_t)errno);
		return;
	}
	if (pid == 0)
		breed(l, n);
	waitpid(pid, &status, 0);
	if (status != 0) {
		say(EVENT_FAILED, 0, (uint64_t)WEXITSTATUS(status));
		return;
	}
	for (long i = l->n - 1; i >= 0; i--)
		while (kill(l->pids[i], 0) == 0)
			nanosleep(&nap, NULL);
	say(EVENT_REAPED, now_ns() - l->born, (uint64_t)l->n);
}

int main(int argc, char **argv)
{
	uint64_t started = now_ns();
	const char *word = argc > 1 ? argv[1] : "sleep";

	if (strncmp(word, "orphans:", 8) == 0)
		orphans(atol(word + 8));
	else
		say(EVENT_UP, started, 0);
	if (strncmp(word, "life:", 5) == 0) {
		poll(NULL, 0, atoi(word + 5));
		say(EVENT_DOWN, now_ns(), 0);
		return 0;
	}
	while (strcmp(word, "exit") != 0)
		pause();
	return 0;
}

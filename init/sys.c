/* SPDX-License-Identifier: ISC */
#include "init/sys.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uint64_t sys_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

pid_t sys_fork(void)
{
	return fork();
}

int sys_kill(pid_t pid, int sig)
{
	return kill(pid, sig);
}

pid_t sys_reap(int *status)
{
	return waitpid(-1, status, WNOHANG);
}

/* SPDX-License-Identifier: ISC */
#include "init/sys.h"

#include <signal.h>
#include <sys/ptrace.h>
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

bool sys_is_child(pid_t pid)
{
	siginfo_t info;

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

pid_t sys_reap(int *status)
{
	int s = 0;
	pid_t pid = waitpid(-1, &s, WNOHANG);

	if (pid > 0 && WIFSTOPPED(s)) {
		ptrace(PTRACE_DETACH, pid, NULL, (void *)(intptr_t)WSTOPSIG(s));
		pid = SYS_NOBODY;
	}
	if (status)
		*status = s;
	return pid;
}

/* SPDX-License-Identifier: ISC */
#include "init/fault.h"

#include "init/klog.h"
#include "init/state.h"
#include "init/stop.h"
#include "init/sys.h"
#include "init/word.h"

#include <string.h>
#include <unistd.h>

#define SELF "/proc/self/exe"
#define INSTALLED "/sbin/init"
#define RESUME "--resume="

static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP };

static char stack[16384];

/* Nothing is trusted any more but the kernel. */
_Noreturn static void last_resort(void)
{
	sigset_t all;
	int sig;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	for (;;) {
		while (sys_reap(NULL) > 0)
			continue;
		sig = sigwaitinfo(&all, NULL);
		if (sig > 0 && stop_request(sig) != STOP_NOT)
			stop_bare(stop_request(sig));
	}
}

static void start_anew(void)
{
	char arg[sizeof(RESUME) + 12] = RESUME, digit[2] = "";
	char *argv[] = { "xlab-init", arg, NULL }, *envp[] = { NULL };
	int fd = state_hand_over();

	if (fd < 0)
		return;
	for (int by = 1000; by > 0; by /= 10) {
		digit[0] = (char)('0' + fd / by % 10);
		word_append(arg, sizeof(arg), digit);
	}
	execve(SELF, argv, envp);
	execve(INSTALLED, argv, envp);
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	uint64_t now = sys_now_ms();

	(void)info, (void)context;
	if (now - state->last_fault >= FAULT_STEADY_MS)
		state->faults_in_a_row = 0;
	state->last_fault = now;
	state->faults++;
	klog(KLOG_WARN, "process 1 has met signal %d", sig);
	if (++state->faults_in_a_row <= FAULT_MAX)
		start_anew();
	klog(KLOG_WARN, "process 1 cannot go on: it only reaps and shuts down");
	last_resort();
}

void fault_catch(sigset_t *others)
{
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigaltstack(&alt, NULL);
	sigfillset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		sigdelset(&sa.sa_mask, faults[i]);
		sigdelset(others, faults[i]);
	}
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigaction(faults[i], &sa, NULL);
}

int fault_resume(int argc, char **argv)
{
	uint64_t fd;

	if (argc != 2 || strncmp(argv[1], RESUME, strlen(RESUME)) != 0 ||
	    !word_number(argv[1] + strlen(RESUME), 9999, &fd))
		return -1;
	return (int)fd;
}

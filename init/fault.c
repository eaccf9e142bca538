/* SPDX-License-Identifier: ISC */
#include "init/fault.h"

#include "init/klog.h"
#include "init/state.h"
#include "init/stop.h"
#include "init/sys.h"
#include "init/word.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#define SELF "/proc/self/exe"
#define INSTALLED "/sbin/init"
#define RESUME "--resume="
#define REAP_BATCH 256	/* children between two looks at the signals */

static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP };

static char stack[16384];
static int faults_before;	/* that have followed each other, up to this start */

/* Nothing is trusted any more but the kernel. A watchdog is left to bark. */
_Noreturn static void last_resort(void)
{
	const struct timespec no_time = { 0 };
	sigset_t others;
	int sig, n;

	state_abandon();
	sigfillset(&others);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&others, faults[i]);
	sigprocmask(SIG_SETMASK, &others, NULL);
	for (;;) {
		for (n = 0; n < REAP_BATCH && sys_reap(NULL) > 0; n++)
			continue;
		sig = sigtimedwait(&others, NULL, n < REAP_BATCH ? NULL : &no_time);
		if (sig > 0 && stop_request(sig) != STOP_NOT)
			stop_now(stop_request(sig));
	}
}

static void put_number(char *arg, size_t size, const char *before, int n)
{
	char digit[2] = "";

	word_append(arg, (unsigned)size, before);
	for (int by = 1000; by > 0; by /= 10) {
		digit[0] = (char)('0' + n / by % 10);
		word_append(arg, (unsigned)size, digit);
	}
}

static void start_anew(int row)
{
	char arg[32] = "";
	char *argv[] = { "xlab-init", arg, NULL }, *envp[] = { NULL };
	int fd = state_hand_over();

	if (fd < 0)
		return;
	put_number(arg, sizeof(arg), RESUME, fd);
	put_number(arg, sizeof(arg), ",", row);
	execve(SELF, argv, envp);
	execve(INSTALLED, argv, envp);
}

/*
 * A fault in here comes here again (SA_NODEFER): the second time only the way out is tried again, after
 * that there is none.
 */
static void on_fault(int sig, siginfo_t *info, void *context)
{
	static int depth, row;
	uint64_t now = sys_now_ms();

	(void)info, (void)context;
	if (getpid() != 1)
		_exit(111); /* a child on its way to exec: the state is not its own */
	if (depth++ == 0) {
		row = now - state->last_fault < FAULT_STEADY_MS ? faults_before + 1 : 1;
		state->last_fault = now;
		state->faults++;
		klog(KLOG_WARN, "process 1 has met signal %d", sig);
	}
	if (depth <= 2 && row <= FAULT_MAX)
		start_anew(row);
	if (depth == 1)
		klog(KLOG_WARN, "process 1 cannot go on: it only reaps and shuts down");
	last_resort();
}

void fault_catch(sigset_t *others)
{
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

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
	char text[32] = "", *row;
	uint64_t fd, faults;

	if (argc != 2 || strncmp(argv[1], RESUME, strlen(RESUME)) != 0)
		return -1;
	word_append(text, sizeof(text), argv[1] + strlen(RESUME));
	row = strchr(text, ',');
	if (!row)
		return -1;
	*row++ = '\0';
	if (!word_number(text, 9999, &fd) || !word_number(row, 9999, &faults))
		return -1;
	faults_before = (int)faults;
	return (int)fd;
}

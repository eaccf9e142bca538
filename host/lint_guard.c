/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/lint.h"

/* Far more than a disk of the lab takes: a second, and 600 MiB for a large initramfs. */
enum { CPU_SECONDS = 120 };
#define MEMORY_BYTES (3ull << 30)

static void bound(int what, rlim_t value)
{
	const struct rlimit limit = { value, value };

	setrlimit(what, &limit);
}

static void child(int (*work)(FILE *out, void *arg), void *arg, FILE *out)
{
	int r;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	bound(RLIMIT_CPU, CPU_SECONDS);
	bound(RLIMIT_AS, MEMORY_BYTES);
	bound(RLIMIT_CORE, 0);
	r = work(out, arg);
	_exit(fflush(out) ? 111 : r);
}

int lint_guard(int (*work)(FILE *out, void *arg), void *arg, int *status, FILE **out)
{
	int state = 0, r = 0;
	FILE *f = tmpfile();
	pid_t pid;

	if (!f)
		return -errno;
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		r = -errno;
	if (pid == 0)
		child(work, arg, f);
	while (!r && waitpid(pid, &state, 0) < 0)
		r = errno == EINTR ? 0 : -errno;
	if (!r && !WIFEXITED(state))
		r = -EUCLEAN;
	if (r) {
		fclose(f);
		return r;
	}
	rewind(f);
	*status = WEXITSTATUS(state);
	*out = f;
	return 0;
}

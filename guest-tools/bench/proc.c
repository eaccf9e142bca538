/* SPDX-License-Identifier: ISC */
/* Benchmarks that need a second process, or a clock that wakes this one. */
#include "guest-tools/bench/bench.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int fork_exec_once(void)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		execl("/proc/self/exe", "xlab-bench", BENCH_EXIT_ARG, (char *)NULL);
		_exit(111);
	}
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	return status == 0 ? 0 : -ENOEXEC;
}

static int fork_exec_run(long ops)
{
	int rc = 0;

	while (rc == 0 && ops-- > 0)
		rc = fork_exec_once();
	return rc;
}

const struct bench_ops bench_fork_exec = { .run = fork_exec_run };

/* ping[1] to the child, pong[0] back from it; -1 while closed */
static int ping[2] = { -1, -1 }, pong[2] = { -1, -1 };
static pid_t echo_pid;
static cpu_set_t cpus_before;

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Both on one processor, or the time would depend on where the scheduler puts them. */
static int use_one_cpu(void)
{
	cpu_set_t one;
	int cpu = sched_getcpu();

	if (cpu < 0 || sched_getaffinity(0, sizeof(cpus_before), &cpus_before) < 0)
		return -errno;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return sched_setaffinity(0, sizeof(one), &one) < 0 ? -errno : 0;
}

static void echo_until_closed(void)
{
	char c;

	close_end(&ping[1]);
	close_end(&pong[0]);
	while (read(ping[0], &c, 1) == 1 && write(pong[1], &c, 1) == 1)
		continue;
	_exit(0);
}

static int pipe_setup(enum bench_size size)
{
	int rc = use_one_cpu();

	(void)size;
	if (rc < 0)
		return rc;
	if (pipe(ping) < 0 || pipe(pong) < 0)
		return -errno;
	echo_pid = fork();
	if (echo_pid < 0)
		return -errno;
	if (echo_pid == 0)
		echo_until_closed();
	close_end(&ping[0]);
	close_end(&pong[1]);
	return 0;
}

static int pipe_run(long ops)
{
	char c = 'x';

	while (ops-- > 0) {
		if (write(ping[1], &c, 1) != 1)
			return -errno;
		if (read(pong[0], &c, 1) != 1)
			return -EPIPE;
	}
	return 0;
}

static void pipe_teardown(void)
{
	for (int i = 0; i < 2; i++) {
		close_end(&ping[i]);
		close_end(&pong[i]);
	}
	if (echo_pid > 0)
		waitpid(echo_pid, NULL, 0);
	echo_pid = 0;
	sched_setaffinity(0, sizeof(cpus_before), &cpus_before);
}

const struct bench_ops bench_pipe = {
	.setup = pipe_setup,
	.run = pipe_run,
	.teardown = pipe_teardown,
};

/* The kernel may delay a sleeper by 50 us to save wake-ups: that is not what is measured. */
static int timer_setup(enum bench_size size)
{
	(void)size;
	return prctl(PR_SET_TIMERSLACK, 1) < 0 ? -errno : 0;
}

static int timer_run(long ops)
{
	const struct timespec nap = { .tv_nsec = BENCH_NAP_NS };

	while (ops-- > 0) {
		int err = clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);

		if (err)
			return -err;
	}
	return 0;
}

static void timer_teardown(void)
{
	prctl(PR_SET_TIMERSLACK, 0);
}

const struct bench_ops bench_timer = {
	.setup = timer_setup,
	.run = timer_run,
	.teardown = timer_teardown,
};

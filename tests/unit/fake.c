/* SPDX-License-Identifier: ISC */
#include "tests/unit/fake.h"

#include "init/klog.h"
#include "init/spawn.h"
#include "init/sys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDS 64
#define FDS 256

uint64_t fake_now;
bool fake_fork_fails, fake_no_groups;
pid_t fake_lost;
int fake_child_fd = -1;
char fake_kills[512], fake_warnings[1024];

static pid_t next_pid;

static struct {
	pid_t pid;
	int status;
} ends[ENDS];
static size_t first_end, last_end;

static void drop_child_fd(void)
{
	if (fake_child_fd >= 0)
		close(fake_child_fd);
	fake_child_fd = -1;
}

void fake_reset(void)
{
	fake_now = 1000000;
	fake_fork_fails = fake_no_groups = false;
	fake_lost = 0;
	fake_kills[0] = fake_warnings[0] = '\0';
	next_pid = FAKE_FIRST_PID;
	first_end = last_end = 0;
	drop_child_fd();
}

pid_t fake_next_pid(void)
{
	return next_pid;
}

void fake_end(pid_t pid, int status)
{
	assert_true(last_end < ENDS);
	ends[last_end].pid = pid;
	ends[last_end++].status = status;
}

size_t fake_unreaped(void)
{
	return last_end - first_end;
}

void fake_assert_kills(const char *want)
{
	assert_string_equal(fake_kills, want);
	fake_kills[0] = '\0';
}

uint64_t sys_now_ms(void)
{
	return fake_now;
}

/* The only pipe whose writers do not block is the one to say "ready". */
static bool is_ready_end(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	return flags >= 0 && (flags & O_ACCMODE) == O_WRONLY && flags & O_NONBLOCK &&
	       fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

pid_t sys_fork(void)
{
	if (fake_fork_fails) {
		errno = EAGAIN;
		return -1;
	}
	drop_child_fd();
	for (int fd = STDERR_FILENO + 1; fd < FDS && fake_child_fd < 0; fd++)
		if (is_ready_end(fd))
			fake_child_fd = dup(fd);
	return next_pid++;
}

int sys_kill(pid_t pid, int sig)
{
	size_t len = strlen(fake_kills);

	if (fake_no_groups && pid < 0) {
		errno = ESRCH;
		return -1;
	}
	snprintf(fake_kills + len, sizeof(fake_kills) - len, "%s%s %d", len ? ", " : "",
		 sigabbrev_np(sig), (int)pid);
	return 0;
}

bool sys_is_child(pid_t pid)
{
	return pid != fake_lost;
}

pid_t sys_reap(int *status)
{
	if (first_end == last_end)
		return 0;
	if (status)
		*status = ends[first_end].status;
	return ends[first_end++].pid;
}

void spawn_child(const struct conf *c, int log, int ready)
{
	(void)c, (void)log, (void)ready;
	abort();
}

void klog(int level, const char *fmt, ...)
{
	size_t len = strlen(fake_warnings);
	va_list ap;

	if (level > KLOG_WARN)
		return;
	va_start(ap, fmt);
	vsnprintf(fake_warnings + len, sizeof(fake_warnings) - len, fmt, ap);
	va_end(ap);
	len = strlen(fake_warnings);
	snprintf(fake_warnings + len, sizeof(fake_warnings) - len, "\n");
}

void klog_of(int level, const char *who, const char *text, size_t len)
{
	klog(level, "%s: %.*s", who, (int)len, text);
}

/* SPDX-License-Identifier: ISC */
/* Reaping is bounded, whatever children do. The kernel is played by this file. */
#include "init/sys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#define STOPPED(sig) ((sig) << 8 | 0x7f) /* wait statuses */
#define EXITED(n) ((n) << 8)

static pid_t next;
static int next_status, detached, detached_by;

pid_t waitpid(pid_t pid, int *status, int options)
{
	assert_int_equal(pid, -1);
	assert_int_equal(options, WNOHANG);
	if (next > 0)
		*status = next_status;
	return next;
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list ap;

	assert_int_equal(request, PTRACE_DETACH);
	va_start(ap, request);
	assert_int_equal(va_arg(ap, pid_t), next);
	assert_null(va_arg(ap, void *));
	detached_by = (int)va_arg(ap, intptr_t);
	va_end(ap);
	detached++;
	return 0;
}

static void who_has_ended(void **unused)
{
	int status = -1;

	(void)unused;
	next = 77;
	next_status = EXITED(3);
	assert_int_equal(sys_reap(&status), 77);
	assert_int_equal(status, EXITED(3));
	assert_int_equal(sys_reap(NULL), 77);
	next = 0;
	assert_int_equal(sys_reap(&status), 0);
	next = -1;
	assert_int_equal(sys_reap(NULL), -1);
	assert_int_equal(detached, 0);
}

/* One that stops again as soon as it is let go costs a turn each time, and not all turns. */
static void who_stops_without_end(void **unused)
{
	int status;

	(void)unused;
	next = 77;
	next_status = STOPPED(SIGURG);
	for (int i = 1; i < 10; i++) {
		assert_int_equal(sys_reap(&status), SYS_NOBODY);
		assert_int_equal(detached, i);
		assert_int_equal(detached_by, SIGURG);
	}
	assert_int_equal(sys_reap(NULL), SYS_NOBODY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_ended),
		cmocka_unit_test(who_stops_without_end),
	};

	return cmocka_run_group_tests_name("init_sys", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * The end comes within its bounds though nothing else does: no process ends, file systems hang, the
 * kernel hangs. The system is played by fake.c and by this file.
 */
#include "init/stop.h"

#include "init/svc.h"
#include "init/watchdog.h"
#include "init/xen.h"
#include "tests/unit/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static jmp_buf end;
static int command;	/* what the kernel was asked for by process 1 itself */
static pid_t forked;	/* the next child, which never ends; -1: there is none; 0: we are it */
static uint64_t forks_from;	/* before that time there is none either */
static bool zombie;	/* a process ends when fork(2) is called, and holds it up until it is reaped */
static unsigned pause_ms;	/* how soon a signal comes; 0: none does */
static const char *mounts;	/* what /proc/self/mounts says */
static int sysrq;	/* what is written to /proc/sysrq-trigger; -1: there is none */
static char xen[64], watch[64], calls[512];

static void called(const char *what, const char *of)
{
	strcat(strcat(strcat(calls, what), of), "\n");
}

pid_t fork(void)
{
	errno = EAGAIN;
	if (zombie)
		fake_end(700, 0);
	zombie = false;
	if (fake_now < forks_from || fake_unreaped() > 0)
		return -1;
	return forked > 0 ? forked++ : forked;
}

void _exit(int status)
{
	assert_int_equal(status, 0);
	longjmp(end, 1);
}

static int memory(const char *text)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	lseek(fd, 0, SEEK_SET);
	return fd;
}

int open(const char *path, int flags, ...)
{
	if (strcmp(path, "/proc/sysrq-trigger") == 0) {
		assert_int_equal(flags & O_ACCMODE, O_WRONLY);
		errno = ENOENT;
		return sysrq < 0 ? -1 : dup(sysrq);
	}
	assert_string_equal(path, "/proc/self/mounts");
	return memory(mounts);
}

void sync(void)
{
	called("sync", "");
}

/* Whatever has "busy" in its name is. */
int umount(const char *target)
{
	called("umount ", target);
	errno = EBUSY;
	return strstr(target, "busy") ? -1 : 0;
}

int mount(const char *source, const char *target, const char *type, unsigned long flags,
	  const void *data)
{
	assert_null(source);
	assert_null(type);
	assert_null(data);
	assert_int_equal(flags, MS_REMOUNT | MS_RDONLY);
	called("read-only ", target);
	return 0;
}

int reboot(int how)
{
	command = how;
	longjmp(end, 1);
}

int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *time)
{
	uint64_t ms = (uint64_t)time->tv_sec * 1000 + (uint64_t)time->tv_nsec / 1000000;

	(void)set, (void)info;
	assert_true(ms > 0);
	fake_now += pause_ms && pause_ms < ms ? pause_ms : ms;
	return pause_ms ? SIGUSR1 : -1;
}

void xen_prepare(void)
{
	strcat(xen, "prepare ");
}

void xen_shutdown(bool again)
{
	strcat(xen, again ? "reboot" : "poweroff");
	errno = ENODEV;
}

void watchdog_close(void)
{
	strcpy(watch, "closed");
}

void watchdog_last(unsigned ms)
{
	assert_true(ms >= STOP_TERM_MS + STOP_KILL_MS + STOP_SYNC_MS + STOP_REBOOT_MS);
	strcpy(watch, "last");
}

void svc_stop_all(void)
{
}

/* What the kernel was asked for there. */
static void assert_sysrq(const char *want)
{
	char is[8] = "";

	assert_true(pread(sysrq, is, sizeof(is) - 1, 0) >= 0);
	assert_string_equal(is, want);
	close(sysrq);
	sysrq = -1;
}

static int begin(void **unused)
{
	(void)unused;
	fake_reset();
	command = 0;
	forked = 500;
	forks_from = 0;
	zombie = false;
	pause_ms = 0;
	mounts = "";
	sysrq = memory("");
	xen[0] = watch[0] = calls[0] = '\0';
	return 0;
}

/* Returns how long it took, ms. */
static uint64_t stop(enum stop_how how)
{
	uint64_t began = fake_now;

	if (setjmp(end) == 0)
		stop_now(how);
	return fake_now - began;
}

static void everything_hangs(void **unused)
{
	(void)unused;
	assert_int_equal(stop(STOP_POWEROFF),
			 STOP_TERM_MS + STOP_KILL_MS + STOP_SYNC_MS + STOP_REBOOT_MS);
	fake_assert_kills("TERM -1, CONT -1, KILL -1");
	assert_int_equal(command, RB_POWER_OFF);
	assert_string_equal(xen, "prepare poweroff");
	assert_string_equal(watch, "last");
	assert_string_equal(fake_warnings,
			    "file systems hang: going on without them\n"
			    "the kernel does not power off: asking Xen\n"
			    "cannot power off: No such device\n");
	assert_sysrq("");
}

/* As many signals as somebody likes to send make it no longer. */
static void signals_do_not_hold_it(void **unused)
{
	(void)unused;
	pause_ms = 1;
	assert_int_equal(stop(STOP_REBOOT),
			 STOP_TERM_MS + STOP_KILL_MS + STOP_SYNC_MS + STOP_REBOOT_MS);
	assert_int_equal(command, RB_AUTOBOOT);
	assert_string_equal(xen, "prepare reboot");
}

static void without_children(void **unused)
{
	static const struct {
		enum stop_how how;
		int command;
		const char *watch, *xen;
	} cases[] = {
		{ STOP_HALT, RB_HALT_SYSTEM, "closed", "prepare poweroff" },
		{ STOP_POWEROFF, RB_POWER_OFF, "last", "prepare poweroff" },
		{ STOP_REBOOT, RB_AUTOBOOT, "last", "prepare reboot" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *name = stop_name(cases[i].how);
		char warnings[256];

		begin(unused);
		forked = -1;
		assert_int_equal(stop(cases[i].how),
				 STOP_TERM_MS + STOP_KILL_MS + STOP_SYNC_MS + STOP_FORK_MS);
		assert_int_equal(command, cases[i].command);
		assert_string_equal(watch, cases[i].watch);
		snprintf(warnings, sizeof(warnings),
			 "cannot fork for unmounting: %s\ncannot fork to %s: %s\n"
			 "the kernel does not %s: asking Xen\ncannot %s: No such device\n",
			 strerror(EAGAIN), name, strerror(EAGAIN), name, name);
		assert_string_equal(fake_warnings, warnings);
		assert_string_equal(xen, cases[i].xen); /* before a call that may hang with xenstored */
		assert_string_equal(calls, ""); /* process 1 would hang in them */
		assert_sysrq("s");
	}
}

static void without_children_or_sysrq(void **unused)
{
	(void)unused;
	forked = -1;
	close(sysrq);
	sysrq = -1;
	assert_int_equal(stop(STOP_POWEROFF), STOP_TERM_MS + STOP_KILL_MS + 2 * STOP_FORK_MS);
	assert_int_equal(command, RB_POWER_OFF);
	assert_string_equal(calls, "");
	assert_non_null(strstr(fake_warnings, "cannot have the kernel sync: No such file"));
}

/* A child that comes late has what is left of the time. */
static void no_child_for_a_while(void **unused)
{
	(void)unused;
	forks_from = fake_now + STOP_TERM_MS + STOP_KILL_MS + STOP_FORK_MS - 1;
	assert_int_equal(stop(STOP_POWEROFF),
			 STOP_TERM_MS + STOP_KILL_MS + STOP_SYNC_MS + STOP_REBOOT_MS);
	assert_memory_equal(fake_warnings, "file systems hang", strlen("file systems hang"));
	assert_sysrq("");
	begin(unused);
	forked = 0;
	forks_from = fake_now + STOP_TERM_MS + STOP_KILL_MS + STOP_FORK_MS - 1;
	stop(STOP_POWEROFF);
	assert_string_equal(calls, "sync\nsync\n");
	assert_string_equal(fake_warnings, "");
}

static void no_child_before_the_last_step(void **unused)
{
	(void)unused;
	forks_from = fake_now + STOP_TERM_MS + STOP_KILL_MS + STOP_SYNC_MS + STOP_FORK_MS - 1;
	assert_int_equal(stop(STOP_POWEROFF),
			 STOP_TERM_MS + STOP_KILL_MS + STOP_SYNC_MS + STOP_REBOOT_MS);
	assert_null(strstr(fake_warnings, "cannot fork to power off"));
	assert_sysrq("s");
}

static void no_child_until_another_is_reaped(void **unused)
{
	(void)unused;
	forked = 0;
	zombie = true;
	assert_int_equal(stop(STOP_POWEROFF), STOP_TERM_MS + STOP_KILL_MS);
	assert_string_equal(calls, "sync\nsync\n");
	assert_string_equal(fake_warnings, "");
}

/* From the last to the first; names are as in proc_pid_mounts(5). */
static void file_systems_are_safe(void **unused)
{
	(void)unused;
	forked = 0;
	mounts = "/dev/root / ext4 ro 0 0\n"
		 "tmpfs /run tmpfs rw 0 0\n"
		 "/dev/xvdb /scratch ext4 rw 0 0\n"
		 "/dev/xvdc /scratch/busy\\040one ext4 rw 0 0\n"
		 "tmpfs /a\\134b\\011\\012\\0 tmpfs rw 0 0\n";
	stop(STOP_POWEROFF);
	assert_string_equal(calls, "sync\n"
				   "umount /a\\b\t\n\\0\n"
				   "umount /scratch/busy one\n"
				   "read-only /scratch/busy one\n"
				   "umount /scratch\n"
				   "umount /run\n"
				   "umount /\n"
				   "sync\n");
	calls[0] = '\0';
	mounts = "";
	stop(STOP_POWEROFF);
	assert_string_equal(calls, "sync\nsync\n");
}

#define TEST(f) cmocka_unit_test_setup(f, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everything_hangs),
		TEST(signals_do_not_hold_it),
		TEST(without_children),
		TEST(without_children_or_sysrq),
		TEST(no_child_for_a_while),
		TEST(no_child_before_the_last_step),
		TEST(no_child_until_another_is_reaped),
		TEST(file_systems_are_safe),
	};

	return cmocka_run_group_tests_name("init_stop", tests, NULL, NULL);
}

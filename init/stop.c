/* SPDX-License-Identifier: ISC */
#include "init/stop.h"

#include "init/klog.h"
#include "init/state.h"
#include "init/svc.h"
#include "init/sys.h"
#include "init/watchdog.h"
#include "init/xen.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

#define FORK_AGAIN_MS 50

static const struct {
	const char *name;
	int command;
} ways[] = {
	[STOP_NOT] = { "nothing", 0 },
	[STOP_HALT] = { "halt", RB_HALT_SYSTEM },
	[STOP_POWEROFF] = { "power off", RB_POWER_OFF },
	[STOP_REBOOT] = { "reboot", RB_AUTOBOOT },
};

enum stop_how stop_request(int sig)
{
	static const struct {
		int sig;
		enum stop_how how;
	} requests[] = {
		{ SIGUSR1, STOP_HALT },
		{ SIGUSR2, STOP_POWEROFF },
		{ SIGTERM, STOP_REBOOT },
		{ SIGINT, STOP_REBOOT }, /* ctrl-alt-del */
		{ SIGPWR, STOP_POWEROFF },
	};

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (requests[i].sig == sig)
			return requests[i].how;
	return STOP_NOT;
}

const char *stop_name(enum stop_how how)
{
	return ways[how].name;
}

void stop_ask(enum stop_how how)
{
	if (state->stopping != STOP_NOT)
		return;
	state->stopping = how;
	klog(KLOG_INFO, "asked to %s", stop_name(how));
	svc_stop_all();
}

static void wait_for_signal(uint64_t ms)
{
	struct timespec t = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };
	sigset_t all;

	sigfillset(&all);
	sigtimedwait(&all, NULL, &t);
}

/* Reaps until there is no child (pid -1), until that one is gone, or until that time. */
static int reap_until(pid_t pid, uint64_t end)
{
	for (uint64_t now = sys_now_ms(); now < end; now = sys_now_ms()) {
		pid_t got = sys_reap(NULL);

		if (got < 0 || got == pid)
			return 0;
		if (got == 0)
			wait_for_signal(end - now);
	}
	return -ETIMEDOUT;
}

/* As fork(2), but one that fails is tried again, for a while: who has ended makes room once reaped. */
static pid_t fork_patiently(void)
{
	uint64_t end = sys_now_ms() + STOP_FORK_MS;
	pid_t pid;

	while ((pid = fork()) < 0 && sys_now_ms() < end) {
		int saved = errno;

		if (sys_reap(NULL) <= 0)
			wait_for_signal(FORK_AGAIN_MS);
		errno = saved;
	}
	return pid;
}

/* In proc_pid_mounts(5) blanks and the like are "\\040": three octal digits. */
static void decode(char *s)
{
	char *out = s;

	for (; *s; s++) {
		bool octal = s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3];

		*out++ = octal ? (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0')) : *s;
		s += octal ? 3 : 0;
	}
	*out = '\0';
}

static void unmount_or_freeze(const char *target)
{
	if (umount(target) < 0)
		mount(NULL, target, NULL, MS_REMOUNT | MS_RDONLY, NULL);
}

/* From the last mount to the first. Each line of the file is "device target type ...". */
static void unmount_all(void)
{
	static char text[16384];
	int fd = open("/proc/self/mounts", O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;
	char *line;

	while (fd >= 0 && (n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	while (len > 0) {
		text[len - 1] = '\0';
		line = strrchr(text, '\n');
		line = line ? line + 1 : text;
		len = (size_t)(line - text);
		line += strcspn(line, " ");
		if (*line++ == ' ') {
			line[strcspn(line, " ")] = '\0';
			decode(line);
			unmount_or_freeze(line);
		}
	}
}

/*
 * Without a child: the kernel's own worker writes the file systems (admin-guide/sysrq), a dead disk
 * holds nobody else up, and nobody hears when it is done. It has all the time that there is.
 */
static void have_kernel_sync(uint64_t end)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);
	bool asked = fd >= 0 && write(fd, "s", 1) == 1;

	if (!asked)
		klog(KLOG_WARN, "cannot have the kernel sync: %m");
	if (fd >= 0)
		close(fd);
	for (uint64_t now = sys_now_ms(); asked && now < end; now = sys_now_ms())
		wait_for_signal(end - now);
}

/* In a child: a dead disk may hold these calls for ever. */
static void settle_file_systems(void)
{
	uint64_t end = sys_now_ms() + STOP_SYNC_MS;
	pid_t pid = fork_patiently();

	if (pid == 0) {
		sync();
		unmount_all();
		sync();
		_exit(0);
	}
	if (pid < 0) {
		klog(KLOG_WARN, "cannot fork for unmounting: %m");
		have_kernel_sync(end);
	} else if (reap_until(pid, end) < 0) {
		klog(KLOG_WARN, "file systems hang: going on without them");
	}
}

/*
 * In a child too: on its way down the kernel tells xenstore about each device, and when xenstored
 * hangs it waits for ever. Comes back when there is no such way.
 */
static void leave(enum stop_how how)
{
	uint64_t end = sys_now_ms() + STOP_REBOOT_MS;
	pid_t pid = fork_patiently();

	if (pid == 0) {
		reboot(ways[how].command);
		klog(KLOG_WARN, "cannot %s: %m", stop_name(how));
		_exit(111);
	}
	if (pid < 0)
		klog(KLOG_WARN, "cannot fork to %s: %m", stop_name(how));
	else
		reap_until(pid, end);
}

void stop_now(enum stop_how how)
{
	if (how == STOP_HALT)
		watchdog_close();
	else
		watchdog_last(STOP_TERM_MS + STOP_KILL_MS + STOP_SYNC_MS + STOP_REBOOT_MS + 5000);
	sys_kill(-1, SIGTERM);
	sys_kill(-1, SIGCONT);
	if (reap_until(-1, sys_now_ms() + STOP_TERM_MS) < 0) {
		sys_kill(-1, SIGKILL);
		reap_until(-1, sys_now_ms() + STOP_KILL_MS);
	}
	xen_prepare(); /* while there is a /dev */
	settle_file_systems();
	klog(KLOG_INFO, "%s", stop_name(how));
	leave(how);
	klog(KLOG_WARN, "the kernel does not %s: asking Xen", stop_name(how));
	xen_shutdown(how == STOP_REBOOT);
	klog(KLOG_WARN, "cannot %s: %m", stop_name(how));
	reboot(ways[how].command);
	_exit(111);
}

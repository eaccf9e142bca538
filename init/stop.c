/* SPDX-License-Identifier: ISC */
#include "init/stop.h"

#include "init/klog.h"
#include "init/svc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

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

static void wait_for_signal(int sigfd, int timeout_ms)
{
	struct pollfd p = { .fd = sigfd, .events = POLLIN };
	struct signalfd_siginfo si;

	if (poll(&p, 1, timeout_ms) > 0)
		while (read(sigfd, &si, sizeof(si)) > 0)
			continue;
}

/* Reaps until there is no child (pid -1) or until that one is gone; for ms at most. */
static int reap_within(pid_t pid, int ms, int sigfd)
{
	uint64_t now = svc_now_ms(), end = now + (uint64_t)ms;

	for (; now < end; now = svc_now_ms()) {
		pid_t got = waitpid(-1, NULL, WNOHANG);

		if (got < 0 || got == pid)
			return 0;
		if (got == 0)
			wait_for_signal(sigfd, (int)(end - now));
	}
	return -ETIMEDOUT;
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
			unmount_or_freeze(line);
		}
	}
}

/* In a child: a dead disk may hold these calls for ever. */
static void settle_file_systems(int sigfd)
{
	pid_t pid = fork();

	if (pid == 0) {
		sync();
		unmount_all();
		sync();
		_exit(0);
	}
	if (pid < 0)
		klog(KLOG_WARN, "cannot fork for unmounting: %m");
	else if (reap_within(pid, STOP_SYNC_MS, sigfd) < 0)
		klog(KLOG_WARN, "file systems hang: going on without them");
}

void stop_now(enum stop_how how, int sigfd)
{
	kill(-1, SIGTERM);
	kill(-1, SIGCONT);
	if (reap_within(-1, STOP_TERM_MS, sigfd) < 0) {
		kill(-1, SIGKILL);
		reap_within(-1, STOP_KILL_MS, sigfd);
	}
	settle_file_systems(sigfd);
	klog(KLOG_INFO, "%s", stop_name(how));
	reboot(ways[how].command);
	klog(KLOG_WARN, "cannot %s: %m", stop_name(how));
	_exit(111);
}

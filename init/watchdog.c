/* SPDX-License-Identifier: ISC */
#include "init/watchdog.h"

#include "init/klog.h"
#include "init/state.h"
#include "init/sys.h"
#include "init/word.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PATH "/dev/watchdog"
#define MAX_S 3600

static unsigned interval_ms;
static uint64_t next;

static int set_timeout(int seconds)
{
	return ioctl(state->watchdog_fd, (int)WDIOC_SETTIMEOUT, &seconds);
}

void watchdog_open(const char *seconds)
{
	uint64_t n;

	if (!*seconds)
		return;
	if (!word_number(seconds, MAX_S, &n) || n < 2) {
		klog(KLOG_WARN, "no watchdog: not 2 to %d seconds: %s", MAX_S, seconds);
		return;
	}
	if (state->watchdog_fd < 0)
		state->watchdog_fd = open(PATH, O_WRONLY | O_CLOEXEC);
	if (state->watchdog_fd < 0 || set_timeout((int)n) < 0) {
		klog(KLOG_WARN, "no watchdog: " PATH ": %m");
		watchdog_close(); /* it may count from when it was opened */
		return;
	}
	interval_ms = (unsigned)n * 1000 / 2;
	next = 0;
	klog(KLOG_INFO, "the watchdog gives us %d seconds", (int)n);
}

uint64_t watchdog_run(void)
{
	uint64_t now = sys_now_ms();

	if (!interval_ms)
		return NEVER;
	if (now >= next) {
		if (write(state->watchdog_fd, "", 1) < 0)
			klog(KLOG_WARN, "cannot reach the watchdog: %m");
		next = now + interval_ms;
	}
	return next;
}

void watchdog_last(unsigned ms)
{
	if (interval_ms && set_timeout((int)(ms / 1000)) == 0 &&
	    write(state->watchdog_fd, "", 1) < 0)
		klog(KLOG_WARN, "cannot reach the watchdog: %m");
}

void watchdog_close(void)
{
	if (state->watchdog_fd >= 0 && write(state->watchdog_fd, "V", 1) == 1)
		close(state->watchdog_fd);
	state->watchdog_fd = -1;
	interval_ms = 0;
}

/* SPDX-License-Identifier: ISC */
#include "init/state.h"

#include "init/klog.h"
#include "init/stop.h"
#include "init/sys.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct state own;
static int state_fd = -1;

struct state *state = &own;

static bool map(int fd)
{
	void *p = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return false;
	state = p;
	state_fd = fd;
	return true;
}

static void mark(int fd, int flags)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, flags);
}

static void mark_svc(const struct state_svc *s, int flags)
{
	if (!s->name[0])
		return;
	mark(s->ready_fd, flags);
	mark(s->log_fd[0], flags);
	mark(s->log_fd[1], flags);
}

/* Whether the descriptors that are handed over survive exec: 0 or FD_CLOEXEC. */
static void mark_all(int flags)
{
	for (size_t i = 0; i < CONF_SERVICES; i++)
		mark_svc(&state->svc[i], flags);
	mark(state->control_fd, flags);
	mark(state->watchdog_fd, flags);
	mark(state_fd, flags);
}

/* The program before us was in trouble: nothing is believed that could harm. */
static bool is_sound(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_size != sizeof(*state) || !map(fd))
		return false;
	if (state->size != sizeof(*state) || state->stopping > STOP_REBOOT)
		return false;
	for (size_t i = 0; i < CONF_SERVICES; i++) {
		struct state_svc *s = &state->svc[i];

		s->name[CONF_NAME - 1] = '\0';
		if (s->state >= SVC_COUNT || s->pid < 0 || s->pid == 1)
			return false;
	}
	return true;
}

/* All else is zero, and no page of it is touched. */
static void begin(void)
{
	state->size = sizeof(*state);
	state->booted = sys_now_ms();
	state->control_fd = state->watchdog_fd = -1;
}

bool state_open(int fd)
{
	if (fd >= 0) {
		if (is_sound(fd)) {
			mark_all(FD_CLOEXEC);
			return true;
		}
		klog(KLOG_WARN, "nothing to go on from: starting anew");
	}
	state = &own; /* what is mapped stays so: it happens at most once */
	state_fd = -1;
	fd = memfd_create("xlab-init", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, sizeof(*state)) < 0 || !map(fd))
		klog(KLOG_WARN, "no memory to outlive a fault: %m");
	begin();
	return false;
}

int state_hand_over(void)
{
	mark_all(0);
	return state_fd;
}

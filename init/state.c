/* SPDX-License-Identifier: ISC */
#include "init/state.h"

#include "init/klog.h"
#include "init/stop.h"
#include "init/sys.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

/* Nothing stays open by a number that is none. */
static void check(int32_t *fd)
{
	if (*fd >= 0 && fcntl(*fd, F_GETFD) < 0)
		*fd = -1;
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
	if (state->files_len > state->conf_len || state->conf_len > STATE_CONF ||
	    (state->conf_len && state->conf[state->conf_len - 1]))
		return false;
	check(&state->control_fd);
	check(&state->watchdog_fd);
	for (size_t i = 0; i < CONF_SERVICES; i++) {
		struct state_svc *s = &state->svc[i];

		s->name[CONF_NAME - 1] = '\0';
		check(&s->ready_fd);
		check(&s->log_fd[0]);
		check(&s->log_fd[1]);
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

void state_close_others(void)
{
	syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, 0);
}

bool state_open(int old)
{
	int fd;

	if (old >= 0 && is_sound(old)) {
		mark_all(FD_CLOEXEC);
		return true;
	}
	state = &own; /* what is mapped stays so: it happens at most once */
	state_fd = -1;
	if (old >= 0)
		state_close_others();
	fd = memfd_create("xlab-init", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || ftruncate(fd, sizeof(*state)) < 0 || !map(fd))
		klog(KLOG_WARN, "no memory to outlive a fault: %m");
	else
		fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	begin();
	if (old >= 0) {
		state->last_fault = sys_now_ms();
		klog(KLOG_WARN, "nothing to go on from: starting anew");
	}
	return false;
}

void state_abandon(void)
{
	state = &own;
	begin();
}

int state_hand_over(void)
{
	mark_all(0);
	return state_fd;
}

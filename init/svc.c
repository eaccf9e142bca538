/* SPDX-License-Identifier: ISC */
#include "init/svc.h"

#include "init/klog.h"
#include "init/out.h"
#include "init/spawn.h"
#include "init/sys.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define READY_MAX 4096		/* bytes before the newline that means ready */
#define EXIT_CANNOT (111 << 8)	/* a wait status: exit with 111 */

static const struct conf *confs;
static size_t count;
static uint32_t after[CONF_SERVICES];	/* bits of those that must be ready, or over, before it */
static uint64_t stop_deadline = NEVER;	/* when they are not waited for any longer */

static void event(size_t i, enum sup_event ev);

size_t svc_count(void)
{
	return count;
}

const struct conf *svc_conf(size_t i)
{
	return &confs[i];
}

int svc_find(const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(confs[i].name, name) == 0)
			return (int)i;
	return -1;
}

/* What the end of the process is, for a service of its type. */
static enum sup_event end_event(size_t i, int status)
{
	if (confs[i].type != CONF_ONCE)
		return EV_DIED;
	return status == 0 ? EV_DONE : EV_FAILED;
}

static void close_fd(int32_t *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void act_spawn(size_t i)
{
	struct state_svc *s = &state->svc[i];
	const struct conf *c = &confs[i];
	int ready[2] = { -1, -1 };
	pid_t pid;

	out_open(s);
	if (c->ready == CONF_READY_FD && pipe2(ready, O_CLOEXEC | O_NONBLOCK) < 0)
		klog(KLOG_WARN, "%s cannot tell that it is ready: %m", c->name);
	s->started = sys_now_ms();
	s->starts++;
	s->ready_bytes = 0;
	s->ready_fd = ready[0];
	s->deadline = c->ready_ms ? s->started + c->ready_ms : NEVER;
	pid = sys_fork();
	if (pid == 0) {
		s->pid = getpid(); /* process 1 may fault before it says so itself */
		spawn_child(c, s->log_fd[1], ready[1]);
	}
	if (ready[1] >= 0)
		close(ready[1]);
	s->pid = pid < 0 ? 0 : pid;
	if (pid < 0) {
		klog(KLOG_WARN, "cannot fork for %s: %m", c->name);
		s->status = EXIT_CANNOT;
		event(i, end_event(i, EXIT_CANNOT));
	} else if (c->ready == CONF_READY_START) {
		event(i, EV_READY);
	}
}

/* A child that was only just forked may not lead its group yet. */
static void signal_group(const struct state_svc *s, int sig)
{
	if (s->pid > 0 && sys_kill(-s->pid, sig) < 0)
		sys_kill(s->pid, sig);
}

static void act_ready(size_t i)
{
	close_fd(&state->svc[i].ready_fd);
}

static void act_late(size_t i)
{
	klog(KLOG_WARN, "%s is not ready: those after it do not wait any longer", confs[i].name);
}

static void act_rest(size_t i)
{
	struct state_svc *s = &state->svc[i];

	if (s->pid > 0)
		sys_kill(-s->pid, SIGKILL);
	s->pid = 0;
	close_fd(&s->ready_fd);
}

static void act_retry(size_t i)
{
	struct state_svc *s = &state->svc[i];
	uint64_t now = sys_now_ms();

	act_rest(i);
	s->backoff = sup_backoff(&confs[i].backoff, s->backoff, now - s->started);
	s->deadline = now + s->backoff;
	if (s->backoff)
		klog(KLOG_INFO, "%s starts again in %d ms", s->name, (int)s->backoff);
}

static void act_term(size_t i)
{
	struct state_svc *s = &state->svc[i];

	signal_group(s, confs[i].stop_signal);
	signal_group(s, SIGCONT);
	s->deadline = sys_now_ms() + confs[i].stop_ms;
}

static void act_kill(size_t i)
{
	struct state_svc *s = &state->svc[i];

	klog(KLOG_WARN, "%s does not stop: killing it", s->name);
	signal_group(s, SIGKILL);
	s->deadline = sys_now_ms() + SUP_KILL_MS;
}

static void event(size_t i, enum sup_event ev)
{
	static void (*const actions[ACT_COUNT])(size_t i) = {
		[ACT_SPAWN] = act_spawn, [ACT_READY] = act_ready, [ACT_LATE] = act_late,
		[ACT_RETRY] = act_retry, [ACT_TERM] = act_term,	  [ACT_KILL] = act_kill,
		[ACT_REST] = act_rest,
	};
	struct state_svc *s = &state->svc[i];
	struct sup_step step = sup_step((enum sup_state)s->state, ev);

	if (s->state != step.next)
		s->since = sys_now_ms();
	s->state = step.next;
	if (step.action == ACT_NONE)
		return;
	s->deadline = NEVER;
	actions[step.action](i);
}

static bool is_down(size_t i)
{
	enum sup_state s = (enum sup_state)state->svc[i].state;

	return s == SVC_DOWN || s == SVC_DONE || s == SVC_FAILED;
}

/* True when the service may start: none of those that it is after is still to come. */
static bool is_clear(size_t i)
{
	for (size_t k = 0; k < count; k++)
		if (after[i] & UINT32_C(1) << k &&
		    sup_is_in_the_way((enum sup_state)state->svc[k].state))
			return false;
	return true;
}

/* True when the service may stop: none that is after it still runs. */
static bool is_free(size_t i)
{
	for (size_t k = 0; k < count; k++)
		if (after[k] & UINT32_C(1) << i && !is_down(k))
			return false;
	return true;
}

static bool settle_one(size_t i)
{
	uint32_t before = state->svc[i].state;

	if (stop_deadline != NEVER) { /* who does not run holds nobody up, and starts no more */
		if (!is_down(i) && (sup_is_at_rest((enum sup_state)before) || is_free(i)))
			event(i, EV_STOP);
	} else if (before == SVC_WAIT && is_clear(i)) {
		event(i, EV_CLEAR);
	}
	return state->svc[i].state != before;
}

/* Lets every service do what the others' states allow. */
static void settle(void)
{
	bool again;

	do {
		again = false;
		for (size_t i = 0; i < count; i++)
			again |= settle_one(i);
	} while (again);
}

static void complain(const char *service, const char *name, bool cycle)
{
	if (cycle)
		klog(KLOG_WARN, "%s after %s is a cycle: not waiting", service, name);
	else
		klog(KLOG_WARN, "%s is after %s, which there is not: not waiting", service, name);
}

static void forget(struct state_svc *s)
{
	if (s->pid > 0)
		sys_kill(-s->pid, SIGKILL);
	close_fd(&s->ready_fd);
	close_fd(&s->log_fd[0]);
	close_fd(&s->log_fd[1]);
	*s = (struct state_svc){ .state = SVC_DOWN };
}

/* What the state has of services comes into our order. */
static void adopt(size_t i)
{
	struct state_svc *s = &state->svc[i], other;

	for (size_t k = i; k < CONF_SERVICES; k++) {
		if (strcmp(state->svc[k].name, confs[i].name) != 0)
			continue;
		other = state->svc[k];
		state->svc[k] = *s;
		*s = other;
		return;
	}
	for (size_t k = i + 1; k < CONF_SERVICES && s->name[0]; k++) {
		if (state->svc[k].name[0])
			continue;
		state->svc[k] = *s; /* a later one's; there is room, as what nobody wants is gone */
		s->name[0] = '\0';
	}
	*s = (struct state_svc){ .state = SVC_DOWN, .deadline = NEVER, .status = -1,
				 .since = sys_now_ms(),
				 .ready_fd = -1, .log_fd = { -1, -1 } };
	memcpy(s->name, confs[i].name, sizeof(s->name));
}

/* What sets a timer sends its signals first: whether it did before there was a fault, nobody knows. */
static void act_again(size_t i)
{
	switch (state->svc[i].state) {
	case SVC_STOPPING:
	case SVC_CYCLING: act_term(i); break;
	case SVC_KILLED:
	case SVC_RECYCLED: act_kill(i); break;
	default: state->svc[i].deadline = sys_now_ms();
	}
}

/*
 * A fault may have come between any two steps of an action: the state is the new one, the process or
 * the timer may not be there, or be there still.
 */
static void mend(size_t i)
{
	struct state_svc *s = &state->svc[i];

	if (s->state != SVC_STARTING && !sup_is_timed((enum sup_state)s->state))
		s->deadline = NEVER; /* it would be due, and change nothing, for ever */
	if (sup_is_at_rest((enum sup_state)s->state))
		act_rest(i);
	if (!sup_is_at_rest((enum sup_state)s->state) && (s->pid <= 0 || !sys_is_child(s->pid))) {
		s->pid = 0;
		s->status = EXIT_CANNOT;
		event(i, end_event(i, EXIT_CANNOT));
	} else if (s->state == SVC_STARTING && confs[i].ready == CONF_READY_START) {
		event(i, EV_READY);
	} else if (s->deadline == NEVER && sup_is_timed((enum sup_state)s->state)) {
		act_again(i);
	}
}

void svc_load(const struct conf *c, size_t n)
{
	confs = c;
	count = n;
	conf_order(c, n, after, complain);
	for (size_t i = 0; i < CONF_SERVICES; i++)
		if (state->svc[i].name[0] && svc_find(state->svc[i].name) < 0)
			forget(&state->svc[i]);
	for (size_t i = 0; i < n; i++)
		adopt(i);
	for (size_t i = 0; i < n; i++)
		mend(i);
}

void svc_ask(size_t i, enum sup_event ev)
{
	event(i, ev);
	settle();
}

void svc_start_all(const char *prefix)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(confs[i].name, prefix, strlen(prefix)) == 0)
			event(i, EV_START);
	settle();
}

void svc_stop_all(void)
{
	stop_deadline = sys_now_ms() + SVC_STOP_ALL_MS;
	settle();
}

bool svc_all_down(void)
{
	if (sys_now_ms() >= stop_deadline)
		return true;
	for (size_t i = 0; i < count; i++)
		if (!is_down(i))
			return false;
	return true;
}

/* A service that ends well, or because it was told to, is nothing to put on a console. */
static void log_end(const struct state_svc *s, int status)
{
	bool by_itself = s->state == SVC_UP || s->state == SVC_STARTING;
	int level = by_itself && status != 0 ? KLOG_WARN : KLOG_INFO;

	if (WIFSIGNALED(status))
		klog(level, "%s ended by signal %d", s->name, WTERMSIG(status));
	else
		klog(level, "%s ended with %d", s->name, WEXITSTATUS(status));
}

static void exited(pid_t pid, int status)
{
	for (size_t i = 0; i < count; i++) {
		struct state_svc *s = &state->svc[i];

		if (s->pid != pid)
			continue;
		if (s->log_fd[0] >= 0)
			out_end(s); /* its last words first */
		log_end(s, status);
		s->status = status;
		event(i, end_event(i, status));
		return;
	}
}

int svc_reap(int max)
{
	int n = 0, status;
	pid_t pid;

	while (n < max && (pid = sys_reap(&status)) > 0) {
		exited(pid, status);
		n++;
	}
	if (n > 0)
		settle();
	return n;
}

uint64_t svc_run_timers(void)
{
	uint64_t now = sys_now_ms(), next = stop_deadline > now ? stop_deadline : NEVER;

	for (size_t i = 0; i < count; i++)
		if (state->svc[i].deadline <= now)
			event(i, EV_TIMER);
	settle();
	for (size_t i = 0; i < count; i++) {
		const struct state_svc *s = &state->svc[i];
		uint64_t muted = out_muted_until(s);

		if (s->deadline < next)
			next = s->deadline;
		if (muted > now && muted < next)
			next = muted;
	}
	return next;
}

size_t svc_poll(struct pollfd *p)
{
	uint64_t now = sys_now_ms();
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		const struct state_svc *s = &state->svc[i];

		if (s->log_fd[0] >= 0 && out_muted_until(s) <= now)
			p[n++] = (struct pollfd){ .fd = s->log_fd[0], .events = POLLIN };
		if (s->ready_fd >= 0 && s->state == SVC_STARTING)
			p[n++] = (struct pollfd){ .fd = s->ready_fd, .events = POLLIN };
	}
	return n;
}

/* A line means ready. Too much else, or the end of the file, is as being late. */
static void read_ready(size_t i)
{
	char buf[512];
	ssize_t n = read(state->svc[i].ready_fd, buf, sizeof(buf));

	if (n < 0)
		return;
	state->svc[i].ready_bytes += (uint32_t)n;
	if (memchr(buf, '\n', (size_t)n)) {
		event(i, EV_READY);
	} else if (n == 0 || state->svc[i].ready_bytes > READY_MAX) {
		close_fd(&state->svc[i].ready_fd);
		event(i, EV_TIMER);
	}
}

/* A descriptor that is none, after a fault. */
static void drop_fd(int fd)
{
	for (size_t i = 0; i < count; i++) {
		if (state->svc[i].log_fd[0] == fd)
			state->svc[i].log_fd[0] = -1;
		if (state->svc[i].ready_fd == fd)
			state->svc[i].ready_fd = -1;
	}
}

static void read_fd(int fd)
{
	for (size_t i = 0; i < count; i++) {
		if (state->svc[i].log_fd[0] == fd)
			out_read(&state->svc[i]);
		else if (state->svc[i].ready_fd == fd)
			read_ready(i);
	}
}

void svc_read(const struct pollfd *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i].revents & POLLNVAL)
			drop_fd(p[i].fd);
		else if (p[i].revents)
			read_fd(p[i].fd);
	settle();
}

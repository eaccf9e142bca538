/* SPDX-License-Identifier: ISC */
#include "init/svc.h"

#include "init/klog.h"
#include "init/sup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NEVER UINT64_MAX

struct svc {
	const struct svc_def *def;
	enum sup_state state;
	pid_t pid;		/* also its session and process group; 0 when there is none */
	uint64_t started, deadline;
	unsigned backoff;	/* ms, the last one waited */
};

static struct svc services[SVC_MAX];
static size_t service_count;

static char *const service_env[] = {
	"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "SHELL=/bin/sh", "LANG=C", NULL
};

static void svc_event(struct svc *s, enum sup_event event);

uint64_t svc_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

_Noreturn static void child(const struct svc_def *def)
{
	int null = open("/dev/null", O_RDWR), log = klog_fd();
	sigset_t none;

	setsid();
	dup2(null < 0 ? log : null, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(def->argv[0], def->argv, service_env);
	klog(KLOG_WARN, "cannot run %s: %m", def->argv[0]);
	_exit(111);
}

static void act_spawn(struct svc *s)
{
	s->started = svc_now_ms();
	s->pid = fork();
	if (s->pid == 0)
		child(s->def);
	if (s->pid < 0) {
		klog(KLOG_WARN, "cannot fork for %s: %m", s->def->name);
		s->pid = 0;
		svc_event(s, EV_EXIT);
	}
}

/* A child that was only just forked may not lead its group yet. */
static void signal_group(const struct svc *s, int sig)
{
	if (s->pid > 0 && kill(-s->pid, sig) < 0)
		kill(s->pid, sig);
}

static void act_rest(struct svc *s)
{
	if (s->pid > 0)
		kill(-s->pid, SIGKILL);
	s->pid = 0;
}

static void act_retry(struct svc *s)
{
	uint64_t now = svc_now_ms();

	act_rest(s);
	s->backoff = sup_backoff(s->backoff, now - s->started);
	s->deadline = now + s->backoff;
	klog(KLOG_INFO, "%s starts again in %d ms", s->def->name, (int)s->backoff);
}

static void act_term(struct svc *s)
{
	signal_group(s, s->def->stop_signal);
	signal_group(s, SIGCONT);
	s->deadline = svc_now_ms() + SUP_STOP_MS;
}

static void act_kill(struct svc *s)
{
	klog(KLOG_WARN, "%s does not stop: killing it", s->def->name);
	signal_group(s, SIGKILL);
	s->deadline = svc_now_ms() + SUP_KILL_MS;
}

static void svc_event(struct svc *s, enum sup_event event)
{
	static void (*const actions[ACT_COUNT])(struct svc *) = {
		[ACT_SPAWN] = act_spawn, [ACT_RETRY] = act_retry, [ACT_TERM] = act_term,
		[ACT_KILL] = act_kill, [ACT_REST] = act_rest,
	};
	struct sup_step step = sup_step(s->state, event);

	s->state = step.next;
	if (step.action == ACT_NONE)
		return;
	s->deadline = NEVER;
	actions[step.action](s);
}

void svc_add(const struct svc_def *def)
{
	struct svc *s = &services[service_count];

	if (access(def->argv[0], X_OK) < 0) {
		klog(KLOG_INFO, "no %s here: %m", def->name);
		return;
	}
	if (service_count == SVC_MAX) {
		klog(KLOG_WARN, "too many services: %s does not run", def->name);
		return;
	}
	service_count++;
	*s = (struct svc){ .def = def, .state = SVC_DOWN, .deadline = NEVER };
	svc_event(s, EV_START);
}

/* A service that ends well, or because it was told to, is nothing to put on a console. */
static void log_end(const struct svc *s, int status)
{
	int level = s->state == SVC_UP && status != 0 ? KLOG_WARN : KLOG_INFO;

	if (WIFSIGNALED(status))
		klog(level, "%s ended by signal %d", s->def->name, WTERMSIG(status));
	else
		klog(level, "%s ended with %d", s->def->name, WEXITSTATUS(status));
}

static void exited(pid_t pid, int status)
{
	for (size_t i = 0; i < service_count; i++) {
		if (services[i].pid == pid) {
			log_end(&services[i], status);
			svc_event(&services[i], EV_EXIT);
			return;
		}
	}
}

int svc_reap(int max)
{
	int n = 0, status;
	pid_t pid;

	while (n < max && (pid = waitpid(-1, &status, WNOHANG)) > 0) {
		exited(pid, status);
		n++;
	}
	return n;
}

int svc_run_timers(void)
{
	uint64_t now = svc_now_ms(), next = NEVER;

	for (size_t i = 0; i < service_count; i++) {
		if (services[i].deadline <= now)
			svc_event(&services[i], EV_TIMER);
		if (services[i].deadline < next)
			next = services[i].deadline;
	}
	if (next == NEVER)
		return -1;
	now = svc_now_ms();
	if (next <= now)
		return 0;
	return next - now < INT_MAX ? (int)(next - now) : INT_MAX;
}

void svc_stop_all(void)
{
	for (size_t i = 0; i < service_count; i++)
		svc_event(&services[i], EV_STOP);
}

bool svc_all_down(void)
{
	for (size_t i = 0; i < service_count; i++)
		if (services[i].state != SVC_DOWN)
			return false;
	return true;
}

/* SPDX-License-Identifier: ISC */
/*
 * fork(2) and not vfork(2): the program may lie on a disk that does not answer, and process 1 must
 * not wait for it.
 */
#include "init/spawn.h"

#include "init/word.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define READY_FD 3
#define FIXED 5

struct user {
	uid_t uid;
	gid_t gid;
};

static char variables[PARAM_COUNT][PARAM_VALUE + 16];
static const char *environment[FIXED + PARAM_COUNT + 2] = {
	"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "SHELL=/bin/sh", "LANG=C",
	"XLAB_LOG=prefix", /* guest-tools/lib/log.h: say how grave a line is */
};

void spawn_environment(const struct param *params)
{
	size_t n = FIXED;

	for (int i = 0; i < PARAM_COUNT; i++) {
		if (!params[i].set)
			continue;
		word_append(variables[i], sizeof(variables[i]), param_variable((enum param_id)i));
		word_append(variables[i], sizeof(variables[i]), "=");
		word_append(variables[i], sizeof(variables[i]), params[i].value);
		environment[n++] = variables[i];
	}
}

_Noreturn static void fail(const char *what)
{
	char line[200] = "<4>cannot start: ";
	const char *why = strerror(errno);

	word_append(line, sizeof(line), what);
	word_append(line, sizeof(line), ": ");
	word_append(line, sizeof(line), why);
	word_append(line, sizeof(line), "\n");
	if (write(STDERR_FILENO, line, strlen(line)) < 0) {
		/* there is nowhere left to say so */
	}
	_exit(111);
}

/* "name:password:uid:gid:...", passwd(5); cuts the line up. */
static bool read_user(char *line, const char *name, struct user *u)
{
	char *field[4];
	uint64_t uid, gid;

	for (int i = 0; i < 4; i++) {
		field[i] = line;
		line += strcspn(line, ":");
		if (*line != ':')
			return false;
		*line++ = '\0';
	}
	if (strcmp(field[0], name) != 0 || !word_number(field[2], UINT32_MAX - 1, &uid) ||
	    !word_number(field[3], UINT32_MAX - 1, &gid))
		return false;
	*u = (struct user){ (uid_t)uid, (gid_t)gid };
	return true;
}

static bool find_user(const char *name, struct user *u)
{
	static char text[4096];
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	char *line = text, *next;

	if (n < 0)
		return false;
	text[n] = '\0';
	for (; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (read_user(line, name, u))
			return true;
	}
	errno = ENOENT;
	return false;
}

static void set_limits(const struct conf *c)
{
	for (unsigned i = 0; i < c->limit_count; i++) {
		struct rlimit l = { c->limits[i].value, c->limits[i].value };

		if (setrlimit(c->limits[i].resource, &l) < 0)
			fail("limit");
	}
}

static void set_user(const struct conf *c)
{
	struct user u;

	if (!c->user)
		return;
	if (!find_user(c->user, &u))
		fail(c->user);
	if (setgroups(1, &u.gid) < 0 && errno != EPERM) /* where a namespace denies it */
		fail("groups");
	if (setgid(u.gid) < 0 || setuid(u.uid) < 0)
		fail(c->user);
}

static void set_files(int log, int ready)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* Away from where it is to be, and from what is put there first. */
	if (ready >= 0)
		ready = fcntl(ready, F_DUPFD_CLOEXEC, READY_FD + 1);
	dup2(null, STDIN_FILENO);
	dup2(log < 0 ? null : log, STDOUT_FILENO);
	dup2(log < 0 ? null : log, STDERR_FILENO);
	if (ready >= 0)
		dup2(ready, READY_FD);
}

/* The first place that is free. */
static void add_variable(const char *text)
{
	size_t n = 0;

	while (environment[n])
		n++;
	environment[n] = text;
}

_Noreturn void spawn_child(const struct conf *c, int log, int ready)
{
	sigset_t none;

	setsid();
	set_files(log, ready);
	if (ready >= 0)
		add_variable("XLAB_READY_FD=3");
	set_limits(c);
	set_user(c);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(c->args[0], (char *const *)c->args, (char *const *)environment);
	fail(c->args[0]);
}

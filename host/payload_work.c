/* SPDX-License-Identifier: ISC */
#include "host/payload_work.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/proc.h"

enum { LOG_MAX = 4 << 20, GRACE_MS = 20 * 1000, TICK_MS = 1000 };

void work_word(struct work_words *w, const char *fmt, ...)
{
	size_t room = sizeof(w->text) - w->used;
	char *text = w->text + w->used;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room || w->n + 1 >= sizeof(w->argv) / sizeof(*w->argv)) {
		w->err = -E2BIG;
		return;
	}
	w->used += (size_t)n + 1;
	w->argv[w->n++] = text;
	w->argv[w->n] = NULL;
}

int work_open(struct work *w, const struct payload_build *b)
{
	char dir[PATH_MAX];

	w->b = b;
	if ((size_t)snprintf(dir, sizeof(dir), "%s.XXXXXX", b->out) >= sizeof(dir))
		return -ENAMETOOLONG;
	/* Others may look in: apt asks for packages as a user of its own. */
	if (!mkdtemp(dir) || chmod(dir, 0755) < 0 || !realpath(dir, w->dir))
		return -errno;
	snprintf(w->image, sizeof(w->image), "%s/image", w->dir);
	snprintf(w->tar, sizeof(w->tar), "%s/add.tar", w->dir);
	w->added[0] = '\0';
	return 0;
}

void work_close(const struct work *w)
{
	proc_run((const char *const[]){ "rm", "-rf", "--one-file-system", w->dir, NULL }, NULL);
}

/* What programs say when they fail, the most telling first. */
static const struct {
	const char *begins;
	int status;
} complaints[] = {
	{ "E: Unable to locate package ", EXIT_USAGE },
	{ "E: Package ", EXIT_USAGE },
	{ "E: Version ", EXIT_USAGE },
	{ "cp: ", EXIT_SYSTEM },
	{ "<E> ", EXIT_SYSTEM },
	{ "dpkg: error ", EXIT_SYSTEM },
	{ "E: ", EXIT_SYSTEM },
};

/* Looks for the first line that begins so. Cuts it out of the text, in place. */
static const char *log_line(char *text, const char *begins)
{
	char *line = text;

	while (line && strncmp(line, begins, strlen(begins))) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	if (line)
		line[strcspn(line, "\n")] = '\0';
	return line;
}

/* Reports why a program failed, by what it said. Returns an exit status. */
static int work_failed(const struct work *w, int said)
{
	char *text = calloc(1, LOG_MAX);
	ssize_t n = text ? pread(said, text, LOG_MAX - 1, 0) : -1;
	int status = EXIT_SYSTEM;
	const char *line = NULL;

	for (size_t i = 0; n > 0 && !line && i < sizeof(complaints) / sizeof(*complaints); i++) {
		line = log_line(text, complaints[i].begins);
		status = complaints[i].status;
	}
	if (line && !strncmp(line, "E: ", 3))
		line += 3;
	log_warnx("payload %s: %s", w->b->name,
		  line ? line : "a program has failed without a word");
	free(text);
	return line ? status : EXIT_SYSTEM;
}

/* Waits for the end; a person sees that it goes on. An exit status of the program, or -errno. */
static int work_wait(const struct work *w, pid_t pid)
{
	struct pollfd p[2] = { { .fd = pidfd_open(pid, 0), .events = POLLIN },
			       { .fd = w->b->stop_fd, .events = POLLIN } };
	int tty = isatty(STDERR_FILENO), s = 0, r;

	if (p[0].fd < 0) {
		proc_stop(pid, SIGTERM, GRACE_MS);
		return -errno;
	}
	while ((r = poll(p, 2, TICK_MS)) == 0 || (r < 0 && errno == EINTR))
		if (tty)
			fprintf(stderr, "\rpayload %s: %d s", w->b->name, ++s);
	if (s)
		fputs("\r\033[K", stderr);
	close(p[0].fd);
	if (!(p[1].revents & POLLIN))
		return proc_wait(pid, 0);
	proc_stop(pid, SIGTERM, GRACE_MS);
	return -EINTR;
}

int work_run(const struct work *w, const char *const argv[])
{
	/* Where there is room even when the disk is full. */
	struct proc_opts o = { .in = PROC_NULL,
			       .out = memfd_create("payload", MFD_CLOEXEC),
			       .err = PROC_OUT };
	pid_t pid;
	int r;

	if (o.out < 0)
		return cmd_fail(-errno, "memfd");
	fcntl(o.out, F_SETFL, O_APPEND);
	pid = proc_spawn(argv, &o);
	r = pid < 0 ? pid : work_wait(w, pid);
	if (r > 0)
		r = work_failed(w, o.out);
	else if (r == -EINTR)
		log_warnx("payload %s: interrupted", w->b->name);
	else if (r < 0)
		log_warnx("payload %s: cannot run %s: %s", w->b->name, argv[0], strerror(-r));
	close(o.out);
	return r < 0 ? EXIT_SYSTEM : r;
}

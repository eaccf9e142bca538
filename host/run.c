/* SPDX-License-Identifier: ISC */
#include "host/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/proc.h"

enum { COLLECTOR_GRACE_MS = 10 * 1000, CONSOLE_LINES = 20, WORDS_MAX = 32 };

const char *run_title(const struct run *run, const struct run_guest *g, enum mode mode)
{
	static char title[sizeof(g->setup.desc.name) + 16];

	if (run->title[0])
		return run->title;
	if (run->nguests == 1)
		return mode_name(mode);
	snprintf(title, sizeof(title), "%s, %s", g->setup.desc.name, mode_name(mode));
	return title;
}

int run_fail(const struct run *run, struct run_guest *g, enum mode mode, const char *fmt, ...)
{
	char what[2 * PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	log_warnx("%s: %s", run_title(run, g, mode), what);
	if (!g->why[0])
		snprintf(g->why, sizeof(g->why), "%.*s", (int)sizeof(g->why) - 1, what);
	return EXIT_SYSTEM;
}

bool run_is_stopped(struct run *run)
{
	struct signalfd_siginfo stop;

	return read(run->stop_fd, &stop, sizeof(stop)) > 0;
}

int run_new_uuid(char uuid[40])
{
	int r = io_read_file("/proc/sys/kernel/random/uuid", uuid, 40);

	uuid[strcspn(uuid, "\n")] = '\0';
	return r < 0 ? r : 0;
}

/* Whether it has ended: 0 while it runs, 1 when another one is wanted, or -errno. */
static int collector_look(struct run *run)
{
	int status;

	if (!run->collector)
		return 1;
	if (waitpid(run->collector, &status, WNOHANG) == 0)
		return 0;
	run->collector = 0;
	/* Nothing that was acknowledged is lost. */
	if (!WIFEXITED(status)) {
		log_warnx("the collector was killed: starting it again");
		return 1;
	}
	if (!WEXITSTATUS(status))
		return 0; /* it has read a serial line to its end */
	/* Otherwise its own message has said why. */
	if (run->said[0])
		run_show_log(run->said);
	return -EIO;
}

static int collector_start(struct run *run, const char *const *more)
{
	const char *argv[WORDS_MAX] = { "/proc/self/exe", "collect", "--store", run->store };
	struct proc_opts opts = { .in = run->line };
	int n = 4;

	while (more && *more && n < WORDS_MAX - 1)
		argv[n++] = *more++;
	if (run->said[0])
		opts.err = open(run->said, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (opts.err < 0)
		return -errno;
	run->collector = proc_spawn(argv, &opts);
	if (opts.err)
		close(opts.err);
	if (run->collector > 0)
		return 0;
	n = run->collector;
	run->collector = 0;
	return n;
}

int run_collector(struct run *run, const char *const *more)
{
	int r = run->collect ? collector_look(run) : 0;

	return r > 0 ? collector_start(run, more) : r;
}

void run_collector_stop(struct run *run)
{
	if (run->collector)
		proc_stop(run->collector, SIGTERM, COLLECTOR_GRACE_MS);
	run->collector = 0;
}

void run_collector_finish(struct run *run, int ms)
{
	if (run->collector && ms) {
		proc_wait(run->collector, ms);
		run->collector = 0;
	}
	run_collector_stop(run);
}

void run_show_log(const char *path)
{
	static char line[CONSOLE_LINES][256];
	FILE *f = fopen(path, "re");
	unsigned n = 0;

	if (!f) {
		log_warn("%s", path);
		return;
	}
	while (fgets(line[n % CONSOLE_LINES], sizeof(line[0]), f))
		n++;
	fclose(f);
	for (unsigned i = n > CONSOLE_LINES ? n - CONSOLE_LINES : 0; i < n; i++) {
		char *text = line[i % CONSOLE_LINES];

		text[strcspn(text, "\r\n")] = '\0';
		log_info("| %s", text);
	}
}

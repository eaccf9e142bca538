/* SPDX-License-Identifier: ISC */
#include "host/run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "guest-tools/lib/log.h"
#include "host/proc.h"

enum { COLLECTOR_GRACE_MS = 10 * 1000, CONSOLE_LINES = 20, WORDS_MAX = 24 };

int run_collector(struct run *run, const char *const *more)
{
	const char *argv[WORDS_MAX] = { "/proc/self/exe", "collect", "--store", run->store };
	int n = 4;

	if (!run->collect)
		return 0;
	if (run->collector) {
		int status;

		if (waitpid(run->collector, &status, WNOHANG) == 0)
			return 0;
		run->collector = 0;
		/* 0: it has read a serial line to its end. Otherwise its own message says why. */
		if (WIFEXITED(status))
			return WEXITSTATUS(status) ? -EIO : 0;
		/* Nothing that was acknowledged is lost. */
		log_warnx("the collector was killed: starting it again");
	}
	while (more && *more && n < WORDS_MAX - 1)
		argv[n++] = *more++;
	run->collector = proc_spawn(argv, &(struct proc_opts){ .in = run->line });
	if (run->collector < 0) {
		int r = run->collector;

		run->collector = 0;
		return r;
	}
	return 0;
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

void run_show_console(const char *path)
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

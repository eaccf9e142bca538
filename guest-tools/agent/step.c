/* SPDX-License-Identifier: ISC */
#include "guest-tools/agent/step.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-tools/agent/outbox.h"
#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "guest-tools/lib/workload.h"
#include "guest-tools/lib/workload_file.h"
#include "guest-tools/proto/proto.h"

enum { ARGS_MAX = 32, STEPS_MAX = 1024 };

/* What the running step has printed; one more byte than a record, to see that it is too much. */
static char output[XP_RECORD_MAX + 1];

/* Splits line in place. Returns the number of words. */
static int step_words(char *line, const char *size, const char *argv[ARGS_MAX + 1])
{
	char *save, *word;
	int n = 0;

	for (word = strtok_r(line, " \t", &save); word && n < ARGS_MAX;
	     word = strtok_r(NULL, " \t", &save))
		argv[n++] = strcmp(word, "%s") ? word : size;
	argv[n] = NULL;
	return n;
}

static pid_t step_spawn(const char *const argv[], int *out)
{
	int fd[2];
	pid_t pid;

	if (pipe(fd) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		dup2(fd[1], STDOUT_FILENO);
		close(fd[0]);
		close(fd[1]);
		execvp(argv[0], (char *const *)argv);
		log_warn("cannot run %s", argv[0]);
		_exit(127);
	}
	close(fd[1]);
	*out = fd[0];
	if (pid < 0)
		close(fd[0]);
	return pid;
}

/* Runs one command to its end; *len is how much it printed. 0 or -errno; -ECHILD when it did not
 * exit with 0, -EMSGSIZE when it printed more than there is room for. */
static int step_capture(const char *const argv[], size_t *len)
{
	int fd, status;
	ssize_t n = 0;
	pid_t pid = step_spawn(argv, &fd);

	*len = 0;
	if (pid < 0)
		return -errno;
	while (*len < sizeof(output) && (n = read(fd, output + *len, sizeof(output) - *len)) > 0)
		*len += (size_t)n;
	close(fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (*len == sizeof(output))
		return -EMSGSIZE;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ECHILD;
}

/* Whether a line of a step that failed may be sent: the host takes nothing more after one that is no record. */
static bool is_like_record(const char *line, size_t len)
{
	return line[0] == '{' && line[len - 1] == '}' && memmem(line, len, "\"type\"", 6);
}

/* Sends each line of the output as a record; of a step that failed those that look like one, whole.
 * 0 or -errno. */
static int step_send(size_t len, bool failed)
{
	char *line = output, *end = output + len, *next;
	int r = 0;

	for (; !r && line < end; line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		if (!next && failed)
			break;
		next = next ? next : end;
		if (next > line && (!failed || is_like_record(line, (size_t)(next - line))))
			r = outbox_send(line, (size_t)(next - line));
	}
	return r ? r : outbox_sync();
}

/* Runs one line of the workload. 0 or -errno. */
static int step_run(char *line, const char *size, int *failed)
{
	const char *argv[ARGS_MAX + 1];
	size_t len;
	int r;

	step_words(line, size, argv);
	r = step_capture(argv, &len);
	if (r) {
		log_warnx("step %s %s failed: %s", argv[0], argv[1] ? argv[1] : "",
			  r == -ECHILD	   ? "it did not exit with 0"
			  : r == -EMSGSIZE ? "it printed too much"
					   : strerror(-r));
		++*failed;
	}
	return step_send(len, r != 0);
}

static int step_progress(int step, int steps)
{
	char text[32];

	return outbox_put(XPK_PROGRESS, text,
			  (size_t)snprintf(text, sizeof(text), "%d/%d", step, steps));
}

/* Finds the lines that are steps. Returns how many. */
static int step_lines(char *text, char *lines[STEPS_MAX])
{
	char *save, *line;
	int n = 0;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		line += strspn(line, " \t");
		if (*line && *line != '#' && n < STEPS_MAX)
			lines[n++] = line;
	}
	return n;
}

/* The same for a file that describes a workload, or a suite: xlab-work is what runs them. Returns
 * how many, or -EINVAL, reported, for a file that is wrong. */
static int described_lines(char *text, const char *workload, char *lines[STEPS_MAX])
{
	enum { LINE_MAX_LEN = 3 * WORKLOAD_NAME_MAX };
	static char made[WORKLOAD_MEMBERS_MAX][LINE_MAX_LEN];
	static struct workload w;
	char why[WORKLOAD_WHY];
	size_t n;

	if (!workload_name_is_fine(workload) || workload_parse(text, &w, why, sizeof(why))) {
		log_warnx("workload %s: %s", workload,
			  workload_name_is_fine(workload) ? why : "is no name");
		return -EINVAL;
	}
	for (n = 0; n < w.nmembers; n++)
		snprintf(made[n], LINE_MAX_LEN, "xlab-work --size %%s --suite %s %s", workload,
			 w.member[n]);
	if (!w.nmembers)
		snprintf(made[n++], LINE_MAX_LEN, "xlab-work --size %%s %s", workload);
	for (size_t i = 0; i < n; i++)
		lines[i] = made[i];
	return (int)n;
}

int step_run_all(const char *workload, const char *size, int *failed)
{
	static char text[WORKLOAD_FILE_MAX], *lines[STEPS_MAX];
	char path[PATH_MAX];
	int n, r = 0, steps;

	if (!*workload || strchr(workload, '/'))
		return -ENOENT;
	workload_path(workload, path);
	n = io_read_file(path, text, sizeof(text));
	if (n < 0)
		return n;
	*failed = 0;
	steps = workload_is_described(text) ? described_lines(text, workload, lines)
					    : step_lines(text, lines);
	if (steps < 0)
		return steps;
	for (int i = 0; !r && i < steps; i++) {
		r = step_progress(i + 1, steps);
		if (!r)
			r = step_run(lines[i], size, failed);
	}
	return r ? r : steps;
}

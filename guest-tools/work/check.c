/* SPDX-License-Identifier: ISC */
#include "guest-tools/work/work.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-tools/lib/sha256.h"

static int check_status(const struct workload *w, struct run *r, char *why)
{
	const char *said;

	if (WIFEXITED(r->status) && (unsigned)WEXITSTATUS(r->status) == w->exit)
		return 0;
	said = run_last_words(r);
	if (WIFSIGNALED(r->status))
		snprintf(why, WORK_WHY, "was killed by signal %d%s%s", WTERMSIG(r->status),
			 *said ? ": " : "", said);
	else
		snprintf(why, WORK_WHY, "ended with exit status %d, not %u%s%s",
			 WEXITSTATUS(r->status), w->exit, *said ? ": " : "", said);
	return -EBADMSG;
}

/* The digest of the file that the command made, by its path from the folder. 0 or -errno. */
static int file_sum(const char *dir, const char *path, char sum[SHA256_TEXT])
{
	int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd, r;

	if (at < 0)
		return -errno;
	fd = openat(at, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	r = fd < 0 ? -errno : sha256_fd(fd, sum);
	if (fd >= 0)
		close(fd);
	close(at);
	return r;
}

static void text_sum(const struct run *r, char sum[SHA256_TEXT])
{
	struct sha256 s;

	sha256_init(&s);
	sha256_add(&s, r->out, r->len);
	sha256_end(&s, sum);
}

int check_run(const struct workload *w, enum workload_size size, const char *dir, struct run *r,
	      char why[WORK_WHY])
{
	const char *want = w->command[size].sha256;
	char sum[SHA256_TEXT];
	int err = check_status(w, r, why);

	if (err || !*want)
		return err;
	if (!w->output[0]) {
		text_sum(r, sum);
	} else if ((err = file_sum(dir, w->output, sum))) {
		snprintf(why, WORK_WHY, "%s: %s", w->output, strerror(-err));
		return err;
	}
	if (!strcmp(sum, want))
		return 0;
	snprintf(why, WORK_WHY, "%s is wrong: its SHA-256 is %s",
		 w->output[0] ? w->output : "what it printed", sum);
	return -EBADMSG;
}

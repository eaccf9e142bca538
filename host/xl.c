/* SPDX-License-Identifier: ISC */
#include "host/xl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "guest-tools/proto/proto.h"
#include "host/proc.h"

/* Runs xl with its words on stderr, and on stdout unless buf is given for those, added to the log.
 */
static int xl_call(const char *const argv[], const char *log, char *buf, size_t size)
{
	struct proc_opts opts = { .in = PROC_NULL, .deadline_ms = XL_DEADLINE_MS };
	int r;

	opts.err = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (opts.err < 0)
		return -errno;
	opts.out = opts.err;
	r = buf ? proc_capture(argv, buf, size, &opts) : proc_run(argv, &opts);
	close(opts.err);
	return r > 0 ? -EIO : r;
}

int xl_create_paused(const char *cfg, const char *log)
{
	return xl_call((const char *const[]){ "xl", "create", "-p", "-q", cfg, NULL }, log, NULL,
		       0);
}

int xl_domid(const char *name, unsigned *domid, const char *log)
{
	char text[32];
	int r = xl_call((const char *const[]){ "xl", "domid", name, NULL }, log, text,
			sizeof(text));

	return r ? r : xp_number_parse(text, strcspn(text, "\n"), domid);
}

int xl_unpause(const char *name, const char *log)
{
	return xl_call((const char *const[]){ "xl", "unpause", name, NULL }, log, NULL, 0);
}

int xl_destroy(const char *name, const char *log)
{
	return xl_call((const char *const[]){ "xl", "destroy", name, NULL }, log, NULL, 0);
}

int xl_shutdown(const char *name, const char *log)
{
	return xl_call((const char *const[]){ "xl", "shutdown", "-F", name, NULL }, log, NULL, 0);
}

int xl_list(bool configs, char *buf, size_t size, const char *log)
{
	return xl_call((const char *const[]){ "xl", "list", configs ? "-l" : NULL, NULL }, log, buf,
		       size);
}

int xl_ask(const char *const argv[], char *buf, size_t size)
{
	return xl_call(argv, "/dev/null", buf, size);
}

int xl_console(const char *name, bool serial)
{
	const char *const argv[] = { "xl", "console", "-t", serial ? "serial" : "pv", name, NULL };
	int r = proc_run(argv, &(struct proc_opts){ .keep_group = 1 });

	return r > 0 ? -EIO : r;
}

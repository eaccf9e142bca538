/* SPDX-License-Identifier: ISC */
#include "guest-tools/lib/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *log_prog = "xlab";
static bool log_levels;

void log_init(const char *prog)
{
	const char *how = getenv("XLAB_LOG");

	log_prog = prog;
	log_levels = how && !strcmp(how, "prefix");
}

static void log_line(const char *level, int err, bool with_err, const char *fmt, va_list ap)
{
	char line[1024];
	int n = vsnprintf(line, sizeof(line), fmt, ap);

	if (n < 0)
		return;
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e)
			*c = '?';
	level = log_levels ? level : "";
	if (with_err)
		fprintf(stderr, "%s%s: %s: %s\n", level, log_prog, line, strerror(err));
	else
		fprintf(stderr, "%s%s: %s\n", level, log_prog, line);
}

#define LOG_FUNCTION(name, level, with_err) \
	void name(const char *fmt, ...) \
	{ \
		int err = errno; \
		va_list ap; \
\
		va_start(ap, fmt); \
		log_line(level, err, with_err, fmt, ap); \
		va_end(ap); \
		errno = err; \
	}

LOG_FUNCTION(log_warn, "<4>", true)
LOG_FUNCTION(log_warnx, "<4>", false)
LOG_FUNCTION(log_info, "<6>", false)

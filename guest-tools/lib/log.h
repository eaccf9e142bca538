/* SPDX-License-Identifier: ISC */
/* One line on stderr for a person, once: "prog: what: why". Called by main and the edges of a loop.
 */
#ifndef XLAB_LOG_H
#define XLAB_LOG_H

/* What a program answers to who called it. */
enum {
	EXIT_OK = 0,
	EXIT_USAGE = 100, /* the caller's mistake: usage or input */
	EXIT_SYSTEM = 111 /* the system failed */
};

/* Sets the name that every line begins with; prog is kept, not copied. Where $XLAB_LOG is "prefix",
 * as PID 1 has it for services, "<4>" or "<6>" comes first: the level of syslog(2). */
void log_init(const char *prog);

/* log_warn appends ": " and strerror(errno); the others do not. What is not
 * printable ASCII in the text (it may hold what a guest wrote) is printed as '?'. */
__attribute__((format(printf, 1, 2))) void log_warn(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_warnx(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *fmt, ...);

#endif

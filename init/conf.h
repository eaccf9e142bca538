/* SPDX-License-Identifier: ISC */
/*
 * What a service is, and the parser of the files in /etc/xlab/services.d that say so. Pure. The
 * format, xlab-services(5), is ours: lines `key = value`, '#' begins a comment.
 */
#ifndef XLAB_INIT_CONF_H
#define XLAB_INIT_CONF_H

#include "init/sup.h"

#include <stddef.h>
#include <stdint.h>

enum {
	CONF_SERVICES = 32,	/* a set of them fits the bits of an uint32_t */
	CONF_NAME = 32,		/* bytes, NUL included */
	CONF_FILE = 4096,
	CONF_TEXT = 512,	/* bytes of a service's own words */
	CONF_ARGS = 24,
	CONF_AFTER = 8,
	CONF_LIMITS = 8
};

enum conf_type { CONF_KEEP, CONF_ONCE, CONF_CONSOLE };

/* What makes it ready: that it started, that it ended, that it wrote a line to descriptor 3. */
enum conf_ready { CONF_READY_DEFAULT, CONF_READY_START, CONF_READY_EXIT, CONF_READY_FD };

struct conf_limit {
	int resource;		/* RLIMIT_..., setrlimit(2) */
	uint64_t value;		/* UINT64_MAX: none */
};

struct conf {
	char name[CONF_NAME];
	char text[CONF_TEXT];	/* where the words are */
	size_t text_len;
	const char *args[CONF_ARGS + 1];	/* ends with NULL; args[0] is an absolute path */
	const char *after[CONF_AFTER];
	const char *user;	/* NULL: root */
	unsigned arg_count, after_count, limit_count;
	struct conf_limit limits[CONF_LIMITS];
	enum conf_type type;
	enum conf_ready ready;	/* never the default once it is parsed */
	int stop_signal;
	unsigned stop_ms, ready_ms;
	struct sup_backoff backoff;
};

struct conf_error {
	int line;		/* 0: of the file as a whole */
	const char *what;	/* a constant */
};

/*
 * Reads the text of one file, which is changed, and fills c. Words are copied into it, so the
 * text may go; c must not move. Returns 0, or -EINVAL and says why.
 */
int conf_parse(struct conf *c, const char *name, char *text, struct conf_error *error);

/* Adds one more word to c->text. Returns NULL when it does not fit. */
const char *conf_keep(struct conf *c, const char *word);

/*
 * Makes c a copy of another, whose words it does not share. With a console its name gets
 * "@CONSOLE" added, and "%c" in its arguments becomes the console. Returns 0 or -ENOSPC.
 */
int conf_copy(struct conf *c, const struct conf *of, const char *console);

/*
 * For each service the set of those that it is after, as bits of their numbers. A name that there
 * is not, and the last link of a cycle, are left out, and complain() is told the service and the
 * name; for a cycle also that it is one.
 */
void conf_order(const struct conf *services, size_t n, uint32_t *after,
		void (*complain)(const char *service, const char *name, bool cycle));

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Benchmarks of SPEC for guests: a payload of a licensed tree, which the user has, and workloads
 * that run what is in it. Nothing of SPEC is part of xlab. In the payload NAME are
 *
 *	/NAME/tree		the tree
 *	/NAME/run		what starts it, rootfs/spec/run
 *	/workloads		what xlab-workload(5) describes
 *
 * Functions report what is wrong, and return an exit status, unless they say otherwise.
 */
#ifndef HOST_SPEC_H
#define HOST_SPEC_H

#include <limits.h>
#include <stdbool.h>

#include "guest-tools/lib/workload.h"
#include "host/payload.h"

struct spec {
	const char *command; /* "workload spec-cpu", for messages */
	const char *tree;
	const char *timeout; /* s, of each command */
	struct payload_build build;
	char out[PAYLOAD_NAME_MAX + sizeof(".payload")]; /* unless told */
	char stage[PATH_MAX]; /* the folder of what is not the tree; "" before there is one */
};

/* An option, and where its value goes; of a flag that is "". */
struct spec_option {
	const char *name;
	const char **value;
	bool flag;
};

enum { SPEC_OPTIONS_MAX = 24 };

/* Reads options: those that all of them have, and own ones, behind which is one without a
 * name. EXIT_OK, or CMD_HELP or CMD_BAD. */
int spec_parse(struct spec *s, int argc, char **argv, const struct spec_option *own);

/* Looks at what options say, fills in what they do not, and that there is no argument left. */
int spec_check(struct spec *s, int argc, const char *packages);

/* Says what is wrong. EXIT_USAGE. */
__attribute__((format(printf, 2, 3))) int spec_wrong(const struct spec *s, const char *fmt, ...);

/* Whether a path is there, from the tree. */
bool spec_has(const struct spec *s, const char *path);

/* Whether value is a number from min to max, or NULL. The option is for the message. */
int spec_number(const struct spec *s, const char *option, const char *value, unsigned long max);

/* Whether value, which may be NULL, is a text that can be in a workload. */
int spec_words(const struct spec *s, const char *option, const char *value);

/* Makes the payload; write() writes the workloads of what. Then says what the user does with it. */
int spec_make(struct spec *s, int (*write)(const void *what), const void *what);

/* Writes the workload of a name: the lines in fmt, behind those that all of them have. */
__attribute__((format(printf, 3, 4))) int spec_workload(const struct spec *s, const char *name,
							const char *fmt, ...);

/* Writes a suite of workloads, which are words in names. */
int spec_suite(const struct spec *s, const char *name, const char *about, const char *names);

/* The subcommands of `xlab workload`, and its usage. */
extern const char spec_usage[];
int spec_cpu(int argc, char **argv);
int spec_jbb(int argc, char **argv);
int spec_web(int argc, char **argv);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Workload files: what a benchmark is, in lines `key = value`. docs/man/xlab-workload.5 has every
 * key and its meaning. Pure: no I/O, no allocation.
 */
#ifndef XLAB_WORKLOAD_H
#define XLAB_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>

#define WORKLOAD_DIR "/usr/share/xlab/workloads"
#define WORKLOAD_PAYLOADS "/payload" /* each of them may have a folder workloads */

enum {
	WORKLOAD_FILE_MAX = 16384, /* bytes in a file, and room for the NUL */
	WORKLOAD_NAME_MAX = 63,
	WORKLOAD_TEXT_MAX = 1023,
	WORKLOAD_SHA256_LEN = 64,
	WORKLOAD_MEMBERS_MAX = 32,
	WORKLOAD_WHY = 128 /* enough for every reason */
};

enum workload_size { WORKLOAD_QUICK, WORKLOAD_REF, WORKLOAD_SIZES };

enum workload_metric {
	WORKLOAD_TIME,	  /* how long the command takes, in s */
	WORKLOAD_REGEX,	  /* what the one group of a POSIX extended regular expression matches */
	WORKLOAD_JSON,	  /* a number in the JSON text that the command prints */
	WORKLOAD_SAMPLES, /* all matches of one with two groups, the name and the number */
	WORKLOAD_RSF,	  /* what is in SPEC CPU's result files, which the command prints */
	WORKLOAD_RECORDS  /* none: each line that the command prints is a record already */
};

struct workload_command {
	char text[WORKLOAD_TEXT_MAX + 1];     /* "" where the workload has no such size */
	char sha256[WORKLOAD_SHA256_LEN + 1]; /* of what it makes; "" where it is not checked */
};

/* Texts are printable ASCII. A suite has members and about, and nothing else. */
struct workload {
	char about[WORKLOAD_TEXT_MAX + 1];
	char payload[WORKLOAD_NAME_MAX + 1]; /* it runs inside; "" is the guest itself */
	struct workload_command command[WORKLOAD_SIZES];
	unsigned warmups, repetitions;
	unsigned timeout;		    /* s, for each of them */
	unsigned exit;			    /* the exit status of a command that went well */
	char output[WORKLOAD_TEXT_MAX + 1]; /* file with the checksum; "": what it prints */
	enum workload_metric metric;
	char metric_text[WORKLOAD_TEXT_MAX + 1]; /* the expression or the path */
	char unit[WORKLOAD_NAME_MAX + 1];
	bool more_is_better;
	char member[WORKLOAD_MEMBERS_MAX][WORKLOAD_NAME_MAX + 1];
	size_t nmembers; /* 0 for a workload, else it is a suite of those */
};

/* True for a text in this form, right or wrong; false for one of commands, one a line. */
bool workload_is_described(const char *text);

/* Parses a text, which is changed. Returns 0, or -EINVAL with what is wrong in why. */
int workload_parse(char *text, struct workload *w, char *why, size_t size);

/* True for 1 to WORKLOAD_NAME_MAX bytes of [A-Za-z0-9._-] that begin with a letter or a digit: what
 * a file of a workload may be named. */
bool workload_name_is_fine(const char *name);

/* Returns 0, or -EINVAL for a word that is no size. */
int workload_size_parse(const char *word, enum workload_size *size);
const char *workload_size_name(enum workload_size size);

#endif

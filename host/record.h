/* SPDX-License-Identifier: ISC */
/* What a guest reports, parsed: the one place where a record's text becomes values. */
#ifndef HOST_RECORD_H
#define HOST_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "guest-tools/proto/modes.h"

enum record_type {
	RECORD_GUEST,  /* what the guest measured about itself */
	RECORD_SAMPLE, /* one repetition of one benchmark */
	RECORD_LOG,    /* a text that is kept as it is: a log, a trace */
	RECORD_START,  /* how a start together with others came out */
	RECORD_END,    /* the workload is over */
	RECORD_OTHER   /* of a type that only a newer guest knows: kept as it is */
};

enum { RECORD_NAME_MAX = 64, RECORD_KEPT = 1024 };

struct record {
	enum record_type type;
	json_t *json; /* the object, its strings cut to RECORD_KEPT characters or more; owned */

	/* RECORD_GUEST */
	enum mode mode;
	bool emulated; /* its processor is QEMU's TCG */
	const char *link;

	/* RECORD_SAMPLE: names are 1 to RECORD_NAME_MAX bytes of [A-Za-z0-9._/ -] */
	const char *workload, *benchmark, *unit;
	long long index, ops;
	double value; /* finite, not negative */

	/* RECORD_LOG */
	const char *name;

	/* RECORD_START, on the guest's CLOCK_MONOTONIC, ns */
	const char *barrier, *sync;
	long long planned, actual; /* planned is 0 where nobody named an instant */

	/* RECORD_END */
	long long steps, failed;
};

/* True for 1 to RECORD_NAME_MAX bytes of [A-Za-z0-9._/ -]. */
bool record_name_is_fine(const char *name);

/* Parses one hostile JSON text (RFC 8259, an object nested no deeper than RECORD_DEPTH_MAX, names
 * within an object different in their first RECORD_KEPT characters). newer: the guest speaks a
 * newer minor version of the protocol, and may say what is not known here. Returns 0 and a record
 * for record_free(), -EINVAL with *why saying what is wrong, or -ENOMEM. */
int record_parse(const char *text, size_t len, bool newer, struct record *r, const char **why);
void record_free(struct record *r);

enum { RECORD_DEPTH_MAX = 8 };

#endif

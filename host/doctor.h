/* SPDX-License-Identifier: ISC */
/* What about a host would spoil the figures that are taken on it, and what to do about it. */
#ifndef HOST_DOCTOR_H
#define HOST_DOCTOR_H

#include <jansson.h>
#include <stddef.h>

enum doctor_severity {
	DOCTOR_SPOILS,	/* figures taken so are not worth keeping */
	DOCTOR_MATTERS, /* they are, but they say something about this too */
	DOCTOR_FYI,	/* it belongs beside them */
	DOCTOR_SEVERITIES
};

/* "spoils", "matters", "fyi" */
const char *doctor_severity_name(enum doctor_severity s);

/*
 * Judges the facts of a host (facts_gather()) and the noise that was there while it was looked at
 * (facts_noise(), or NULL). An array, the worst first, of objects: "severity", "name" (of the
 * rule), "what" and "fix", texts for people. NULL when memory is short.
 */
json_t *doctor_findings(const json_t *facts, const json_t *noise);

/* How many of the findings are of that severity. */
size_t doctor_count(const json_t *findings, enum doctor_severity s);

/* What the rules are given: the facts, and where their findings go. */
struct doctor {
	const json_t *facts, *noise;
	const char *rule; /* the one that looks now */
	json_t *found[DOCTOR_SEVERITIES];
};

/* Adds a finding of the rule that looks now. what and fix have at most 255 bytes; the rest is cut.
 */
__attribute__((format(printf, 4, 5))) void doctor_find(struct doctor *d, enum doctor_severity s,
						       const char *fix, const char *fmt, ...);

/* Has every rule look, in order. */
void doctor_look(struct doctor *d);

#endif

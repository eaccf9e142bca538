/* SPDX-License-Identifier: ISC */
/* The parts that facts_gather() is put together from. Those that return JSON return a new value,
 * which may be empty, or NULL when memory is short. */
#ifndef HOST_FACTS_PARTS_H
#define HOST_FACTS_PARTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	FACTS_TEXT_MAX = 512,  /* bytes of a text; what is longer is cut */
	FACTS_ROWS_MAX = 4096, /* of a table, or of a folder; the rest is left out */
	FACTS_PATH_MAX = 1024  /* bytes of a path below root */
};

/* A string of at most FACTS_TEXT_MAX of the bytes, without blanks at its ends; what is not
 * printable ASCII is '?'. */
json_t *facts_text(const char *text, size_t len);

/* Sets key to it, unless it is empty. */
void facts_set_text(json_t *object, const char *key, const char *text, size_t len);

/* Adds one to what counts has for that text; of the first 16 texts alone. */
void facts_count_text(json_t *counts, const char *text, size_t len);

/* A word of 1 to 15 digits and nothing else. */
bool facts_count(const char *word, json_int_t *n);

/* The beginning of the file root + path, without the blanks at its end. Its length, or -errno with
 * an empty buf. */
int facts_read(const char *root, const char *path, char *buf, size_t size);

/* Sets key to the text that the file holds. Left out when there is none. */
void facts_set_file(json_t *object, const char *key, const char *root, const char *path);

/* Calls each() with the paths (below root) of a folder's entries whose names are prefix and a
 * number, or, with prefix "", of all that do not begin with a dot; in order. */
void facts_each(const char *root, const char *path, const char *prefix,
		void (*each)(const char *root, const char *path, void *arg), void *arg);

json_t *facts_host(const char *root);	      /* kernel, processor, memory, clock */
json_t *facts_load(const char *root);	      /* proc_stat(5), proc_loadavg(5), PSI */
json_t *facts_mitigations(const char *root);  /* sysfs: cpu/vulnerabilities */
json_t *facts_smt(const char *root);	      /* sysfs: cpu/smt */
json_t *facts_frequency(const char *root);    /* sysfs: cpufreq, intel_pstate */
json_t *facts_numa(const char *root);	      /* sysfs: node */
json_t *facts_temperatures(const char *root); /* sysfs: hwmon, thermal */
json_t *facts_throttled(const char *root); /* sysfs: thermal_throttle; null where there is none */

#endif

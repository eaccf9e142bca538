/* SPDX-License-Identifier: ISC */
/* How JSON is written as it is read. For the files of the JSON export alone. */
#ifndef HOST_EXPORT_JSON_H
#define HOST_EXPORT_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "host/store.h"

/* Where in each array we are, that is, whether a comma is due. */
struct export_writer {
	struct store *s;
	FILE *f;
	bool more_guests, more_samples, more_records, more_barriers, more_at;
	bool more_plans, more_cells, more_boots, more_readings, more_noises;
};

/* Goes on to the next element. */
void export_json_next(struct export_writer *w, bool *more);

/* Writes what is in an object, without its brackets, and frees it. 0 or -ENOMEM. */
int export_json_members(struct export_writer *w, json_t *object);

/* Each writes what belongs to the run, or all when it is NULL, without the brackets around it. */
int export_json_plans(struct export_writer *w, const char *run);
int export_json_readings(struct export_writer *w, const char *run);
int export_json_noises(struct export_writer *w, const char *run);

#endif

/* SPDX-License-Identifier: ISC */
/* Runs for the tests of reports, put into a store as the collector does. What goes wrong fails the test. */
#ifndef TESTS_UNIT_RUNS_H
#define TESTS_UNIT_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "host/report.h"

/* A test's setup and teardown: an empty store. */
int runs_open(void **state);
int runs_close(void **state);
extern struct store *runs_store;

/* A boot that is being read into the store. */
struct runs_boot {
	struct store_guest g;
	uint32_t seq;
};

/* more: further members of the guest's record, each with a comma before it. */
struct runs_boot runs_boot(const char *run, const char *mode, const char *image, const char *more);

/* n samples: first, first + step, ... */
void runs_measure(struct runs_boot *b, const char *benchmark, int n, double first, double step,
		  const char *more);
void runs_end(struct runs_boot *b);

/* All of it at once, with seven samples. */
void runs_quick(const char *run, const char *mode, const char *benchmark, double first);

struct report runs_load(const char *run);
const struct report_row *runs_find(const struct report *r, enum mode mode, const char *benchmark);

/* Whether a warning has those words in it. */
bool runs_warns(const struct report *r, const char *of);

#endif

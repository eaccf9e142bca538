/* SPDX-License-Identifier: ISC */
/*
 * What the test programs of this folder share: a xenstored with a swarm of guests, the collector and
 * the agent as children, and questions to the collector's store. What goes wrong fails the test.
 */
#ifndef TESTS_STORE_SUPPORT_H
#define TESTS_STORE_SUPPORT_H

#include <sys/types.h>

#include "tests/store/harness.h"
#include "tests/store/swarm.h"

#define COLLECTOR "build/host/xlab"

/* One of these a program. */
struct lab {
	struct harness h;
	struct swarm swarm;
	char store[96]; /* the collector's file; what it says is in the same name with .log */
};

extern struct lab lab;

/* cmocka's row for a test that runs on both daemons. */
#define ON_BOTH(f) \
	{ #f " with C xenstored", f, lab_setup_c, lab_teardown, NULL }, \
	{ \
#f " with oxenstored", f, lab_setup_o, lab_teardown, NULL \
	}

int lab_setup_c(void **state);
int lab_setup_o(void **state);
int lab_teardown(void **state);

/* Runs the tests of which $TEST_FILTER, a pattern, has the names; all without it. */
#define lab_run(name, tests) \
	(cmocka_set_test_filter(getenv("TEST_FILTER")), \
	 cmocka_run_group_tests_name(name, tests, NULL, NULL))

/* Add a guest to the swarm, or n from number 1 on; honest, and of the run "swarm", unless the spec
 * says otherwise. */
void lab_add(unsigned domid, struct swarm_spec spec);
void lab_add_many(unsigned n, struct swarm_spec spec);

/* Expects that n guests are done, that each has said that many samples, and that each sample is in
 * the store once, as what its guest has said. */
void lab_assert_complete(unsigned n, unsigned samples);

/* Starts program (COLLECTOR) to collect into lab.store. */
pid_t collector_start(const char *program);

/* Starts COLLECTOR on another socket of the xenstored's than its own. */
pid_t collector_start_at(const char *socket);

/* Ends it with SIGTERM and expects that it says that all is well. */
void collector_stop(pid_t collector);

/* Stops it where it stands, but not in the middle of a message: C xenstored reads one to its end, and
 * would stand still too. SIGCONT lets it go on. xenstored must not hang. */
void collector_freeze(pid_t collector);

/* Waits until the collector, which is there anew for each test, has said that, at most ms. */
void said_until(const char *words, int ms);

/* Runs the agent as a guest does, with a PID 1 of its own to signal, on that bus; err is its stderr,
 * or -1. It exits 0 when the agent has ended the run. */
pid_t agent_start(const char *bus, const char *workloads, int err);

/* The integer that the query gives. */
long query(const char *sql, ...) __attribute__((format(printf, 1, 2)));

/* Waits until it gives that, at most ms. */
void query_until(long wanted, int ms, const char *sql, ...) __attribute__((format(printf, 3, 4)));

/* SQLite finds no fault in the file. */
void assert_store_sound(void);

#endif

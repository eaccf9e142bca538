/* SPDX-License-Identifier: ISC */
/*
 * On a real Xen host in a box, with the xenstored that $XENSTORED names: each mode from boot to
 * stored results, xl shutdown, a collector that is killed, a run that does not end. One testbed
 * serves all of a group: with the word "direct" only what needs no firmware is run, which is slow
 * where it is emulated, with the word "firmware" only that.
 */
#include <jansson.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/proto/modes.h"
#include "host/image.h"
#include "tests/xen/box.h"

#define IMAGE "build/image/xlab.img"

enum { BENCHMARKS = 9, SAMPLES_MIN = 5 };

static char box[64], share[64], store[96];

/* Runs a command in dom0, which a shell reads. */
static int dom0(int minutes, const char *command)
{
	return IN_DOM0(box, minutes, "sh", "-c", command);
}

static void copy(const char *from, const char *name)
{
	char to[128];

	snprintf(to, sizeof(to), "%s/%s", share, name);
	assert_int_equal(RUN(1, "cp", from, to), 0);
}

static int setup(void **state)
{
	const char *daemon = getenv("XENSTORED");

	(void)state;
	daemon = daemon ? daemon : "xenstored";
	snprintf(box, sizeof(box), "build/testbed/check-%s", daemon);
	snprintf(share, sizeof(share), "build/check/%s", daemon);
	snprintf(store, sizeof(store), "%s/results.sqlite", share);
	RUN(1, "rm", "-rf", share);
	RUN(1, "mkdir", "-p", share);
	copy(XLAB, "xlab");
	copy(IMAGE, "xlab.img");
	copy("xen-configs/demo.domain", "demo.domain");
	copy("tests/xen/together.sh", "together.sh");
	if (RUN(10, XLAB, "testbed", "up", "--dir", box, "--share", share, "--xenstored", daemon))
		return -1;
	return dom0(1, "cp /xlab/xlab.img /tmp");
}

static int teardown(void **state)
{
	(void)state;
	return RUN(1, XLAB, "testbed", "down", "--dir", box);
}

/* What xlab report --json prints of a run. */
static json_t *report(const char *run)
{
	static char text[1 << 20];
	const char *const argv[] = { XLAB, "report", "--json", "--run", run, store, NULL };
	json_t *json;

	assert_int_equal(proc_capture(argv, text, sizeof(text), NULL), 0);
	json = json_loads(text, 0, NULL);
	assert_non_null(json);
	return json;
}

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	assert_non_null(text);
	return text;
}

static void check_row(json_t *row, const char *mode, const char *image)
{
	assert_string_equal(text_of(row, "mode"), mode);
	assert_string_equal(text_of(row, "image_sha256"), image);
	assert_true(json_integer_value(json_object_get(row, "n")) >= SAMPLES_MIN);
	assert_true(json_is_true(json_object_get(row, "emulated")));
	assert_true(json_number_value(json_object_get(row, "median")) > 0);
}

/* One boot of the run, all stored, in the mode that was asked for. */
static void check_run(const char *run, const char *mode)
{
	json_t *all = report(run), *guests = json_object_get(all, "guests"), *rows, *guest, *row;
	char image[65];
	size_t i;

	assert_int_equal(image_sha256(IMAGE, image), 0);
	assert_int_equal(json_array_size(guests), 1);
	guest = json_array_get(guests, 0);
	assert_string_equal(text_of(guest, "measured"), mode);
	assert_string_equal(text_of(guest, "status"), "done");
	rows = json_object_get(all, "rows");
	assert_int_equal(json_array_size(rows), BENCHMARKS);
	json_array_foreach(rows, i, row) check_row(row, mode, image);
	json_decref(all);
}

static void mode_runs(void **state)
{
	const char *mode = *state;
	char command[256];

	snprintf(command, sizeof(command),
		 "/xlab/xlab run --mode %s --run check-%s --disk /tmp/xlab.img --out /xlab /xlab/demo.domain", mode,
		 mode);
	assert_int_equal(dom0(10, command), 0);
	snprintf(command, sizeof(command), "check-%s", mode);
	check_run(command, mode);
}

static void killed_collector_loses_nothing(void **state)
{
	(void)state;
	/* Kills every collector that the run has started until the run is over. */
	assert_int_equal(
		dom0(10,
		     "/xlab/xlab run --mode pv --run check-kill --disk /tmp/xlab.img --out /xlab /xlab/demo.domain & run=$!; kills=0; "
		     "while kill -0 $run 2>/dev/null; do "
		     "  pkill -9 -f '^/proc/self/exe collect' && kills=$((kills+1)); sleep 0.3; done; "
		     "wait $run && echo killed $kills times && [ $kills -ge 3 ]"),
		0);
	check_run("check-kill", "pv");
}

/* The one number that a query of a run's own store gives; -1 for none. */
static long ask_store(const char *path, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *q;
	long n = -1;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
	if (sqlite3_step(q) == SQLITE_ROW && sqlite3_column_type(q, 0) != SQLITE_NULL)
		n = (long)sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	return n;
}

/* Two guests, whose clocks differ, begin together, told in that way (together.sh). */
static void guests_start_together(void **state)
{
	const char *way = *state;
	char path[128];

	snprintf(path, sizeof(path), "/xlab/together.sh %s", way);
	assert_int_equal(dom0(10, path), 0);
	snprintf(path, sizeof(path), "%s/%s/results.sqlite", share, way);
	assert_int_equal(ask_store(path, "SELECT count(*) FROM guest WHERE status='done'"), 2);
	assert_int_equal(ask_store(path, "SELECT count(*) FROM barrier WHERE guests=2"), 1);
	/* By ssh no instant is named: each begins when it is told. */
	assert_int_equal(ask_store(path, "SELECT coalesce(planned_ns, 0) > 0 FROM barrier"), !strcmp(way, "xenstore"));
	assert_int_equal(ask_store(path, "SELECT count(*) FROM barrier_guest WHERE actual_ns >= coalesce(planned_ns, 1)"), 2);
	assert_true(ask_store(path, "SELECT skew_ns FROM barrier") >= 0);
	fprintf(stderr, "# by %s: skew %ld us, clocks known within %ld us\n", way,
		ask_store(path, "SELECT skew_ns / 1000 FROM barrier"),
		ask_store(path, "SELECT max(error_ns) / 1000 FROM barrier_guest"));
}

static void guest_shuts_down_when_told(void **state)
{
	(void)state;
	assert_int_equal(
		dom0(3,
		     "set -e; cd /xlab; ./xlab cfg render --mode pv --mode pvh --disk /tmp/xlab.img --out /xlab demo.domain; "
		     "for mode in pv pvh; do xl create -q $mode.cfg; domid=$(xl domid xlab); "
		     "  until [ \"$(xenstore-read /local/domain/$domid/data/xlab/state 2>/dev/null)\" = ready ]; do "
		     "    sleep 0.2; done; "
		     /* What other toolstacks read, where xl lets the guest write it. */
		     "  at=/local/domain/$domid; [ \"$(xenstore-read $at/data/os_distro)\" = xlab ]; "
		     "  [ \"$(xenstore-read $at/attr/PVAddons/Installed)\" = 1 ]; "
		     "  [ \"$(xenstore-read $at/control/feature-poweroff)\" = 1 ]; "
		     "  xl shutdown -w xlab >/dev/null; while xl domid xlab >/dev/null 2>&1; do sleep 0.1; done; done"),
		0);
}

static void endless_run_is_ended(void **state)
{
	(void)state;
	assert_int_equal(
		dom0(3,
		     "cd /xlab; ./xlab run --mode pv --deadline 2 --run check-late --disk /tmp/xlab.img --out /xlab "
		"demo.domain; "
		     "[ $? -eq 111 ] && ! xl domid xlab 2>/dev/null"),
		0);
}

static void bad_input_is_one_line(void **state)
{
	(void)state;
	assert_int_equal(dom0(3,
			      "cd /xlab; echo junk >junk.img; "
			      "try() { want=$1; shift; ./xlab \"$@\" >out 2>&1; got=$?; cat out; "
			      "  [ $got -eq $want ] && [ $(wc -l <out) -eq 1 ]; }; "
			      "try 100 run --mode pv --out o --disk none.img demo.domain && "
			      "try 100 run --mode pv --out o --disk junk.img demo.domain && "
			      "try 100 run --mode native --out o demo.domain && "
			      "try 100 run --mode vmx --out o demo.domain && "
			      "try 100 collect --store junk.img && ! ls o/*.cfg 2>/dev/null"),
			 0);
}

int main(int argc, char **argv)
{
#define MODE(name) \
	{ \
		"mode " name, mode_runs, NULL, NULL, (void *)(uintptr_t)name \
	}
#define TOGETHER(way) \
	{ \
		"together by " way, guests_start_together, NULL, NULL, (void *)(uintptr_t)way \
	}
	const struct CMUnitTest direct[] = {
		MODE("pv"),
		MODE("pvh"),
		cmocka_unit_test(killed_collector_loses_nothing),
		TOGETHER("xenstore"),
		TOGETHER("ssh"),
		cmocka_unit_test(guest_shuts_down_when_told),
		cmocka_unit_test(endless_run_is_ended),
		cmocka_unit_test(bad_input_is_one_line),
	};
	const struct CMUnitTest firmware[] = { MODE("pvhvm"), MODE("hvm") };
	const char *only = argc > 1 ? argv[1] : "";
	int failed = 0;

	if (strcmp(only, "firmware"))
		failed = cmocka_run_group_tests_name("xen", direct, setup, teardown);
	if (strcmp(only, "direct"))
		failed += cmocka_run_group_tests_name("xen, firmware", firmware, setup, teardown);
	return failed;
}

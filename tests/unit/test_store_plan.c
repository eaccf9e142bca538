/* SPDX-License-Identifier: ISC */
/* Plans, cells and boots in the store: what counts for a cell, and what a killed run leaves. */
#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/store_plan.h"
#include "host/store_sql.h"

static char path[32];
static struct store *s;
static struct store_plan plan;
static struct store_cell cells[2];

static int setup(void **state)
{
	(void)state;
	strcpy(path, "/tmp/xlab-test.XXXXXX");
	close(mkstemp(path));
	plan = (struct store_plan){
		.run = "r", .text = "name = a\n\t# b\r\n", .seed = 7, .order = "random", .host = "h"
	};
	for (unsigned i = 0; i < 2; i++) {
		cells[i] = (struct store_cell){ .place = i, .mode = "pv", .vcpus = i + 1 };
		strcpy(cells[i].workload, "micro");
	}
	return store_open(path, STORE_WRITE, &s) || store_plan_add(s, &plan, cells, 2);
}

static int teardown(void **state)
{
	(void)state;
	store_close(s);
	return unlink(path);
}

static struct store_boot begin(unsigned cell, const char *uuid)
{
	struct store_boot b = { .cell = cells[cell].id };

	strcpy(b.uuid, uuid);
	assert_int_equal(store_boot_begin(s, &b, "h"), 0);
	return b;
}

/* What the collector does. */
static struct store_guest heard_of(const char *uuid, enum store_status status)
{
	struct store_guest g = {
		.run = "r", .asked = "pv", .workload = "micro", .size = "quick", .image = "00"
	};

	strcpy(g.uuid, uuid);
	assert_int_equal(store_guest_get(s, &g), 0);
	assert_int_equal(store_status(s, &g, status, NULL), 0);
	return g;
}

static void check_counts(unsigned done, unsigned failed)
{
	assert_int_equal(store_cells_get(s, &plan, cells, 2), 0);
	assert_int_equal(cells[0].done, done);
	assert_int_equal(cells[0].failed, failed);
	assert_int_equal(cells[1].done + cells[1].failed, 0);
}

static void plan_is_found_again(void **state)
{
	struct store_plan again = { .id = 0 }, other = plan;
	char text[KEYFILE_MAX];

	(void)state;
	assert_int_equal(store_plan_get(s, "nobody", &again), -ENOENT);
	assert_int_equal(store_plan_get(s, "r", &again), 0);
	assert_int_equal(again.id, plan.id);
	assert_int_equal(again.seed, 7);
	assert_string_equal(again.order, "random");
	assert_string_equal(again.host, "h");
	assert_int_equal(strlen(again.begun), strlen("2026-01-02T03:04:05Z"));
	assert_int_equal(store_plan_text(s, &again, text), 0);
	assert_string_equal(text, plan.text);
	assert_int_equal(store_plan_add(s, &other, cells, 2), -EEXIST);
	check_counts(0, 0);
	assert_int_equal(store_cells_get(s, &plan, cells, 1), -EUCLEAN);
	assert_int_equal(store_exec(s, "UPDATE plan SET text='name = b'"), 0);
	assert_int_equal(store_plan_text(s, &again, text), -EUCLEAN);
}

static void a_boot_counts_when_its_guest_is_done(void **state)
{
	struct store_boot b = begin(0, "u1");

	(void)state;
	assert_int_equal(b.attempt, 1);
	check_counts(0, 0);
	heard_of("u1", STORE_RUNNING);
	check_counts(0, 0);
	heard_of("u1", STORE_DONE);
	check_counts(1, 0);
	assert_int_equal(store_boot_end(s, &b, STORE_BOOT_DONE, NULL, 5), 0);
	check_counts(1, 0);
	b = begin(0, "u2");
	assert_int_equal(b.attempt, 2);
	heard_of("u2", STORE_FAILED);
	assert_int_equal(store_boot_end(s, &b, STORE_BOOT_FAILED, "a step failed", 5), 0);
	check_counts(1, 1);
	b = begin(0, "u3");
	assert_int_equal(store_boot_end(s, &b, STORE_BOOT_INTERRUPTED, NULL, STORE_UNKNOWN), 0);
	check_counts(1, 1);
}

/* The same UUID in another run is somebody else's. */
static void guests_are_of_the_run(void **state)
{
	struct store_guest g = { .run = "q", .uuid = "u1", .asked = "pv" };

	(void)state;
	begin(0, "u1");
	assert_int_equal(store_guest_get(s, &g), 0);
	assert_int_equal(store_status(s, &g, STORE_DONE, NULL), 0);
	check_counts(0, 0);
}

static void what_a_killed_run_leaves(void **state)
{
	enum store_status status;
	struct store_boot b;
	char why[64];

	(void)state;
	begin(0, "u1");
	begin(0, "u2");
	begin(0, "u3");
	heard_of("u1", STORE_DONE);
	heard_of("u2", STORE_RUNNING);
	assert_int_equal(store_boot_left(s, &plan, "elsewhere", &b), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(store_boot_left(s, &plan, "h", &b), 1);
		assert_int_equal(b.uuid[1] - '1', i);
		assert_int_equal(store_boot_settle(s, &plan, &b), 0);
	}
	assert_int_equal(store_boot_left(s, &plan, "h", &b), 0);
	check_counts(1, 0);
	assert_int_equal(store_find(s, "r", "u1", &status, why, sizeof(why)), 0);
	assert_int_equal(status, STORE_DONE);
	assert_int_equal(store_find(s, "r", "u2", &status, why, sizeof(why)), 0);
	assert_int_equal(status, STORE_LOST);
	assert_string_equal(why, "the run was ended");
	assert_int_equal(store_number(s, "SELECT count(*) FROM boot WHERE status='interrupted'"),
			 2);
}

static void times_are_of_the_same_guests(void **state)
{
	struct store_boot b;
	double ms;

	(void)state;
	assert_int_equal(store_boot_mean(s, "r", &cells[0], "quick", &ms), 0);
	for (int i = 0; i < 3; i++) {
		char uuid[16];

		snprintf(uuid, sizeof(uuid), "u%d", i);
		b = begin(0, uuid);
		heard_of(uuid, i == 2 ? STORE_FAILED : STORE_DONE);
		assert_int_equal(store_boot_end(s, &b, i == 2 ? STORE_BOOT_FAILED : STORE_BOOT_DONE,
						NULL, 1000 * (i + 1)),
				 0);
	}
	assert_int_equal(store_boot_mean(s, "r", &cells[0], "quick", &ms), 2);
	assert_true(ms > 1499 && ms < 1501);
	assert_int_equal(store_boot_mean(s, "later", &cells[0], "quick", &ms), 2);
	assert_int_equal(store_boot_mean(s, "r", &cells[0], "ref", &ms), 0);
	assert_int_equal(store_boot_mean(s, "r", &cells[1], "quick", &ms), 0);
}

static int add_up(double *values, size_t n, void *arg)
{
	double *sum = arg;

	for (size_t i = 0; i < n; i++)
		*sum += values[i] * (double)n;
	return *sum > 1000 ? -EINTR : 0;
}

static void values_are_of_the_cell(void **state)
{
	struct store_guest g;
	double sum = 0;

	(void)state;
	assert_int_equal(store_cell_values(s, &plan, &cells[0], add_up, &sum), 0);
	assert_true(sum == 0);
	begin(0, "u1");
	begin(0, "u2");
	begin(1, "u3");
	g = heard_of("u1", STORE_DONE);
	assert_int_equal(store_do(s, "INSERT INTO sample VALUES (?, 1, 'm', 'a', 0, 's', 1, 2.0)",
				  "i", g.id),
			 0);
	assert_int_equal(store_do(s, "INSERT INTO sample VALUES (?, 2, 'm', 'b', 0, 's', 1, 5.0)",
				  "i", g.id),
			 0);
	g = heard_of("u2", STORE_DONE);
	assert_int_equal(store_do(s, "INSERT INTO sample VALUES (?, 1, 'm', 'a', 0, 's', 1, 4.0)",
				  "i", g.id),
			 0);
	g = heard_of("u3", STORE_DONE);
	assert_int_equal(store_do(s, "INSERT INTO sample VALUES (?, 1, 'm', 'a', 0, 's', 1, 900.0)",
				  "i", g.id),
			 0);
	assert_int_equal(store_cell_values(s, &plan, &cells[0], add_up, &sum), 0);
	assert_true(sum == 2 * (2.0 + 4.0) + 5.0);
	assert_int_equal(store_do(s, "UPDATE sample SET value=900.0", ""), 0);
	assert_int_equal(store_cell_values(s, &plan, &cells[0], add_up, &sum), -EINTR);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(plan_is_found_again),	    TEST(a_boot_counts_when_its_guest_is_done),
		TEST(guests_are_of_the_run),	    TEST(what_a_killed_run_leaves),
		TEST(times_are_of_the_same_guests), TEST(values_are_of_the_cell),
	};

	return cmocka_run_group_tests_name("store_plan", tests, NULL, NULL);
}

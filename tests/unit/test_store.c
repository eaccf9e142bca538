/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/store.h"

static char path[32];

static int setup(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/xlab-test.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static void write_text(const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void absent_store_is_not_made(void **state)
{
	struct store *s;

	(void)state;
	unlink(path);
	assert_int_equal(store_open(path, STORE_READ, &s), -ENOENT);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(store_open("/nonexistent/x", STORE_WRITE, &s), -ENOENT);
}

static void other_files_are_left_alone(void **state)
{
	static const char text[] =
		"a file of somebody else's, long enough not to be taken for a header; "
		"indeed, it goes on for more than a hundred bytes";
	char buf[256] = "";
	struct store *s;
	int fd;

	(void)state;
	write_text(text);
	assert_int_equal(store_open(path, STORE_WRITE, &s), -EPROTO);
	fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, buf, sizeof(buf)), strlen(text));
	close(fd);
	assert_string_equal(buf, text);
}

static void guest_is_found_again(void **state)
{
	struct store_guest g = { .run = "r",
				 .uuid = "u",
				 .domid = 1,
				 .asked = "pv",
				 .workload = "micro",
				 .size = "quick",
				 .image = "00" },
			   again = g, other = g;
	enum store_status status;
	struct store *s;
	char why[32];

	(void)state;
	other.domid = 2;
	assert_int_equal(store_open(path, STORE_WRITE, &s), 0);
	assert_int_equal(store_guest_get(s, &g), 0);
	assert_int_equal(store_status(s, &g, STORE_LOST, "gone"), 0);
	assert_int_equal(store_guest_get(s, &again), 0);
	assert_int_equal(again.id, g.id);
	assert_int_equal(again.status, STORE_LOST);
	assert_int_equal(store_guest_get(s, &other), 0);
	assert_int_not_equal(other.id, g.id);
	assert_int_equal(store_find(s, "r", "u", &status, why, sizeof(why)), 0);
	assert_int_equal(status, STORE_RUNNING);
	assert_int_equal(store_find(s, "r", "nobody", &status, why, sizeof(why)), -ENOENT);
	store_close(s);
}

static void uncommitted_is_gone(void **state)
{
	struct store_guest g = {
		.run = "r", .uuid = "u", .asked = "pv", .workload = "m", .size = "quick"
	};
	enum store_status status;
	struct store *s;
	char why[32];

	(void)state;
	assert_int_equal(store_open(path, STORE_WRITE, &s), 0);
	assert_int_equal(store_begin(s), 0);
	assert_int_equal(store_guest_get(s, &g), 0);
	store_rollback(s);
	assert_int_equal(store_find(s, "r", "u", &status, why, sizeof(why)), -ENOENT);
	store_close(s);
}

/* What the first version made, and how. */
static const char first_version[] =
	"CREATE TABLE guest ("
	" id INTEGER PRIMARY KEY,"
	" run TEXT NOT NULL,"
	" uuid TEXT NOT NULL,"
	" domid INTEGER NOT NULL,"
	" asked TEXT NOT NULL,"
	" measured TEXT,"
	" workload TEXT NOT NULL,"
	" size TEXT NOT NULL,"
	" image_sha256 TEXT NOT NULL,"
	" link TEXT,"
	" emulated INTEGER NOT NULL,"
	" status TEXT NOT NULL,"
	" why TEXT,"
	" first_seen TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),"
	" last_seq INTEGER NOT NULL DEFAULT 0,"
	" last_record INTEGER NOT NULL DEFAULT 0,"
	" last_end INTEGER NOT NULL DEFAULT 0,"
	" last_total INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE (run, uuid, domid));"
	"CREATE TABLE piece ("
	" guest INTEGER NOT NULL REFERENCES guest,"
	" seq INTEGER NOT NULL,"
	" data BLOB NOT NULL,"
	" PRIMARY KEY (guest, seq)) WITHOUT ROWID;"
	"CREATE TABLE record ("
	" guest INTEGER NOT NULL REFERENCES guest,"
	" seq INTEGER NOT NULL,"
	" json TEXT NOT NULL,"
	" PRIMARY KEY (guest, seq)) WITHOUT ROWID;"
	"CREATE TABLE sample ("
	" guest INTEGER NOT NULL REFERENCES guest,"
	" seq INTEGER NOT NULL,"
	" workload TEXT NOT NULL,"
	" benchmark TEXT NOT NULL,"
	" idx INTEGER NOT NULL,"
	" unit TEXT NOT NULL,"
	" ops INTEGER NOT NULL,"
	" value REAL NOT NULL,"
	" PRIMARY KEY (guest, seq)) WITHOUT ROWID;"
	"PRAGMA application_id=2020368738; PRAGMA user_version=1;"
	"INSERT INTO guest VALUES (7, 'r', 'u', 3, 'pv', 'pv', 'm', 'quick', '00', 'xenstore', 1, 'running', NULL,"
	" '2026-01-01T00:00:00Z', 2, 2, 14, 14);"
	"INSERT INTO record VALUES (7, 1, '{\"type\":\"guest\",\"mode\":\"pv\",\"link\":\"xenstore\"}');"
	"INSERT INTO record VALUES (7, 2, '{\"a\":\"\u00e9\"}');"
	"INSERT INTO sample VALUES (7, 2, 'm', 'b', 0, 'ns', 1, 2.5);";

static void run_sql(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void first_version_is_brought_up_to_date(void **state)
{
	static const enum store_access how[] = { STORE_WRITE, STORE_READ };
	struct store_guest g = { .run = "r", .uuid = "u", .domid = 3, .asked = "pv", .workload = "m" };
	struct store *s;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		unlink(path);
		run_sql(first_version);
		assert_int_equal(store_open(path, how[i], &s), 0);
		assert_int_equal(store_guest_get(s, &g), 0);
		assert_int_equal(g.id, 7);
		assert_int_equal(g.last.seq, 2);
		assert_true(g.measured && g.emulated);
		assert_int_equal(g.records, 2);
		assert_int_equal(g.bytes, 46 + 10);
		store_close(s);
		assert_int_equal(store_open(path, STORE_WRITE, &s), 0);
		store_close(s);
	}
}

static void newer_version_is_left_alone(void **state)
{
	struct store *s;

	(void)state;
	assert_int_equal(store_open(path, STORE_WRITE, &s), 0);
	store_close(s);
	run_sql("PRAGMA user_version=1000");
	assert_int_equal(store_open(path, STORE_WRITE, &s), -ENOTSUP);
	assert_int_equal(store_open(path, STORE_READ, &s), -ENOTSUP);
}

static char *pragma(struct store *s, const char *sql)
{
	static char text[32];
	sqlite3_stmt *q;

	assert_int_equal(sqlite3_prepare_v2(store_db(s), sql, -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	snprintf(text, sizeof(text), "%s", (const char *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
	return text;
}

/* Who reads does not keep who writes waiting; and afterwards there is one file. */
static void log_is_on_while_it_is_open(void **state)
{
	struct store *s, *reader;
	char log[48];

	(void)state;
	snprintf(log, sizeof(log), "%s-wal", path);
	assert_int_equal(store_open(path, STORE_WRITE, &s), 0);
	assert_string_equal(pragma(s, "PRAGMA journal_mode"), "wal");
	assert_string_equal(pragma(s, "PRAGMA synchronous"), "2");
	assert_int_equal(store_open(path, STORE_READ, &reader), 0);
	assert_int_equal(sqlite3_exec(store_db(reader), "BEGIN; SELECT * FROM guest", NULL, NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(store_begin(s), 0);
	assert_int_equal(store_commit(s), 0);
	store_close(reader);
	store_close(s);
	assert_int_equal(access(log, F_OK), -1);
	assert_int_equal(store_open(path, STORE_READ, &s), 0);
	assert_string_equal(pragma(s, "PRAGMA journal_mode"), "delete");
	store_close(s);
}

/* Two guests whose clocks are far from ours do not begin at once. */
static void skew_is_that_of_all(void **state)
{
	struct store_barrier b = { .name = "b", .sync = "xenstore", .guests = 2, .planned_ns = 1000 };
	struct store_guest g[2] = { { .run = "r", .uuid = "u", .domid = 1, .asked = "pv", .workload = "m" },
				    { .run = "r", .uuid = "v", .domid = 2, .asked = "pv", .workload = "m" } };
	static const char *const began[2] = {
		"{\"type\":\"start\",\"barrier\":\"b\",\"sync\":\"xenstore\",\"planned\":501000,\"actual\":501400}",
		"{\"type\":\"start\",\"barrier\":\"b\",\"sync\":\"xenstore\",\"planned\":900,\"actual\":1000}",
	};
	static const int64_t offset[2] = { 500000, -100 };
	struct store *s;

	(void)state;
	assert_int_equal(store_open(path, STORE_WRITE, &s), 0);
	assert_int_equal(store_barrier_get(s, "r", &b), -ENOENT);
	assert_int_equal(store_barrier_put(s, "r", &b), 0);
	for (int i = 0; i < 2; i++) {
		struct xp_piece p = { 1, 1, 0, (uint32_t)strlen(began[i]), began[i], strlen(began[i]) };

		assert_int_equal(store_guest_get(s, &g[i]), 0);
		assert_int_equal(store_barrier_guest(s, &b, g[i].id, offset[i], 10), 0);
		assert_string_equal(pragma(s, "SELECT count(skew_ns) FROM barrier"), "0");
		assert_int_equal(store_piece(s, &g[i], &p), 0);
	}
	assert_string_equal(pragma(s, "SELECT skew_ns FROM barrier"), "300");
	b = (struct store_barrier){ .name = "b" };
	assert_int_equal(store_barrier_get(s, "r", &b), 0);
	assert_int_equal(b.planned_ns, 1000);
	assert_int_equal(b.guests, 2);
	store_close(s);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(absent_store_is_not_made),
		TEST(other_files_are_left_alone),
		TEST(guest_is_found_again),
		TEST(uncommitted_is_gone),
		TEST(first_version_is_brought_up_to_date),
		TEST(newer_version_is_left_alone),
		TEST(log_is_on_while_it_is_open),
		TEST(skew_is_that_of_all),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* Stores of older versions, of newer ones, and of other programs. */
#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest-tools/lib/io.h"
#include "tests/unit/store_v1.h"
#include "tests/unit/store_v2.h"
#include "tests/unit/store_v3.h"
#include "tests/unit/stored.h"

static char path[32];

static int setup(void **state)
{
	(void)state;
	strcpy(path, "/tmp/xlab-test.XXXXXX");
	return close(mkstemp(path));
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

/* Makes the file by SQL alone, as another program would. */
static void write_sql(const char *sql, const char *more)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, more, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* What a store by that SQL shows to who reads it, which changes nothing in the file. */
static const char *read_old(const char *sql, const char *digest)
{
	static char before[65536], after[65536];
	const char *text;
	struct store *s;
	int len;

	write_sql(sql, "");
	len = io_read_file(path, before, sizeof(before));
	assert_int_equal(store_open(path, STORE_READ, &s), 0);
	text = stored_text(s, digest);
	store_close(s);
	assert_int_equal(io_read_file(path, after, sizeof(after)), len);
	assert_memory_equal(before, after, (size_t)len);
	return text;
}

#define V1_DIGEST \
	"SELECT group_concat(x, '|') FROM (SELECT run||uuid||domid||asked||status||bytes||' '||records" \
	"||coalesce(host, '-') AS x FROM guest UNION ALL SELECT guest||' '||seq||json FROM record" \
	" UNION ALL SELECT guest||' '||seq||value FROM sample UNION ALL SELECT 'p'||length(data) FROM" \
	" piece UNION ALL SELECT 'b'||count(*) FROM barrier)"
#define V1_CONTENT \
	"ru11pvdone190 3-|ru22pvhrunning0 0-|ru33hvmlost0 0-|" \
	"1 1{\"type\":\"guest\",\"mode\":\"pv\",\"link\":\"xenstore\"}|"

static void old_store_is_migrated(void **state)
{
	struct store_guest g = { .run = "r", .uuid = "u2", .domid = 2, .host = "h" };
	struct xp_piece p = {
		.seq = 2, .record = 1, .offset = XP_PIECE_DATA_MAX, .total = 1841, .data = " ", .len = 1
	};
	struct store *s;

	(void)state;
	write_sql(store_v1, "");
	for (int turn = 0; turn < 2; turn++) {
		assert_int_equal(store_open(path, STORE_WRITE, &s), 0);
		assert_string_equal(stored_text(s, "PRAGMA user_version"), "4");
		assert_memory_equal(stored_text(s, V1_DIGEST), V1_CONTENT, strlen(V1_CONTENT));
		assert_string_equal(stored_text(s, "SELECT first_seen FROM guest WHERE id=3"),
				    "2026-01-02T03:04:07Z");
		store_close(s);
	}
	/* A guest that was in the middle of a record goes on there. */
	assert_int_equal(store_open(path, STORE_WRITE, &s), 0);
	assert_int_equal(store_guest_get(s, &g), 0);
	assert_int_equal(g.last.seq, 1);
	assert_int_equal(store_piece(s, &g, &p), 0);
	assert_int_equal(store_last(s, &g), 0);
	assert_true(g.measured);
	assert_int_equal(g.bytes, 1841);
	assert_string_equal(stored_text(s, "SELECT host || bytes FROM guest WHERE id=2"), "h1841");
	store_close(s);
}

static void old_store_is_read_as_it_is(void **state)
{
	(void)state;
	assert_memory_equal(read_old(store_v1, V1_DIGEST), V1_CONTENT, strlen(V1_CONTENT));
}

#define V2_DIGEST \
	"SELECT (SELECT run||uuid||status||host||protocol||bytes||records FROM guest)" \
	"||(SELECT group_concat(json, '|') FROM record)" \
	"||(SELECT ' '||host||name||skew_ns||offset_ns||actual_ns FROM barrier JOIN barrier_guest" \
	" ON barrier = barrier.id)" \
	"||(SELECT ' '||count(*) FROM plan)||(SELECT count(*) FROM cell)||(SELECT count(*) FROM boot)"
#define V2_CONTENT \
	"ru1doneh1.0832{\"type\":\"guest\",\"mode\":\"pv\",\"link\":\"xenstore\"}|" \
	"{\"type\":\"end\",\"steps\":1,\"failed\":0} hstart0-76 000"

/* A store by that SQL shows the same to who reads it, who does not change it, and to who writes. */
static void check_old(const char *sql, const char *digest, const char *content)
{
	struct store *s;

	assert_string_equal(read_old(sql, digest), content);
	for (int turn = 0; turn < 2; turn++) {
		assert_int_equal(store_open(path, STORE_WRITE, &s), 0);
		assert_string_equal(stored_text(s, "PRAGMA user_version"), "4");
		assert_string_equal(stored_text(s, digest), content);
		store_close(s);
	}
}

/* One without plans. */
static void second_version_is_migrated(void **state)
{
	(void)state;
	check_old(store_v2, V2_DIGEST, V2_CONTENT);
}

#define V3_DIGEST \
	"SELECT (SELECT run||uuid||status||host||protocol||bytes||records FROM guest)" \
	"||(SELECT ' '||text||seed||ordering||workload||mode||attempt||took_ms||boot.status FROM plan" \
	" JOIN cell ON plan = plan.id JOIN boot ON cell = cell.id)" \
	"||(SELECT ' '||count(*) FROM facts)||(SELECT count(*) FROM reading)" \
	"||(SELECT count(*) FROM noise)"
#define V3_CONTENT "ru1doneh1.0832 name = a7randommicropv11500done 000"

/* One without readings. */
static void third_version_is_migrated(void **state)
{
	(void)state;
	check_old(store_v3, V3_DIGEST, V3_CONTENT);
}

static void newer_store_is_refused(void **state)
{
	struct store *s;

	(void)state;
	write_sql(store_v1, "PRAGMA user_version=5; CREATE TABLE news (x)");
	assert_int_equal(store_open(path, STORE_READ, &s), -EPROTONOSUPPORT);
	assert_int_equal(store_open(path, STORE_WRITE, &s), -EPROTONOSUPPORT);
	assert_int_equal(store_version(path), 5);
}

/* Tables that are called as ours are. */
static void other_tables_are_refused(void **state)
{
	static const char *const more[] = {
		"CREATE TRIGGER t AFTER INSERT ON guest BEGIN DELETE FROM guest; END",
		"CREATE TABLE other (x)",
		"DROP TABLE sample; CREATE VIEW sample AS SELECT 1 AS guest",
		"DROP TABLE piece",
		"ALTER TABLE piece ADD COLUMN more",
		"PRAGMA application_id=1",
		"PRAGMA user_version=0",
		"PRAGMA user_version=2",
		"PRAGMA application_id=-1",
	};
	struct store *s;

	(void)state;
	for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++) {
		unlink(path);
		write_sql(store_v1, more[i]);
		assert_int_equal(store_open(path, STORE_READ, &s), -EPROTO);
		assert_int_equal(store_open(path, STORE_WRITE, &s), -EPROTO);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(old_store_is_migrated),	  TEST(old_store_is_read_as_it_is),
		TEST(second_version_is_migrated), TEST(third_version_is_migrated),
		TEST(newer_store_is_refused),	  TEST(other_tables_are_refused),
	};

	return cmocka_run_group_tests_name("store_versions", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* Readings of hosts and noise in the store: kept once, read back, taken from other stores, and refused where
 * they are not ours. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/import.h"
#include "host/walk.h"

static char path[2][32];
static struct store *store[2];

static int setup(void **state)
{
	int r = 0;

	(void)state;
	for (int i = 0; i < 2 && !r; i++) {
		strcpy(path[i], "/tmp/xlab-test.XXXXXX");
		close(mkstemp(path[i]));
		r = store_open(path[i], STORE_WRITE, &store[i]);
	}
	return r;
}

static int teardown(void **state)
{
	int r = 0;

	(void)state;
	for (int i = 0; i < 2; i++) {
		store_close(store[i]);
		r |= unlink(path[i]);
	}
	return r;
}

static const struct store_whose whose = { "r", "u1", 3 };

static void add(int i, const struct store_whose *of, enum store_moment moment, const char *steady,
		const char *moving)
{
	assert_int_equal(store_reading_add(store[i], of, store_moment_name(moment),
					   "2026-01-02T03:04:05Z", steady, moving),
			 0);
}

static int64_t count(int i, const char *table)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	return store_number(store[i], sql);
}

/* All readings and noise in words. */
static int put_reading(const struct walk_reading *r, void *arg)
{
	char *text = json_dumps(r->facts, JSON_COMPACT | JSON_SORT_KEYS);

	sprintf((char *)arg + strlen(arg), "%s %s %lld %s %s %s|", r->run, r->uuid,
		(long long)r->domid, r->moment, r->taken, text);
	free(text);
	return 0;
}

static int put_noise(const struct walk_noise *n, void *arg)
{
	sprintf((char *)arg + strlen(arg), "%s %s %lld %lld %s %s|", n->run, n->uuid,
		(long long)n->domid, (long long)n->place, n->flag, n->text);
	return 0;
}

static void check(int i, const char *run, const char *want)
{
	char is[1024] = "";

	assert_int_equal(walk_readings(store[i], run, put_reading, is), 0);
	assert_int_equal(walk_noises(store[i], run, put_noise, is), 0);
	assert_string_equal(is, want);
}

#define BOTH \
	"r u1 3 before 2026-01-02T03:04:05Z {\"host\":{\"kernel\":\"6.1\",\"uptime_s\":1}}|" \
	"r u1 3 after 2026-01-02T03:04:05Z {\"host\":{\"kernel\":\"6.1\",\"uptime_s\":2}}|" \
	"r u1 3 0 steal 1 % went to others|"

static void add_both(int i)
{
	add(i, &whose, STORE_BEFORE, "{\"host\":{\"kernel\":\"6.1\"}}", "{\"host\":{\"uptime_s\":1}}");
	add(i, &whose, STORE_AFTER, "{\"host\":{\"kernel\":\"6.1\"}}", "{\"host\":{\"uptime_s\":2}}");
	assert_int_equal(store_noise_add(store[i], &whose, 0, "steal", "1 % went to others"), 0);
}

static void readings_are_read_back(void **state)
{
	(void)state;
	add_both(0);
	check(0, NULL, BOTH);
	check(0, "r", BOTH);
	check(0, "q", "");
	assert_int_equal(walk_check(store[0]), 0);
}

/* Boots of one host share what is the same, and guests that were booted together all of it. */
static void a_text_is_stored_once(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		char uuid[16], moving[32];
		const struct store_whose two[] = { { "r", uuid, 1 }, { "r", uuid, 2 } };

		snprintf(uuid, sizeof(uuid), "u%d", i);
		snprintf(moving, sizeof(moving), "{\"throttled\":%d}", i);
		for (int k = 0; k < 2; k++)
			add(0, &two[k], STORE_BEFORE, "{\"facts\":1}", moving);
	}
	assert_int_equal(count(0, "reading"), 200);
	assert_int_equal(count(0, "facts"), 101);
}

static void the_first_reading_stays(void **state)
{
	(void)state;
	add(0, &whose, STORE_BEFORE, "{}", "{\"throttled\":1}");
	add(0, &whose, STORE_BEFORE, "{}", "{\"throttled\":2}");
	check(0, NULL, "r u1 3 before 2026-01-02T03:04:05Z {\"throttled\":1}|");
	assert_int_equal(store_reading_add(store[0], &whose, "after", "", "{}", "{}"), 0);
	assert_int_equal(store_number(store[0], "SELECT taken > '2026-01-02' FROM reading"
						" WHERE moment='after'"),
			 1);
}

static void they_are_imported_once(void **state)
{
	struct import_result r;

	(void)state;
	add_both(1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(import_store(store[0], store[1], &r), 0);
		check(0, NULL, BOTH);
	}
	assert_int_equal(count(0, "facts"), 3);
}

static void another_reading_is_no_import(void **state)
{
	struct import_result r;

	(void)state;
	add_both(0);
	add(1, &whose, STORE_BEFORE, "{}", "{\"throttled\":1}");
	assert_int_equal(import_store(store[0], store[1], &r), -EEXIST);
	assert_non_null(strstr(r.conflict, "run r, guest u1"));
	check(0, NULL, BOTH);
	assert_int_equal(count(0, "facts"), 3);
}

/* What a store of anybody's making may have. */
static void odd_ones_are_refused(void **state)
{
	static const char *const odd[] = {
		"UPDATE facts SET json='[]'",
		"UPDATE facts SET json='{\"facts\":2}'",
		"UPDATE facts SET json=x'7b7d'",
		"UPDATE facts SET sha256='00' WHERE id=1",
		"UPDATE reading SET moment='during' WHERE moment='after'",
		"UPDATE reading SET taken=hex(zeroblob(40))",
		"UPDATE reading SET domid=-1",
		"UPDATE noise SET place=64",
		"UPDATE noise SET flag=hex(zeroblob(20))",
		"UPDATE noise SET text='a' || char(27) || '[2J'",
		"UPDATE noise SET text=hex(zeroblob(200))",
		"PRAGMA foreign_keys=OFF; UPDATE reading SET steady=99",
	};

	(void)state;
	add_both(0);
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		assert_int_equal(walk_check(store[0]), 0);
		assert_int_equal(store_exec(store[0], "BEGIN"), 0);
		if (!strncmp(odd[i], "PRAGMA", 6))
			store_rollback(store[0]);
		assert_int_equal(store_exec(store[0], odd[i]), 0);
		if (walk_check_facts(store[0]) != -EUCLEAN)
			fail_msg("%s", odd[i]);
		store_rollback(store[0]);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(readings_are_read_back),	   TEST(a_text_is_stored_once),
		TEST(the_first_reading_stays),	   TEST(they_are_imported_once),
		TEST(another_reading_is_no_import), TEST(odd_ones_are_refused),
	};

	return cmocka_run_group_tests_name("store_facts", tests, NULL, NULL);
}

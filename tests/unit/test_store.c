/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
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
#include "host/store.h"
#include "host/store_barrier.h"
#include "tests/unit/stored.h"

static char dir[32], path[64];

static void write_text(const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0644);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/xlab-test.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/store", dir);
	write_text("");
	return 0;
}

static int remove_one(const char *file, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(file);
}

static int teardown(void **state)
{
	(void)state;
	return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
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

/* SQLite has words of its own for files that are no files. */
static void every_path_is_a_file(void **state)
{
	static const char *const names[] = { ":memory:", "file:x?mode=memory", "a%41#b?c" };
	char *cwd = getcwd(NULL, 0);
	struct store *s;

	(void)state;
	assert_int_equal(chdir(dir), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		assert_int_equal(store_open(names[i], STORE_WRITE, &s), 0);
		store_close(s);
		assert_int_equal(access(names[i], F_OK), 0);
	}
	assert_int_equal(chdir(cwd), 0);
	free(cwd);
}

static bool exists(const char *end)
{
	char file[96];

	snprintf(file, sizeof(file), "%s%s", path, end);
	return access(file, F_OK) == 0;
}

static struct store_guest guest_of(const char *uuid)
{
	struct store_guest g = {
		.run = "r", .asked = "pv", .workload = "m", .size = "quick", .image = "00"
	};

	snprintf(g.uuid, sizeof(g.uuid), "%s", uuid);
	return g;
}

static void reader_and_writer_do_not_wait(void **state)
{
	struct store_guest g = guest_of("u"), other = guest_of("v");
	struct store *w, *r;

	(void)state;
	assert_int_equal(store_open(path, STORE_WRITE, &w), 0);
	assert_string_equal(stored_text(w, "PRAGMA journal_mode"), "wal");
	assert_int_equal(store_guest_get(w, &g), 0);
	assert_int_equal(store_begin(w), 0);
	assert_int_equal(store_guest_get(w, &other), 0);
	assert_int_equal(store_open(path, STORE_READ, &r), 0);
	assert_string_equal(stored_text(r, "SELECT count(*) FROM guest"), "1");
	assert_int_equal(store_guest_get(r, &other), -EIO);
	assert_int_equal(store_commit(w), 0);
	assert_string_equal(stored_text(r, "SELECT count(*) FROM guest"), "2");
	store_close(w);
	store_close(r);
	assert_false(exists("-wal"));
}

static void closed_store_is_one_file(void **state)
{
	struct store_guest g = guest_of("u");
	char header[32];
	struct store *s;

	(void)state;
	assert_int_equal(store_open(path, STORE_WRITE, &s), 0);
	assert_int_equal(store_guest_get(s, &g), 0);
	assert_true(exists("-wal"));
	store_close(s);
	assert_false(exists("-wal") || exists("-shm") || exists("-journal"));
	assert_true(io_read_file(path, header, sizeof(header)) > 20);
	assert_int_equal(header[18], 1);
}

static void copy(const char *end, const char *to)
{
	static char buf[1 << 20];
	char from[96], copied[96];
	int n;

	snprintf(from, sizeof(from), "%s%s", path, end);
	snprintf(copied, sizeof(copied), "%s/%s%s", dir, to, end);
	n = io_read_file(from, buf, sizeof(buf));
	assert_true(n > 0);
	assert_int_equal(io_replace_file(copied, buf, (size_t)n), 0);
}

/* A writer that was killed leaves its log; whoever opens the store next has what is in it. */
static void killed_writer_leaves_all(void **state)
{
	struct store_guest g = guest_of("u");
	struct store *w, *s;
	char killed[64];

	(void)state;
	assert_int_equal(store_open(path, STORE_WRITE, &w), 0);
	assert_int_equal(store_guest_get(w, &g), 0);
	copy("", "killed");
	copy("-wal", "killed");
	store_close(w);
	snprintf(killed, sizeof(killed), "%s/killed", dir);
	assert_int_equal(store_open(killed, STORE_READ, &s), 0);
	assert_string_equal(stored_text(s, "SELECT count(*) FROM guest"), "1");
	store_close(s);
	assert_int_equal(store_open(killed, STORE_WRITE, &s), 0);
	assert_string_equal(stored_text(s, "SELECT count(*) FROM guest"), "1");
	store_close(s);
}

static void barriers_are_kept(void **state)
{
	struct store_guest g = guest_of("u");
	struct store_barrier b = {
		.run = "r", .host = "h", .name = "start", .planned_ns = 1, .guests = 2,
		.skew_ns = STORE_UNKNOWN,
	}, other = b;
	struct store_barrier_guest at = {
		.offset_ns = -5, .error_ns = 2, .planned_ns = 7, .actual_ns = STORE_UNKNOWN
	};
	struct store *s;

	(void)state;
	strcpy(other.host, "i");
	assert_int_equal(store_open(path, STORE_WRITE, &s), 0);
	assert_int_equal(store_guest_get(s, &g), 0);
	assert_int_equal(store_barrier_put(s, &b), 0);
	assert_int_equal(store_barrier_put(s, &other), 0);
	assert_int_not_equal(b.id, other.id);
	at.barrier = b.id;
	at.guest = g.id;
	assert_int_equal(store_barrier_guest_put(s, &at), 0);
	at.actual_ns = 9;
	assert_int_equal(store_barrier_guest_put(s, &at), 0);
	other = b;
	b.skew_ns = 4;
	assert_int_equal(store_barrier_put(s, &b), 0);
	assert_int_equal(b.id, other.id);
	assert_string_equal(stored_text(s, "SELECT group_concat(host||planned_ns||guests||"
				       "coalesce(skew_ns, '-'), ' ') FROM barrier"),
			    "h124 i12-");
	assert_string_equal(stored_text(s, "SELECT group_concat(guest||' '||offset_ns||' '||error_ns||"
				       "' '||planned_ns||' '||actual_ns) FROM barrier_guest"),
			    "1 -5 2 7 9");
	at.guest = 99;
	assert_int_equal(store_barrier_guest_put(s, &at), -EIO);
	store_close(s);
}

static void records_are_counted(void **state)
{
	static const char text[] = "{\"type\":\"guest\",\"mode\":\"pv\",\"link\":\"serial\"}";
	struct store_guest g = guest_of("u"), again = guest_of("u");
	struct xp_piece p = { .seq = 1, .record = 1, .total = sizeof(text) - 1, .data = text,
			      .len = sizeof(text) - 1 };
	struct store *s;

	(void)state;
	strcpy(g.host, "h");
	strcpy(g.protocol, "1.0");
	assert_int_equal(store_open(path, STORE_WRITE, &s), 0);
	assert_int_equal(store_guest_get(s, &g), 0);
	assert_int_equal(store_piece(s, &g, &p), 0);
	assert_int_equal(g.bytes, p.total);
	assert_int_equal(g.records, 1);
	p.data = "?";
	p.len = p.total = 1;
	p.seq = p.record = 2;
	assert_int_equal(store_piece(s, &g, &p), 0);
	assert_int_equal(g.status, STORE_INVALID);
	assert_int_equal(store_last(s, &g), 0);
	assert_int_equal(store_guest_get(s, &again), 0);
	assert_int_equal(again.bytes, sizeof(text) - 1);
	assert_int_equal(again.records, 1);
	assert_string_equal(again.host, "h");
	assert_string_equal(again.protocol, "1.0");
	store_close(s);
}

/* Two guests whose clocks are far from ours do not begin at once. */
static void skew_is_that_of_all(void **state)
{
	static const char *const began[2] = {
		"{\"type\":\"start\",\"barrier\":\"b\",\"sync\":\"xenstore\",\"planned\":501000,\"actual\":501400}",
		"{\"type\":\"start\",\"barrier\":\"b\",\"sync\":\"xenstore\",\"planned\":900,\"actual\":1000}",
	};
	static const int64_t offset[2] = { 500000, -100 };
	struct store_barrier b = { .run = "r", .name = "b", .planned_ns = 1000, .guests = 2, .skew_ns = STORE_UNKNOWN };
	struct store_guest g[2] = { { .run = "r", .uuid = "u", .domid = 1, .asked = "pv", .workload = "m" },
				    { .run = "r", .uuid = "v", .domid = 2, .asked = "pv", .workload = "m" } };
	struct store *s;

	(void)state;
	assert_int_equal(store_open(path, STORE_WRITE, &s), 0);
	assert_int_equal(store_barrier_get(s, &b), -ENOENT);
	assert_int_equal(store_barrier_put(s, &b), 0);
	for (int i = 0; i < 2; i++) {
		struct store_barrier_guest at = { b.id, 0, offset[i], 10, STORE_UNKNOWN, STORE_UNKNOWN };
		struct xp_piece p = { 1, 1, 0, (uint32_t)strlen(began[i]), began[i], strlen(began[i]) };

		assert_int_equal(store_guest_get(s, &g[i]), 0);
		at.guest = g[i].id;
		assert_int_equal(store_barrier_guest_put(s, &at), 0);
		assert_int_equal(store_barrier_get(s, &b), 0);
		assert_true(b.skew_ns == STORE_UNKNOWN);
		assert_int_equal(store_piece(s, &g[i], &p), 0);
	}
	assert_int_equal(store_barrier_get(s, &b), 0);
	assert_int_equal(b.skew_ns, 300);
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
		TEST(every_path_is_a_file),
		TEST(reader_and_writer_do_not_wait),
		TEST(closed_store_is_one_file),
		TEST(killed_writer_leaves_all),
		TEST(barriers_are_kept),
		TEST(records_are_counted),
		TEST(skew_is_that_of_all),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}

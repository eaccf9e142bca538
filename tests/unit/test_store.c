/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
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

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(absent_store_is_not_made),
		TEST(other_files_are_left_alone),
		TEST(guest_is_found_again),
		TEST(uncommitted_is_gone),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}

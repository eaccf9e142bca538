/* SPDX-License-Identifier: ISC */
/* How much of what services say is read at once, and where it goes. */
#include "init/out.h"

#include "init/ring.h"
#include "tests/unit/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PLAIN "it goes to the ring\n"
#define WARNING "<4>it is told the kernel\n"

static struct state_svc *s;

static int begin(void **unused)
{
	static uint64_t seconds;

	(void)unused;
	fake_reset();
	fake_now += 1000 * (seconds += 10); /* bytes of another test are of another second */
	memset(state, 0, sizeof(*state));
	s = &state->svc[0];
	strcpy(s->name, "a");
	s->log_fd[0] = s->log_fd[1] = -1;
	out_open(s);
	assert_true(s->log_fd[0] >= 0);
	return 0;
}

static int finish(void **unused)
{
	(void)unused;
	out_end(s);
	close(s->log_fd[0]);
	close(s->log_fd[1]);
	return 0;
}

/* The service says a line, so often that it is that many bytes at least. Returns how many. */
static size_t says(const char *line, size_t bytes)
{
	size_t said = 0, len = strlen(line);

	for (; said < bytes; said += len)
		assert_int_equal(write(s->log_fd[1], line, len), len);
	return said;
}

static size_t unread(void)
{
	int n = -1;

	assert_int_equal(ioctl(s->log_fd[0], FIONREAD, &n), 0);
	return (size_t)n;
}

/* What has come to the ring, without the times that its lines begin with. */
static size_t in_ring(const char *line)
{
	static char text[STATE_LOG + 1];
	size_t n = 0;

	text[ring_read(text, STATE_LOG)] = '\0';
	for (const char *at = text; (at = strstr(at, line)); at += strlen(line))
		n++;
	return n;
}

static void what_the_kernel_is_told(void **unused)
{
	(void)unused;
	says("<0>zero\n<4>four\n<5>five\n<6>six\nseven\n<9>nine\n<4>", 1);
	out_read(s);
	assert_string_equal(fake_warnings, "a: zero\na: four\n");
	assert_int_equal(in_ring("a: five\n"), 1);
	assert_int_equal(in_ring("a: seven\n"), 1);
	assert_int_equal(in_ring("a: <9>nine\n"), 1);
}

static void plain_lines(void **unused)
{
	size_t said = says(PLAIN, 10000);

	(void)unused;
	assert_int_equal(out_read(s), 4096);
	assert_int_equal(unread(), said - 4096);
	assert_string_equal(fake_warnings, "");
}

/* Process 1 is back in its loop after a few lines, and comes again for the others: none is lost. */
static void lines_for_the_kernel(void **unused)
{
	size_t said = says(WARNING, 3000), got = 0, n;

	(void)unused;
	while ((n = out_read(s)) > 0) {
		assert_true(n <= 512);
		assert_true(strlen(fake_warnings) <= 512 + strlen(WARNING));
		fake_warnings[0] = '\0';
		got += n;
	}
	assert_int_equal(got, said);
	assert_int_equal(in_ring("a: it is told the kernel\n"), said / strlen(WARNING));
}

/* The lines before it do not count, those behind it wait. */
static void one_among_many(void **unused)
{
	size_t before = says(PLAIN, 1000), behind, n;

	(void)unused;
	before += says(WARNING, 1);
	behind = says(PLAIN, 8000);
	n = out_read(s);
	assert_in_range(n, before, before + 511);
	assert_int_equal(unread(), before + behind - n);
	assert_string_equal(fake_warnings, "a: it is told the kernel\n");
	assert_int_equal(out_read(s), 4096);
}

/* The process has ended: its last words are not left for the next one's. */
static void last_words(void **unused)
{
	size_t said = says(WARNING, 3000);

	(void)unused;
	says("half a line", 1);
	out_end(s);
	assert_int_equal(unread(), 0);
	assert_int_equal(in_ring("a: it is told the kernel\n"), said / strlen(WARNING));
	assert_int_equal(in_ring("a: half a line\n"), 1);
}

static void last_words_without_end(void **unused)
{
	size_t said = says(PLAIN, 3 * STATE_LOG);

	(void)unused;
	out_end(s);
	assert_int_equal(unread(), said - STATE_LOG);
}

static void more_than_its_rate(void **unused)
{
	size_t got = 0, n;

	(void)unused;
	for (int i = 0; i < 20; i++) {
		says(PLAIN, 4096);
		while ((n = out_read(s)) > 0)
			got += n;
	}
	assert_in_range(got, OUT_RATE, OUT_RATE + 512);
	assert_true(out_muted_until(s) > fake_now);
	assert_true(out_muted_until(s) <= fake_now + 1000);
	fake_now = out_muted_until(s);
	assert_int_equal(out_read(s), 4096);
}

/* Runs after the others: it stays so. */
static void verbose(void **unused)
{
	(void)unused;
	out_be_verbose();
	says("<6>" PLAIN PLAIN, 1);
	assert_true(out_read(s) > 0);
	says(PLAIN, 8000);
	assert_int_equal(out_read(s), 512);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_kernel_is_told),
		TEST(plain_lines),
		TEST(lines_for_the_kernel),
		TEST(one_among_many),
		TEST(last_words),
		TEST(last_words_without_end),
		TEST(more_than_its_rate),
		TEST(verbose),
	};

	return cmocka_run_group_tests_name("init_out", tests, NULL, NULL);
}

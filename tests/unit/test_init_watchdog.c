/* SPDX-License-Identifier: ISC */
/* When the watchdog hears of us, and what becomes of it at the end. Time and the device are played here. */
#include "init/watchdog.h"

#include "init/state.h"
#include "tests/unit/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEVICE 700	/* its descriptor */

static char calls[256];	/* "open", "timeout SECONDS", "alive", "V" (the end of the watch), "close" */
static int open_error, timeout_error, write_error;

static void called(const char *what)
{
	size_t len = strlen(calls);

	snprintf(calls + len, sizeof(calls) - len, "%s%s", len ? ", " : "", what);
}

static void assert_calls(const char *want)
{
	assert_string_equal(calls, want);
	calls[0] = '\0';
}

int open(const char *path, int flags, ...)
{
	assert_string_equal(path, "/dev/watchdog");
	assert_int_equal(flags, O_WRONLY | O_CLOEXEC);
	called("open");
	errno = open_error;
	return open_error ? -1 : DEVICE;
}

int ioctl(int fd, unsigned long request, ...)
{
	char text[32];
	va_list ap;

	assert_int_equal(fd, DEVICE);
	assert_int_equal((unsigned)request, WDIOC_SETTIMEOUT);
	va_start(ap, request);
	snprintf(text, sizeof(text), "timeout %d", *va_arg(ap, int *));
	va_end(ap);
	called(text);
	errno = timeout_error;
	return timeout_error ? -1 : 0;
}

ssize_t write(int fd, const void *buf, size_t len)
{
	assert_int_equal(fd, DEVICE);
	assert_int_equal(len, 1);
	called(*(const char *)buf == 'V' ? "V" : "alive");
	errno = write_error;
	return write_error ? -1 : 1;
}

int close(int fd)
{
	assert_int_equal(fd, DEVICE);
	called("close");
	return 0;
}

static int begin(void **unused)
{
	(void)unused;
	write_error = 0;
	state->watchdog_fd = -1;
	watchdog_close(); /* forgets what the test before asked for */
	fake_reset();
	open_error = timeout_error = 0;
	calls[0] = '\0';
	return 0;
}

static void nobody_asks(void **unused)
{
	(void)unused;
	watchdog_open("");
	assert_true(watchdog_run() == NEVER);
	watchdog_last(28000);
	watchdog_close();
	assert_calls("");
	assert_string_equal(fake_warnings, "");
}

static void bad_times(void **unused)
{
	static const char *const bad[] = { "0", "1", "3601", "-5", "x", "10s", " 10", "99999999999999999999" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char warning[128];

		begin(unused);
		watchdog_open(bad[i]);
		snprintf(warning, sizeof(warning), "no watchdog: not 2 to 3600 seconds: %s\n", bad[i]);
		assert_string_equal(fake_warnings, warning);
		assert_true(watchdog_run() == NEVER);
		assert_calls("");
	}
}

/* At once, then twice in its time, however often somebody looks. */
static void it_hears_of_us(void **unused)
{
	static const struct {
		const char *seconds, *calls;
		uint64_t half_ms;
	} cases[] = {
		{ "2", "open, timeout 2", 1000 },
		{ "3", "open, timeout 3", 1500 },
		{ "3600", "open, timeout 3600", 1800000 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t next;

		begin(unused);
		watchdog_open(cases[i].seconds);
		assert_calls(cases[i].calls);
		for (int k = 0; k < 3; k++) {
			next = watchdog_run();
			assert_calls("alive");
			assert_true(next == fake_now + cases[i].half_ms);
			fake_now = next - 1;
			assert_true(watchdog_run() == next);
			assert_calls("");
			fake_now = next;
		}
		assert_string_equal(fake_warnings, "");
	}
}

/* The next time is counted from now: what was missed is not made up for. */
static void late(void **unused)
{
	(void)unused;
	watchdog_open("10");
	fake_now += 8000;
	assert_true(watchdog_run() == fake_now + 5000);
	fake_now += 60000;
	assert_true(watchdog_run() == fake_now + 5000);
	assert_calls("open, timeout 10, alive, alive");
}

static void there_is_none(void **unused)
{
	(void)unused;
	open_error = ENOENT;
	watchdog_open("10");
	assert_string_equal(fake_warnings, "no watchdog: /dev/watchdog: No such file or directory\n");
	assert_true(watchdog_run() == NEVER);
	watchdog_last(28000);
	assert_calls("open");
}

/* One that is open and that nobody speaks to any more would end the guest. */
static void time_is_refused(void **unused)
{
	(void)unused;
	timeout_error = EINVAL;
	watchdog_open("10");
	assert_string_equal(fake_warnings, "no watchdog: /dev/watchdog: Invalid argument\n");
	assert_calls("open, timeout 10, V, close");
	assert_int_equal(state->watchdog_fd, -1);
	assert_true(watchdog_run() == NEVER);
}

/* After a fault of process 1: a second open would be refused as busy. */
static void goes_on(void **unused)
{
	(void)unused;
	state->watchdog_fd = DEVICE;
	watchdog_open("10");
	assert_true(watchdog_run() == fake_now + 5000);
	assert_calls("timeout 10, alive");
}

static void it_cannot_be_reached(void **unused)
{
	(void)unused;
	watchdog_open("10");
	write_error = EIO;
	assert_true(watchdog_run() == fake_now + 5000);
	assert_string_equal(fake_warnings, "cannot reach the watchdog: Input/output error\n");
	fake_now += 5000;
	write_error = 0;
	assert_true(watchdog_run() == fake_now + 5000);
	assert_calls("open, timeout 10, alive, alive");
}

static void the_last_time(void **unused)
{
	(void)unused;
	watchdog_open("10");
	assert_calls("open, timeout 10");
	watchdog_last(28000);
	assert_calls("timeout 28, alive");
	assert_string_equal(fake_warnings, "");
	write_error = EIO;
	watchdog_last(28000);
	assert_string_equal(fake_warnings, "cannot reach the watchdog: Input/output error\n");
}

static void the_end_of_the_watch(void **unused)
{
	(void)unused;
	watchdog_open("10");
	watchdog_close();
	assert_calls("open, timeout 10, V, close");
	assert_int_equal(state->watchdog_fd, -1);
	assert_true(watchdog_run() == NEVER);
	watchdog_last(28000);
	watchdog_close();
	assert_calls("");
}

#define TEST(f) cmocka_unit_test_setup(f, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nobody_asks),
		TEST(bad_times),
		TEST(it_hears_of_us),
		TEST(late),
		TEST(there_is_none),
		TEST(time_is_refused),
		TEST(goes_on),
		TEST(it_cannot_be_reached),
		TEST(the_last_time),
		TEST(the_end_of_the_watch),
	};

	return cmocka_run_group_tests_name("init_watchdog", tests, NULL, NULL);
}

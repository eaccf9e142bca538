/* SPDX-License-Identifier: ISC */
/* What becomes of the files of services, as the state has them, and when there is a rescue shell. */
#include "init/load.h"

#include "init/boot.h"
#include "init/state.h"
#include "tests/unit/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define GOOD "command = /bin/x\n"
#define CONSOLE GOOD "type = console\n"

static struct conf services[CONF_SERVICES];
static const char *consoles;	/* NULL: the kernel has none */

/* The only file that is read here. */
ssize_t boot_read(const char *path, char *buf, size_t size)
{
	assert_string_equal(path, "/sys/class/tty/console/active");
	if (!consoles) {
		errno = ENOENT;
		return -1;
	}
	return snprintf(buf, size, "%s\n", consoles);
}

static int begin(void **unused)
{
	(void)unused;
	memset(state, 0, sizeof(*state));
	fake_reset();
	consoles = "hvc0";
	return 0;
}

static void put(const char *name, const char *text)
{
	size_t name_size = strlen(name) + 1, size = strlen(text) + 1;
	char *to = state->conf + state->conf_len;

	assert_true(state->conf_len + name_size + size <= STATE_FILES);
	memcpy(to, name, name_size);
	memcpy(to + name_size, text, size);
	state->conf_len += (uint32_t)(name_size + size);
	state->files_len = state->conf_len;
}

/* n services, from "s00" on. */
static void put_many(int n)
{
	char name[16];

	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "s%02d", i);
		put(name, GOOD);
	}
}

static void assert_names(size_t n, const char *want)
{
	char is[512] = "";

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(is);

		snprintf(is + len, sizeof(is) - len, "%s%s", i ? " " : "", services[i].name);
	}
	assert_string_equal(is, want);
}

/* At boot, and the same when process 1 goes on after a fault. */
static void assert_loaded(bool rescue, const char *want)
{
	assert_names(load_services(services, true, rescue), want);
	assert_names(load_services(services, false, rescue), want);
	assert_names(load_services(services, false, rescue), want);
}

/* Runs before any other: once something was wrong it stays so. */
static void no_rescue_unasked(void **unused)
{
	(void)unused;
	put("a", GOOD);
	put("b", CONSOLE);
	consoles = "ttyS0 hvc0";
	assert_loaded(false, "a b@ttyS0 b@hvc0");
	assert_string_equal(fake_warnings, "");
}

static void rescue_when_asked_for(void **unused)
{
	(void)unused;
	put("a", GOOD);
	put("b", CONSOLE);
	consoles = "ttyS0 hvc0";
	assert_loaded(true, "a b@ttyS0 b@hvc0 rescue@ttyS0 rescue@hvc0");
	assert_string_equal(services[3].args[services[3].arg_count - 2], "ttyS0");
	assert_string_equal(fake_warnings, "");
}

static void rescue_without_a_console(void **unused)
{
	(void)unused;
	put("a", GOOD);
	consoles = NULL;
	assert_loaded(true, "a");
}

/* The last thing that may fail to fit is the shell that mends what is wrong. */
static void rescue_always_fits(void **unused)
{
	(void)unused;
	put_many(CONF_SERVICES);
	consoles = "ttyS0 hvc0";
	assert_int_equal(load_services(services, true, true), CONF_SERVICES);
	assert_string_equal(fake_warnings, "no room for s31\nno room for s30\n");
	assert_names(3, "s00 s01 s02");
	for (int resumed = 0; resumed < 2; resumed++) {
		assert_string_equal(services[29].name, "s29");
		assert_string_equal(services[30].name, "rescue@ttyS0");
		assert_string_equal(services[31].name, "rescue@hvc0");
		assert_int_equal(load_services(services, false, true), CONF_SERVICES);
	}
}

static void rescue_fits_beside_all_text(void **unused)
{
	static char text[CONF_FILE];
	char name[2] = "a";

	(void)unused;
	memset(text, '#', sizeof(text) - 1);
	memcpy(text, GOOD, strlen(GOOD));
	for (; *name < 'e'; ++*name) {
		text[STATE_FILES / 4 - sizeof(name) - 1] = '\0';
		put(name, text);
	}
	assert_int_equal(state->conf_len, STATE_FILES);
	assert_loaded(true, "a b c d rescue@hvc0");
	assert_string_equal(fake_warnings, "");
}

static void bad_file_gives_rescue(void **unused)
{
	(void)unused;
	put("a", GOOD);
	put("b", "command = relative\n");
	assert_loaded(false, "a rescue@hvc0");
	assert_memory_equal(fake_warnings, LOAD_DIR "/b:1: not an absolute path\n",
			    strlen(LOAD_DIR "/b:1: not an absolute path\n"));
}

/* Who has the consoles can mend it there. */
static void bad_file_beside_a_console(void **unused)
{
	(void)unused;
	put("a", "colour = red\n");
	put("b", CONSOLE);
	assert_loaded(false, "b@hvc0");
}

/* The test's machine has no such folder. */
static void no_folder_gives_rescue(void **unused)
{
	(void)unused;
	load_files();
	assert_non_null(strstr(fake_warnings, "cannot read " LOAD_DIR ": "));
	assert_loaded(false, "rescue@hvc0");
}

#define TEST(f) cmocka_unit_test_setup(f, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_rescue_unasked),
		TEST(rescue_when_asked_for),
		TEST(rescue_without_a_console),
		TEST(rescue_always_fits),
		TEST(rescue_fits_beside_all_text),
		TEST(bad_file_gives_rescue),
		TEST(bad_file_beside_a_console),
		TEST(no_folder_gives_rescue),
	};

	return cmocka_run_group_tests_name("init_load", tests, NULL, NULL);
}

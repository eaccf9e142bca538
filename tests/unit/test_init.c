/* SPDX-License-Identifier: ISC */
/* What xlab-init reads besides services and parameters: consoles, signals, requests. */
#include "init/console.h"
#include "init/ctl.h"
#include "init/fault.h"
#include "init/stop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void consoles(void **unused)
{
	static const struct {
		const char *text, *names; /* names as they come out, with a comma after each */
	} cases[] = {
		{ "", "" },
		{ "\n", "" },
		{ "hvc0\n", "hvc0," },
		{ "ttyS0 hvc0\n", "ttyS0,hvc0," },
		{ "  ttyS0   hvc0", "ttyS0,hvc0," },
		{ "../etc/passwd hvc0\n", "hvc0," },
		{ "a/b\n", "" },
		{ "a-name-that-is-far-too-long ttyS0\n", "ttyS0," },
		{ "abcdefghijklmnop abcdefghijklmno\n", "abcdefghijklmno," },
		{ "a b c d e f\n", "a,b,c,d," },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char names[CONSOLE_MAX][CONSOLE_NAME], all[128] = "";
		size_t n = console_parse(cases[i].text, names, CONSOLE_MAX);

		for (size_t k = 0; k < n; k++) {
			strcat(all, names[k]);
			strcat(all, ",");
		}
		assert_string_equal(all, cases[i].names);
	}
}

static enum stop_how wanted(int sig)
{
	switch (sig) {
	case SIGUSR1: return STOP_HALT;
	case SIGUSR2: return STOP_POWEROFF;
	case SIGPWR: return STOP_POWEROFF;
	case SIGTERM: return STOP_REBOOT;
	case SIGINT: return STOP_REBOOT;
	default: return STOP_NOT;
	}
}

static void stop_requests(void **unused)
{
	(void)unused;
	for (int sig = -1; sig <= 65; sig++)
		assert_int_equal(stop_request(sig), wanted(sig));
	assert_string_equal(stop_name(STOP_NOT), "nothing");
	assert_string_equal(stop_name(STOP_HALT), "halt");
	assert_string_equal(stop_name(STOP_POWEROFF), "power off");
	assert_string_equal(stop_name(STOP_REBOOT), "reboot");
}

static void control_requests(void **unused)
{
	static const struct {
		const char *text;
		enum ctl_verb verb;
		const char *name;
	} cases[] = {
		{ "status", CTL_STATUS, "" },
		{ "status\n", CTL_STATUS, "" },
		{ "  log \n", CTL_LOG, "" },
		{ "halt", CTL_HALT, "" },
		{ "poweroff", CTL_POWEROFF, "" },
		{ "reboot\n", CTL_REBOOT, "" },
		{ "start agent", CTL_START, "agent" },
		{ "stop\tshell@hvc0\n", CTL_STOP, "shell@hvc0" },
		{ "restart \"a b\"", CTL_RESTART, "a b" },
		{ "\"stop\" x", CTL_STOP, "x" },
		{ "", CTL_BAD, NULL },
		{ " \n", CTL_BAD, NULL },
		{ "\"\"", CTL_BAD, NULL },
		{ "start", CTL_BAD, NULL },
		{ "start a b", CTL_BAD, NULL },
		{ "status now", CTL_BAD, NULL },
		{ "status \"\"", CTL_BAD, NULL },
		{ "reboot -f", CTL_BAD, NULL },
		{ "Status", CTL_BAD, NULL },
		{ "statu", CTL_BAD, NULL },
		{ "statuss", CTL_BAD, NULL },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[CTL_REQUEST];
		const char *name = NULL;

		strcpy(text, cases[i].text);
		assert_int_equal(ctl_parse(text, &name), cases[i].verb);
		assert_non_null(name);
		if (cases[i].name)
			assert_string_equal(name, cases[i].name);
	}
}

static void resuming(void **unused)
{
	static const struct {
		char *args[3];
		int fd;
	} cases[] = {
		{ { "init", "--resume=0,1", NULL }, 0 },
		{ { "init", "--resume=9999,1", NULL }, 9999 },
		{ { "init", "--resume=10000,1", NULL }, -1 },
		{ { "init", "--resume=,1", NULL }, -1 },
		{ { "init", "--resume=-1,1", NULL }, -1 },
		{ { "init", "--resume=3x,1", NULL }, -1 },
		{ { "init", "--resume", NULL }, -1 },
		{ { "init", "--resume=3", NULL }, -1 },
		{ { "init", "--resume=3,", NULL }, -1 },
		{ { "init", "--resume=3,x", NULL }, -1 },
		{ { "init", "--resume=3,1,1", NULL }, -1 },
		{ { "init", "single", NULL }, -1 },
		{ { "init", NULL, NULL }, -1 },
		{ { "init", "--resume=3,1", "single" }, -1 },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *argv[4] = { cases[i].args[0], cases[i].args[1], cases[i].args[2], NULL };
		int argc = 0;

		while (argv[argc])
			argc++;
		assert_int_equal(fault_resume(argc, argv), cases[i].fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(consoles),
		cmocka_unit_test(stop_requests),
		cmocka_unit_test(control_requests),
		cmocka_unit_test(resuming),
	};

	return cmocka_run_group_tests_name("init", tests, NULL, NULL);
}

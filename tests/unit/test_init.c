/* SPDX-License-Identifier: ISC */
/* The parts of xlab-init that need no process 1: its table, its back-off, its words. */
#include "init/console.h"
#include "init/stop.h"
#include "init/sup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define NAME(id, text) #id,
static const char *const states[] = { SUP_STATES(NAME) };
static const char *const events[] = { SUP_EVENTS(NAME) };
static const char *const actions[] = { SUP_ACTIONS(NAME) };
#undef NAME

/* Said once more, in words and by hand: what every cell of the table has to be. */
static const char *const cells[SVC_COUNT * EV_COUNT] = {
	"DOWN START: UP SPAWN",
	"DOWN EXIT: DOWN NONE",
	"DOWN TIMER: DOWN NONE",
	"DOWN STOP: DOWN NONE",
	"UP START: UP NONE",
	"UP EXIT: WAIT RETRY",
	"UP TIMER: UP NONE",
	"UP STOP: STOPPING TERM",
	"WAIT START: UP SPAWN",
	"WAIT EXIT: WAIT NONE",
	"WAIT TIMER: UP SPAWN",
	"WAIT STOP: DOWN REST",
	"STOPPING START: STOPPING NONE",
	"STOPPING EXIT: DOWN REST",
	"STOPPING TIMER: KILLED KILL",
	"STOPPING STOP: STOPPING NONE",
	"KILLED START: KILLED NONE",
	"KILLED EXIT: DOWN REST",
	"KILLED TIMER: DOWN REST",
	"KILLED STOP: KILLED NONE",
};

static void test_every_cell(void **state)
{
	char cell[64];

	(void)state;
	for (int s = 0; s < SVC_COUNT; s++) {
		for (int e = 0; e < EV_COUNT; e++) {
			struct sup_step step = sup_step((enum sup_state)s, (enum sup_event)e);

			snprintf(cell, sizeof(cell), "%s %s: %s %s", states[s], events[e],
				 states[step.next], actions[step.action]);
			assert_string_equal(cell, cells[s * EV_COUNT + e]);
		}
	}
}

/* Whatever happens to it, a service that is stopped goes down and stays there. */
static void test_stop_always_ends(void **state)
{
	(void)state;
	for (int s = 0; s < SVC_COUNT; s++) {
		enum sup_state now = sup_step((enum sup_state)s, EV_STOP).next;

		for (int fired = 0; now != SVC_DOWN; fired++) {
			assert_true(fired < 2);
			assert_int_equal(sup_step(now, EV_EXIT).next, SVC_DOWN);
			now = sup_step(now, EV_TIMER).next;
		}
	}
}

static void test_backoff(void **state)
{
	unsigned ms = 0;

	(void)state;
	for (unsigned want = SUP_BACKOFF_MIN_MS; want < SUP_BACKOFF_MAX_MS; want *= 2) {
		ms = sup_backoff(ms, 0);
		assert_int_equal(ms, want);
	}
	for (int i = 0; i < 100; i++) {
		ms = sup_backoff(ms, SUP_STEADY_MS - 1);
		assert_int_equal(ms, SUP_BACKOFF_MAX_MS);
	}
	assert_int_equal(sup_backoff(ms, SUP_STEADY_MS), SUP_BACKOFF_MIN_MS);
	assert_int_equal(sup_backoff(UINT32_MAX, UINT64_MAX), SUP_BACKOFF_MIN_MS);
	assert_int_equal(sup_backoff(UINT32_MAX, 0), SUP_BACKOFF_MAX_MS);
}

static void test_console_parse(void **state)
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

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char names[CONSOLE_MAX][CONSOLE_NAME], all[128] = "";
		size_t n = console_parse(cases[i].text, names, CONSOLE_MAX);

		for (size_t k = 0; k < n; k++) {
			strcat(all, names[k]);
			strcat(all, ",");
		}
		assert_string_equal(all, cases[i].names);
	}
}

static void test_stop_requests(void **state)
{
	(void)state;
	for (int sig = 1; sig < 64; sig++) {
		enum stop_how want = sig == SIGUSR1 ? STOP_HALT : sig == SIGUSR2 ? STOP_POWEROFF :
			sig == SIGTERM || sig == SIGINT ? STOP_REBOOT : STOP_NOT;

		assert_int_equal(stop_request(sig), want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cell),
		cmocka_unit_test(test_stop_always_ends),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_console_parse),
		cmocka_unit_test(test_stop_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

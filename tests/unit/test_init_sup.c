/* SPDX-License-Identifier: ISC */
/* The supervisor's table and its back-off. */
#include "init/sup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define NAME(id, ...) #id,
static const char *const states[] = { SUP_STATES(NAME) };
static const char *const events[] = { SUP_EVENTS(NAME) };
static const char *const actions[] = { SUP_ACTIONS(NAME) };
#undef NAME

/* Said once more, in words and by hand: what every cell of the table has to be. */
static const char *const cells[SVC_COUNT * EV_COUNT] = {
	"DOWN START: WAIT NONE",
	"DOWN STOP: DOWN NONE",
	"DOWN RESTART: WAIT NONE",
	"DOWN CLEAR: DOWN NONE",
	"DOWN READY: DOWN NONE",
	"DOWN DIED: DOWN NONE",
	"DOWN DONE: DOWN NONE",
	"DOWN FAILED: DOWN NONE",
	"DOWN TIMER: DOWN NONE",
	"WAIT START: WAIT NONE",
	"WAIT STOP: DOWN REST",
	"WAIT RESTART: WAIT NONE",
	"WAIT CLEAR: STARTING SPAWN",
	"WAIT READY: WAIT NONE",
	"WAIT DIED: WAIT NONE",
	"WAIT DONE: WAIT NONE",
	"WAIT FAILED: WAIT NONE",
	"WAIT TIMER: WAIT NONE",
	"STARTING START: STARTING NONE",
	"STARTING STOP: STOPPING TERM",
	"STARTING RESTART: CYCLING TERM",
	"STARTING CLEAR: STARTING NONE",
	"STARTING READY: UP READY",
	"STARTING DIED: BACKOFF RETRY",
	"STARTING DONE: DONE REST",
	"STARTING FAILED: FAILED REST",
	"STARTING TIMER: UP LATE",
	"UP START: UP NONE",
	"UP STOP: STOPPING TERM",
	"UP RESTART: CYCLING TERM",
	"UP CLEAR: UP NONE",
	"UP READY: UP NONE",
	"UP DIED: BACKOFF RETRY",
	"UP DONE: DONE REST",
	"UP FAILED: FAILED REST",
	"UP TIMER: UP NONE",
	"BACKOFF START: STARTING SPAWN",
	"BACKOFF STOP: DOWN REST",
	"BACKOFF RESTART: STARTING SPAWN",
	"BACKOFF CLEAR: BACKOFF NONE",
	"BACKOFF READY: BACKOFF NONE",
	"BACKOFF DIED: BACKOFF NONE",
	"BACKOFF DONE: BACKOFF NONE",
	"BACKOFF FAILED: BACKOFF NONE",
	"BACKOFF TIMER: STARTING SPAWN",
	"DONE START: WAIT NONE",
	"DONE STOP: DOWN REST",
	"DONE RESTART: WAIT NONE",
	"DONE CLEAR: DONE NONE",
	"DONE READY: DONE NONE",
	"DONE DIED: DONE NONE",
	"DONE DONE: DONE NONE",
	"DONE FAILED: DONE NONE",
	"DONE TIMER: DONE NONE",
	"FAILED START: WAIT NONE",
	"FAILED STOP: DOWN REST",
	"FAILED RESTART: WAIT NONE",
	"FAILED CLEAR: FAILED NONE",
	"FAILED READY: FAILED NONE",
	"FAILED DIED: FAILED NONE",
	"FAILED DONE: FAILED NONE",
	"FAILED FAILED: FAILED NONE",
	"FAILED TIMER: FAILED NONE",
	"STOPPING START: CYCLING NONE",
	"STOPPING STOP: STOPPING NONE",
	"STOPPING RESTART: CYCLING NONE",
	"STOPPING CLEAR: STOPPING NONE",
	"STOPPING READY: STOPPING NONE",
	"STOPPING DIED: DOWN REST",
	"STOPPING DONE: DOWN REST",
	"STOPPING FAILED: DOWN REST",
	"STOPPING TIMER: KILLED KILL",
	"KILLED START: RECYCLED NONE",
	"KILLED STOP: KILLED NONE",
	"KILLED RESTART: RECYCLED NONE",
	"KILLED CLEAR: KILLED NONE",
	"KILLED READY: KILLED NONE",
	"KILLED DIED: DOWN REST",
	"KILLED DONE: DOWN REST",
	"KILLED FAILED: DOWN REST",
	"KILLED TIMER: DOWN REST",
	"CYCLING START: CYCLING NONE",
	"CYCLING STOP: STOPPING NONE",
	"CYCLING RESTART: CYCLING NONE",
	"CYCLING CLEAR: CYCLING NONE",
	"CYCLING READY: CYCLING NONE",
	"CYCLING DIED: WAIT REST",
	"CYCLING DONE: WAIT REST",
	"CYCLING FAILED: WAIT REST",
	"CYCLING TIMER: RECYCLED KILL",
	"RECYCLED START: RECYCLED NONE",
	"RECYCLED STOP: KILLED NONE",
	"RECYCLED RESTART: RECYCLED NONE",
	"RECYCLED CLEAR: RECYCLED NONE",
	"RECYCLED READY: RECYCLED NONE",
	"RECYCLED DIED: WAIT REST",
	"RECYCLED DONE: WAIT REST",
	"RECYCLED FAILED: WAIT REST",
	"RECYCLED TIMER: WAIT REST",
};

static void every_cell(void **unused)
{
	char cell[64];

	(void)unused;
	for (int s = 0; s < SVC_COUNT; s++) {
		for (int e = 0; e < EV_COUNT; e++) {
			struct sup_step step = sup_step((enum sup_state)s, (enum sup_event)e);

			snprintf(cell, sizeof(cell), "%s %s: %s %s", states[s], events[e],
				 states[step.next], actions[step.action]);
			assert_string_equal(cell, cells[s * EV_COUNT + e]);
		}
	}
}

/* Nobody asks again: every other event, in every order, and then the timer. */
static void stopped_comes_to_rest(enum sup_state now, int depth)
{
	if (sup_is_at_rest(now)) {
		assert_int_equal(now, SVC_DOWN);
		return;
	}
	assert_true(now == SVC_STOPPING || now == SVC_KILLED);
	for (int e = 0; e < EV_COUNT && depth > 0; e++)
		if (e != EV_START && e != EV_RESTART)
			stopped_comes_to_rest(sup_step(now, (enum sup_event)e).next, depth - 1);
	now = sup_step(now, EV_TIMER).next;
	assert_int_equal(sup_step(now, EV_TIMER).next, SVC_DOWN);
}

static void stop_always_ends(void **unused)
{
	(void)unused;
	for (int s = 0; s < SVC_COUNT; s++)
		stopped_comes_to_rest(sup_step((enum sup_state)s, EV_STOP).next, 4);
}

static void start_leads_up_from_everywhere(void **unused)
{
	static const enum sup_event path[] = { EV_START, EV_TIMER, EV_TIMER, EV_CLEAR, EV_READY };

	(void)unused;
	for (int s = 0; s < SVC_COUNT; s++) {
		enum sup_state now = (enum sup_state)s;

		for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++)
			now = sup_step(now, path[i]).next;
		assert_int_equal(now, SVC_UP);
	}
}

static void timers_resolve(void **unused)
{
	static const enum sup_state going[] = { SVC_STOPPING, SVC_KILLED, SVC_CYCLING,
						SVC_RECYCLED };

	(void)unused;
	for (size_t i = 0; i < sizeof(going) / sizeof(going[0]); i++) {
		enum sup_state now = sup_step(going[i], EV_TIMER).next;

		if (!sup_is_at_rest(now))
			now = sup_step(now, EV_TIMER).next;
		assert_true(sup_is_at_rest(now));
	}
}

/* A state with a process is left only when that has ended or is given up, or the timer stands. */
static void processes_are_not_lost(void **unused)
{
	(void)unused;
	for (int s = 0; s < SVC_COUNT; s++) {
		for (int e = 0; e < EV_COUNT; e++) {
			struct sup_step step = sup_step((enum sup_state)s, (enum sup_event)e);

			if (step.action == ACT_SPAWN)
				assert_true(sup_is_at_rest((enum sup_state)s));
			if (!sup_is_at_rest((enum sup_state)s) && sup_is_at_rest(step.next))
				assert_true(step.action == ACT_REST || step.action == ACT_RETRY);
			if (sup_is_at_rest((enum sup_state)s) && !sup_is_at_rest(step.next))
				assert_int_equal(step.action, ACT_SPAWN);
		}
	}
}

static void who_is_in_the_way(void **unused)
{
	(void)unused;
	for (int s = 0; s < SVC_COUNT; s++) {
		assert_int_equal(sup_is_in_the_way((enum sup_state)s),
				 s == SVC_WAIT || s == SVC_STARTING);
		assert_int_equal(sup_is_at_rest((enum sup_state)s),
				 s == SVC_DOWN || s == SVC_WAIT || s == SVC_BACKOFF ||
					 s == SVC_DONE || s == SVC_FAILED);
	}
}

static void names_of_states(void **unused)
{
	static const char *const names[SVC_COUNT] = {
		"down", "waiting", "starting", "up", "backoff", "done", "failed",
		"stopping", "killed", "restarting", "rekilled",
	};

	(void)unused;
	for (int s = 0; s < SVC_COUNT; s++)
		assert_string_equal(sup_state_name((enum sup_state)s), names[s]);
}

static void backoff_doubles(void **unused)
{
	static const struct sup_backoff b = { 100, 30000 };
	static const unsigned want[] = { 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600,
					 30000, 30000 };
	unsigned ms = 0;

	(void)unused;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		ms = sup_backoff(&b, ms, i % 2 ? SUP_STEADY_MS - 1 : 0);
		assert_int_equal(ms, want[i]);
	}
	assert_int_equal(sup_backoff(&b, ms, SUP_STEADY_MS), 0);
	assert_int_equal(sup_backoff(&b, UINT_MAX, UINT64_MAX), 0);
	assert_int_equal(sup_backoff(&b, UINT_MAX, 0), 30000);
	assert_int_equal(sup_backoff(&b, 99, 0), 100);
}

/* For any limits: never outside of them, never shorter than before, and the longest is reached. */
static void backoff_keeps_its_limits(void **unused)
{
	static const unsigned limits[] = { 0, 1, 2, 3, 7, 1000, 86400000, UINT_MAX };
	const size_t n = sizeof(limits) / sizeof(limits[0]);

	(void)unused;
	for (size_t i = 0; i < n * n; i++) {
		struct sup_backoff b = { limits[i / n], limits[i % n] };
		unsigned ms = 0;

		if (b.min_ms > b.max_ms)
			continue;
		for (int k = 0; k < 40; k++) {
			unsigned next = sup_backoff(&b, ms, 0);

			assert_in_range(next, b.min_ms > ms ? b.min_ms : ms, b.max_ms);
			ms = next;
		}
		assert_int_equal(ms, b.max_ms);
		assert_int_equal(sup_backoff(&b, ms, SUP_STEADY_MS), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell),
		cmocka_unit_test(stop_always_ends),
		cmocka_unit_test(start_leads_up_from_everywhere),
		cmocka_unit_test(timers_resolve),
		cmocka_unit_test(processes_are_not_lost),
		cmocka_unit_test(who_is_in_the_way),
		cmocka_unit_test(names_of_states),
		cmocka_unit_test(backoff_doubles),
		cmocka_unit_test(backoff_keeps_its_limits),
	};

	return cmocka_run_group_tests_name("init_sup", tests, NULL, NULL);
}

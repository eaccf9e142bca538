/* SPDX-License-Identifier: ISC */
/*
 * Guests that mean no good beside honest ones, on real xenstoreds, under a collector built with
 * ASan and UBSan. The collector neither falls nor says what a terminal would obey; the honest
 * guests' results are all there; nobody is done who did not say what makes one done.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host/proc.h"
#include "tests/store/hostile.h"
#include "tests/store/support.h"
#include "tests/store/tap.h"

#define CHECKED_COLLECTOR "build/test/xlab"

enum { HONEST = 10, SAMPLES = 20, SEEDS = 2, TURNS = 200, DEADLINE_MS = 120 * 1000 };

static const struct swarm_kind *const kinds[] = {
#define HOSTILE_POINTER(name, what) &hostile_##name,
	HOSTILE_KINDS(HOSTILE_POINTER)
#undef HOSTILE_POINTER
};

enum { NKINDS = sizeof(kinds) / sizeof(*kinds) };

static void add_hostile(unsigned domid, unsigned kind, unsigned seed)
{
	lab_add(domid, (struct swarm_spec){ .kind = kinds[kind], .seed = seed, .records = TURNS });
}

/* Whatever it says is for a terminal to show. */
static void assert_log_is_harmless(void)
{
	char path[128];
	FILE *f;
	int c;

	snprintf(path, sizeof(path), "%s.log", lab.store);
	f = fopen(path, "re");
	assert_non_null(f);
	while ((c = getc(f)) != EOF)
		if (!isprint(c) && c != '\n')
			fail_msg("the collector said byte %#x", c);
	fclose(f);
}

static void hostile_guests_harm_nobody(void **state)
{
	pid_t collector = collector_start(CHECKED_COLLECTOR);
	unsigned domid = HONEST;

	(void)state;
	for (unsigned i = 0; i < NKINDS * SEEDS; i++)
		add_hostile(++domid, i % NKINDS, i / NKINDS + 1);
	lab_add_many(HONEST, (struct swarm_spec){ .records = SAMPLES });
	assert_int_equal(swarm_run(&lab.swarm, DEADLINE_MS), 0);
	for (unsigned i = HONEST + 1; i <= domid; i++)
		assert_int_equal(harness_guest_gone(&lab.h, i), 0);
	query_until(0, DEADLINE_MS, "SELECT count(*) FROM guest WHERE status='running'");
	collector_stop(collector);
	lab_assert_complete(HONEST, SAMPLES);
	assert_int_equal(query("SELECT count(*) FROM guest WHERE domid > %d", HONEST),
			 NKINDS * SEEDS);
	assert_int_equal(query("SELECT count(*) FROM guest WHERE domid > %d AND"
			       " status NOT IN ('lost', 'invalid')",
			       HONEST),
			 0);
	assert_log_is_harmless();
}

/* For each of an honest guest's records, each of which waits for the one before, the collector may
 * read a flooding one's nodes that often. */
enum { FLOODING = 2, READS_MAX = 600 };

static void a_flood_delays_others_within_bounds(void **state)
{
	const struct swarm_spec flood = { .kind = &hostile_flood, .records = UINT32_MAX - 1 };
	long long until = proc_clock_ms() + DEADLINE_MS;
	pid_t collector;
	struct tap tap;

	(void)state;
	assert_int_equal(tap_start(&tap, lab.h.dir, lab.h.socket), 0);
	collector = collector_start_at(tap.path);
	lab_add(1, (struct swarm_spec){ .records = SAMPLES, .sync = true });
	lab_add(FLOODING, flood);
	while (!lab.swarm.guests[0].over && proc_left_ms(until) > 0)
		swarm_step(&lab.swarm, 10);
	fprintf(stderr, "# %u and %u reads\n", tap.counts->reads[1], tap.counts->reads[FLOODING]);
	assert_true(lab.swarm.guests[0].over);
	assert_true(tap.counts->reads[FLOODING] <= READS_MAX * (SAMPLES + 2));
	collector_stop(collector);
	tap_stop(&tap);
	lab_assert_complete(1, SAMPLES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BOTH(hostile_guests_harm_nobody),
		ON_BOTH(a_flood_delays_others_within_bounds),
	};

	return lab_run("hostile", tests);
}

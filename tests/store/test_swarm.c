/* SPDX-License-Identifier: ISC */
/* Many guests and the real collector on real xenstoreds: nothing is lost and nothing is doubled. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host/proc.h"
#include "tests/store/support.h"

enum { MANY = 1000, FEW = 50, DEADLINE_MS = 120 * 1000 };

static void a_thousand_guests_report_at_once(void **state)
{
	pid_t collector;

	(void)state;
	for (unsigned i = 1; i <= MANY; i++)
		lab_add(i, (struct swarm_spec){ .records = 5 });
	collector = collector_start(COLLECTOR);
	assert_int_equal(swarm_run(&lab.swarm, DEADLINE_MS), 0);
	collector_stop(collector);
	lab_assert_complete(MANY, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BOTH(a_thousand_guests_report_at_once),
	};

	return lab_run("swarm", tests);
}

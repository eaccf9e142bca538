/* SPDX-License-Identifier: ISC */
/* Every plan that is taken has cells, and each round visits each of them once; every other has a
 * reason of one line. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

static void check_round(const struct plan *p, unsigned round)
{
	static unsigned order[PLAN_CELLS_MAX], again[PLAN_CELLS_MAX];
	static unsigned char seen[PLAN_CELLS_MAX];
	unsigned n = plan_cells(p);

	plan_round(p, round, order);
	plan_round(p, round, again);
	check(!memcmp(order, again, n * sizeof(*order)));
	memset(seen, 0, sizeof(seen));
	for (unsigned i = 0; i < n; i++) {
		check(order[i] < n && !seen[order[i]]);
		check(p->order == PLAN_RANDOM || order[i] == i);
		seen[order[i]] = 1;
	}
}

static void check_cells(const struct plan *p)
{
	for (unsigned i = 0; i < plan_cells(p); i++) {
		struct plan_cell c = plan_cell_at(p, i);

		check(c.workload[0] && c.mode > MODE_UNKNOWN && c.mode < MODE_COUNT);
		check(c.vcpus >= 1 && c.vcpus <= 512);
	}
}

/* A cell that always fails comes to an end, and so does one that never does. */
static void check_ends(const struct plan *p)
{
	struct plan_state good = { 0 }, bad = { 0 };
	unsigned round = 0;

	for (; plan_wants(p, &good, round); round++)
		good.done++;
	check(round == plan_boots_max(p) && plan_is_complete(p, &good));
	while (plan_wants(p, &bad, 0))
		bad.failed++;
	check(bad.failed == p->retries + 1 && plan_is_given_up(p, &bad));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct plan p;
	char text[KEYFILE_MAX], why[128] = "";

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (plan_parse(text, &p, why, sizeof(why))) {
		check(why[0] && !strchr(why, '\n'));
		return 0;
	}
	check(plan_cells(&p) > 0 && plan_cells(&p) <= PLAN_CELLS_MAX);
	check(p.seed <= PLAN_SEED_MAX && plan_boots_max(&p) >= plan_boots_min(&p));
	check_cells(&p);
	check_round(&p, 0);
	check_round(&p, 7);
	check_ends(&p);
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include "host/plan.h"

#include "host/stats.h"

unsigned plan_cells(const struct plan *p)
{
	return p->nworkloads * p->nmodes * p->nvcpus;
}

struct plan_cell plan_cell_at(const struct plan *p, unsigned place)
{
	return (struct plan_cell){
		.workload = p->workload[place / p->nvcpus / p->nmodes],
		.mode = p->mode[place / p->nvcpus % p->nmodes],
		.vcpus = p->vcpus[place % p->nvcpus],
	};
}

/* SplitMix64: Steele, Lea and Flood, Fast splittable pseudorandom number generators, OOPSLA 2014.
 */
static uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* A number below n, each as likely: those that would make the first ones likelier are drawn again.
 */
static unsigned random_below(uint64_t *state, unsigned n)
{
	uint64_t x, most = UINT64_MAX - UINT64_MAX % n;

	do
		x = random_next(state);
	while (x >= most);
	return (unsigned)(x % n);
}

/* Fisher and Yates, as Durstenfeld has it (Algorithm 235, CACM 7 (1964), 420). */
void plan_round(const struct plan *p, unsigned round, unsigned *order)
{
	unsigned n = plan_cells(p);
	/* Far apart for neighbours, and the seed's own for the first round. */
	uint64_t state = p->seed + round * UINT64_C(0xd1342543de82ef95);

	for (unsigned i = 0; i < n; i++)
		order[i] = i;
	for (unsigned i = n; p->order == PLAN_RANDOM && i > 1; i--) {
		unsigned j = random_below(&state, i), swap = order[i - 1];

		order[i - 1] = order[j];
		order[j] = swap;
	}
}

unsigned plan_boots_min(const struct plan *p)
{
	return p->per == PLAN_PER_SAMPLE ? p->repetitions : 1;
}

unsigned plan_boots_max(const struct plan *p)
{
	if (!p->max_repetitions)
		return plan_boots_min(p);
	if (p->per == PLAN_PER_SAMPLE)
		return p->max_repetitions;
	return (p->max_repetitions + p->repetitions - 1) / p->repetitions;
}

unsigned plan_repetitions_a_boot(const struct plan *p)
{
	return p->per == PLAN_PER_SAMPLE ? 1 : p->repetitions;
}

bool plan_is_complete(const struct plan *p, const struct plan_state *s)
{
	return s->done >= plan_boots_max(p) || (s->done >= plan_boots_min(p) && s->precise);
}

bool plan_is_given_up(const struct plan *p, const struct plan_state *s)
{
	return s->failed > p->retries && !plan_is_complete(p, s);
}

bool plan_wants(const struct plan *p, const struct plan_state *s, unsigned round)
{
	return s->done <= round && !plan_is_complete(p, s) && !plan_is_given_up(p, s);
}

bool plan_is_precise(const double *values, size_t n, double bound)
{
	return stats_precise_enough(values, n, 0.95, bound) == 1;
}

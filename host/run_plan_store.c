/* SPDX-License-Identifier: ISC */
/* What the store says of a plan's cells, and what a killed run left. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/domains.h"
#include "host/machine.h"
#include "host/run_plan.h"
#include "host/xl.h"

static int all_precise(double *values, size_t n, void *arg)
{
	const struct plan *plan = arg;

	return plan_is_precise(values, n, plan->precision) ? 0 : -ERANGE;
}

int plan_take_cell(struct plan_run *p, struct store *s, unsigned place)
{
	struct plan_work *w = &p->work[place];
	int r = store_boot_mean(s, p->run->name, &p->rows[place], p->plan.desc.size, &w->mean_ms);

	if (r < 0)
		return r;
	w->mean_of = r;
	w->state.precise = p->plan.precision <= 0;
	if (w->state.precise || w->state.done < plan_boots_min(&p->plan))
		return 0;
	r = store_cell_values(s, &p->stored, &p->rows[place], all_precise, &p->plan);
	w->state.precise = !r;
	return r == -ERANGE ? 0 : r;
}

int plan_take_counts(struct plan_run *p, struct store *s)
{
	int r = p->stored.id ? store_cells_get(s, &p->stored, p->rows, p->ncells) : 0;

	for (unsigned i = 0; !r && i < p->ncells; i++) {
		p->work[i].state.done = p->rows[i].done;
		p->work[i].state.failed = p->rows[i].failed;
	}
	return r;
}

/* Whether the domain has a name that the plan gives its guests. */
static bool is_ours(const struct plan_run *p, const char *name)
{
	char slot[sizeof(p->plan.desc.name)];

	for (unsigned i = 0; i < PLAN_JOBS_MAX; i++) {
		plan_slot_name(p, i, slot);
		if (!strcmp(name, slot))
			return true;
	}
	return !strcmp(name, p->plan.desc.name);
}

/* Destroys the domain of that UUID, if there is one: UUIDs are made up, a boot each, so it is ours.
 * 0 or -errno. */
static int destroy_left(struct plan_run *p, const char *uuid)
{
	char log[PATH_MAX + 16];
	struct domains all;
	int r;

	snprintf(log, sizeof(log), "%s/left.log", p->slot[0].guest.setup.dir);
	r = domains_read(&all, log);
	if (r)
		return r;
	for (size_t i = 0; !r && i < all.n; i++) {
		if (strcmp(all.one[i].uuid, uuid) || !is_ours(p, all.one[i].name))
			continue;
		log_info("%s: destroying what an interrupted run left (domain %u)", all.one[i].name,
			 all.one[i].domid);
		r = xl_destroy(all.one[i].name, log);
	}
	domains_free(&all);
	return r;
}

/* One boot that has no end. 1, 0 when there is none any more, or -errno. */
static int clean_one(struct plan_run *p, struct store *s)
{
	struct store_boot b;
	int r = store_boot_left(s, &p->stored, p->host, &b);

	if (r <= 0)
		return r;
	/* QEMU, natively, died with whoever started it. */
	r = machine_is_dom0() ? destroy_left(p, b.uuid) : 0;
	if (!r)
		r = store_boot_settle(s, &p->stored, &b);
	return r ? r : 1;
}

int plan_clean_up(struct plan_run *p)
{
	struct store *s;
	int r = store_open(p->run->store, STORE_WRITE, &s);

	if (r)
		return cmd_fail_store(r, p->run->store);
	do
		r = clean_one(p, s);
	while (r > 0);
	if (!r)
		r = plan_take_counts(p, s);
	for (unsigned i = 0; !r && i < p->ncells; i++)
		r = plan_take_cell(p, s, i);
	store_close(s);
	return r ? cmd_fail_store(r, p->run->store) : EXIT_OK;
}

/* SPDX-License-Identifier: ISC */
/* What a plan adds to a run: when boots began and how long they took, those that nothing was heard
 * of, and the order of workloads. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/report_parts.h"
#include "host/report_text.h"
#include "host/walk.h"

struct planner {
	struct store *s;
	struct report *r;
	json_t *boots;	   /* place of a boot, by its UUID */
	json_t *workloads; /* in the order of the plan */
	const struct walk_cell *cell;
};

/* The plan as people may copy it: lines of printable ASCII that end nothing that they stand in. */
static char *plan_copy(const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len + 1);

	for (size_t i = 0; copy && i <= len; i++) {
		bool fine = !text[i] || text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~');

		copy[i] = fine && text[i] != '`' ? text[i] : '?';
	}
	return copy;
}

/* A boot that has no guest in the store. */
static struct report_boot *boot_new(struct report *r, const struct walk_cell *cell,
				    const struct walk_boot *b)
{
	struct report_boot *boots = report_grow(r->boots, r->nboots, sizeof(*boots)), *boot;

	if (!boots)
		return NULL;
	r->boots = boots;
	boot = &boots[r->nboots++];
	text_take(boot->uuid, b->uuid, sizeof(boot->uuid));
	text_take(boot->asked, cell->mode, sizeof(boot->asked));
	text_take(boot->workload, cell->workload, sizeof(boot->workload));
	text_take(boot->status, b->status, sizeof(boot->status));
	text_take(boot->host, b->host, sizeof(boot->host));
	text_take(boot->first_seen, b->begun, sizeof(boot->first_seen));
	memcpy(boot->size, r->boots[0].size, sizeof(boot->size));
	memcpy(boot->image, r->boots[0].image, sizeof(boot->image));
	return boot;
}

static int take_boot(const struct walk_boot *b, void *arg)
{
	struct planner *p = arg;
	const json_t *known = json_object_get(p->boots, b->uuid);
	struct report_boot *boot =
		known ? &p->r->boots[json_integer_value(known)] : boot_new(p->r, p->cell, b);
	double begun = report_seconds(b->begun);

	if (!boot)
		return -ENOMEM;
	boot->begun = begun > 0 ? begun : boot->begun;
	boot->took = b->took_ms == STORE_UNKNOWN || b->took_ms < 0 ? 0 : (double)b->took_ms / 1000;
	boot->cell_vcpus = (unsigned)p->cell->vcpus;
	if (!boot->why[0])
		text_take(boot->why, b->why, sizeof(boot->why));
	return 0;
}

static int take_cell(const struct walk_cell *cell, void *arg)
{
	struct planner *p = arg;
	size_t n = json_object_size(p->workloads);

	if (!json_object_get(p->workloads, cell->workload) &&
	    json_object_set_new(p->workloads, cell->workload, json_integer((json_int_t)n)))
		return -ENOMEM;
	p->cell = cell;
	return walk_boots(p->s, cell->id, take_boot, p);
}

static int take_plan(const struct walk_plan *plan, const char *text, void *arg)
{
	struct planner *p = arg;
	struct report *r = p->r;

	r->plan = plan_copy(text);
	if (!r->plan)
		return -ENOMEM;
	r->seed = plan->seed;
	text_take(r->order, plan->order, sizeof(r->order));
	return walk_cells(p->s, plan->id, take_cell, p);
}

static int index_boots(struct planner *p)
{
	for (size_t i = 0; i < p->r->nboots; i++)
		if (json_object_set_new(p->boots, p->r->boots[i].uuid, json_integer((json_int_t)i)))
			return -ENOMEM;
	return 0;
}

/* Puts the workloads of rows into the order of the plan, those of none behind. */
static void order_rows(struct planner *p)
{
	size_t workloads = json_object_size(p->workloads);

	for (size_t i = 0; i < p->r->nrows; i++) {
		const json_t *at = json_object_get(p->workloads, p->r->rows[i].workload);

		p->r->rows[i].place +=
			(at ? (size_t)json_integer_value(at) : workloads) * p->r->nrows;
	}
}

int report_plan(struct store *s, const char *run, struct report *r)
{
	struct planner p = { .s = s, .r = r, .boots = json_object(), .workloads = json_object() };
	int err = p.boots && p.workloads ? index_boots(&p) : -ENOMEM;

	if (!err)
		err = walk_plans(s, run, take_plan, &p);
	if (!err)
		order_rows(&p);
	json_decref(p.boots);
	json_decref(p.workloads);
	return err;
}

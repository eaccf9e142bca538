/* SPDX-License-Identifier: ISC */
#include "host/export_json.h"

#include <jansson.h>

#include "host/walk.h"

static int put_boot(const struct walk_boot *b, void *arg)
{
	struct export_writer *w = arg;
	int r;

	export_json_next(w, &w->more_boots);
	putc('{', w->f);
	r = export_json_members(
		w, json_pack("{sI ss ss ss so ss ss}", "attempt", (json_int_t)b->attempt, "uuid",
			     b->uuid, "host", b->host, "begun", b->begun, "took_ms",
			     b->took_ms == STORE_UNKNOWN ? json_null() : json_integer(b->took_ms),
			     "status", b->status, "why", b->why));
	putc('}', w->f);
	return r;
}

static int put_cell(const struct walk_cell *c, void *arg)
{
	struct export_writer *w = arg;
	int r;

	export_json_next(w, &w->more_cells);
	putc('{', w->f);
	r = export_json_members(w, json_pack("{sI ss ss sI}", "place", (json_int_t)c->place,
					     "workload", c->workload, "mode", c->mode, "vcpus",
					     (json_int_t)c->vcpus));
	fputs(",\"boots\":[", w->f);
	w->more_boots = false;
	if (!r)
		r = walk_boots(w->s, c->id, put_boot, w);
	fputs("]}", w->f);
	return r;
}

static int put_plan(const struct walk_plan *p, const char *text, void *arg)
{
	struct export_writer *w = arg;
	int r;

	export_json_next(w, &w->more_plans);
	putc('{', w->f);
	r = export_json_members(w,
				json_pack("{ss ss ss sI ss ss ss ss}", "run", p->run, "text", text,
					  "sha256", p->sha256, "seed", (json_int_t)p->seed, "order",
					  p->order, "host", p->host, "begun", p->begun, "payloads",
					  p->payloads));
	fputs(",\"cells\":[", w->f);
	w->more_cells = false;
	if (!r)
		r = walk_cells(w->s, p->id, put_cell, w);
	fputs("]}", w->f);
	return r;
}

int export_json_plans(struct export_writer *w, const char *run)
{
	w->more_plans = false;
	return walk_plans(w->s, run, put_plan, w);
}

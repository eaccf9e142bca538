/* SPDX-License-Identifier: ISC */
#include "host/import_plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/walk.h"

struct importer {
	struct store *to, *from;
	struct import_result *r;
	const char *run;
	int64_t plan, cell; /* ours */
};

static int conflict(struct importer *im, const char *what, int64_t n)
{
	snprintf(im->r->conflict, sizeof(im->r->conflict), "run %s: %s%.0lld", im->run, what,
		 (long long)n);
	return -EEXIST;
}

/* What an INSERT that does nothing for a row that is there leaves to be found: its id, and whether
 * it is the same. 0, -EEXIST or -errno. */
static int take_same(sqlite3_stmt *row, int r, int64_t *id)
{
	int64_t same;

	if (r <= 0)
		return r ? r : -EIO;
	r = store_take(row, "ii", id, &same);
	sqlite3_finalize(row);
	return r ? r : same ? 0 : -EEXIST;
}

/* Another host may know better how it ended; what is over here stays as it is. */
static int take_boot(const struct walk_boot *b, void *arg)
{
	struct importer *im = arg;

	return store_do(im->to,
			"INSERT INTO boot (cell, attempt, uuid, host, begun, took_ms, status, why)"
			" VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, ''))"
			" ON CONFLICT (cell, uuid) DO UPDATE SET took_ms=excluded.took_ms,"
			" status=excluded.status, why=excluded.why WHERE status='running'",
			"iisssnss", im->cell, b->attempt, b->uuid, b->host, b->begun, b->took_ms,
			b->status, b->why);
}

static int take_cell(const struct walk_cell *c, void *arg)
{
	struct importer *im = arg;
	sqlite3_stmt *row;
	int r = store_do(
		im->to,
		"INSERT INTO cell (plan, place, workload, mode, vcpus) VALUES (?, ?, ?, ?, ?)"
		" ON CONFLICT (plan, place) DO NOTHING",
		"iissi", im->plan, c->place, c->workload, c->mode, c->vcpus);

	if (r)
		return r;
	r = store_query(im->to, &row,
			"SELECT id, workload=? AND mode=? AND vcpus=? FROM cell"
			" WHERE plan=? AND place=?",
			"ssiii", c->workload, c->mode, c->vcpus, im->plan, c->place);
	r = take_same(row, r, &im->cell);
	if (r)
		return r == -EEXIST ? conflict(im, "cell ", c->place) : r;
	return walk_boots(im->from, c->id, take_boot, im);
}

static int take_plan(const struct walk_plan *p, const char *text, void *arg)
{
	struct importer *im = arg;
	sqlite3_stmt *row;
	int r = store_do(im->to,
			 "INSERT INTO plan (run, text, sha256, seed, ordering, host, begun, payloads)"
			 " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run) DO NOTHING",
			 "sssissss", p->run, text, p->sha256, p->seed, p->order, p->host, p->begun,
			 p->payloads);

	if (r)
		return r;
	im->run = p->run;
	r = store_query(im->to, &row,
			"SELECT id, sha256=? AND seed=? AND ordering=? AND payloads=? FROM plan WHERE run=?",
			"sisss", p->sha256, p->seed, p->order, p->payloads, p->run);
	r = take_same(row, r, &im->plan);
	if (r)
		return r == -EEXIST ? conflict(im, "another plan", 0) : r;
	return walk_cells(im->from, p->id, take_cell, im);
}

int import_plans(struct store *to, struct store *from, struct import_result *r)
{
	struct importer im = { .to = to, .from = from, .r = r };

	return walk_plans(from, NULL, take_plan, &im);
}

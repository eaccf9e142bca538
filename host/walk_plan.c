/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include "host/plan.h"
#include "host/store_plan.h"
#include "host/walk.h"

#define TEXT(field) field, sizeof(field)

/* A query on its way. */
struct walk {
	struct store *s; /* of plans alone */
	int (*plan)(const struct walk_plan *p, const char *text, void *arg);
	int (*cell)(const struct walk_cell *c, void *arg);
	int (*boot)(const struct walk_boot *b, void *arg);
	void *arg;
};

static bool mode_is_known(const char *name)
{
	enum mode mode;

	return !mode_parse(name, &mode);
}

static bool order_is_known(const char *name)
{
	return !plan_set_order(&(struct plan){ .nmodes = 0 }, name);
}

static bool status_is_known(const char *name)
{
	for (int i = 0; i <= STORE_BOOT_INTERRUPTED; i++)
		if (!strcmp(store_boot_name((enum store_boot_status)i), name))
			return true;
	return false;
}

static int take_plan(sqlite3_stmt *row, void *walk)
{
	const struct walk *w = walk;
	struct store_plan key;
	struct walk_plan p;
	char text[KEYFILE_MAX];
	int r = store_take(row, "ississss", &p.id, TEXT(p.run), TEXT(p.sha256), &p.seed,
			   TEXT(p.order), TEXT(p.host), TEXT(p.begun), TEXT(p.payloads));

	if (!r && !order_is_known(p.order))
		r = -EUCLEAN;
	if (r)
		return r;
	key.id = p.id;
	strcpy(key.sha256, p.sha256);
	r = store_plan_text(w->s, &key, text);
	return r ? r : w->plan(&p, text, w->arg);
}

int walk_plans(struct store *s, const char *run,
	       int (*each)(const struct walk_plan *p, const char *text, void *arg), void *arg)
{
	struct walk w = { .s = s, .plan = each, .arg = arg };
	sqlite3_stmt *row;
	int r = store_query(s, &row,
			    "SELECT id, run, sha256, seed, ordering, host, begun, payloads FROM plan"
			    " WHERE ?1 IS NULL OR run = ?1 ORDER BY id",
			    "s", run);

	return walk_rows(s, row, r, take_plan, &w);
}

static int take_cell(sqlite3_stmt *row, void *walk)
{
	const struct walk *w = walk;
	struct walk_cell c;
	int r = store_take(row, "iissi", &c.id, &c.place, TEXT(c.workload), TEXT(c.mode), &c.vcpus);

	if (!r && !mode_is_known(c.mode))
		r = -EUCLEAN;
	return r ? r : w->cell(&c, w->arg);
}

int walk_cells(struct store *s, int64_t plan, int (*each)(const struct walk_cell *c, void *arg),
	       void *arg)
{
	struct walk w = { .cell = each, .arg = arg };
	sqlite3_stmt *row;
	int r = store_query(s, &row,
			    "SELECT id, place, workload, mode, vcpus FROM cell WHERE plan=?"
			    " ORDER BY place",
			    "i", plan);

	return walk_rows(s, row, r, take_cell, &w);
}

static int take_boot(sqlite3_stmt *row, void *walk)
{
	const struct walk *w = walk;
	struct walk_boot b;
	int r = store_take(row, "isssnss", &b.attempt, TEXT(b.uuid), TEXT(b.host), TEXT(b.begun),
			   &b.took_ms, TEXT(b.status), TEXT(b.why));

	if (!r && !status_is_known(b.status))
		r = -EUCLEAN;
	return r ? r : w->boot(&b, w->arg);
}

int walk_boots(struct store *s, int64_t cell, int (*each)(const struct walk_boot *b, void *arg),
	       void *arg)
{
	struct walk w = { .boot = each, .arg = arg };
	sqlite3_stmt *row;
	int r = store_query(s, &row,
			    "SELECT attempt, uuid, host, begun, took_ms, status, why FROM boot"
			    " WHERE cell=? ORDER BY attempt, id",
			    "i", cell);

	return walk_rows(s, row, r, take_boot, &w);
}

static int pass_boot(const struct walk_boot *b, void *arg)
{
	(void)b, (void)arg;
	return 0;
}

static int pass_cell(const struct walk_cell *c, void *arg)
{
	return walk_boots(arg, c->id, pass_boot, NULL);
}

static int pass_plan(const struct walk_plan *p, const char *text, void *arg)
{
	(void)text;
	return walk_cells(arg, p->id, pass_cell, arg);
}

int walk_check_plans(struct store *s)
{
	return walk_plans(s, NULL, pass_plan, s);
}

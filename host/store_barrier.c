/* SPDX-License-Identifier: ISC */
#include "host/store_barrier.h"

#include <errno.h>
#include <stdio.h>

#include "host/store_sql.h"

int store_barrier_get(struct store *s, struct store_barrier *b)
{
	sqlite3_stmt *row;
	int r = store_query(s, &row,
			    "SELECT id, planned_ns, guests, skew_ns FROM barrier"
			    " WHERE run=? AND host=? AND name=?",
			    "sss", b->run, b->host, b->name);

	if (r <= 0)
		return r ? r : -ENOENT;
	r = store_take(row, "iiin", &b->id, &b->planned_ns, &b->guests, &b->skew_ns);
	sqlite3_finalize(row);
	return r;
}

int store_barrier_put(struct store *s, struct store_barrier *b)
{
	sqlite3_stmt *row;
	int r = store_query(s, &row,
			    "INSERT INTO barrier (run, host, name, planned_ns, guests, skew_ns)"
			    " VALUES (?, ?, ?, ?, ?, ?)"
			    " ON CONFLICT (run, host, name) DO UPDATE SET"
			    " planned_ns=excluded.planned_ns, guests=excluded.guests,"
			    " skew_ns=excluded.skew_ns RETURNING id",
			    "sssiin", b->run, b->host, b->name, b->planned_ns, b->guests,
			    b->skew_ns);

	if (r <= 0)
		return r ? r : -EIO;
	b->id = sqlite3_column_int64(row, 0);
	r = store_next(s, row);
	if (r == 1)
		sqlite3_finalize(row);
	return r < 0 ? r : 0;
}

int store_barrier_guest_put(struct store *s, const struct store_barrier_guest *g)
{
	return store_do(s, "INSERT OR REPLACE INTO barrier_guest VALUES (?, ?, ?, ?, ?, ?)",
			"iinnnn", g->barrier, g->guest, g->offset_ns, g->error_ns, g->planned_ns,
			g->actual_ns);
}

int store_barrier_began(struct store *s, const struct store_guest *g, const struct record *rec)
{
	struct store_barrier b = { 0 };
	int r;

	snprintf(b.run, sizeof(b.run), "%s", g->run);
	snprintf(b.host, sizeof(b.host), "%s", g->host);
	snprintf(b.name, sizeof(b.name), "%s", rec->barrier);
	r = store_barrier_get(s, &b);
	if (r)
		return r == -ENOENT ? 0 : r;
	r = store_do(s,
		     "UPDATE barrier_guest SET planned_ns=?, actual_ns=? WHERE barrier=? AND guest=?",
		     "iiii", (int64_t)rec->planned, (int64_t)rec->actual, b.id, g->id);
	if (r)
		return r;
	return store_do(s,
			"UPDATE barrier SET skew_ns=("
			"SELECT max(actual_ns - offset_ns) - min(actual_ns - offset_ns)"
			" FROM barrier_guest WHERE barrier=?1 HAVING count(actual_ns)=?2)"
			" WHERE id=?1",
			"ii", b.id, b.guests);
}

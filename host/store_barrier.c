/* SPDX-License-Identifier: ISC */
#include "host/store_sql.h"

#include <errno.h>
#include <stdio.h>

int store_barrier_get(struct store *s, const char *run, struct store_barrier *b)
{
	sqlite3_stmt *row;
	int r = store_query(s, &row,
			    "SELECT id, sync, guests, planned_ns FROM barrier WHERE run=? AND name=?",
			    "ss", run, b->name);

	if (r <= 0)
		return r ? r : -ENOENT;
	b->id = sqlite3_column_int64(row, 0);
	store_column(row, 1, b->sync, sizeof(b->sync));
	b->guests = (uint32_t)sqlite3_column_int64(row, 2);
	b->planned_ns = sqlite3_column_int64(row, 3);
	sqlite3_finalize(row);
	return 0;
}

int store_barrier_put(struct store *s, const char *run, struct store_barrier *b)
{
	int r = store_do(s,
			 "INSERT INTO barrier (run, name, sync, guests, planned_ns) VALUES (?, ?, ?, ?, ?)"
			 " ON CONFLICT (run, name) DO UPDATE SET sync=excluded.sync,"
			 " guests=excluded.guests, planned_ns=excluded.planned_ns, skew_ns=NULL",
			 "sssii", run, b->name, b->sync, (int64_t)b->guests, b->planned_ns);

	return r ? r : store_barrier_get(s, run, b);
}

int store_barrier_guest(struct store *s, const struct store_barrier *b, int64_t guest,
			int64_t offset_ns, int64_t error_ns)
{
	return store_do(s,
			"INSERT OR REPLACE INTO barrier_guest (barrier, guest, offset_ns, error_ns)"
			" VALUES (?, ?, ?, ?)",
			"iiii", b->id, guest, offset_ns, error_ns);
}

int store_barrier_began(struct store *s, const struct store_guest *g, const struct record *rec)
{
	struct store_barrier b = { 0 };
	int r;

	snprintf(b.name, sizeof(b.name), "%s", rec->barrier);
	r = store_barrier_get(s, g->run, &b);
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
			"ii", b.id, (int64_t)b.guests);
}

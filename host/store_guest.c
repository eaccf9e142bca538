/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/store_sql.h"

const char *store_status_name(enum store_status s)
{
#define STORE_NAME(id, name, what) name,
	static const char *const names[] = { STORE_STATUSES(STORE_NAME) };
#undef STORE_NAME
	return names[s];
}

enum store_status store_status_parse(const char *name)
{
	for (int s = STORE_RUNNING; s < STORE_INVALID; s++)
		if (!strcmp(name, store_status_name((enum store_status)s)))
			return (enum store_status)s;
	return STORE_INVALID;
}

/* What is stored of the newest piece, if it can be true. */
static int take_last(struct store_guest *g, int64_t seq, int64_t record, int64_t end, int64_t total)
{
	if (seq < 0 || seq > UINT32_MAX || record < 0 || record > seq || total < 0 ||
	    total > XP_RECORD_MAX || end < 0 || end > total)
		return -EUCLEAN;
	g->last = (struct xp_piece){
		.seq = (uint32_t)seq,
		.record = (uint32_t)record,
		.offset = (uint32_t)end,
		.total = (uint32_t)total,
	};
	return 0;
}

static int take_guest(sqlite3_stmt *row, struct store_guest *g)
{
	int64_t seq, record, end, total, bytes, records, emulated, measured;
	char status[16];
	int r = store_take(row, "isiiiiiiiiss", &g->id, status, sizeof(status), &seq, &record, &end,
			   &total, &bytes, &records, &emulated, &measured, g->host, sizeof(g->host),
			   g->protocol, sizeof(g->protocol));

	if (r)
		return r;
	g->status = store_status_parse(status);
	g->bytes = bytes;
	g->records = records;
	g->emulated = emulated;
	g->measured = measured;
	return take_last(g, seq, record, end, total);
}

static int guest_read(struct store *s, struct store_guest *g)
{
	sqlite3_stmt *row;
	int r = store_query(
		s, &row,
		"SELECT id, status, last_seq, last_record, last_end, last_total, bytes, records,"
		" emulated, measured IS NOT NULL, host, protocol"
		" FROM guest WHERE run=? AND uuid=? AND domid=?",
		"ssi", g->run, g->uuid, (int64_t)g->domid);

	if (r <= 0)
		return r ? r : -ENOENT;
	r = take_guest(row, g);
	sqlite3_finalize(row);
	return r;
}

int store_guest_get(struct store *s, struct store_guest *g)
{
	int r = store_do(
		s,
		"INSERT INTO guest (run, uuid, domid, asked, workload, size, image_sha256, emulated,"
		" host, protocol, status)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), nullif(?, ''), 'running')"
		" ON CONFLICT (run, uuid, domid) DO UPDATE"
		" SET host=coalesce(host, excluded.host), protocol=coalesce(protocol, excluded.protocol)"
		" WHERE (host IS NULL AND excluded.host IS NOT NULL)"
		" OR (protocol IS NULL AND excluded.protocol IS NOT NULL)",
		"ssissssiss", g->run, g->uuid, (int64_t)g->domid, g->asked, g->workload, g->size,
		g->image, (int64_t)g->emulated, g->host, g->protocol);

	return r ? r : guest_read(s, g);
}

int store_status(struct store *s, struct store_guest *g, enum store_status status, const char *why)
{
	int r;

	if (g->status == STORE_INVALID)
		return 0;
	r = store_do(s, "UPDATE guest SET status=?, why=? WHERE id=?", "ssi",
		     store_status_name(status), why, g->id);
	if (!r)
		g->status = status;
	return r;
}

int store_guest_running(struct store *s, const char *host, struct store_guest *g)
{
	sqlite3_stmt *row;
	int64_t domid;
	int r = store_query(s, &row,
			    "SELECT id, uuid, domid, asked FROM guest WHERE status='running'"
			    " AND host=? AND domid > 0 AND id > ? ORDER BY id",
			    "si", host, g->id);

	if (r <= 0)
		return r;
	r = store_take(row, "isis", &g->id, g->uuid, sizeof(g->uuid), &domid, g->asked,
		       sizeof(g->asked));
	sqlite3_finalize(row);
	g->domid = (unsigned)domid;
	g->status = STORE_RUNNING;
	return r ? r : 1;
}

int store_find(struct store *s, const char *run, const char *uuid, enum store_status *status,
	       char *why, size_t size)
{
	char name[16];
	sqlite3_stmt *row;
	int r = store_query(s, &row,
			    "SELECT status, why FROM guest WHERE run=? AND uuid=?"
			    " ORDER BY id DESC",
			    "ss", run, uuid);

	if (r <= 0)
		return r ? r : -ENOENT;
	r = store_take(row, "ss", name, sizeof(name), why, size);
	sqlite3_finalize(row);
	*status = store_status_parse(name);
	return r;
}

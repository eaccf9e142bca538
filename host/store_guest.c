/* SPDX-License-Identifier: ISC */
#include "host/store_sql.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *store_status_name(enum store_status s)
{
#define STORE_NAME(id, name, what) name,
	static const char *const names[] = { STORE_STATUSES(STORE_NAME) };
#undef STORE_NAME
	return names[s];
}

static enum store_status status_parse(const char *name)
{
	for (int s = STORE_RUNNING; s < STORE_INVALID; s++)
		if (!strcmp(name, store_status_name((enum store_status)s)))
			return (enum store_status)s;
	return STORE_INVALID;
}

static int guest_read(struct store *s, struct store_guest *g)
{
	char status[16];
	sqlite3_stmt *row;
	int r = store_query(
		s, &row,
		"SELECT id, status, last_seq, last_record, last_end, last_total, emulated,"
		" measured IS NOT NULL, bytes, records, protocol"
		" FROM guest WHERE run=? AND uuid=? AND domid=?",
		"ssi", g->run, g->uuid, (int64_t)g->domid);

	if (r <= 0)
		return r ? r : -ENOENT;
	g->id = sqlite3_column_int64(row, 0);
	store_column(row, 1, status, sizeof(status));
	g->status = status_parse(status);
	g->last = (struct xp_piece){
		.seq = (uint32_t)sqlite3_column_int64(row, 2),
		.record = (uint32_t)sqlite3_column_int64(row, 3),
		.offset = (uint32_t)sqlite3_column_int64(row, 4),
		.total = (uint32_t)sqlite3_column_int64(row, 5),
	};
	g->emulated = sqlite3_column_int(row, 6);
	g->measured = sqlite3_column_int(row, 7);
	g->bytes = sqlite3_column_int64(row, 8);
	g->records = sqlite3_column_int64(row, 9);
	store_column(row, 10, g->protocol, sizeof(g->protocol));
	sqlite3_finalize(row);
	return 0;
}

int store_guest_get(struct store *s, struct store_guest *g)
{
	int r = store_do(
		s,
		"INSERT OR IGNORE INTO guest"
		" (run, uuid, domid, asked, workload, size, image_sha256, emulated, host, status)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'running')",
		"ssissssis", g->run, g->uuid, (int64_t)g->domid, g->asked, g->workload, g->size,
		g->image, (int64_t)g->emulated, g->host);

	return r ? r : guest_read(s, g);
}

int store_status(struct store *s, struct store_guest *g, enum store_status status, const char *why)
{
	if (g->status == STORE_INVALID)
		return 0;
	g->status = status;
	return store_do(s, "UPDATE guest SET status=?, why=? WHERE id=?", "ssi",
			store_status_name(status), why, g->id);
}

static int record_guest(struct store *s, struct store_guest *g, const struct record *rec)
{
	char why[64];
	int r;

	if (g->measured)
		return store_status(s, g, STORE_INVALID, "its agent was restarted in mid-run");
	g->measured = true;
	g->emulated |= rec->emulated;
	r = store_do(s, "UPDATE guest SET measured=?, link=?, emulated=? WHERE id=?", "ssii",
		     mode_name(rec->mode), rec->link, (int64_t)g->emulated, g->id);
	if (r || !strcmp(mode_name(rec->mode), g->asked))
		return r;
	snprintf(why, sizeof(why), "asked for %s, measured %s", g->asked, mode_name(rec->mode));
	return store_status(s, g, STORE_INVALID, why);
}

static int record_end(struct store *s, struct store_guest *g, const struct record *rec)
{
	if (!g->measured)
		return store_status(s, g, STORE_INVALID, "it never said what it measured");
	if (rec->failed)
		return store_status(s, g, STORE_FAILED, "a step of the workload failed");
	return store_status(s, g, STORE_DONE, NULL);
}

static int record_typed(struct store *s, struct store_guest *g, uint32_t seq,
			const struct record *rec)
{
	if (g->status == STORE_DONE || g->status == STORE_FAILED)
		return store_status(s, g, STORE_INVALID, "went on after its end");
	switch (rec->type) {
	case RECORD_GUEST: return record_guest(s, g, rec);
	case RECORD_SAMPLE:
		return store_do(s, "INSERT INTO sample VALUES (?, ?, ?, ?, ?, ?, ?, ?)", "iissisif",
				g->id, (int64_t)seq, rec->workload, rec->benchmark,
				(int64_t)rec->index, rec->unit, (int64_t)rec->ops, rec->value);
	case RECORD_START: return store_barrier_began(s, g, rec);
	case RECORD_END: return record_end(s, g, rec);
	case RECORD_LOG:
	case RECORD_OTHER: return 0;
	}
	return -EINVAL;
}

static int store_record(struct store *s, struct store_guest *g, uint32_t seq, const char *text,
			size_t len)
{
	struct record rec;
	const char *why;
	int r = record_parse(text, len, g->newer, &rec, &why);

	if (r == -EINVAL)
		return store_status(s, g, STORE_INVALID, why);
	if (r)
		return r;
	r = store_do(s, "INSERT INTO record VALUES (?, ?, CAST(? AS TEXT))", "iib", g->id,
		     (int64_t)seq, text, len);
	if (!r)
		r = record_typed(s, g, seq, &rec);
	record_free(&rec);
	return r;
}

/* Puts the pieces of the record that ends with piece seq together and stores it. */
static int store_assembled(struct store *s, struct store_guest *g, const struct xp_piece *p)
{
	char *text = malloc(p->total);
	size_t len = 0;
	int r = text ? 0 : -ENOMEM;

	for (uint32_t seq = p->record; !r && seq <= p->seq; seq++) {
		sqlite3_stmt *row;

		r = store_query(s, &row, "SELECT data FROM piece WHERE guest=? AND seq=?", "ii",
				g->id, (int64_t)seq);
		if (r <= 0) {
			r = -EIO;
			break;
		}
		memcpy(text + len, sqlite3_column_blob(row, 0),
		       (size_t)sqlite3_column_bytes(row, 0));
		len += (size_t)sqlite3_column_bytes(row, 0);
		sqlite3_finalize(row);
		r = 0;
	}
	if (!r)
		r = store_record(s, g, p->record, text, len);
	free(text);
	return r;
}

int store_piece(struct store *s, struct store_guest *g, const struct xp_piece *p)
{
	bool whole = p->offset == 0 && xp_piece_ends_record(p);
	int r = 0;

	/* A record that its guest never finished leaves nothing behind. */
	if (p->offset == 0)
		r = store_do(s, "DELETE FROM piece WHERE guest=?", "i", g->id);
	if (!r && whole)
		r = store_record(s, g, p->seq, p->data, p->len);
	else if (!r)
		r = store_do(s, "INSERT INTO piece VALUES (?, ?, ?)", "iib", g->id, (int64_t)p->seq,
			     p->data, p->len);
	if (!r && !whole && xp_piece_ends_record(p))
		r = store_assembled(s, g, p);
	if (!r)
		r = store_do(s,
			     "UPDATE guest SET last_seq=?, last_record=?, last_end=?, last_total=?,"
			     " bytes=bytes+?, records=records+?, protocol=? WHERE id=?",
			     "iiiiiisi", (int64_t)p->seq, (int64_t)p->record,
			     (int64_t)(p->offset + p->len), (int64_t)p->total, (int64_t)p->len,
			     (int64_t)(p->offset == 0), g->protocol, g->id);
	if (r)
		return r;
	g->bytes += (int64_t)p->len;
	g->records += p->offset == 0;
	g->last = *p;
	g->last.offset += (uint32_t)p->len;
	g->last.len = 0;
	g->last.data = NULL;
	return 0;
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
	store_column(row, 0, name, sizeof(name));
	store_column(row, 1, why, size);
	sqlite3_finalize(row);
	*status = status_parse(name);
	return 0;
}

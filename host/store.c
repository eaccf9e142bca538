/* SPDX-License-Identifier: ISC */
#include "host/store.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/io.h"

enum { STORE_VERSION = 1, STORE_APPLICATION_ID = 0x786c6162 /* "xlab" */, BUSY_MS = 5000 };

struct store {
	sqlite3 *db;
};

static const char schema[] =
	"CREATE TABLE guest ("
	" id INTEGER PRIMARY KEY,"
	" run TEXT NOT NULL,"
	" uuid TEXT NOT NULL,"
	" domid INTEGER NOT NULL,"
	" asked TEXT NOT NULL,"
	" measured TEXT,"
	" workload TEXT NOT NULL,"
	" size TEXT NOT NULL,"
	" image_sha256 TEXT NOT NULL,"
	" link TEXT,"
	" emulated INTEGER NOT NULL,"
	" status TEXT NOT NULL,"
	" why TEXT,"
	" first_seen TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),"
	" last_seq INTEGER NOT NULL DEFAULT 0,"
	" last_record INTEGER NOT NULL DEFAULT 0,"
	" last_end INTEGER NOT NULL DEFAULT 0,"
	" last_total INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE (run, uuid, domid));"
	"CREATE TABLE piece ("
	" guest INTEGER NOT NULL REFERENCES guest,"
	" seq INTEGER NOT NULL,"
	" data BLOB NOT NULL,"
	" PRIMARY KEY (guest, seq)) WITHOUT ROWID;"
	"CREATE TABLE record ("
	" guest INTEGER NOT NULL REFERENCES guest,"
	" seq INTEGER NOT NULL,"
	" json TEXT NOT NULL,"
	" PRIMARY KEY (guest, seq)) WITHOUT ROWID;"
	"CREATE TABLE sample ("
	" guest INTEGER NOT NULL REFERENCES guest,"
	" seq INTEGER NOT NULL,"
	" workload TEXT NOT NULL,"
	" benchmark TEXT NOT NULL,"
	" idx INTEGER NOT NULL,"
	" unit TEXT NOT NULL,"
	" ops INTEGER NOT NULL,"
	" value REAL NOT NULL,"
	" PRIMARY KEY (guest, seq)) WITHOUT ROWID;";

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

const char *store_error(const struct store *s)
{
	return sqlite3_errmsg(s->db);
}

struct sqlite3 *store_db(struct store *s)
{
	return s->db;
}

static int store_exec(struct store *s, const char *sql)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : -EIO;
}

/*
 * Runs one statement up to its first row. types has a letter for each value that follows: i
 * int64_t, f double, s text or NULL, b blob (pointer, size_t). Returns 1 with the row in *row, for
 * the caller to finalize, 0 when there is none, or -EIO.
 */
static int store_query(struct store *s, sqlite3_stmt **row, const char *sql, const char *types, ...)
{
	int r = sqlite3_prepare_v2(s->db, sql, -1, row, NULL);
	va_list ap;

	va_start(ap, types);
	for (int i = 1; r == SQLITE_OK && *types; i++, types++) {
		if (*types == 'i')
			r = sqlite3_bind_int64(*row, i, va_arg(ap, int64_t));
		else if (*types == 'f')
			r = sqlite3_bind_double(*row, i, va_arg(ap, double));
		else if (*types == 's')
			r = sqlite3_bind_text(*row, i, va_arg(ap, const char *), -1, SQLITE_STATIC);
		else {
			const void *data = va_arg(ap, const void *);

			r = sqlite3_bind_blob64(*row, i, data, va_arg(ap, size_t), SQLITE_STATIC);
		}
	}
	va_end(ap);
	if (r == SQLITE_OK)
		r = sqlite3_step(*row);
	if (r == SQLITE_ROW)
		return 1;
	sqlite3_finalize(*row);
	*row = NULL;
	return r == SQLITE_DONE ? 0 : -EIO;
}

/* The same for a statement that gives no row. 0 or -EIO. */
#define store_do(s, sql, ...) \
	store_done(store_query(s, &(sqlite3_stmt *){ NULL }, sql, __VA_ARGS__))

static int store_done(int r)
{
	return r < 0 ? r : 0;
}

/* The integer that a pragma gives, or -EIO. */
static int64_t store_pragma(struct store *s, const char *sql)
{
	sqlite3_stmt *row;
	int64_t n = store_query(s, &row, sql, "");

	if (n == 1) {
		n = sqlite3_column_int64(row, 0);
		sqlite3_finalize(row);
	}
	return n;
}

/* Makes the tables in an empty file; refuses a file of somebody else's. */
static int store_prepare(struct store *s, enum store_access access)
{
	char sql[96];
	int64_t id, version, tables;
	int r = access == STORE_READ ? store_exec(s, "BEGIN") : store_begin(s);

	if (r)
		return r;
	id = store_pragma(s, "PRAGMA application_id");
	version = store_pragma(s, "PRAGMA user_version");
	tables = store_pragma(s, "SELECT count(*) FROM sqlite_master");
	if (id < 0 || version < 0 || tables < 0) {
		r = -EIO;
	} else if (id == STORE_APPLICATION_ID) {
		r = version == STORE_VERSION ? 0 : -EPROTO;
	} else if (id || tables || access == STORE_READ) {
		r = -EPROTO;
	} else {
		snprintf(sql, sizeof(sql), "PRAGMA application_id=%d; PRAGMA user_version=%d",
			 STORE_APPLICATION_ID, STORE_VERSION);
		r = store_exec(s, schema);
		if (!r)
			r = store_exec(s, sql);
	}
	if (!r)
		return store_commit(s);
	store_rollback(s);
	return r;
}

/* The error that a failed open or first access stands for. */
static int store_open_error(struct store *s, int r)
{
	int code = sqlite3_errcode(s->db), err = sqlite3_system_errno(s->db);

	if (code == SQLITE_NOTADB)
		return -EPROTO;
	if (code == SQLITE_READONLY)
		return -EROFS;
	if (code == SQLITE_FULL)
		return -ENOSPC;
	return code == SQLITE_CANTOPEN && err ? -err : r;
}

int store_open(const char *path, enum store_access access, struct store **out)
{
	int flags = access == STORE_READ ? SQLITE_OPEN_READWRITE
					 : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	struct store *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	r = io_is_plain(path);
	if (r && r != -ENOENT) {
		free(s);
		return r;
	}
	r = sqlite3_open_v2(path, &s->db, flags, NULL) == SQLITE_OK ? 0 : -EIO;
	if (!r) {
		sqlite3_busy_timeout(s->db, BUSY_MS);
		r = store_exec(s, "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON");
	}
	if (!r && access == STORE_WRITE && sqlite3_db_readonly(s->db, "main") == 1)
		r = -EROFS;
	if (!r)
		r = store_prepare(s, access);
	if (r) {
		r = store_open_error(s, r);
		store_close(s);
		return r;
	}
	*out = s;
	return 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	sqlite3_close(s->db);
	free(s);
}

int store_begin(struct store *s)
{
	return store_exec(s, "BEGIN IMMEDIATE");
}

int store_commit(struct store *s)
{
	return store_exec(s, "COMMIT");
}

void store_rollback(struct store *s)
{
	if (!sqlite3_get_autocommit(s->db))
		store_exec(s, "ROLLBACK");
}

static void column_text(sqlite3_stmt *row, int i, char *buf, size_t size)
{
	const char *text = (const char *)sqlite3_column_text(row, i);

	snprintf(buf, size, "%s", text ? text : "");
}

static int guest_read(struct store *s, struct store_guest *g)
{
	char status[16];
	sqlite3_stmt *row;
	int r = store_query(
		s, &row,
		"SELECT id, status, last_seq, last_record, last_end, last_total, emulated,"
		" measured IS NOT NULL"
		" FROM guest WHERE run=? AND uuid=? AND domid=?",
		"ssi", g->run, g->uuid, (int64_t)g->domid);

	if (r <= 0)
		return r ? r : -ENOENT;
	g->id = sqlite3_column_int64(row, 0);
	column_text(row, 1, status, sizeof(status));
	g->status = status_parse(status);
	g->last = (struct xp_piece){
		.seq = (uint32_t)sqlite3_column_int64(row, 2),
		.record = (uint32_t)sqlite3_column_int64(row, 3),
		.offset = (uint32_t)sqlite3_column_int64(row, 4),
		.total = (uint32_t)sqlite3_column_int64(row, 5),
	};
	g->emulated = sqlite3_column_int(row, 6);
	g->measured = sqlite3_column_int(row, 7);
	sqlite3_finalize(row);
	return 0;
}

int store_guest_get(struct store *s, struct store_guest *g)
{
	int r = store_do(
		s,
		"INSERT OR IGNORE INTO guest"
		" (run, uuid, domid, asked, workload, size, image_sha256, emulated, status)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'running')",
		"ssissssi", g->run, g->uuid, (int64_t)g->domid, g->asked, g->workload, g->size,
		g->image, (int64_t)g->emulated);

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
	case RECORD_END: return record_end(s, g, rec);
	}
	return -EINVAL;
}

static int store_record(struct store *s, struct store_guest *g, uint32_t seq, const char *text,
			size_t len)
{
	struct record rec;
	const char *why;
	int r = record_parse(text, len, &rec, &why);

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
			     "UPDATE guest SET last_seq=?, last_record=?, last_end=?, last_total=?"
			     " WHERE id=?",
			     "iiiii", (int64_t)p->seq, (int64_t)p->record,
			     (int64_t)(p->offset + p->len), (int64_t)p->total, g->id);
	if (r)
		return r;
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
	column_text(row, 0, name, sizeof(name));
	column_text(row, 1, why, size);
	sqlite3_finalize(row);
	*status = status_parse(name);
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include "host/store_sql.h"

#include <errno.h>
#include <stdio.h>

enum { STORE_APPLICATION_ID = 0x786c6162 /* "xlab" */ };

/* What leads from each version to the next; the first from nothing. Never changed, only added to. */
static const char *const steps[] = {
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
	" PRIMARY KEY (guest, seq)) WITHOUT ROWID;",
	"ALTER TABLE guest ADD COLUMN host TEXT;"
	"ALTER TABLE guest ADD COLUMN protocol TEXT;"
	"ALTER TABLE guest ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE guest ADD COLUMN records INTEGER NOT NULL DEFAULT 0;"
	"UPDATE guest SET"
	" bytes=(SELECT coalesce(sum(length(CAST(json AS BLOB))), 0) FROM record WHERE guest=guest.id),"
	" records=(SELECT count(*) FROM record WHERE guest=guest.id);"
	"CREATE TABLE barrier ("
	" id INTEGER PRIMARY KEY,"
	" run TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" sync TEXT NOT NULL,"
	" guests INTEGER NOT NULL,"
	" planned_ns INTEGER NOT NULL,"
	" skew_ns INTEGER,"
	" UNIQUE (run, name));"
	"CREATE TABLE barrier_guest ("
	" barrier INTEGER NOT NULL REFERENCES barrier,"
	" guest INTEGER NOT NULL REFERENCES guest,"
	" offset_ns INTEGER NOT NULL,"
	" error_ns INTEGER NOT NULL,"
	" planned_ns INTEGER,"
	" actual_ns INTEGER,"
	" PRIMARY KEY (barrier, guest)) WITHOUT ROWID;",
};

enum { STORE_VERSION = sizeof(steps) / sizeof(*steps) };

/* From a version that it has to ours. 0 or -errno. */
static int schema_migrate(struct store *s, int64_t version)
{
	char sql[96];
	int r = 0;

	while (!r && version < STORE_VERSION)
		r = store_exec(s, steps[version++]);
	snprintf(sql, sizeof(sql), "PRAGMA application_id=%d; PRAGMA user_version=%d",
		 STORE_APPLICATION_ID, STORE_VERSION);
	return r ? r : store_exec(s, sql);
}

int store_schema(struct store *s, enum store_access access)
{
	int64_t id = store_number(s, "PRAGMA application_id");
	int64_t version = store_number(s, "PRAGMA user_version");
	int64_t tables = store_number(s, "SELECT count(*) FROM sqlite_master");

	if (id < 0 || version < 0 || tables < 0)
		return -EIO;
	if (id != STORE_APPLICATION_ID && (id || tables || version || access == STORE_READ))
		return -EPROTO;
	if (version > STORE_VERSION)
		return -ENOTSUP;
	if (version == STORE_VERSION)
		return 0;
	return sqlite3_db_readonly(s->db, "main") == 1 ? -EROFS : schema_migrate(s, version);
}

/* SPDX-License-Identifier: ISC */
#include "host/store_schema.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/store_sql.h"

enum { STORE_APPLICATION_ID = 0x786c6162 /* "xlab" */ };

static const char make_v1[] =
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

#define SUM_BYTES \
	"(SELECT coalesce(sum(length(CAST(json AS BLOB))), 0) FROM record" \
	" WHERE record.guest = guest.id)"
#define COUNT_RECORDS "(SELECT count(*) FROM record WHERE record.guest = guest.id)"

static const char make_v2[] = "ALTER TABLE guest ADD COLUMN host TEXT;"
			      "ALTER TABLE guest ADD COLUMN protocol TEXT;"
			      "ALTER TABLE guest ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;"
			      "ALTER TABLE guest ADD COLUMN records INTEGER NOT NULL DEFAULT 0;"
			      "UPDATE guest SET bytes = " SUM_BYTES ", records = " COUNT_RECORDS ";"
			      "CREATE TABLE barrier ("
			      " id INTEGER PRIMARY KEY,"
			      " run TEXT NOT NULL,"
			      " host TEXT NOT NULL,"
			      " name TEXT NOT NULL,"
			      " planned_ns INTEGER NOT NULL,"
			      " guests INTEGER NOT NULL,"
			      " skew_ns INTEGER,"
			      " UNIQUE (run, host, name));"
			      "CREATE TABLE barrier_guest ("
			      " barrier INTEGER NOT NULL REFERENCES barrier,"
			      " guest INTEGER NOT NULL REFERENCES guest,"
			      " offset_ns INTEGER,"
			      " error_ns INTEGER,"
			      " planned_ns INTEGER,"
			      " actual_ns INTEGER,"
			      " PRIMARY KEY (barrier, guest)) WITHOUT ROWID;";

static const char make_v3[] =
	"CREATE TABLE plan ("
	" id INTEGER PRIMARY KEY,"
	" run TEXT NOT NULL UNIQUE,"
	" text TEXT NOT NULL,"
	" sha256 TEXT NOT NULL,"
	" seed INTEGER NOT NULL,"
	" ordering TEXT NOT NULL,"
	" host TEXT NOT NULL,"
	" begun TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')));"
	"CREATE TABLE cell ("
	" id INTEGER PRIMARY KEY,"
	" plan INTEGER NOT NULL REFERENCES plan,"
	" place INTEGER NOT NULL,"
	" workload TEXT NOT NULL,"
	" mode TEXT NOT NULL,"
	" vcpus INTEGER NOT NULL,"
	" UNIQUE (plan, place));"
	"CREATE TABLE boot ("
	" id INTEGER PRIMARY KEY,"
	" cell INTEGER NOT NULL REFERENCES cell,"
	" attempt INTEGER NOT NULL,"
	" uuid TEXT NOT NULL,"
	" host TEXT NOT NULL,"
	" begun TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),"
	" took_ms INTEGER,"
	" status TEXT NOT NULL,"
	" why TEXT,"
	" UNIQUE (cell, uuid));"
	"CREATE INDEX boot_uuid ON boot (uuid);";

/* What a host was like when a boot began and when it had ended. Its texts are shared: `steady` has what
 * seldom changes, `moving` the rest. */
static const char make_v4[] =
	"CREATE TABLE facts ("
	" id INTEGER PRIMARY KEY,"
	" sha256 TEXT NOT NULL UNIQUE,"
	" json TEXT NOT NULL);"
	"CREATE TABLE reading ("
	" run TEXT NOT NULL,"
	" uuid TEXT NOT NULL,"
	" domid INTEGER NOT NULL,"
	" moment TEXT NOT NULL,"
	" taken TEXT NOT NULL,"
	" steady INTEGER NOT NULL REFERENCES facts,"
	" moving INTEGER NOT NULL REFERENCES facts,"
	" PRIMARY KEY (run, uuid, domid, moment)) WITHOUT ROWID;"
	"CREATE TABLE noise ("
	" run TEXT NOT NULL,"
	" uuid TEXT NOT NULL,"
	" domid INTEGER NOT NULL,"
	" place INTEGER NOT NULL,"
	" flag TEXT NOT NULL,"
	" text TEXT NOT NULL,"
	" PRIMARY KEY (run, uuid, domid, place)) WITHOUT ROWID;"
	"ALTER TABLE plan ADD COLUMN payloads TEXT NOT NULL DEFAULT '';";

#define SHOW_FACTS \
	"CREATE TEMP VIEW facts AS SELECT 0 AS id, '' AS sha256, '' AS json WHERE 0;" \
	"CREATE TEMP VIEW reading AS SELECT '' AS run, '' AS uuid, 0 AS domid, '' AS moment, '' AS taken," \
	" 0 AS steady, 0 AS moving WHERE 0;" \
	"CREATE TEMP VIEW noise AS SELECT '' AS run, '' AS uuid, 0 AS domid, 0 AS place, '' AS flag," \
	" '' AS text WHERE 0;"

#define SHOW_PLANS \
	"CREATE TEMP VIEW plan AS SELECT 0 AS id, '' AS run, '' AS text, '' AS sha256, 0 AS seed," \
	" '' AS ordering, '' AS host, '' AS begun, '' AS payloads WHERE 0;" \
	"CREATE TEMP VIEW cell AS SELECT 0 AS id, 0 AS plan, 0 AS place, '' AS workload, '' AS mode," \
	" 0 AS vcpus WHERE 0;" \
	"CREATE TEMP VIEW boot AS SELECT 0 AS id, 0 AS cell, 0 AS attempt, '' AS uuid, '' AS host," \
	" '' AS begun, NULL AS took_ms, '' AS status, NULL AS why WHERE 0;"

static const char show_v3[] = "CREATE TEMP VIEW plan AS SELECT *, '' AS payloads FROM main.plan;" SHOW_FACTS;
static const char show_v2[] = SHOW_PLANS SHOW_FACTS;

static const char show_v1[] =
	"CREATE TEMP VIEW guest AS SELECT *, NULL AS host, NULL AS protocol, " SUM_BYTES
	" AS bytes, " COUNT_RECORDS " AS records FROM main.guest;"
	"CREATE TEMP VIEW barrier AS SELECT 0 AS id, '' AS run, '' AS host, '' AS name,"
	" 0 AS planned_ns, 0 AS guests, NULL AS skew_ns WHERE 0;"
	"CREATE TEMP VIEW barrier_guest AS SELECT 0 AS barrier, 0 AS guest, NULL AS offset_ns,"
	" NULL AS error_ns, NULL AS planned_ns, NULL AS actual_ns WHERE 0;" SHOW_PLANS SHOW_FACTS;

/* What makes a store of version n of one of n - 1, and what shows a store of version n - 1 as one
 * of the newest to those who only read: both change when a version is added. */
static const struct {
	const char *make, *show;
} versions[STORE_VERSION + 1] = {
	[1] = { make_v1, NULL },
	[2] = { make_v2, show_v1 },
	[3] = { make_v3, show_v2 },
	[4] = { make_v4, show_v3 },
};

/* All that SQLite knows of the tables of a file, in an order of its own. */
static const char tables_sql[] =
	"SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '')"
	" FROM main.sqlite_master ORDER BY 1";

static int make_all(struct store *s, int64_t version)
{
	int r = 0;

	for (int64_t v = 1; !r && v <= version; v++)
		r = store_exec(s, versions[v].make);
	return r;
}

/* Whether the tables of both are the same. */
static int compare_tables(struct store *s, struct store *ours)
{
	sqlite3_stmt *a = NULL, *b = NULL;
	int more = store_query(s, &a, tables_sql, ""), same = store_query(ours, &b, tables_sql, "");

	while (more == 1 && same == 1) {
		const char *x = (const char *)sqlite3_column_text(a, 0);
		const char *y = (const char *)sqlite3_column_text(b, 0);

		if (!x || !y || strcmp(x, y))
			break;
		more = store_next(s, a);
		same = store_next(ours, b);
	}
	if (more == 1)
		sqlite3_finalize(a);
	if (same == 1)
		sqlite3_finalize(b);
	if (more < 0 || same < 0)
		return -EIO;
	return more || same ? -EPROTO : 0;
}

/* A file with more than our tables, or other columns, triggers, checks of its own, is not ours. */
static int check_tables(struct store *s, int64_t version)
{
	/* Made once, for all stores that this process opens. */
	static struct store all[STORE_VERSION + 1];
	struct store *ours = &all[version];
	int r = 0;

	if (!ours->db) {
		r = sqlite3_open(":memory:", &ours->db) == SQLITE_OK ? make_all(ours, version) :
								       -ENOMEM;
		if (r) {
			sqlite3_close(ours->db);
			ours->db = NULL;
		}
	}
	return r ? r : compare_tables(s, ours);
}

/* The version of the file, 0 for an empty one, or what speaks against it. */
static int64_t find_version(struct store *s)
{
	int64_t id = store_number(s, "SELECT abs(application_id) FROM pragma_application_id"),
		r = 0;
	int64_t version = store_number(s, "SELECT abs(user_version) FROM pragma_user_version");
	int64_t tables = store_number(s, "SELECT count(*) FROM sqlite_master");

	if (id < 0 || version < 0 || tables < 0)
		return -EIO;
	if (id == STORE_APPLICATION_ID && version > STORE_VERSION)
		return -EPROTONOSUPPORT;
	if (id == STORE_APPLICATION_ID && version > 0)
		r = check_tables(s, version);
	else if (id || version || tables || s->access == STORE_READ)
		r = -EPROTO;
	return r ? r : version;
}

/* One transaction: 1 when the store is a version nearer to the newest, 0 when it is there. */
static int migrate_once(struct store *s)
{
	char sql[96];
	int64_t version;
	int r = store_begin(s);

	if (r)
		return r;
	version = find_version(s);
	if (version < 0 || version == STORE_VERSION) {
		store_rollback(s);
		return version < 0 ? (int)version : 0;
	}
	snprintf(sql, sizeof(sql), "PRAGMA application_id=%d; PRAGMA user_version=%d",
		 STORE_APPLICATION_ID, (int)version + 1);
	r = store_exec(s, versions[version + 1].make);
	if (!r)
		r = store_exec(s, sql);
	if (!r)
		r = store_commit(s);
	if (r)
		store_rollback(s);
	return r ? r : 1;
}

/* What the file is, looked at without a lock on it that others would feel. */
static int64_t look_once(struct store *s)
{
	int64_t r = store_exec(s, "BEGIN");

	if (!r)
		r = find_version(s);
	store_rollback(s);
	return r;
}

int store_schema(struct store *s)
{
	int64_t version = look_once(s);
	int r = 1;

	if (version < 0 || version == STORE_VERSION)
		return version < 0 ? (int)version : 0;
	if (s->access == STORE_READ)
		return store_exec(s, versions[version + 1].show);
	while (r == 1)
		r = migrate_once(s);
	return r;
}

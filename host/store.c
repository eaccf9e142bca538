/* SPDX-License-Identifier: ISC */
#include "host/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/io.h"
#include "host/store_journal.h"
#include "host/store_schema.h"
#include "host/store_sql.h"

/* No value that is ours is longer than a record; a file of anybody's making may have others. */
enum { BUSY_MS = 5000, VALUE_MAX = 2 * XP_RECORD_MAX };

const char *store_error(const struct store *s)
{
	return s->error[0] ? s->error : sqlite3_errmsg(s->db);
}

struct sqlite3 *store_db(struct store *s)
{
	return s->db;
}

int store_begin(struct store *s)
{
	return store_do(s, "BEGIN IMMEDIATE", "");
}

int store_commit(struct store *s)
{
	return store_do(s, "COMMIT", "");
}

void store_rollback(struct store *s)
{
	if (!sqlite3_get_autocommit(s->db))
		store_exec(s, "ROLLBACK");
}

/*
 * A path is never one of SQLite's own words (":memory:", "file:..."). still: an URI that says that
 * nobody writes to the file, so that SQLite needs neither locks nor files beside it.
 */
static char *store_name(const char *path, bool still)
{
	static const char tail[] = "?immutable=1";
	char *name = malloc(strlen("file://") + 3 * strlen(path) + sizeof(tail)), *to = name;

	if (!name)
		return NULL;
	if (still)
		to = stpcpy(to, path[0] == '/' ? "file://" : "file:");
	if (path[0] != '/')
		to = stpcpy(to, "./");
	if (!still) {
		strcpy(to, path);
		return name;
	}
	for (; *path; path++)
		to += sprintf(to, strchr("%?#", *path) ? "%%%02x" : "%c", *path);
	strcpy(to, tail);
	return name;
}

/* What is in the file may use none of SQLite's powers. */
static void store_distrust(sqlite3 *db)
{
	static const struct {
		int what, value;
	} configs[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
		{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
	};

	for (size_t i = 0; i < sizeof(configs) / sizeof(*configs); i++)
		sqlite3_db_config(db, configs[i].what, configs[i].value, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
}

static int store_connect(struct store *s, const char *path, bool still)
{
	int flags = SQLITE_OPEN_READWRITE | (s->access == STORE_WRITE ? SQLITE_OPEN_CREATE : 0);
	char *name = store_name(path, still);
	int r;

	if (!name)
		return -ENOMEM;
	if (still)
		flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
	r = sqlite3_open_v2(name, &s->db, flags, NULL);
	free(name);
	if (r != SQLITE_OK)
		return store_failed(s);
	sqlite3_extended_result_codes(s->db, 1);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	store_distrust(s->db);
	return 0;
}

/* EXTRA is FULL, and a rollback journal that is gone stays gone when the power goes. */
static int store_settings(struct store *s)
{
	return store_exec(s, "PRAGMA synchronous=EXTRA; PRAGMA foreign_keys=ON;"
			     "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;"
			     "PRAGMA cache_size=-8192;"
			     "SELECT 1 FROM sqlite_master");
}

/* True when a write-ahead log or a rollback journal could not be made or read where the file is. */
static bool store_is_stuck(const struct store *s)
{
	switch (s->code) {
	case SQLITE_IOERR_SHMOPEN:
	case SQLITE_IOERR_SHMSIZE:
	case SQLITE_IOERR_SHMLOCK:
	case SQLITE_IOERR_SHMMAP: return true;
	}
	return (s->code & 0xff) == SQLITE_CANTOPEN || (s->code & 0xff) == SQLITE_READONLY;
}

/* Where the file has a write-ahead log, or was to have one, and that does not work. */
static int store_without_log(struct store *s, const char *path)
{
	int r;

	store_disconnect(s);
	r = store_connect(s, path, false);
	if (!r)
		r = store_journal_leave(s);
	return r ? r : store_settings(s);
}

static int store_prepare(struct store *s, const char *path, bool still)
{
	bool write = s->access == STORE_WRITE;
	int r = store_connect(s, path, still);

	if (!r)
		r = store_settings(s);
	if (r && write && store_is_stuck(s))
		r = store_without_log(s, path);
	if (!r && write && sqlite3_db_readonly(s->db, "main") == 1)
		r = -EROFS;
	if (!r)
		r = store_schema(s);
	if (r)
		return r;
	if (!write)
		return store_exec(s, "PRAGMA query_only=ON");
	return store_journal_open(s, path) ? store_without_log(s, path) : 0;
}

/* Opens the file once. *stuck: what went wrong may be the matter of the files beside it. */
static int store_try(const char *path, enum store_access access, bool still, struct store **out,
		     bool *stuck)
{
	struct store *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->access = access;
	r = store_prepare(s, path, still);
	*stuck = r == -EIO && store_is_stuck(s);
	if (!r) {
		*out = s;
		return 0;
	}
	if (r == -EIO)
		r = store_errno(s);
	store_disconnect(s);
	free(s);
	return r;
}

int store_open(const char *path, enum store_access access, struct store **out)
{
	bool stuck = false;
	int r = io_is_plain(path);

	if (r && (r != -ENOENT || access == STORE_READ))
		return r;
	r = store_try(path, access, false, out, &stuck);
	if (!stuck || access == STORE_WRITE)
		return r;
	if (!store_journal_is_empty(path))
		return -ENOTRECOVERABLE;
	return store_try(path, access, true, out, &stuck);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	if (s->access == STORE_WRITE)
		store_journal_close(s);
	store_disconnect(s);
	free(s);
}

int store_version(const char *path)
{
	struct store s = { .access = STORE_READ };
	int64_t version = store_connect(&s, path, false);

	if (!version)
		version = store_number(&s, "SELECT abs(user_version) FROM pragma_user_version");
	store_disconnect(&s);
	return version > 0 ? (int)version : 0;
}

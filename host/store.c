/* SPDX-License-Identifier: ISC */
#include "host/store_sql.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"

enum { BUSY_MS = 5000 };

const char *store_error(const struct store *s)
{
	return sqlite3_errmsg(s->db);
}

struct sqlite3 *store_db(struct store *s)
{
	return s->db;
}

int store_exec(struct store *s, const char *sql)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : -EIO;
}

int store_query(struct store *s, sqlite3_stmt **row, const char *sql, const char *types, ...)
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

int64_t store_number(struct store *s, const char *sql)
{
	sqlite3_stmt *row;
	int64_t n = store_query(s, &row, sql, "");

	if (n == 1) {
		n = sqlite3_column_int64(row, 0);
		sqlite3_finalize(row);
	}
	return n;
}

void store_column(sqlite3_stmt *row, int i, char *buf, size_t size)
{
	const char *text = (const char *)sqlite3_column_text(row, i);

	snprintf(buf, size, "%s", text ? text : "");
}

static int store_prepare(struct store *s, enum store_access access)
{
	bool writes = sqlite3_db_readonly(s->db, "main") == 0;
	int r = writes ? store_begin(s) : store_exec(s, "BEGIN");

	if (!r)
		r = store_schema(s, access);
	if (!r)
		r = store_commit(s);
	if (r)
		store_rollback(s);
	return r;
}

/* Whether processes can share memory by a file beside the store, as the write-ahead log's index is
 * shared: not on virtio's 9p, where SQLite would find that out too late, with the file changed. */
static bool store_can_share(const char *path)
{
	char name[PATH_MAX + 16];
	int fd, n = snprintf(name, sizeof(name), "%s.share.XXXXXX", path);
	void *page = MAP_FAILED;

	if (n < 0 || (size_t)n >= sizeof(name) || (fd = mkstemp(name)) < 0)
		return false;
	unlink(name);
	if (ftruncate(fd, 4096) == 0)
		page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		return false;
	munmap(page, 4096);
	return true;
}

/* Turns the log on, so that who reads never waits for who writes, and a commit costs one fsync. */
static void store_log(struct store *s, const char *path)
{
	if (store_can_share(path))
		s->wal = !store_exec(s, "PRAGMA journal_mode=WAL");
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
	if (!r && access == STORE_WRITE)
		store_log(s, path);
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

/* A store that nobody has open is one file, which can be copied and read from any medium. */
void store_close(struct store *s)
{
	if (!s)
		return;
	if (s->wal)
		store_exec(s, "PRAGMA journal_mode=DELETE");
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


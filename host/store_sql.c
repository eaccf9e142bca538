/* SPDX-License-Identifier: ISC */
#include "host/store_sql.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* SQLite forgets what went wrong with the next call, and that is a rollback. */
int store_failed(struct store *s)
{
	s->code = sqlite3_extended_errcode(s->db);
	s->code_errno = sqlite3_system_errno(s->db);
	snprintf(s->error, sizeof(s->error), "%s", sqlite3_errmsg(s->db));
	return -EIO;
}

int store_errno(const struct store *s)
{
	switch (s->code & 0xff) {
	case SQLITE_NOTADB:
	case SQLITE_ERROR: return -EPROTO;
	case SQLITE_CORRUPT:
	case SQLITE_TOOBIG: return -EUCLEAN;
	case SQLITE_READONLY: return -EROFS;
	case SQLITE_FULL: return -ENOSPC;
	case SQLITE_NOMEM: return -ENOMEM;
	case SQLITE_BUSY: return -EBUSY;
	case SQLITE_CANTOPEN: return s->code_errno ? -s->code_errno : -EIO;
	}
	return -EIO;
}

int store_exec(struct store *s, const char *sql)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_failed(s);
}

int store_next(struct store *s, sqlite3_stmt *row)
{
	int r = sqlite3_step(row);

	if (r == SQLITE_ROW)
		return 1;
	r = r == SQLITE_DONE ? 0 : store_failed(s);
	sqlite3_finalize(row);
	return r;
}

static int bind_integer(sqlite3_stmt *row, int i, int64_t n, bool nullable)
{
	return nullable && n == STORE_UNKNOWN ? sqlite3_bind_null(row, i)
					      : sqlite3_bind_int64(row, i, n);
}

static int bind_all(sqlite3_stmt *row, const char *types, va_list ap)
{
	int r = SQLITE_OK;

	for (int i = 1; r == SQLITE_OK && *types; i++, types++) {
		if (*types == 'i' || *types == 'n')
			r = bind_integer(row, i, va_arg(ap, int64_t), *types == 'n');
		else if (*types == 'f')
			r = sqlite3_bind_double(row, i, va_arg(ap, double));
		else if (*types == 's')
			r = sqlite3_bind_text(row, i, va_arg(ap, const char *), -1, SQLITE_STATIC);
		else {
			const void *data = va_arg(ap, const void *);

			r = sqlite3_bind_blob64(row, i, data, va_arg(ap, size_t), SQLITE_STATIC);
		}
	}
	return r;
}

int store_query(struct store *s, sqlite3_stmt **row, const char *sql, const char *types, ...)
{
	int r = sqlite3_prepare_v2(s->db, sql, -1, row, NULL);
	va_list ap;

	va_start(ap, types);
	if (r == SQLITE_OK)
		r = bind_all(*row, types, ap);
	va_end(ap);
	if (r == SQLITE_OK)
		return store_next(s, *row);
	r = store_failed(s);
	sqlite3_finalize(*row);
	return r;
}

/* The statement of that text, or NULL. */
static sqlite3_stmt *kept_find(struct store *s, const char *sql)
{
	for (int i = 0; i < STORE_KEPT && s->kept[i].sql; i++)
		if (s->kept[i].sql == sql)
			return s->kept[i].stmt;
	return NULL;
}

/* The same, made and kept; *keep is false where there is no more room. */
static sqlite3_stmt *kept_make(struct store *s, const char *sql, bool *keep)
{
	sqlite3_stmt *stmt;
	int i = 0;

	if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK)
		return NULL;
	while (i < STORE_KEPT && s->kept[i].sql)
		i++;
	*keep = i < STORE_KEPT;
	if (*keep)
		s->kept[i] = (struct store_kept){ sql, stmt };
	return stmt;
}

int store_do(struct store *s, const char *sql, const char *types, ...)
{
	sqlite3_stmt *stmt = kept_find(s, sql);
	bool keep = true;
	va_list ap;
	int r;

	if (!stmt && !(stmt = kept_make(s, sql, &keep)))
		return store_failed(s);
	va_start(ap, types);
	r = bind_all(stmt, types, ap);
	va_end(ap);
	if (r == SQLITE_OK)
		r = sqlite3_step(stmt);
	r = r == SQLITE_DONE || r == SQLITE_ROW ? 0 : store_failed(s);
	if (keep) {
		sqlite3_reset(stmt);
		sqlite3_clear_bindings(stmt);
	} else {
		sqlite3_finalize(stmt);
	}
	return r;
}

void store_disconnect(struct store *s)
{
	for (int i = 0; i < STORE_KEPT; i++)
		sqlite3_finalize(s->kept[i].stmt);
	memset(s->kept, 0, sizeof(s->kept));
	sqlite3_close(s->db);
	s->db = NULL;
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

/* lines: what text files have may be in it. */
static bool text_is_fine(const char *text, size_t len, bool lines)
{
	json_t *utf8 = json_stringn(text, len);

	json_decref(utf8);
	for (size_t i = 0; utf8 && i < len; i++)
		if (((unsigned char)text[i] < 0x20 || text[i] == 0x7f) &&
		    !(lines && text[i] && strchr("\t\r\n", text[i])))
			return false;
	return utf8;
}

static bool take_integer(sqlite3_stmt *row, int i, int64_t *out, bool nullable)
{
	int type = sqlite3_column_type(row, i);

	*out = type == SQLITE_NULL ? STORE_UNKNOWN : sqlite3_column_int64(row, i);
	return type == SQLITE_INTEGER ? nullable || *out >= 0 : type == SQLITE_NULL && nullable;
}

static bool take_real(sqlite3_stmt *row, int i, double *out)
{
	bool real = sqlite3_column_type(row, i) == SQLITE_FLOAT;

	*out = sqlite3_column_double(row, i);
	return real && isfinite(*out) && *out >= 0;
}

/* The type is the value's own only until it is asked for as another. */
static bool take_text(sqlite3_stmt *row, int i, char *buf, size_t size, bool lines)
{
	int type = sqlite3_column_type(row, i);
	const char *text;
	size_t len;

	buf[0] = '\0';
	if (type != SQLITE_TEXT)
		return type == SQLITE_NULL;
	text = (const char *)sqlite3_column_text(row, i);
	len = (size_t)sqlite3_column_bytes(row, i);
	if (!text || len >= size || !text_is_fine(text, len, lines))
		return false;
	memcpy(buf, text, len + 1);
	return true;
}

static bool take_record(sqlite3_stmt *row, int i, const char **text, size_t *len)
{
	if (sqlite3_column_type(row, i) != SQLITE_TEXT)
		return false;
	*text = (const char *)sqlite3_column_text(row, i);
	*len = (size_t)sqlite3_column_bytes(row, i);
	return *text && *len > 0 && *len <= XP_RECORD_MAX;
}

int store_take(sqlite3_stmt *row, const char *types, ...)
{
	bool fine = true;
	va_list ap;

	va_start(ap, types);
	for (int i = 0; fine && *types; i++, types++) {
		if (*types == 'i' || *types == 'n') {
			fine = take_integer(row, i, va_arg(ap, int64_t *), *types == 'n');
		} else if (*types == 'f') {
			fine = take_real(row, i, va_arg(ap, double *));
		} else if (*types == 's' || *types == 't') {
			char *buf = va_arg(ap, char *);

			fine = take_text(row, i, buf, va_arg(ap, size_t), *types == 't');
		} else {
			const char **text = va_arg(ap, const char **);

			fine = take_record(row, i, text, va_arg(ap, size_t *));
		}
	}
	va_end(ap);
	return fine ? 0 : -EUCLEAN;
}

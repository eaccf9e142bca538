/* SPDX-License-Identifier: ISC */
/* What the files of the store share, and nobody else sees. */
#ifndef HOST_STORE_SQL_H
#define HOST_STORE_SQL_H

#include <sqlite3.h>

#include "host/store.h"

struct store {
	sqlite3 *db;
	bool wal; /* we have turned the log on, and turn it off again */
};

int store_exec(struct store *s, const char *sql);

/*
 * Runs one statement up to its first row. types has a letter for each value that follows: i
 * int64_t, f double, s text or NULL, b blob (pointer, size_t). Returns 1 with the row in *row, for
 * the caller to finalize, 0 when there is none, or -EIO.
 */
int store_query(struct store *s, sqlite3_stmt **row, const char *sql, const char *types, ...);

/* The same for a statement that gives no row. 0 or -EIO. */
#define store_do(s, sql, ...) \
	store_done(store_query(s, &(sqlite3_stmt *){ NULL }, sql, __VA_ARGS__))

static inline int store_done(int r)
{
	return r < 0 ? r : 0;
}

/* The integer that a statement gives, or -EIO. */
int64_t store_number(struct store *s, const char *sql);

void store_column(sqlite3_stmt *row, int i, char *buf, size_t size);

/* Makes what an empty file lacks, or an old one; refuses somebody else's. In a transaction of the
 * caller's. */
int store_schema(struct store *s, enum store_access access);

/* Notes what a guest says of a start together. */
int store_barrier_began(struct store *s, const struct store_guest *g, const struct record *rec);

#endif

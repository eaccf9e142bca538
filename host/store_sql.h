/* SPDX-License-Identifier: ISC */
/* SQL for the files that are the store, and for those that read all of one. Not for others. */
#ifndef HOST_STORE_SQL_H
#define HOST_STORE_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/store_barrier.h"

enum { STORE_KEPT = 16 };

struct store {
	sqlite3 *db;
	/* Statements of store_do(), ready to be run again, by the address of their text. */
	struct store_kept {
		const char *sql;
		sqlite3_stmt *stmt;
	} kept[STORE_KEPT];
	enum store_access access;
	/* of the last call that failed */
	char error[160];
	int code, code_errno; /* SQLite's extended result code, the system's */
};

/* Notes what SQLite says of the call that has just failed, and returns -EIO. */
int store_failed(struct store *s);

/* The error that the failed call stands for; -EIO when there is no better word. */
int store_errno(const struct store *s);

/* Runs statements whose rows do not matter. 0 or -EIO. */
int store_exec(struct store *s, const char *sql);

/*
 * Runs one statement up to its first row. types has a letter for each value that follows: i
 * int64_t, n the same or STORE_UNKNOWN (NULL), f double, s text or NULL, b blob (pointer, size_t).
 * Returns 1 with the row in *row, for the caller to finalize, 0 when there is none, or -EIO.
 */
int store_query(struct store *s, sqlite3_stmt **row, const char *sql, const char *types, ...);

/* The next row: 1, 0 at the end, or -EIO; after the last two row is finalized. */
int store_next(struct store *s, sqlite3_stmt *row);

/* store_query() for a statement that gives no row. sql is a literal: what was made of it is kept. 0
 * or -EIO. */
int store_do(struct store *s, const char *sql, const char *types, ...);

/* Closes the database and what is kept of it; NULL is fine. */
void store_disconnect(struct store *s);

/* The number that a statement gives, not negative, or -EIO. */
int64_t store_number(struct store *s, const char *sql);

/*
 * Takes the columns of a row, from the first on, into what follows: i int64_t * (not negative), n
 * the same (any, NULL becomes STORE_UNKNOWN), f double * (finite, not negative), s char * and
 * size_t (NULL becomes ""), t the same with lines and tabs in it, r const char ** and size_t * (a
 * record, in SQLite's memory). A file may
 * be of anybody's making: -EUCLEAN for a value of another type, for text that is too long, is not
 * UTF-8, or has control characters in it.
 */
int store_take(sqlite3_stmt *row, const char *types, ...);

/* Stores a whole record that the guest has numbered seq: store_piece() beneath the pieces. */
int store_record(struct store *s, struct store_guest *g, uint32_t seq, const char *text,
		 size_t len);

/* Drops the pieces of the record that g->last is in, if it is not whole: else there are none. */
int store_drop_pieces(struct store *s, const struct store_guest *g);

enum store_status store_status_parse(const char *name);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * How a store comes through a crash: SQLite's write-ahead log where the file system can do it, its
 * rollback journal elsewhere (https://www.sqlite.org/wal.html). For store.c alone.
 */
#ifndef HOST_STORE_JOURNAL_H
#define HOST_STORE_JOURNAL_H

#include <stdbool.h>

#include "host/store.h"

/* Goes over to the write-ahead log where the folder can have one, and stays with the rollback
 * journal elsewhere. 0, or -EIO: it went over and that does not work. */
int store_journal_open(struct store *s, const char *path);

/* Before anything else was done with the file: goes back to the journal, with all that is in a
 * write-ahead log, where that does not work. 0 or -EIO. */
int store_journal_leave(struct store *s);

/* Leaves one file that needs no others beside it, unless others have it open. */
void store_journal_close(struct store *s);

/* True when nothing of the store is in files beside it. */
bool store_journal_is_empty(const char *path);

#endif

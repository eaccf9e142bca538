/* SPDX-License-Identifier: ISC */
#include "host/store_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/store_sql.h"

enum { PROBE_BYTES = 4096 };

/* The log's index is in memory that processes share through a file: not so on 9p, nor on NFS. */
static bool folder_shares_memory(const char *path)
{
	char dir[PATH_MAX];
	void *p = MAP_FAILED;
	int fd;

	snprintf(dir, sizeof(dir), "%s", path);
	fd = open(dirname(dir), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	if (!ftruncate(fd, PROBE_BYTES))
		p = mmap(NULL, PROBE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p != MAP_FAILED)
		munmap(p, PROBE_BYTES);
	close(fd);
	return p != MAP_FAILED;
}

/* In exclusive mode the index is in this process's memory, and the file must be nobody else's. */
int store_journal_leave(struct store *s)
{
	return store_exec(s, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE;"
			     "PRAGMA locking_mode=NORMAL; SELECT 1 FROM sqlite_master");
}

int store_journal_open(struct store *s, const char *path)
{
	if (!folder_shares_memory(path) ||
	    !store_exec(s, "PRAGMA journal_mode=WAL; SELECT 1 FROM sqlite_master"))
		return 0;
	/* Somebody reads it right now: the journal does as well. */
	return (s->code & 0xff) == SQLITE_BUSY ? 0 : -EIO;
}

/* Whoever else has it open is not waited for: the last to close leaves one file, if in its own way.
 */
void store_journal_close(struct store *s)
{
	sqlite3_busy_timeout(s->db, 0);
	store_exec(s, "PRAGMA journal_mode=DELETE");
}

bool store_journal_is_empty(const char *path)
{
	static const char *const ends[] = { "-wal", "-journal" };
	char beside[PATH_MAX + 16];
	struct stat st;

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		snprintf(beside, sizeof(beside), "%s%s", path, ends[i]);
		if (stat(beside, &st) == 0 && st.st_size > 0)
			return false;
	}
	return true;
}

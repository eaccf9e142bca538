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
#include <sys/statvfs.h>
#include <unistd.h>

#include "host/store_sql.h"

enum {
	PROBE_BYTES = 4096,
	LOG_BYTES = 63 << 16, /* what SQLite lets a log grow to: 1,000 pages and what is said of each */
	ROOM_BYTES = 16 * LOG_BYTES,
	ZERO_BYTES = 1 << 16
};

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

/* Makes the file as long as it will be, of zeros, which end a log wherever they begin; not where room
 * is scarce. */
static void log_fill(int fd)
{
	static const char zeros[ZERO_BYTES];
	off_t size = lseek(fd, 0, SEEK_END);
	struct statvfs fs;

	if (fstatvfs(fd, &fs) || fs.f_bavail < ROOM_BYTES / fs.f_bsize)
		return;

	while (size >= 0 && size < LOG_BYTES) {
		ssize_t n = pwrite(fd, zeros, sizeof(zeros), size);

		if (n <= 0)
			return;
		size += n;
	}
	fsync(fd);
}

/* A commit to a file that grows waits for the file system's own journal too. While we hold the lock of writers the log is nobody else's to write. What does not work
 * costs that time and nothing else. */
static void log_prepare(struct store *s)
{
	const char *db = sqlite3_db_filename(s->db, "main");
	int fd = -1;

	if (store_begin(s))
		return;
	if (db && db[0])
		fd = open(sqlite3_filename_wal(db), O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0) {
		log_fill(fd);
		close(fd);
	}
	store_rollback(s);
}

int store_journal_open(struct store *s, const char *path)
{
	if (!folder_shares_memory(path))
		return 0;
	if (!store_exec(s, "PRAGMA journal_mode=WAL; SELECT 1 FROM sqlite_master")) {
		log_prepare(s);
		return 0;
	}
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

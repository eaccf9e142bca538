/* SPDX-License-Identifier: ISC */
#include "tests/unit/vfs_crash.h"

#include <dirent.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest-tools/lib/io.h"

enum { NAMES_MAX = 8, SECTOR = 512, IMAGE_MAX = 1 << 20 };

enum kind { MADE, GONE, WRITTEN, SIZED, SYNCED, FOLDER_SYNCED };

struct step {
	enum kind kind;
	int name, file; /* a name that is gone and made again leads to another file */
	sqlite3_int64 at;
	size_t len;
	unsigned char *data;
	bool lost; /* its sync failed: no later one makes up for that */
};

/* One file of SQLite's, over the one of the VFS below, which lies behind it in memory. */
struct handle {
	sqlite3_file base;
	sqlite3_io_methods methods;
	int name, file;
	bool sync_folder; /* the first sync of a new journal or log syncs its folder's names too */
};

static struct {
	sqlite3_vfs vfs, *below;
	enum vfs_memory memory;
	char *names[NAMES_MAX];
	int leads_to[NAMES_MAX], nfiles;
	struct step *steps;
	size_t nsteps, fail_at, fail_n;
	int fail_code;
	bool failed;
} disk;

static sqlite3_file *under(sqlite3_file *f)
{
	return (sqlite3_file *)((char *)f + sizeof(struct handle));
}

/* The number of that name; its folder does not count. */
static int name_of(const char *path)
{
	const char *name = strrchr(path, '/');
	int i = 0;

	name = name ? name + 1 : path;
	while (i < NAMES_MAX && disk.names[i] && strcmp(disk.names[i], name))
		i++;
	assert_true(i < NAMES_MAX);
	if (!disk.names[i])
		disk.names[i] = strdup(name);
	return i;
}

/* Whether the step that comes next fails. Only what needs room fails for want of it. */
static int failing(bool needs_room)
{
	if (disk.fail_code == SQLITE_FULL && !needs_room)
		return SQLITE_OK;
	if (!disk.fail_at || disk.nsteps + 1 < disk.fail_at || !disk.fail_n)
		return SQLITE_OK;
	disk.fail_n--;
	disk.failed = true;
	return disk.fail_code;
}

static void note(enum kind kind, int name, int file, sqlite3_int64 at, const void *data, size_t len)
{
	struct step *s;

	if (!(disk.nsteps & (disk.nsteps - 1)))
		disk.steps = realloc(disk.steps,
				     (disk.nsteps ? 2 * disk.nsteps : 1) * sizeof(*disk.steps));
	s = &disk.steps[disk.nsteps++];
	*s = (struct step){ .kind = kind, .name = name, .file = file, .at = at, .len = len };
	if (data) {
		s->data = malloc(len);
		memcpy(s->data, data, len);
	}
}

static void note_of(sqlite3_file *f, enum kind kind, sqlite3_int64 at, const void *data, size_t len)
{
	struct handle *h = (struct handle *)f;

	note(kind, h->name, h->file, at, data, len);
}

static int file_write(sqlite3_file *f, const void *data, int n, sqlite3_int64 at)
{
	int r = failing(true);

	if (!r)
		r = under(f)->pMethods->xWrite(under(f), data, n, at);
	if (!r)
		note_of(f, WRITTEN, at, data, (size_t)n);
	return r;
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int r = failing(false);

	if (!r)
		r = under(f)->pMethods->xTruncate(under(f), size);
	if (!r)
		note_of(f, SIZED, size, NULL, 0);
	return r;
}

/* Linux says once that it could not write, and then takes the page for clean (fsync(2)). */
static void forget_unsynced(int file)
{
	for (size_t i = disk.nsteps; i-- > 0;) {
		if (disk.steps[i].file != file)
			continue;
		if (disk.steps[i].kind == SYNCED)
			return;
		disk.steps[i].lost = disk.steps[i].kind == WRITTEN || disk.steps[i].kind == SIZED;
	}
}

static int file_sync(sqlite3_file *f, int flags)
{
	struct handle *h = (struct handle *)f;
	int r = failing(false);

	if (r)
		forget_unsynced(h->file);
	else
		r = under(f)->pMethods->xSync(under(f), flags);
	if (r)
		return r;
	note_of(f, SYNCED, 0, NULL, 0);
	if (h->sync_folder)
		note_of(f, FOLDER_SYNCED, 0, NULL, 0);
	h->sync_folder = false;
	return SQLITE_OK;
}

static int file_close(sqlite3_file *f)
{
	return under(f)->pMethods->xClose(under(f));
}

static int file_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **p)
{
	*p = NULL;
	return disk.memory == VFS_BAD_SHM
		       ? SQLITE_IOERR_SHMMAP
		       : under(f)->pMethods->xShmMap(under(f), page, size, extend, p);
}

/* What changes nothing goes straight through. */
#define PASS(name, ret, args, ...) \
	static ret file_##name args \
	{ \
		return under(f)->pMethods->name(under(f), ##__VA_ARGS__); \
	}
PASS(xRead, int, (sqlite3_file * f, void *data, int n, sqlite3_int64 at), data, n, at)
PASS(xFileSize, int, (sqlite3_file * f, sqlite3_int64 *size), size)
PASS(xLock, int, (sqlite3_file * f, int level), level)
PASS(xUnlock, int, (sqlite3_file * f, int level), level)
PASS(xCheckReservedLock, int, (sqlite3_file * f, int *out), out)
PASS(xFileControl, int, (sqlite3_file * f, int op, void *arg), op, arg)
PASS(xSectorSize, int, (sqlite3_file * f))
PASS(xDeviceCharacteristics, int, (sqlite3_file * f))
PASS(xShmLock, int, (sqlite3_file * f, int at, int n, int flags), at, n, flags)
PASS(xShmUnmap, int, (sqlite3_file * f, int delete), delete)
#undef PASS

static void file_shm_barrier(sqlite3_file *f)
{
	under(f)->pMethods->xShmBarrier(under(f));
}

static const sqlite3_io_methods file_methods = {
	.iVersion = 2,
	.xClose = file_close,
	.xRead = file_xRead,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_xFileSize,
	.xLock = file_xLock,
	.xUnlock = file_xUnlock,
	.xCheckReservedLock = file_xCheckReservedLock,
	.xFileControl = file_xFileControl,
	.xSectorSize = file_xSectorSize,
	.xDeviceCharacteristics = file_xDeviceCharacteristics,
	.xShmMap = file_shm_map,
	.xShmLock = file_xShmLock,
	.xShmBarrier = file_shm_barrier,
	.xShmUnmap = file_xShmUnmap,
};

static int open_below(const char *path, struct handle *h, int flags, int *out)
{
	int there = 0, r;

	disk.below->xAccess(disk.below, path, SQLITE_ACCESS_EXISTS, &there);
	if (!there && failing(true))
		return SQLITE_CANTOPEN;
	r = disk.below->xOpen(disk.below, path, under(&h->base), flags, out);
	if (r)
		return r;
	h->name = name_of(path);
	if (!there) {
		disk.leads_to[h->name] = ++disk.nfiles;
		note(MADE, h->name, disk.nfiles, 0, NULL, 0);
	}
	h->file = disk.leads_to[h->name];
	return SQLITE_OK;
}

static int vfs_open(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags, int *out)
{
	struct handle *h = (struct handle *)f;
	int r;

	(void)v;
	if (!path || !(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)))
		return disk.below->xOpen(disk.below, path, f, flags, out);
	*h = (struct handle){ .methods = file_methods };
	h->sync_folder = (flags & SQLITE_OPEN_CREATE) && !(flags & SQLITE_OPEN_MAIN_DB);
	h->methods.iVersion = disk.memory == VFS_NO_SHM ? 1 : 2;
	r = open_below(path, h, flags, out);
	if (!r)
		h->base.pMethods = &h->methods;
	return r;
}

static int vfs_delete(sqlite3_vfs *v, const char *path, int sync_folder)
{
	int r = failing(false), name = name_of(path);

	(void)v;
	if (!r)
		r = disk.below->xDelete(disk.below, path, sync_folder);
	if (r)
		return r;
	note(GONE, name, disk.leads_to[name], 0, NULL, 0);
	if (sync_folder)
		note(FOLDER_SYNCED, name, 0, 0, NULL, 0);
	return SQLITE_OK;
}

static void forget_all(void)
{
	for (size_t i = 0; i < disk.nsteps; i++)
		free(disk.steps[i].data);
	free(disk.steps);
	for (int i = 0; i < NAMES_MAX; i++)
		free(disk.names[i]);
	memset(&disk, 0, sizeof(disk));
}

void vfs_crash_begin(enum vfs_memory memory)
{
	vfs_crash_end();
	forget_all();
	disk.memory = memory;
	disk.below = sqlite3_vfs_find(NULL);
	disk.vfs = *disk.below;
	disk.vfs.zName = "crash";
	disk.vfs.szOsFile = (int)sizeof(struct handle) + disk.below->szOsFile;
	disk.vfs.xOpen = vfs_open;
	disk.vfs.xDelete = vfs_delete;
	assert_int_equal(sqlite3_vfs_register(&disk.vfs, 1), SQLITE_OK);
}

void vfs_crash_end(void)
{
	if (disk.below)
		sqlite3_vfs_unregister(&disk.vfs);
}

size_t vfs_crash_steps(void)
{
	return disk.nsteps;
}

void vfs_crash_fail(size_t step, int code, size_t n)
{
	disk.fail_at = step;
	disk.fail_code = code;
	disk.fail_n = n;
	disk.failed = false;
}

bool vfs_crash_has_failed(void)
{
	return disk.failed;
}

/* The disk as it is made up again: what is safe of the steps, and the rest by the dice. */
struct remains {
	size_t steps;
	bool *safe;
	uint32_t seed;
};

/* Whether what may be there or not is; half of it is, unless the seed is 0. */
static bool is_kept(struct remains *m)
{
	if (!m->seed)
		return false;
	m->seed = m->seed * 1664525 + 1013904223;
	m->seed += !m->seed;
	return m->seed >> 31;
}

/* Backwards: a step is safe when a sync follows that covers it. */
static void find_safe(struct remains *m)
{
	bool *synced = calloc((size_t)disk.nfiles + 1, 1), folder = false;

	for (size_t i = m->steps; i-- > 0;) {
		const struct step *s = &disk.steps[i];

		if (s->kind == MADE || s->kind == GONE)
			m->safe[i] = folder;
		else if (s->kind == FOLDER_SYNCED)
			folder = true;
		else if (s->kind == SYNCED)
			synced[s->file] = true;
		else
			m->safe[i] = synced[s->file] && !s->lost;
	}
	free(synced);
}

/* The file that the name leads to, 0 for none. */
static int find_file(struct remains *m, int name)
{
	int file = 0;

	for (size_t i = 0; i < m->steps; i++) {
		const struct step *s = &disk.steps[i];

		if (s->name == name && (s->kind == MADE || s->kind == GONE) &&
		    (m->safe[i] || is_kept(m)))
			file = s->kind == MADE ? s->file : 0;
	}
	return file;
}

static void image_size(unsigned char *image, size_t *size, size_t to)
{
	assert_true(to <= IMAGE_MAX);
	if (to > *size)
		memset(image + *size, 0, to - *size);
	*size = to;
}

/* What lies in sectors that are kept. */
static void image_write(struct remains *m, size_t i, unsigned char *image, size_t *size)
{
	const struct step *s = &disk.steps[i];
	size_t at = (size_t)s->at, end = at + s->len, next;

	for (size_t from = at; from < end; from = next) {
		next = (from / SECTOR + 1) * SECTOR;
		if (next > end)
			next = end;
		if (!m->safe[i] && !is_kept(m))
			continue;
		if (next > *size)
			image_size(image, size, next);
		memcpy(image + from, s->data + (from - at), next - from);
	}
}

static void write_file(struct remains *m, const char *path, int file)
{
	unsigned char *image = malloc(IMAGE_MAX);
	size_t size = 0;

	for (size_t i = 0; i < m->steps; i++) {
		const struct step *s = &disk.steps[i];

		if (s->file == file && s->kind == WRITTEN)
			image_write(m, i, image, &size);
		else if (s->file == file && s->kind == SIZED && (m->safe[i] || is_kept(m)))
			image_size(image, &size, (size_t)s->at);
	}
	assert_int_equal(io_replace_file(path, image, size), 0);
	free(image);
}

static void empty_folder(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[512];

	while ((e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (e->d_name[0] != '.')
			unlink(path);
	}
	closedir(d);
}

void vfs_crash_restore(const char *dir, size_t steps, uint32_t seed)
{
	struct remains m = { .steps = steps, .safe = calloc(steps + 1, 1), .seed = seed };
	char path[512];

	find_safe(&m);
	empty_folder(dir);
	for (int i = 0; i < NAMES_MAX && disk.names[i]; i++) {
		int file = find_file(&m, i);

		snprintf(path, sizeof(path), "%s/%s", dir, disk.names[i]);
		if (file)
			write_file(&m, path, file);
	}
	free(m.safe);
}

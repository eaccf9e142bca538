/* SPDX-License-Identifier: ISC */
/*
 * What a guest was told is stored is stored: the power is cut after every step that the store takes
 * on its disk, and every step fails once. Then what was acknowledged is there, once, and the guest
 * goes on from there.
 */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/guest.h"
#include "tests/unit/vfs_crash.h"

#define GUEST "{\"type\":\"guest\",\"mode\":\"pv\",\"link\":\"xenstore\"}"
#define SAMPLE \
	"{\"type\":\"sample\",\"workload\":\"micro\",\"benchmark\":\"b\",\"unit\":\"ns/op\"," \
	"\"index\":0,\"ops\":1,\"value\":2.5}"
#define END "{\"type\":\"end\",\"steps\":1,\"failed\":0}"

/* SEEDS: how many ways there are for what was not synced. CHECKPOINT_PAGES: so that the log is
 * copied into the file now and then. */
enum {
	RECORDS = 8,
	PIECES_MAX = 32,
	TURNS = 9,
	SEEDS = 2,
	CHECKPOINT_PAGES = 12,
	TRIES = 20,
	ACKS_MAX = 64
};

static struct {
	char *text;
	uint32_t first, last; /* its pieces */
} records[RECORDS];
static struct xp_piece pieces[PIECES_MAX + 1]; /* by number */
static uint32_t npieces;

/* A guest that has shown its pieces up to head. */
struct shown {
	struct source src;
	uint32_t head, acked;
};

/* When the guest was told what. */
static struct {
	size_t step;
	uint32_t ack;
} acks[ACKS_MAX];
static size_t told;
static bool listening;

static size_t failed_step; /* of the newest failure, 0: none */

static char dir[32], path[64], again[64], left[96];

static int shown_piece(const struct shown *f, unsigned slot, char *buf, size_t size)
{
	for (uint32_t seq = f->head; seq > 0; seq--)
		if (seq % XP_WINDOW == slot)
			return xp_piece_format(&pieces[seq], buf, size);
	return -ENOENT;
}

static int shown_get(struct source *src, unsigned key, char *buf, size_t size)
{
	static const char *const vals[XPK_COUNT] = {
		[XPK_RUN] = "r",      [XPK_MODE] = "pv",  [XPK_WORKLOAD] = "m",
		[XPK_SIZE] = "quick", [XPK_IMAGE] = "00", [XPK_VERSION] = XP_VERSION,
	};
	struct shown *f = (struct shown *)src;

	if (key >= XPK_SLOT0)
		return shown_piece(f, key - XPK_SLOT0, buf, size);
	if (key == XPK_HEAD)
		return snprintf(buf, size, "%u", f->head);
	return vals[key] ? snprintf(buf, size, "%s", vals[key]) : -ENOENT;
}

static int shown_put(struct source *src, unsigned key, const char *val, size_t len)
{
	struct shown *f = (struct shown *)src;

	if (key == XPK_HOST_VERSION)
		return 0;
	assert_int_equal(key, XPK_ACK);
	assert_int_equal(xp_number_parse(val, len, &f->acked), 0);
	if (listening) {
		assert_true(told < ACKS_MAX);
		acks[told].step = vfs_crash_steps();
		acks[told++].ack = f->acked;
	}
	return 0;
}

/* A guest's record, two samples, one of them of five pieces, and so on; the end. */
static int make_pieces(void **state)
{
	static const size_t lengths[RECORDS] = { 0, 0, 8000, 0, 3000, 0, 1841, 0 };
	struct xp_sender sender = { 0 };
	struct xp_piece p;

	(void)state;
	for (int i = 0; i < RECORDS; i++) {
		const char *text = i == 0 ? GUEST : i == RECORDS - 1 ? END : SAMPLE;
		size_t len = lengths[i] > strlen(text) ? lengths[i] : strlen(text);

		records[i].text = malloc(len + 1);
		memset(records[i].text, ' ', len);
		memcpy(records[i].text, text, strlen(text));
		records[i].text[len] = '\0';
		xp_sender_begin(&sender, records[i].text, len);
		records[i].first = sender.head + 1;
		while (xp_sender_next(&sender, &p)) {
			pieces[p.seq] = p;
			xp_sender_ack(&sender, p.seq);
		}
		records[i].last = npieces = sender.head;
	}
	assert_true(npieces <= PIECES_MAX);
	return 0;
}

static int drop_pieces(void **state)
{
	(void)state;
	for (int i = 0; i < RECORDS; i++)
		free(records[i].text);
	return 0;
}

/* In memory where there is such a folder: each test writes thousands of files. */
static int setup(void **state)
{
	(void)state;
	strcpy(dir,
	       access("/dev/shm", W_OK) ? "/tmp/xlab-test.XXXXXX" : "/dev/shm/xlab-test.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/live", dir);
	snprintf(again, sizeof(again), "%s/again", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(mkdir(again, 0700), 0);
	snprintf(path, sizeof(path), "%s/live/store", dir);
	snprintf(left, sizeof(left), "%s/store", again);
	return 0;
}

static int remove_one(const char *file, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(file);
}

static int teardown(void **state)
{
	(void)state;
	vfs_crash_end();
	listening = false;
	return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const struct guest_limits limits = { .bytes = INT64_MAX, .records = INT64_MAX };

/* 0 or -errno. */
static int try_open(const char *file, struct store **s, struct guest *g, struct shown *f)
{
	int r = store_open(file, STORE_WRITE, s);

	if (r)
		return r;
	f->src = (struct source){ .get = shown_get, .put = shown_put };
	r = guest_identify(g, &f->src, "uuid-1", 3, false, &limits);
	if (!r)
		r = store_guest_get(*s, &g->row);
	if (r)
		store_close(*s);
	else
		sqlite3_wal_autocheckpoint(store_db(*s), CHECKPOINT_PAGES);
	return r;
}

/* What fails does so a few times; then the same call must do. */
static void open_at(const char *file, struct store **s, struct guest *g, struct shown *f)
{
	int r = -EIO;

	for (int i = 0; i < TRIES && r; i++) {
		r = try_open(file, s, g, f);
		assert_true(r <= 0 && (!r || vfs_crash_has_failed()));
	}
	assert_int_equal(r, 0);
}

static void serve(struct guest *g, struct store *s)
{
	int r = -EIO;

	for (int i = 0; i < TRIES && r < 0; i++) {
		r = guest_serve(g, s);
		assert_true(r >= 0 || (r == -EIO && vfs_crash_has_failed()));
		if (r < 0)
			failed_step = vfs_crash_steps();
	}
	assert_true(r >= 0);
}

/* One or some pieces a turn, and in the middle the collector is started again. */
static void collect_all(void)
{
	struct shown f = { .head = 0 };
	struct guest g;
	struct store *s;

	open_at(path, &s, &g, &f);
	for (int turn = 1; turn <= TURNS; turn++) {
		f.head = npieces * (uint32_t)turn / TURNS;
		serve(&g, s);
		assert_int_equal(f.acked, f.head);
		if (turn == TURNS / 2) {
			store_close(s);
			open_at(path, &s, &g, &f);
		}
	}
	assert_int_equal(g.row.status, STORE_DONE);
	store_close(s);
}

static const char *text_of(struct store *s, const char *sql, int64_t arg)
{
	static char buf[XP_VALUE_MAX * 8];
	sqlite3_stmt *q;

	assert_int_equal(sqlite3_prepare_v2(store_db(s), sql, -1, &q, NULL), SQLITE_OK);
	sqlite3_bind_int64(q, 1, arg);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	snprintf(buf, sizeof(buf), "%s", (const char *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
	return buf;
}

/* The store has what the pieces up to seq make, and no more. */
static void assert_content(struct store *s, uint32_t seq)
{
	int whole = 0;

	assert_string_equal(text_of(s, "PRAGMA integrity_check", 0), "ok");
	for (int i = 0; i < RECORDS; i++) {
		if (records[i].last > seq)
			continue;
		whole++;
		assert_string_equal(text_of(s, "SELECT json FROM record WHERE seq=?",
					    records[i].first),
				    records[i].text);
	}
	assert_int_equal(atoi(text_of(s, "SELECT count(*) FROM record", 0)), whole);
	assert_int_equal(atoi(text_of(s, "SELECT records FROM guest", 0)), whole);
	assert_int_equal(atoi(text_of(s, "SELECT count(*) FROM sample", 0)),
			 whole - (whole > 0) - (whole == RECORDS));
}

/* The file has what was acknowledged, and the rest can be added to it. */
static void assert_goes_on(const char *file, uint32_t acked)
{
	struct shown f = { .head = 0 };
	struct guest g;
	struct store *s;
	uint32_t more;

	open_at(file, &s, &g, &f);
	assert_true(g.row.last.seq >= acked);
	assert_content(s, g.row.last.seq);
	more = npieces - g.row.last.seq;
	f.head = npieces;
	assert_int_equal(guest_serve(&g, s), more);
	assert_int_equal(g.row.status, STORE_DONE);
	assert_content(s, npieces);
	store_close(s);
}

/* The newest piece that the guest had been told of by that step. */
static uint32_t acked_before(size_t step)
{
	uint32_t ack = 0;

	for (size_t i = 0; i < told && acks[i].step <= step; i++)
		ack = acks[i].ack;
	return ack;
}

/* Collects all once. Returns the number of steps that it took. */
static size_t collect_once(enum vfs_memory memory, size_t fail_at, int code, size_t n)
{
	unlink(path);
	told = failed_step = 0;
	listening = true;
	vfs_crash_begin(memory);
	vfs_crash_fail(fail_at, code, n);
	collect_all();
	vfs_crash_end();
	listening = false;
	return vfs_crash_steps();
}

static void power_cuts(enum vfs_memory memory)
{
	size_t steps = collect_once(memory, 0, 0, 0);

	assert_true(told > TURNS / 2 && steps > 100);
	for (size_t step = 0; step <= steps; step++) {
		for (uint32_t seed = 0; seed <= SEEDS; seed++) {
			vfs_crash_restore(again, step, seed * ((uint32_t)step + 1));
			assert_goes_on(left, acked_before(step));
		}
	}
}

static void power_cut_with_a_log(void **state)
{
	(void)state;
	power_cuts(VFS_SHARED);
}

static void power_cut_with_a_journal(void **state)
{
	(void)state;
	power_cuts(VFS_NO_SHM);
}

/* A file system that only claims to share memory, as one on 9p may: a journal it is then. */
static void memory_that_is_not_shared(void **state)
{
	(void)state;
	collect_once(VFS_BAD_SHM, 0, 0, 0);
	assert_goes_on(path, npieces);
}

/* A store whose writer was stopped where there was a log, taken to where there can be none. */
static void log_is_read_without_shared_memory(void **state)
{
	size_t steps = collect_once(VFS_SHARED, 0, 0, 0);
	uint32_t acked;

	(void)state;
	for (size_t tenth = 1; tenth < 10; tenth++) {
		unlink(path);
		assert_int_equal(collect_once(VFS_SHARED, 0, 0, 0), steps);
		acked = acked_before(steps * tenth / 10);
		vfs_crash_restore(again, steps * tenth / 10, 0);
		vfs_crash_begin(VFS_BAD_SHM);
		assert_goes_on(left, acked);
		vfs_crash_end();
	}
}

/* Each step fails, n times; what was acknowledged before is there even if the power goes just then.
 */
static void faults(enum vfs_memory memory, int code, size_t n)
{
	size_t steps = collect_once(memory, 0, 0, 0), failures = 0;

	for (size_t step = 1; step <= steps; step++) {
		unlink(path);
		collect_once(memory, step, code, n);
		failures += vfs_crash_has_failed();
		assert_goes_on(path, npieces);
		if (!failed_step)
			continue;
		vfs_crash_restore(again, failed_step, 0);
		assert_goes_on(left, acked_before(failed_step));
	}
	assert_true(failures > steps / 2);
}

static void full_disk_with_a_log(void **state)
{
	(void)state;
	faults(VFS_SHARED, SQLITE_FULL, 4);
}

static void full_disk_with_a_journal(void **state)
{
	(void)state;
	faults(VFS_NO_SHM, SQLITE_FULL, 4);
}

static void failing_disk_with_a_log(void **state)
{
	(void)state;
	faults(VFS_SHARED, SQLITE_IOERR_WRITE, 1);
}

static void failing_disk_with_a_journal(void **state)
{
	(void)state;
	faults(VFS_NO_SHM, SQLITE_IOERR_WRITE, 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(power_cut_with_a_log),	 TEST(power_cut_with_a_journal),
		TEST(memory_that_is_not_shared), TEST(log_is_read_without_shared_memory),
		TEST(full_disk_with_a_log),	 TEST(full_disk_with_a_journal),
		TEST(failing_disk_with_a_log),	 TEST(failing_disk_with_a_journal),
	};

	return cmocka_run_group_tests_name("crash", tests, make_pieces, drop_pieces);
}

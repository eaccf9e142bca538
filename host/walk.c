/* SPDX-License-Identifier: ISC */
#include "host/walk.h"

#include <errno.h>
#include <string.h>

static const char guests_sql[] =
	"SELECT id, run, uuid, domid, asked, measured, workload, size, image_sha256, link, emulated,"
	" status, why, first_seen, host, protocol, bytes FROM guest WHERE ?1 IS NULL OR run = ?1"
	" ORDER BY id";

static const char samples_sql[] =
	"SELECT seq, workload, benchmark, idx, unit, ops, value FROM sample WHERE guest = ?"
	" ORDER BY seq";

static const char records_sql[] = "SELECT seq, json FROM record WHERE guest = ? ORDER BY seq";

static const char barriers_sql[] =
	"SELECT id, run, host, name, planned_ns, guests, skew_ns FROM barrier"
	" WHERE ?1 IS NULL OR run = ?1 ORDER BY id";

static const char at_sql[] =
	"SELECT uuid, domid, offset_ns, error_ns, planned_ns, actual_ns FROM barrier_guest"
	" JOIN guest ON guest.id = barrier_guest.guest WHERE barrier = ? ORDER BY guest.id";

/* A query on its way: what is done with each of its rows. */
struct walk {
	struct store *s;
	const struct walk_steps *how;
	const struct walk_guest *guest;
	int (*barrier)(const struct walk_barrier *b, void *arg);
	int (*at)(const struct walk_at *a, void *arg);
	void *arg;
	size_t n;
};

int walk_rows(struct store *s, sqlite3_stmt *row, int r, int (*take)(sqlite3_stmt *row, void *arg),
	      void *arg)
{
	while (r == 1) {
		r = take(row, arg);
		if (r) {
			sqlite3_finalize(row);
			return r;
		}
		r = store_next(s, row);
	}
	return r ? store_errno(s) : 0;
}

static int take_sample(sqlite3_stmt *row, void *walk)
{
	const struct walk *w = walk;
	struct walk_sample v;
	int r = store_take(row, "issisif", &v.seq, v.workload, sizeof(v.workload), v.benchmark,
			   sizeof(v.benchmark), &v.index, v.unit, sizeof(v.unit), &v.ops, &v.value);

	return r ? r : w->how->sample(w->guest, &v, w->arg);
}

static int take_record(sqlite3_stmt *row, void *walk)
{
	const struct walk *w = walk;
	const char *text;
	int64_t seq;
	size_t len;
	int r = store_take(row, "ir", &seq, &text, &len);

	return r ? r : w->how->record(w->guest, seq, text, len, w->arg);
}

static int walk_of_guest(const struct walk *all, const struct walk_guest *g, const char *sql,
			 int (*take)(sqlite3_stmt *row, void *walk))
{
	struct walk w = *all;
	sqlite3_stmt *row;
	int first;

	w.guest = g;
	first = store_query(w.s, &row, sql, "i", g->id);
	return walk_rows(w.s, row, first, take, &w);
}

static bool status_is_known(const char *name)
{
	return !strcmp(store_status_name(store_status_parse(name)), name);
}

/* In the order of guests_sql. */
static int read_guest(sqlite3_stmt *row, struct walk_guest *g)
{
#define TEXT(field) g->field, sizeof(g->field)
	int r = store_take(row,
			   "issi"
			   "sssss"
			   "sisss"
			   "ssi",
			   &g->id, TEXT(run), TEXT(uuid), &g->domid, TEXT(asked), TEXT(measured),
			   TEXT(workload), TEXT(size), TEXT(image), TEXT(link), &g->emulated,
			   TEXT(status), TEXT(why), TEXT(first_seen), TEXT(host), TEXT(protocol),
			   &g->bytes);
#undef TEXT
	return !r && !status_is_known(g->status) ? -EUCLEAN : r;
}

static int take_guest(sqlite3_stmt *row, void *walk)
{
	struct walk *w = walk;
	const struct walk_steps *how = w->how;
	struct walk_guest g;
	int r = read_guest(row, &g);

	w->n++;
	if (!r && how->guest)
		r = how->guest(&g, w->arg);
	if (!r && how->sample)
		r = walk_of_guest(w, &g, samples_sql, take_sample);
	if (!r && how->record)
		r = walk_of_guest(w, &g, records_sql, take_record);
	if (!r && how->guest_end)
		r = how->guest_end(&g, w->arg);
	return r;
}

int walk_guests(struct store *s, const char *run, const struct walk_steps *how, void *arg,
		size_t *n)
{
	struct walk w = { .s = s, .how = how, .arg = arg };
	sqlite3_stmt *row;
	int r = store_query(s, &row, guests_sql, "s", run);

	r = walk_rows(s, row, r, take_guest, &w);
	*n = w.n;
	return r;
}

static int take_barrier(sqlite3_stmt *row, void *walk)
{
	const struct walk *w = walk;
	struct walk_barrier b;
	int r = store_take(row, "isssnin", &b.id, b.run, sizeof(b.run), b.host, sizeof(b.host),
			   b.name, sizeof(b.name), &b.planned_ns, &b.guests, &b.skew_ns);

	if (!r && b.planned_ns == STORE_UNKNOWN)
		r = -EUCLEAN;
	return r ? r : w->barrier(&b, w->arg);
}

int walk_barriers(struct store *s, const char *run,
		  int (*each)(const struct walk_barrier *b, void *arg), void *arg)
{
	struct walk w = { .barrier = each, .arg = arg };
	sqlite3_stmt *row;
	int first = store_query(s, &row, barriers_sql, "s", run);

	return walk_rows(s, row, first, take_barrier, &w);
}

static int take_at(sqlite3_stmt *row, void *walk)
{
	const struct walk *w = walk;
	struct walk_at a;
	int r = store_take(row, "sinnnn", a.uuid, sizeof(a.uuid), &a.domid, &a.offset_ns,
			   &a.error_ns, &a.planned_ns, &a.actual_ns);

	return r ? r : w->at(&a, w->arg);
}

int walk_barrier_guests(struct store *s, int64_t barrier,
			int (*each)(const struct walk_at *a, void *arg), void *arg)
{
	struct walk w = { .at = each, .arg = arg };
	sqlite3_stmt *row;
	int first = store_query(s, &row, at_sql, "i", barrier);

	return walk_rows(s, row, first, take_at, &w);
}

/* SQLite's own opinion of the file. */
static int check_file(struct store *s)
{
	char found[8];
	sqlite3_stmt *row;
	int r = store_query(s, &row, "PRAGMA quick_check(1)", "");

	if (r <= 0)
		return r ? store_errno(s) : -EIO;
	r = store_take(row, "s", found, sizeof(found));
	sqlite3_finalize(row);
	return r || strcmp(found, "ok") ? -EUCLEAN : 0;
}

static int pass_sample(const struct walk_guest *g, const struct walk_sample *v, void *arg)
{
	(void)g, (void)v, (void)arg;
	return 0;
}

static int pass_record(const struct walk_guest *g, int64_t seq, const char *text, size_t len,
		       void *arg)
{
	(void)g, (void)seq, (void)text, (void)len, (void)arg;
	return 0;
}

static int pass_at(const struct walk_at *a, void *arg)
{
	(void)a, (void)arg;
	return 0;
}

static int pass_barrier(const struct walk_barrier *b, void *arg)
{
	return walk_barrier_guests(arg, b->id, pass_at, NULL);
}

/* What is read is bounded and of the right types, or it is not read. */
int walk_check(struct store *s)
{
	static const struct walk_steps steps = { .sample = pass_sample, .record = pass_record };
	size_t guests;
	int r = check_file(s);

	if (!r)
		r = walk_guests(s, NULL, &steps, NULL, &guests);
	if (!r)
		r = walk_barriers(s, NULL, pass_barrier, s);
	if (!r)
		r = walk_check_plans(s);
	return r ? r : walk_check_facts(s);
}

int walk_begin(struct store *s)
{
	return store_exec(s, "BEGIN") ? store_errno(s) : 0;
}

int walk_end(struct store *s, int r)
{
	store_rollback(s);
	return r;
}

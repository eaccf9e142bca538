/* SPDX-License-Identifier: ISC */
#include "host/store_plan.h"

#include <errno.h>
#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/store_sql.h"

#define TEXT(field) field, sizeof(field)

const char *store_boot_name(enum store_boot_status status)
{
#define STORE_BOOT_NAME(id, name, what) name,
	static const char *const names[] = { STORE_BOOTS(STORE_BOOT_NAME) };
#undef STORE_BOOT_NAME
	return names[status];
}

int store_plan_get(struct store *s, const char *run, struct store_plan *p)
{
	sqlite3_stmt *row;
	int r = store_query(s, &row,
			    "SELECT id, run, sha256, seed, ordering, host, begun, payloads FROM plan"
			    " WHERE run=?",
			    "s", run);

	if (r <= 0)
		return r ? r : -ENOENT;
	r = store_take(row, "ississss", &p->id, TEXT(p->run), TEXT(p->sha256), &p->seed,
		       TEXT(p->order), TEXT(p->host), TEXT(p->begun), TEXT(p->payloads));
	sqlite3_finalize(row);
	p->text[0] = '\0';
	return r;
}

int store_plan_text(struct store *s, const struct store_plan *p, char *text)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];
	sqlite3_stmt *row;
	int r = store_query(s, &row, "SELECT text FROM plan WHERE id=?", "i", p->id);

	if (r <= 0)
		return r ? r : -ENOENT;
	r = store_take(row, "t", text, (size_t)KEYFILE_MAX);
	sqlite3_finalize(row);
	if (r)
		return r;
	SHA256Data((const uint8_t *)text, strlen(text), hex);
	return strcmp(hex, p->sha256) ? -EUCLEAN : 0;
}

/* The id that a statement with RETURNING gives. 0 or -errno. */
static int take_id(struct store *s, sqlite3_stmt *row, int r, int64_t *id)
{
	if (r <= 0)
		return r ? r : -EIO;
	*id = sqlite3_column_int64(row, 0);
	r = store_next(s, row);
	if (r == 1)
		sqlite3_finalize(row);
	return r < 0 ? r : 0;
}

static int cell_add(struct store *s, int64_t plan, struct store_cell *c)
{
	sqlite3_stmt *row;
	int r = store_query(s, &row,
			    "INSERT INTO cell (plan, place, workload, mode, vcpus)"
			    " VALUES (?, ?, ?, ?, ?) RETURNING id",
			    "iissi", plan, (int64_t)c->place, c->workload, c->mode,
			    (int64_t)c->vcpus);

	return take_id(s, row, r, &c->id);
}

static int plan_add(struct store *s, struct store_plan *p, struct store_cell *cells, size_t n)
{
	sqlite3_stmt *row;
	int r = store_plan_get(s, p->run, &(struct store_plan){ 0 });

	if (r != -ENOENT)
		return r ? r : -EEXIST;
	r = store_query(s, &row,
			"INSERT INTO plan (run, text, sha256, seed, ordering, host, payloads)"
			" VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
			"sssisss", p->run, p->text, p->sha256, p->seed, p->order, p->host,
			p->payloads);
	r = take_id(s, row, r, &p->id);
	for (size_t i = 0; !r && i < n; i++)
		r = cell_add(s, p->id, &cells[i]);
	return r;
}

int store_plan_add(struct store *s, struct store_plan *p, struct store_cell *cells, size_t n)
{
	int r = store_begin(s);

	if (r)
		return r;
	SHA256Data((const uint8_t *)p->text, strlen(p->text), p->sha256);
	r = plan_add(s, p, cells, n);
	if (!r)
		r = store_commit(s);
	if (r)
		store_rollback(s);
	return r;
}

/* Whether a boot's guest is done. */
#define IS_DONE \
	"EXISTS (SELECT 1 FROM guest JOIN cell ON cell.id = boot.cell JOIN plan ON plan.id = cell.plan" \
	" WHERE guest.run = plan.run AND guest.uuid = boot.uuid AND guest.status = 'done')"

static const char cells_sql[] =
	"SELECT c.id, c.place, c.workload, c.mode, c.vcpus,"
	" (SELECT count(*) FROM boot WHERE boot.cell = c.id AND " IS_DONE "),"
	" (SELECT count(*) FROM boot WHERE boot.cell = c.id AND status = 'failed' AND NOT " IS_DONE
	")"
	" FROM cell AS c WHERE c.plan = ? ORDER BY c.place";

static int take_cell(sqlite3_stmt *row, struct store_cell *c, size_t index)
{
	int64_t place, vcpus, done, failed;
	int r = store_take(row, "iissiii", &c->id, &place, TEXT(c->workload), TEXT(c->mode), &vcpus,
			   &done, &failed);

	if (r)
		return r;
	if ((size_t)place != index || vcpus > UINT32_MAX || done > UINT32_MAX ||
	    failed > UINT32_MAX)
		return -EUCLEAN;
	c->place = (unsigned)place;
	c->vcpus = (unsigned)vcpus;
	c->done = (unsigned)done;
	c->failed = (unsigned)failed;
	return 0;
}

int store_cells_get(struct store *s, const struct store_plan *p, struct store_cell *cells, size_t n)
{
	sqlite3_stmt *row;
	size_t i = 0;
	int more = store_query(s, &row, cells_sql, "i", p->id), r = 0;

	while (more == 1) {
		r = i < n ? take_cell(row, &cells[i], i) : -EUCLEAN;
		i++;
		if (r) {
			sqlite3_finalize(row);
			return r;
		}
		more = store_next(s, row);
	}
	return more ? more : i < n ? -EUCLEAN : 0;
}

int store_run_image(struct store *s, const char *run, char image[65])
{
	sqlite3_stmt *row;
	int r = store_query(s, &row, "SELECT image_sha256 FROM guest WHERE run=? ORDER BY id", "s",
			    run);

	if (r <= 0)
		return r ? r : -ENOENT;
	r = store_take(row, "s", image, (size_t)65);
	sqlite3_finalize(row);
	return r;
}

int store_boot_begin(struct store *s, struct store_boot *b, const char *host)
{
	sqlite3_stmt *row;
	int r = store_query(s, &row,
			    "INSERT INTO boot (cell, attempt, uuid, host, status)"
			    " SELECT ?1, coalesce(max(attempt), 0) + 1, ?2, ?3, 'running'"
			    " FROM boot WHERE cell=?1 RETURNING id, attempt",
			    "iss", b->cell, b->uuid, host);

	if (r == 1)
		b->attempt = sqlite3_column_int64(row, 1);
	return take_id(s, row, r, &b->id);
}

int store_boot_end(struct store *s, const struct store_boot *b, enum store_boot_status status,
		   const char *why, int64_t took_ms)
{
	return store_do(s, "UPDATE boot SET status=?, why=?, took_ms=? WHERE id=?", "ssni",
			store_boot_name(status), why, took_ms, b->id);
}

int store_boot_left(struct store *s, const struct store_plan *p, const char *host,
		    struct store_boot *b)
{
	sqlite3_stmt *row;
	int r = store_query(
		s, &row,
		"SELECT boot.id, cell, attempt, uuid FROM boot JOIN cell ON cell.id = cell"
		" WHERE plan=? AND host=? AND status='running' ORDER BY boot.id",
		"is", p->id, host);

	if (r <= 0)
		return r;
	r = store_take(row, "iiis", &b->id, &b->cell, &b->attempt, TEXT(b->uuid));
	sqlite3_finalize(row);
	return r ? r : 1;
}

int store_boot_settle(struct store *s, const struct store_plan *p, const struct store_boot *b)
{
	int r = store_begin(s);

	if (!r)
		r = store_do(s,
			     "UPDATE boot SET"
			     " status=CASE WHEN " IS_DONE " THEN 'done' ELSE 'interrupted' END,"
			     " why=CASE WHEN " IS_DONE " THEN NULL ELSE 'the run was ended' END"
			     " WHERE id=?",
			     "i", b->id);
	if (!r)
		r = store_do(s,
			     "UPDATE guest SET status='lost', why='the run was ended'"
			     " WHERE run=? AND uuid=? AND status='running'",
			     "ss", p->run, b->uuid);
	if (!r)
		r = store_commit(s);
	if (r)
		store_rollback(s);
	return r;
}

/* run: NULL for any. */
static int boot_mean(struct store *s, const char *run, const struct store_cell *c, const char *size,
		     double *ms)
{
	sqlite3_stmt *row;
	int64_t n;
	int r = store_query(
		s, &row,
		"SELECT count(*), coalesce(avg(took_ms), 0.0) FROM boot JOIN cell ON cell.id = boot.cell"
		" JOIN plan ON plan.id = cell.plan"
		" JOIN guest ON guest.run = plan.run AND guest.uuid = boot.uuid"
		" WHERE (?1 IS NULL OR plan.run = ?1) AND boot.status = 'done' AND took_ms IS NOT NULL"
		" AND cell.workload = ?2 AND mode = ?3 AND vcpus = ?4 AND guest.size = ?5"
		" AND guest.status = 'done'",
		"sssis", run, c->workload, c->mode, (int64_t)c->vcpus, size);

	if (r <= 0)
		return r ? r : -EIO;
	r = store_take(row, "if", &n, ms);
	sqlite3_finalize(row);
	return r ? r : n > 100000 ? 100000 : (int)n;
}

int store_boot_mean(struct store *s, const char *run, const struct store_cell *c, const char *size,
		    double *ms)
{
	int r = boot_mean(s, run, c, size, ms);

	return r ? r : boot_mean(s, NULL, c, size, ms);
}

/* The values of the benchmark of the moment. */
struct values {
	char benchmark[RECORD_NAME_MAX + 1];
	double *value;
	size_t n, room;
};

static int value_add(struct values *v, double value)
{
	if (v->n == v->room) {
		size_t room = v->room ? 2 * v->room : 64;
		double *grown = realloc(v->value, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		v->value = grown;
		v->room = room;
	}
	v->value[v->n++] = value;
	return 0;
}

/* Takes a row; calls each() for what was before it when another benchmark begins. */
static int take_value(sqlite3_stmt *row, struct values *v,
		      int (*each)(double *values, size_t n, void *arg), void *arg)
{
	char benchmark[RECORD_NAME_MAX + 1];
	double value;
	int r = store_take(row, "sf", TEXT(benchmark), &value);

	if (!r && v->n && strcmp(benchmark, v->benchmark)) {
		r = each(v->value, v->n, arg);
		v->n = 0;
	}
	if (r)
		return r;
	strcpy(v->benchmark, benchmark);
	return value_add(v, value);
}

int store_cell_values(struct store *s, const struct store_plan *p, const struct store_cell *c,
		      int (*each)(double *values, size_t n, void *arg), void *arg)
{
	struct values v = { .n = 0 };
	sqlite3_stmt *row;
	int more = store_query(
		s, &row,
		"SELECT benchmark, value FROM sample JOIN guest ON guest.id = sample.guest"
		" JOIN boot ON boot.uuid = guest.uuid WHERE boot.cell=? AND guest.run=?"
		" AND guest.status='done' ORDER BY benchmark, guest.id, seq",
		"is", c->id, p->run);
	int r = 0;

	while (!r && more == 1) {
		r = take_value(row, &v, each, arg);
		if (r)
			sqlite3_finalize(row);
		else
			more = store_next(s, row);
	}
	if (!r)
		r = more ? more : v.n ? each(v.value, v.n, arg) : 0;
	free(v.value);
	return r;
}

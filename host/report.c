/* SPDX-License-Identifier: ISC */
#include "host/report.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/stats.h"
#include "host/store_sql.h"

/* The boots of a run, in the order of the modes. */
static const char guests_sql[] =
	"SELECT asked, measured, status, why, link, image_sha256,"
	" emulated, (SELECT count(*) FROM sample WHERE guest = guest.id) FROM guest WHERE run = ?1"
	" ORDER BY id";

/* All good samples of a run, those of one mode and benchmark together, benchmarks as they were run.
 */
static const char samples_sql[] =
	"SELECT measured, benchmark, unit, value, emulated, image_sha256,"
	" min(seq) OVER (PARTITION BY benchmark) AS place"
	" FROM sample JOIN guest ON guest.id = sample.guest"
	" WHERE run = ?1 AND status = 'done' ORDER BY place, benchmark, measured, image_sha256,"
	" guest.id, seq";

static const char newest_sql[] = "SELECT run FROM guest ORDER BY id DESC LIMIT 1";

/* One more element at the end of a growing array of n; zeroed. NULL when memory is short. */
static void *array_grow(void *array, size_t n, size_t size)
{
	char *grown;

	if (n & (n - 1))
		return array;
	grown = realloc(array, (n ? 2 * n : 1) * size);
	if (grown)
		memset(grown + n * size, 0, (n ? n : 1) * size);
	return grown;
}

/* A store may come from anywhere: what is no harmless text in it is shown as '?'. */
static void harmless(char *text)
{
	for (char *c = text; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr(" ,:._/+-", *c))
			*c = '?';
}

/* Calls row() for each row that the statement gives for the run. 0 or -errno. */
static int each_row(struct store *s, const char *sql, const char *run,
		    int (*row)(sqlite3_stmt *q, void *arg), void *arg)
{
	sqlite3_stmt *q;
	int more = store_query(s, &q, sql, strchr(sql, '?') ? "s" : "", run), r;

	while (more == 1) {
		r = row(q, arg);
		if (r) {
			sqlite3_finalize(q);
			return r;
		}
		more = store_next(s, q);
	}
	return more ? store_errno(s) : 0;
}

static int take_name(sqlite3_stmt *q, void *arg)
{
	struct report *r = arg;

	return store_take(q, "s", r->run, sizeof(r->run));
}

static int take_guest(sqlite3_stmt *q, void *arg)
{
	struct report *r = arg;
	struct report_guest *guests = array_grow(r->guests, r->nguests, sizeof(*guests)), *g;
	int64_t emulated, samples;
	int err;

	if (!guests)
		return -ENOMEM;
	r->guests = guests;
	g = &guests[r->nguests++];
	err = store_take(q, "ssssssii", g->asked, sizeof(g->asked), g->measured, sizeof(g->measured),
			 g->status, sizeof(g->status), g->why, sizeof(g->why), g->link,
			 sizeof(g->link), g->image, sizeof(g->image), &emulated, &samples);
	if (err)
		return err;
	for (size_t i = 0; i < 6; i++)
		harmless((char *[]){ g->asked, g->measured, g->status, g->why, g->link, g->image }[i]);
	g->emulated = emulated;
	g->samples = samples;
	return 0;
}

/* The values of the row that is being read. */
struct loader {
	struct report *report;
	double *values;
	size_t n;
};

/* Sums up the values of the newest row. */
static void finish_row(struct loader *l)
{
	struct report_row *row;
	struct stats st;

	if (!l->n)
		return;
	row = &l->report->rows[l->report->nrows - 1];
	st = stats_of(l->values, l->n);
	row->median = st.median;
	row->low = st.low;
	row->high = st.high;
	row->n = l->n;
	l->n = 0;
}

struct sample {
	char mode[RECORD_NAME_MAX + 1], benchmark[RECORD_NAME_MAX + 1], unit[RECORD_NAME_MAX + 1];
	char image[65];
	double value;
	int64_t emulated;
};

/* The row that the sample belongs to: the newest one, or one more. NULL when memory is short. */
static struct report_row *row_for(struct loader *l, const struct sample *v)
{
	struct report *r = l->report;
	struct report_row *rows, *last = r->nrows ? &r->rows[r->nrows - 1] : NULL;
	enum mode mode = MODE_UNKNOWN;

	mode_parse(v->mode, &mode);
	if (last && last->mode == mode && !strcmp(last->benchmark, v->benchmark) &&
	    !strcmp(last->image, v->image))
		return last;
	finish_row(l);
	rows = array_grow(r->rows, r->nrows, sizeof(*rows));
	if (!rows)
		return NULL;
	r->rows = rows;
	last = &rows[r->nrows++];
	last->mode = mode;
	strcpy(last->benchmark, v->benchmark);
	strcpy(last->unit, v->unit);
	strcpy(last->image, v->image);
	return last;
}

static int take_sample(sqlite3_stmt *q, void *arg)
{
	struct loader *l = arg;
	struct report_row *row;
	struct sample v;
	double *values;
	int r = store_take(q, "sssfis", v.mode, sizeof(v.mode), v.benchmark, sizeof(v.benchmark),
			   v.unit, sizeof(v.unit), &v.value, &v.emulated, v.image, sizeof(v.image));

	if (r)
		return r;
	harmless(v.benchmark);
	harmless(v.unit);
	harmless(v.image);
	row = row_for(l, &v);
	values = row ? array_grow(l->values, l->n, sizeof(*values)) : NULL;
	if (!values)
		return -ENOMEM;
	l->values = values;
	values[l->n++] = v.value;
	row->emulated |= v.emulated != 0;
	l->report->emulated |= row->emulated;
	return 0;
}

const struct report_row *report_find(const struct report *r, enum mode mode, const char *benchmark)
{
	for (size_t i = 0; i < r->nrows; i++)
		if (r->rows[i].mode == mode && !strcmp(r->rows[i].benchmark, benchmark))
			return &r->rows[i];
	return NULL;
}

void report_benchmarks(const struct report *r, void (*each)(const char *name, void *arg), void *arg)
{
	for (size_t i = 0; i < r->nrows; i++)
		if (i == 0 || strcmp(r->rows[i].benchmark, r->rows[i - 1].benchmark))
			each(r->rows[i].benchmark, arg);
}

static void set_ratios(struct report *r)
{
	for (size_t i = 0; i < r->nrows; i++) {
		const struct report_row *native = report_find(r, MODE_NATIVE, r->rows[i].benchmark);

		if (native && native->median > 0 && !strcmp(native->image, r->rows[i].image))
			r->rows[i].ratio = r->rows[i].median / native->median;
	}
}

int report_load(struct store *s, const char *run, struct report *r)
{
	struct loader l = { .report = r };
	int err = 0;

	*r = (struct report){ 0 };
	if (run)
		snprintf(r->run, sizeof(r->run), "%s", run);
	else
		err = each_row(s, newest_sql, "", take_name, r);
	if (!err)
		err = each_row(s, guests_sql, r->run, take_guest, r);
	if (!err && !r->nguests)
		err = -ENOENT;
	if (!err)
		err = each_row(s, samples_sql, r->run, take_sample, &l);
	if (!err && r->nrows) {
		finish_row(&l);
		set_ratios(r);
	}
	free(l.values);
	if (err)
		report_free(r);
	return err;
}

void report_free(struct report *r)
{
	free(r->rows);
	free(r->guests);
	*r = (struct report){ 0 };
}

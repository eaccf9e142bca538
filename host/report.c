/* SPDX-License-Identifier: ISC */
#include "host/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/report_parts.h"
#include "host/report_text.h"
#include "host/walk.h"

static const char newest_sql[] = "SELECT run FROM guest ORDER BY id DESC LIMIT 1";

/* The store as it is read: once for boots and records, once more for samples. */
struct loader {
	struct report *report;
	json_t *index;	/* of rows, by what they are of */
	json_t *more;	/* "WORKLOAD BENCHMARK": whether more is better, where guests said it */
	size_t next;	/* boot of the second reading */
	enum mode mode; /* of the boot that is being read */
};

void *report_grow(void *array, size_t n, size_t size)
{
	char *grown;

	if (n & (n - 1))
		return array;
	grown = realloc(array, (n ? 2 * n : 1) * size);
	if (grown)
		memset(grown + n * size, 0, (n ? n : 1) * size);
	return grown;
}

double report_seconds(const char *rfc3339)
{
	struct tm tm = { 0 };
	const char *end = strptime(rfc3339, "%Y-%m-%dT%H:%M:%SZ", &tm);

	return end && !*end ? (double)timegm(&tm) : 0;
}

static void take_texts(struct report_boot *b, const struct walk_guest *g)
{
#define TAKE(field) text_take(b->field, g->field, sizeof(b->field))
	TAKE(uuid);
	TAKE(asked);
	TAKE(measured);
	TAKE(workload);
	TAKE(size);
	TAKE(status);
	TAKE(why);
	TAKE(link);
	TAKE(image);
	TAKE(host);
	TAKE(first_seen);
#undef TAKE
}

static int take_guest(const struct walk_guest *g, void *arg)
{
	struct loader *l = arg;
	struct report *r = l->report;
	struct report_boot *boots = report_grow(r->boots, r->nboots, sizeof(*boots)), *b;

	if (!boots)
		return -ENOMEM;
	r->boots = boots;
	b = &boots[r->nboots++];
	take_texts(b, g);
	b->begun = report_seconds(b->first_seen);
	b->domid = (unsigned)g->domid;
	b->emulated = g->emulated;
	l->mode = MODE_UNKNOWN;
	b->used = !mode_parse(b->measured, &l->mode) &&
		  !strcmp(b->status, store_status_name(STORE_DONE));
	return 0;
}

/* Where the word of a guest about a benchmark is kept. */
static const char *more_key(const char *workload, const char *benchmark, char *buf, size_t size)
{
	snprintf(buf, size, "%s %s", workload, benchmark);
	return buf;
}

static int take_better(struct loader *l, const struct record *rec)
{
	const char *better = json_string_value(json_object_get(rec->json, "better"));
	char key[2 * RECORD_NAME_MAX + 2];

	if (!better)
		return 0;
	return json_object_set_new(l->more,
				   more_key(rec->workload, rec->benchmark, key, sizeof(key)),
				   json_boolean(!strcmp(better, "more")))
		       ? -ENOMEM
		       : 0;
}

static int take_facts(struct loader *l, const struct record *rec)
{
	struct report *r = l->report;
	json_int_t cpus = json_integer_value(json_object_get(rec->json, "cpus"));

	r->boots[r->nboots - 1].vcpus = cpus > 0 && cpus <= 65536 ? (unsigned)cpus : 0;
	return report_facts_add(r->facts, l->mode, rec->json);
}

/* Records of boots that are used; what is none of a record is nothing to know anything from. */
static int take_record(const struct walk_guest *g, int64_t seq, const char *text, size_t len,
		       void *arg)
{
	static const char better[] = "\"better\"";
	struct loader *l = arg;
	const char *why;
	struct record rec;
	int r;

	(void)g;
	if (!l->report->boots[l->report->nboots - 1].used ||
	    (seq > 1 && !memmem(text, len, better, strlen(better))))
		return 0;
	r = record_parse(text, len, true, &rec, &why);
	if (r)
		return r == -ENOMEM ? r : 0;
	if (rec.type == RECORD_GUEST)
		r = take_facts(l, &rec);
	else if (rec.type == RECORD_SAMPLE)
		r = take_better(l, &rec);
	record_free(&rec);
	return r;
}

bool report_same_benchmark(const struct report_row *a, const struct report_row *b)
{
	return !strcmp(a->benchmark, b->benchmark) && !strcmp(a->workload, b->workload) &&
	       !strcmp(a->unit, b->unit);
}

/* More is better where that was said, and else of what is counted in a time. */
static bool more_is_better(const struct loader *l, const struct report_row *row)
{
	size_t len = strlen(row->unit);
	char key[2 * RECORD_NAME_MAX + 2];
	const json_t *said =
		json_object_get(l->more, more_key(row->workload, row->benchmark, key, sizeof(key)));

	return said ? json_is_true(said) : len > 2 && !strcmp(row->unit + len - 2, "/s");
}

/* The number that is kept under the key; n is kept, if there is none. Less than 0 when memory is
 * short. */
static json_int_t index_of(struct loader *l, const char *key, size_t n)
{
	const json_t *found = json_object_get(l->index, key);

	if (found)
		return json_integer_value(found);
	return json_object_set_new(l->index, key, json_integer((json_int_t)n)) ? -1 : (json_int_t)n;
}

/* One more row, like that. */
static struct report_row *row_new(struct loader *l, const struct report_row *like, size_t place)
{
	struct report *r = l->report;
	struct report_row *rows = report_grow(r->rows, r->nrows, sizeof(*rows));

	if (!rows)
		return NULL;
	r->rows = rows;
	rows[r->nrows] = *like;
	rows[r->nrows].place = place;
	rows[r->nrows].more_is_better = more_is_better(l, like);
	return &rows[r->nrows++];
}

/* The row like that, made if there is none. NULL when memory is short. No field has a newline. */
static struct report_row *row_for(struct loader *l, const struct report_row *like)
{
	struct report *r = l->report;
	char key[512];
	json_int_t place, row;
	int len = snprintf(key, sizeof(key), "%s\n%s\n%s", like->workload, like->benchmark,
			   like->unit);

	place = index_of(l, key, r->nrows);
	snprintf(key + len, sizeof(key) - (size_t)len, "\n%d\n%u\n%s", like->mode, like->vcpus,
		 like->image);
	row = index_of(l, key, r->nrows);
	if (place < 0 || row < 0)
		return NULL;
	return (size_t)row < r->nrows ? &r->rows[row] : row_new(l, like, (size_t)place);
}

static int next_guest(const struct walk_guest *g, void *arg)
{
	struct loader *l = arg;

	(void)g;
	if (l->next >= l->report->nboots)
		return -EUCLEAN;
	l->mode = MODE_UNKNOWN;
	mode_parse(l->report->boots[l->next++].measured, &l->mode);
	return 0;
}

static int add_sample(struct loader *l, const struct report_row *like, const struct walk_sample *v)
{
	struct report_row *row = row_for(l, like);
	struct report_sample *samples =
		row ? report_grow(row->samples, row->n, sizeof(*samples)) : NULL;

	if (!samples)
		return -ENOMEM;
	row->samples = samples;
	samples[row->n++] = (struct report_sample){
		.value = v->value,
		.index = v->index,
		.boot = l->next - 1,
	};
	row->emulated |= l->report->boots[l->next - 1].emulated;
	l->report->emulated |= row->emulated;
	return 0;
}

static int take_sample(const struct walk_guest *g, const struct walk_sample *v, void *arg)
{
	struct loader *l = arg;
	struct report_boot *b = &l->report->boots[l->next - 1];
	struct report_row like = { .mode = l->mode, .vcpus = b->vcpus };

	(void)g;
	b->samples++;
	if (!b->used)
		return 0;
	if (v->value > STATS_VALUE_MAX) {
		l->report->left_out++;
		return 0;
	}
	text_take(like.workload, v->workload, sizeof(like.workload));
	text_take(like.benchmark, v->benchmark, sizeof(like.benchmark));
	text_take(like.unit, v->unit, sizeof(like.unit));
	text_take(like.image, b->image, sizeof(like.image));
	return add_sample(l, &like, v);
}

/* Benchmarks as they were first run, modes in their order. */
static int by_place(const void *a, const void *b)
{
	const struct report_row *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	if (x->mode != y->mode)
		return x->mode < y->mode ? -1 : 1;
	if (x->vcpus != y->vcpus)
		return x->vcpus < y->vcpus ? -1 : 1;
	return strcmp(x->image, y->image);
}

static int take_name(struct store *s, char *name, size_t size)
{
	sqlite3_stmt *q;
	int r = store_query(s, &q, newest_sql, "");

	if (r <= 0)
		return r ? store_errno(s) : -ENOENT;
	r = store_take(q, "s", name, size);
	sqlite3_finalize(q);
	return r;
}

static int read_run(struct store *s, const char *run, struct loader *l)
{
	static const struct walk_steps first = { .guest = take_guest, .record = take_record };
	static const struct walk_steps second = { .guest = next_guest, .sample = take_sample };
	size_t n;
	int r = walk_guests(s, run, &first, l, &n);

	if (!r && !n)
		r = -ENOENT;
	if (!r)
		r = walk_guests(s, run, &second, l, &n);
	if (!r)
		r = report_plan(s, run, l->report);
	if (!r && l->report->nrows)
		qsort(l->report->rows, l->report->nrows, sizeof(*l->report->rows), by_place);
	report_label(l->report);
	return r ? r : report_host(s, run, l->report);
}

static int report_read(struct store *s, const char *run, struct report *r)
{
	struct loader l = { .report = r, .index = json_object(), .more = json_object() };
	char name[sizeof(r->run)] = "";
	int err = l.index && l.more && r->facts && r->host && r->warnings ? 0 : -ENOMEM;

	if (!err && run && strlen(run) >= sizeof(name))
		err = -ENOENT;
	else if (!err && !run)
		err = take_name(s, name, sizeof(name));
	if (!err)
		err = read_run(s, run ? run : name, &l);
	text_take(r->run, run ? run : name, sizeof(r->run));
	json_decref(l.index);
	json_decref(l.more);
	return err;
}

int report_load(struct store *s, const char *run, struct report *r)
{
	int err;

	*r = (struct report){
		.facts = json_object(),
		.host = json_object(),
		.warnings = json_array(),
	};
	err = walk_begin(s);
	if (!err)
		err = walk_end(s, report_read(s, run, r));
	if (!err)
		err = report_figure(r);
	if (!err)
		err = report_warn(r);
	if (err)
		report_free(r);
	return err;
}

void report_free(struct report *r)
{
	for (size_t i = 0; i < r->nrows; i++) {
		free(r->rows[i].samples);
		free(r->rows[i].values);
	}
	for (size_t i = 0; i < r->nboots; i++)
		json_decref(r->boots[i].noise);
	free(r->rows);
	free(r->boots);
	free(r->suites);
	free(r->plan);
	json_decref(r->facts);
	json_decref(r->host);
	json_decref(r->warnings);
	free(r->expected);
	*r = (struct report){ 0 };
}

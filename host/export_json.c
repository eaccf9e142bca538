/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>

#include "host/export.h"
#include "host/export_json.h"
#include "host/walk.h"

void export_json_next(struct export_writer *w, bool *more)
{
	if (*more)
		putc(',', w->f);
	putc('\n', w->f);
	*more = true;
}

/* Text that is no UTF-8 never comes as far as here, so that memory is all that can be short. */
int export_json_members(struct export_writer *w, json_t *object)
{
	int r = object ? json_dumpf(object, w->f, JSON_EMBED | JSON_COMPACT) : -1;

	json_decref(object);
	/* A file that cannot be written is the caller's to see. */
	return r && !ferror(w->f) ? -ENOMEM : 0;
}

static int put_guest(const struct walk_guest *g, void *arg)
{
	struct export_writer *w = arg;
	int r;

	export_json_next(w, &w->more_guests);
	putc('{', w->f);
	r = export_json_members(
		w,
		json_pack("{ss ss sI ss ss ss ss ss ss sb ss ss ss ss ss sI}", "run", g->run,
			  "uuid", g->uuid, "domid", (json_int_t)g->domid, "asked", g->asked,
			  "measured", g->measured, "workload", g->workload, "size", g->size,
			  "image_sha256", g->image, "link", g->link, "emulated", g->emulated != 0,
			  "status", g->status, "why", g->why, "first_seen", g->first_seen, "host",
			  g->host, "protocol", g->protocol, "bytes", (json_int_t)g->bytes));
	fputs(",\"samples\":[", w->f);
	w->more_samples = w->more_records = false;
	return r;
}

static int put_sample(const struct walk_guest *g, const struct walk_sample *v, void *arg)
{
	struct export_writer *w = arg;
	char number[EXPORT_NUMBER];
	int r;

	(void)g;
	export_json_next(w, &w->more_samples);
	putc('{', w->f);
	r = export_json_members(w, json_pack("{sI ss ss sI ss sI}", "seq", (json_int_t)v->seq,
					     "workload", v->workload, "benchmark", v->benchmark,
					     "index", (json_int_t)v->index, "unit", v->unit, "ops",
					     (json_int_t)v->ops));
	fprintf(w->f, ",\"value\":%s}", export_number(v->value, number));
	return r;
}

/* A record is written as its guest did, once it is known to be what it should be. */
static int put_record(const struct walk_guest *g, int64_t seq, const char *text, size_t len,
		      void *arg)
{
	struct export_writer *w = arg;
	json_t *record = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	bool fine = json_is_object(record);

	(void)g;
	json_decref(record);
	if (!fine)
		return -EUCLEAN;
	if (!w->more_records)
		fputs("],\"records\":[", w->f);
	export_json_next(w, &w->more_records);
	fprintf(w->f, "{\"seq\":%" PRId64 ",\"record\":", seq);
	fwrite(text, 1, len, w->f);
	putc('}', w->f);
	return 0;
}

static int put_guest_end(const struct walk_guest *g, void *arg)
{
	struct export_writer *w = arg;

	(void)g;
	fputs(w->more_records ? "]}" : "],\"records\":[]}", w->f);
	return 0;
}

static json_t *json_ns(int64_t ns)
{
	return ns == STORE_UNKNOWN ? json_null() : json_integer(ns);
}

static int put_at(const struct walk_at *a, void *arg)
{
	struct export_writer *w = arg;
	int r;

	export_json_next(w, &w->more_at);
	putc('{', w->f);
	r = export_json_members(
		w, json_pack("{ss sI so so so so}", "uuid", a->uuid, "domid", (json_int_t)a->domid,
			     "offset_ns", json_ns(a->offset_ns), "error_ns", json_ns(a->error_ns),
			     "planned_ns", json_ns(a->planned_ns), "actual_ns",
			     json_ns(a->actual_ns)));
	putc('}', w->f);
	return r;
}

static int put_barrier(const struct walk_barrier *b, void *arg)
{
	struct export_writer *w = arg;
	int r;

	export_json_next(w, &w->more_barriers);
	putc('{', w->f);
	r = export_json_members(
		w, json_pack("{ss ss ss sI sI so}", "run", b->run, "host", b->host, "name", b->name,
			     "planned_ns", (json_int_t)b->planned_ns, "expected",
			     (json_int_t)b->guests, "skew_ns", json_ns(b->skew_ns)));
	fputs(",\"guests\":[", w->f);
	w->more_at = false;
	if (!r)
		r = walk_barrier_guests(w->s, b->id, put_at, w);
	fputs("]}", w->f);
	return r;
}

int export_json(struct store *s, const char *run, FILE *f, size_t *guests)
{
	static const struct walk_steps how = { put_guest, put_sample, put_record, put_guest_end };
	struct export_writer w = { .s = s, .f = f };
	int r = walk_begin(s);

	*guests = 0;
	if (r)
		return r;
	fputs("{\"export\":1,\"guests\":[", f);
	r = walk_guests(s, run, &how, &w, guests);
	fputs("],\n\"barriers\":[", f);
	if (!r)
		r = walk_barriers(s, run, put_barrier, &w);
	fputs("],\n\"plans\":[", f);
	if (!r)
		r = export_json_plans(&w, run);
	fputs("],\n\"readings\":[", f);
	if (!r)
		r = export_json_readings(&w, run);
	fputs("],\n\"noise\":[", f);
	if (!r)
		r = export_json_noises(&w, run);
	fputs("]}\n", f);
	return walk_end(s, r);
}

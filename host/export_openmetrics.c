/* SPDX-License-Identifier: ISC */
/* https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md */
#include <inttypes.h>

#include "host/export.h"
#include "host/walk.h"

/* One label; the first begins with '{', the others with ','. */
static void put_label(FILE *f, char before, const char *name, const char *value)
{
	fprintf(f, "%c%s=\"", before, name);
	for (; *value; value++) {
		if (*value == '\n') {
			fputs("\\n", f);
			continue;
		}
		if (*value == '\\' || *value == '"')
			putc('\\', f);
		putc(*value, f);
	}
	putc('"', f);
}

static void put_number_label(FILE *f, const char *name, int64_t n)
{
	fprintf(f, ",%s=\"%" PRId64 "\"", name, n);
}

static void put_family(FILE *f, const char *name, const char *type, const char *unit,
		       const char *help)
{
	fprintf(f, "# TYPE %s %s\n", name, type);
	if (unit)
		fprintf(f, "# UNIT %s %s\n", name, unit);
	fprintf(f, "# HELP %s %s\n", name, help);
}

/* What tells guests apart, all in braces but the closing one. */
static void put_guest_labels(FILE *f, const struct walk_guest *g)
{
	put_label(f, '{', "run", g->run);
	put_label(f, ',', "host", g->host);
	put_label(f, ',', "uuid", g->uuid);
	put_number_label(f, "domid", g->domid);
	put_label(f, ',', "mode", g->measured);
}

static int put_info(const struct walk_guest *g, void *arg)
{
	FILE *f = arg;

	fputs("xlab_guest_info", f);
	put_guest_labels(f, g);
	put_label(f, ',', "asked", g->asked);
	put_label(f, ',', "status", g->status);
	put_label(f, ',', "workload", g->workload);
	put_label(f, ',', "size", g->size);
	put_label(f, ',', "image_sha256", g->image);
	put_label(f, ',', "link", g->link);
	put_label(f, ',', "protocol", g->protocol);
	put_label(f, ',', "emulated", g->emulated ? "true" : "false");
	fputs("} 1\n", f);
	return 0;
}

static int put_bytes(const struct walk_guest *g, void *arg)
{
	FILE *f = arg;

	fputs("xlab_guest_stored_bytes", f);
	put_guest_labels(f, g);
	fprintf(f, "} %" PRId64 "\n", g->bytes);
	return 0;
}

static int put_sample(const struct walk_guest *g, const struct walk_sample *v, void *arg)
{
	char number[EXPORT_NUMBER];
	FILE *f = arg;

	fputs("xlab_sample", f);
	put_guest_labels(f, g);
	put_label(f, ',', "status", g->status);
	put_label(f, ',', "workload", v->workload);
	put_label(f, ',', "benchmark", v->benchmark);
	put_label(f, ',', "unit", v->unit);
	put_number_label(f, "index", v->index);
	put_number_label(f, "seq", v->seq);
	fprintf(f, "} %s\n", export_number(v->value, number));
	return 0;
}

static int put_skew(const struct walk_barrier *b, void *arg)
{
	char number[EXPORT_NUMBER];
	FILE *f = arg;

	if (b->skew_ns == STORE_UNKNOWN)
		return 0;
	fputs("xlab_barrier_skew_seconds", f);
	put_label(f, '{', "run", b->run);
	put_label(f, ',', "host", b->host);
	put_label(f, ',', "name", b->name);
	fprintf(f, "} %s\n", export_number((double)b->skew_ns / 1e9, number));
	return 0;
}

/* A family's metrics stand together, so that the guests are gone through once for each. */
static int put_families(struct store *s, const char *run, FILE *f, size_t *guests)
{
	static const struct walk_steps info = { .guest = put_info }, bytes = { .guest = put_bytes },
				       samples = { .sample = put_sample };
	int r;

	put_family(f, "xlab_guest", "info", NULL, "A boot of a guest.");
	r = walk_guests(s, run, &info, f, guests);
	put_family(f, "xlab_guest_stored_bytes", "gauge", "bytes",
		   "What is stored of its records.");
	if (!r)
		r = walk_guests(s, run, &bytes, f, guests);
	put_family(f, "xlab_sample", "gauge", NULL,
		   "One repetition of one benchmark, in the unit that its label names.");
	if (!r)
		r = walk_guests(s, run, &samples, f, guests);
	put_family(f, "xlab_barrier_skew_seconds", "gauge", "seconds",
		   "From the first guest that started to the last.");
	return r ? r : walk_barriers(s, run, put_skew, f);
}

int export_openmetrics(struct store *s, const char *run, FILE *f, size_t *guests)
{
	int r = walk_begin(s);

	*guests = 0;
	if (r)
		return r;
	r = put_families(s, run, f, guests);
	fputs("# EOF\n", f);
	return walk_end(s, r);
}

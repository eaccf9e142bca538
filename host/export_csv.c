/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <string.h>

#include "host/export.h"
#include "host/walk.h"

/* The columns' names are the first line. */
static const char columns[] =
	"run,host,uuid,domid,asked,measured,status,emulated,image_sha256,size,protocol,first_seen,seq,"
	"workload,benchmark,index,unit,ops,value\r\n";

void export_csv_text(FILE *f, const char *text, const char *end)
{
	bool quoted = strpbrk(text, ",\"\r\n");

	if (quoted)
		putc('"', f);
	if (*text && strchr("=+-@\t\r", *text))
		putc('\'', f);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', f);
		putc(*text, f);
	}
	fputs(quoted ? "\"" : "", f);
	fputs(end, f);
}

static void put_integer(FILE *f, int64_t n)
{
	fprintf(f, "%" PRId64 ",", n);
}

static int put_sample(const struct walk_guest *g, const struct walk_sample *v, void *arg)
{
	char number[EXPORT_NUMBER];
	FILE *f = arg;

	export_csv_text(f, g->run, ",");
	export_csv_text(f, g->host, ",");
	export_csv_text(f, g->uuid, ",");
	put_integer(f, g->domid);
	export_csv_text(f, g->asked, ",");
	export_csv_text(f, g->measured, ",");
	export_csv_text(f, g->status, ",");
	put_integer(f, g->emulated != 0);
	export_csv_text(f, g->image, ",");
	export_csv_text(f, g->size, ",");
	export_csv_text(f, g->protocol, ",");
	export_csv_text(f, g->first_seen, ",");
	put_integer(f, v->seq);
	export_csv_text(f, v->workload, ",");
	export_csv_text(f, v->benchmark, ",");
	put_integer(f, v->index);
	export_csv_text(f, v->unit, ",");
	put_integer(f, v->ops);
	fprintf(f, "%s\r\n", export_number(v->value, number));
	return 0;
}

int export_csv(struct store *s, const char *run, FILE *f, size_t *guests)
{
	static const struct walk_steps how = { .sample = put_sample };
	int r = walk_begin(s);

	*guests = 0;
	if (r)
		return r;
	fputs(columns, f);
	return walk_end(s, walk_guests(s, run, &how, f, guests));
}

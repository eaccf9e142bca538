/* SPDX-License-Identifier: ISC */
/* What to type to have such a run again. People copy it into a shell, and texts of the store are of
 * anybody's making: only what is a word there gets in. */
#include <ctype.h>
#include <string.h>

#include "host/report_parts.h"

enum { WORD = RECORD_NAME_MAX + 1 };

/* '_' for whatever a shell or a description could take for something else. */
static const char *word(const char *text, char buf[WORD])
{
	size_t n = 0;

	for (; n + 1 < WORD && text[n]; n++)
		buf[n] = isalnum((unsigned char)text[n]) || (n && strchr("._-", text[n])) ? text[n]
											  : '_';
	buf[n] = '\0';
	return buf;
}

/* The first that is used, or the first. */
static const struct report_boot *first_boot(const struct report *r)
{
	for (size_t i = 0; i < r->nboots; i++)
		if (r->boots[i].used)
			return &r->boots[i];
	return r->boots;
}

static bool is_same_guest(const struct report_boot *a, const struct report_boot *b)
{
	return !strcmp(a->workload, b->workload) && !strcmp(a->size, b->size) &&
	       a->vcpus == b->vcpus && !strcmp(a->image, b->image);
}

/* Whether an earlier boot was of the same description. */
static bool is_seen(const struct report *r, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (r->boots[j].used && is_same_guest(&r->boots[j], &r->boots[i]))
			return true;
	return false;
}

static void put_description(const struct report_boot *b, size_t n, FILE *f)
{
	char w[WORD];

	fprintf(f,
		"cat >again%zu.domain <<'END'\nname     = again%zu\n"
		"disk     = build/image/xlab.img\n",
		n, n);
	if (b->vcpus)
		fprintf(f, "vcpus    = %u\n", b->vcpus);
	fprintf(f, "workload = %s\n", word(b->workload, w));
	fprintf(f, "size     = %s\nEND\n", word(b->size, w));
	fprintf(f, "# the image: %s\n", word(b->image, w));
}

static bool boots_mode(const struct report *r, const struct report_boot *like, enum mode mode)
{
	for (size_t i = 0; i < r->nboots; i++)
		if (r->boots[i].used && is_same_guest(&r->boots[i], like) &&
		    !strcmp(r->boots[i].measured, mode_name(mode)))
			return true;
	return false;
}

static void put_runs(const struct report *r, const struct report_boot *b, size_t n, FILE *f)
{
	bool xen = false;

	if (boots_mode(r, b, MODE_NATIVE))
		fprintf(f,
			"xlab run --run again --out out again%zu.domain         # without Xen: native\n",
			n);
	for (enum mode m = MODE_PV; m < MODE_COUNT; m++) {
		if (!boots_mode(r, b, m))
			continue;
		fprintf(f, "%s --mode %s", xen ? "" : "xlab run --run again", mode_name(m));
		xen = true;
	}
	if (xen)
		fprintf(f, " --out out again%zu.domain  # in dom0\n", n);
}

/* Lines of a here-document, of which none ends it. */
static void put_plan(const char *text, FILE *f)
{
	static const char end[] = "END-OF-PLAN";

	fprintf(f, "cat >again.plan <<'%s'\n", end);
	while (*text) {
		int len = (int)strcspn(text, "\n");

		fprintf(f, "%s%.*s\n", strncmp(text, end, sizeof(end) - 1) ? "" : "#", len, text);
		text += len + (text[len] == '\n');
	}
	fprintf(f, "%s\n", end);
}

static void put_planned(const struct report *r, FILE *f)
{
	char w[WORD];

	put_plan(r->plan, f);
	fprintf(f, "# the image: %s\n", word(first_boot(r)->image, w));
	fprintf(f,
		"xlab run --run again --order %s --seed %lld --out out again.plan  # without Xen: native\n"
		"xlab run --resume again --out out                             # in dom0, and after any end\n",
		strcmp(r->order, "listed") ? "random" : "listed", (long long)r->seed);
}

static void put_described(const struct report *r, FILE *f)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nboots; i++) {
		if (!r->boots[i].used || is_seen(r, i))
			continue;
		put_description(&r->boots[i], ++n, f);
		put_runs(r, &r->boots[i], n, f);
	}
	if (json_object_get(r->facts, "memory_kib"))
		fputs("# memory: as in the list of what guests measured, and what their kernel takes\n",
		      f);
}

void report_repeat(const struct report *r, FILE *f)
{
	fputs("sha256sum build/image/xlab.img\n", f);
	if (r->plan)
		put_planned(r, f);
	else
		put_described(r, f);
	fputs("xlab report --html report.html out/results.sqlite:again\n", f);
}

/* SPDX-License-Identifier: ISC */
#include "tests/unit/runs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/store_sql.h"

static char path[64];
struct store *runs_store;
static unsigned uuids;

int runs_open(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/xlab-report.XXXXXX");
	fd = mkstemp(path);
	if (fd < 0 || close(fd) < 0 || unlink(path) < 0)
		return -1;
	return store_open(path, STORE_WRITE, &runs_store);
}

int runs_close(void **state)
{
	(void)state;
	store_close(runs_store);
	return unlink(path);
}

static void say(struct runs_boot *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct runs_boot *b, const char *format, ...)
{
	char text[16384];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	assert_in_range(len, 1, sizeof(text) - 1);
	assert_int_equal(store_record(runs_store, &b->g, ++b->seq, text, (size_t)len), 0);
}

struct runs_boot runs_boot(const char *run, const char *mode, const char *image, const char *more)
{
	struct runs_boot b = { .seq = 0 };

	snprintf(b.g.run, sizeof(b.g.run), "%s", run);
	snprintf(b.g.uuid, sizeof(b.g.uuid), "u%u", ++uuids);
	snprintf(b.g.asked, sizeof(b.g.asked), "%s", mode);
	snprintf(b.g.image, sizeof(b.g.image), "%s", image);
	strcpy(b.g.workload, "w");
	strcpy(b.g.size, "quick");
	assert_int_equal(store_guest_get(runs_store, &b.g), 0);
	say(&b, "{\"type\":\"guest\",\"mode\":\"%s\",\"link\":\"xenstore\"%s}", mode, more);
	return b;
}

void runs_measure(struct runs_boot *b, const char *benchmark, int n, double first, double step,
		    const char *more)
{
	for (int i = 0; i < n; i++)
		say(b,
		    "{\"type\":\"sample\",\"workload\":\"w\",\"benchmark\":\"%s\",\"unit\":\"s\","
		    "\"index\":%d,\"ops\":1,\"value\":%.9g%s}",
		    benchmark, i, first + i * step, more);
}

void runs_end(struct runs_boot *b)
{
	say(b, "{\"type\":\"end\",\"steps\":1,\"failed\":0}");
	assert_int_equal(store_status(runs_store, &b->g, STORE_DONE, NULL), 0);
}

void runs_quick(const char *run, const char *mode, const char *benchmark, double first)
{
	struct runs_boot b = runs_boot(run, mode, "i", "");

	runs_measure(&b, benchmark, 7, first, first / 100, "");
	runs_end(&b);
}

struct report runs_load(const char *run)
{
	struct report r;

	assert_int_equal(report_load(runs_store, run, &r), 0);
	return r;
}

const struct report_row *runs_find(const struct report *r, enum mode mode, const char *benchmark)
{
	for (size_t i = 0; i < r->nrows; i++)
		if (r->rows[i].mode == mode && !strcmp(r->rows[i].benchmark, benchmark))
			return &r->rows[i];
	fail_msg("no row of %s in %s", benchmark, mode_name(mode));
	return NULL;
}

bool runs_warns(const struct report *r, const char *of)
{
	size_t i;
	json_t *text;

	json_array_foreach(r->warnings, i,
			   text) if (strstr(json_string_value(text), of)) return true;
	return false;
}

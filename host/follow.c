/* SPDX-License-Identifier: ISC */
#include "host/follow.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"

enum { DRAW_MS = 250, NAME_MAX_SHOWN = 20, LINE_MAX_SHOWN = 256, ROWS = 24, COLUMNS = 80 };

struct follow {
	bool terminal;
	int64_t due;
};

struct follow *follow_open(void)
{
	struct follow *f = calloc(1, sizeof(*f));

	if (!f) {
		log_warn("cannot show anything");
		exit(EXIT_SYSTEM);
	}
	f->terminal = isatty(STDOUT_FILENO);
	f->due = INT64_MAX;
	return f;
}

void follow_close(struct follow *f)
{
	free(f);
}

static void printable(char *out, size_t size, const char *text)
{
	size_t i;

	for (i = 0; i < size - 1 && text[i]; i++)
		out[i] = text[i] >= ' ' && text[i] < 0x7f ? text[i] : '?';
	out[i] = '\0';
}

/* xl's name of the domain, or its number. */
static void row_name(const struct domain *d, char *buf, size_t size)
{
	char path[64], name[XP_VALUE_MAX + 1];

	snprintf(path, sizeof(path), "/local/domain/%u/name", d->domid);
	if (xst_read(d->src.store, path, name, sizeof(name)) > 0)
		printable(buf, size, name);
	else
		snprintf(buf, size, "domain %u", d->domid);
}

/* The newest sample of the guest, as it is shown; names in the store are harmless ones. */
static void row_last(const struct domain *d, struct store *s, char *buf, size_t size)
{
	sqlite3_stmt *q;

	buf[0] = '\0';
	if (sqlite3_prepare_v2(store_db(s),
			       "SELECT printf('%s %.6g %s', benchmark, value, unit) FROM sample"
			       " WHERE guest=? ORDER BY seq DESC LIMIT 1",
			       -1, &q, NULL) != SQLITE_OK)
		return;
	sqlite3_bind_int64(q, 1, d->guest.row.id);
	if (sqlite3_step(q) == SQLITE_ROW && sqlite3_column_text(q, 0))
		printable(buf, size, (const char *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
}

/* What the store says, once that is more than "running"; before that what the guest says. */
static const char *row_state(const struct domain *d)
{
	if (d->guest.row.status != STORE_RUNNING)
		return store_status_name(d->guest.row.status);
	return d->state == XPS_NONE ? "starting" : xp_state_word(d->state);
}

static void row_format(const struct domain *d, struct store *s, char *line, size_t size)
{
	char name[NAME_MAX_SHOWN + 1], last[128], step[24] = "";

	row_name(d, name, sizeof(name));
	row_last(d, s, last, sizeof(last));
	if (d->steps)
		snprintf(step, sizeof(step), "%u/%u", d->step, d->steps);
	snprintf(line, size, "%-*s %-6s %-8s %-16.16s %7s  %s", NAME_MAX_SHOWN, name,
		 d->guest.row.asked, row_state(d), d->guest.row.workload, step, last);
}

static int by_domid(const void *a, const void *b)
{
	const struct domain *const *x = a, *const *y = b;

	return (*x)->domid < (*y)->domid ? -1 : 1;
}

/* The bound domains in order, for free(); their number in *n. NULL for none. */
static struct domain **rows_sorted(const struct domains *domains, int *n)
{
	struct domain **rows = NULL;
	int count = 0;

	for (const struct domain *d = domains->all; d; d = d->next)
		count += d->bound;
	*n = 0;
	if (count)
		rows = calloc((size_t)count, sizeof(*rows));
	for (struct domain *d = domains->all; d && rows; d = d->next)
		if (d->bound)
			rows[(*n)++] = d;
	if (rows)
		qsort(rows, (size_t)count, sizeof(*rows), by_domid);
	return rows;
}

static void draw_table(const struct domains *domains, struct store *s)
{
	struct winsize w = { .ws_row = ROWS, .ws_col = COLUMNS };
	char line[LINE_MAX_SHOWN];
	int n, shown;
	struct domain **rows = rows_sorted(domains, &n);

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &w);
	if (w.ws_row < 4 || !w.ws_col)
		w = (struct winsize){ .ws_row = ROWS, .ws_col = COLUMNS };
	shown = n <= w.ws_row - 2 ? n : w.ws_row - 3;
	printf("\033[H%-.*s\033[K\n", w.ws_col - 1,
	       "GUEST                MODE   STATE    WORKLOAD            STEP  NEWEST RESULT");
	for (int i = 0; i < shown; i++) {
		row_format(rows[i], s, line, sizeof(line));
		printf("%-.*s\033[K\n", w.ws_col - 1, line);
	}
	if (shown < n)
		printf("and %d more\033[K\n", n - shown);
	printf("\033[J");
	free(rows);
}

/* A line a domain that has something else to show than before. */
static void draw_lines(const struct domains *domains, struct store *s)
{
	char line[LINE_MAX_SHOWN];
	uint32_t sum;
	int n;
	struct domain **rows = rows_sorted(domains, &n);

	for (int i = 0; i < n; i++) {
		row_format(rows[i], s, line, sizeof(line));
		sum = xp_crc32(0, line, strlen(line));
		if (sum != rows[i]->shown)
			puts(line);
		rows[i]->shown = sum;
	}
	free(rows);
}

void follow_change(struct follow *f)
{
	if (f->due == INT64_MAX)
		f->due = io_now_ms() + DRAW_MS;
}

/* Its row is the last that is seen of it, so what it ended as is said now. */
void follow_gone(struct follow *f, const struct domain *d, struct store *s)
{
	char line[LINE_MAX_SHOWN];

	if (!f->terminal) {
		row_format(d, s, line, sizeof(line));
		printf("%s  (gone)\n", line);
	}
	follow_change(f);
}

int64_t follow_due(const struct follow *f)
{
	return f->due;
}

void follow_draw(struct follow *f, const struct domains *domains, struct store *s)
{
	if (io_now_ms() < f->due)
		return;
	f->due = INT64_MAX;
	if (f->terminal)
		draw_table(domains, s);
	else
		draw_lines(domains, s);
	fflush(stdout);
}

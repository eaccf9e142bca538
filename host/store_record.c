/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/store_sql.h"

static int record_guest(struct store *s, struct store_guest *g, const struct record *rec)
{
	char why[64];
	int r;

	if (g->measured)
		return store_status(s, g, STORE_INVALID, "its agent was restarted in mid-run");
	g->measured = true;
	g->emulated |= rec->emulated;
	r = store_do(s, "UPDATE guest SET measured=?, link=?, emulated=? WHERE id=?", "ssii",
		     mode_name(rec->mode), rec->link, (int64_t)g->emulated, g->id);
	if (r || !strcmp(mode_name(rec->mode), g->asked))
		return r;
	snprintf(why, sizeof(why), "asked for %s, measured %s", g->asked, mode_name(rec->mode));
	return store_status(s, g, STORE_INVALID, why);
}

static int record_end(struct store *s, struct store_guest *g, const struct record *rec)
{
	if (!g->measured)
		return store_status(s, g, STORE_INVALID, "it never said what it measured");
	if (rec->failed)
		return store_status(s, g, STORE_FAILED, "a step of the workload failed");
	return store_status(s, g, STORE_DONE, NULL);
}

static int record_typed(struct store *s, struct store_guest *g, uint32_t seq,
			const struct record *rec)
{
	if (g->status == STORE_DONE || g->status == STORE_FAILED)
		return store_status(s, g, STORE_INVALID, "went on after its end");
	switch (rec->type) {
	case RECORD_GUEST: return record_guest(s, g, rec);
	case RECORD_SAMPLE:
		return store_do(s, "INSERT INTO sample VALUES (?, ?, ?, ?, ?, ?, ?, ?)", "iissisif",
				g->id, (int64_t)seq, rec->workload, rec->benchmark,
				(int64_t)rec->index, rec->unit, (int64_t)rec->ops, rec->value);
	case RECORD_START: return store_barrier_began(s, g, rec);
	case RECORD_END: return record_end(s, g, rec);
	case RECORD_LOG:
	case RECORD_OTHER: return 0;
	}
	return -EINVAL;
}

int store_record(struct store *s, struct store_guest *g, uint32_t seq, const char *text, size_t len)
{
	struct record rec;
	const char *why;
	int r = record_parse(text, len, g->newer, &rec, &why);

	if (r == -EINVAL)
		return store_status(s, g, STORE_INVALID, why);
	if (r)
		return r;
	r = store_do(s, "INSERT INTO record VALUES (?, ?, CAST(? AS TEXT))", "iib", g->id,
		     (int64_t)seq, text, len);
	if (!r) {
		g->bytes += (int64_t)len;
		g->records++;
		r = record_typed(s, g, seq, &rec);
	}
	record_free(&rec);
	return r;
}

/* Copies the pieces from p's record's first to p into text, which has room for p->total bytes.
 * -EUCLEAN when the store has something else there. */
static int copy_pieces(struct store *s, const struct store_guest *g, const struct xp_piece *p,
		       char *text)
{
	sqlite3_stmt *row;
	size_t len = 0;
	int r = store_query(s, &row,
			    "SELECT data FROM piece WHERE guest=? AND seq BETWEEN ? AND ? ORDER BY seq",
			    "iii", g->id, (int64_t)p->record, (int64_t)p->seq);

	while (r == 1) {
		const void *data = sqlite3_column_blob(row, 0);
		size_t n = (size_t)sqlite3_column_bytes(row, 0);

		if (!data || n > p->total - len) {
			sqlite3_finalize(row);
			return -EUCLEAN;
		}
		memcpy(text + len, data, n);
		len += n;
		r = store_next(s, row);
	}
	return r ? r : len == p->total ? 0 : -EUCLEAN;
}

int store_drop_pieces(struct store *s, const struct store_guest *g)
{
	if (xp_piece_ends_record(&g->last))
		return 0;
	return store_do(s, "DELETE FROM piece WHERE guest=?", "i", g->id);
}

/* Puts the pieces of the record that ends with piece p together and stores it in place of them. */
static int store_assembled(struct store *s, struct store_guest *g, const struct xp_piece *p)
{
	char *text = malloc(p->total);
	int r = text ? copy_pieces(s, g, p, text) : -ENOMEM;

	if (!r)
		r = store_drop_pieces(s, g);
	if (!r)
		r = store_record(s, g, p->record, text, p->total);
	free(text);
	return r;
}

static int piece_add(struct store *s, struct store_guest *g, const struct xp_piece *p)
{
	int r = store_do(s, "INSERT INTO piece VALUES (?, ?, ?)", "iib", g->id, (int64_t)p->seq,
			 p->data, p->len);

	return r || !xp_piece_ends_record(p) ? r : store_assembled(s, g, p);
}

int store_last(struct store *s, const struct store_guest *g)
{
	const struct xp_piece *p = &g->last;

	return store_do(s,
			"UPDATE guest SET last_seq=?, last_record=?, last_end=?, last_total=?,"
			" bytes=?, records=?, protocol=nullif(?, '') WHERE id=?",
			"iiiiiisi", (int64_t)p->seq, (int64_t)p->record, (int64_t)p->offset,
			(int64_t)p->total, g->bytes, g->records, g->protocol, g->id);
}

int store_piece(struct store *s, struct store_guest *g, const struct xp_piece *p)
{
	bool first = p->offset == 0, whole = first && xp_piece_ends_record(p);
	int r = 0;

	/* A record that its guest never finished leaves nothing behind. */
	if (first)
		r = store_drop_pieces(s, g);
	if (!r)
		r = whole ? store_record(s, g, p->record, p->data, p->len) : piece_add(s, g, p);
	if (!r)
		g->last = xp_piece_end(p);
	return r;
}

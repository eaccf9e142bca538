/* SPDX-License-Identifier: ISC */
#include "host/import.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "host/import_facts.h"
#include "host/import_plan.h"
#include "host/walk.h"

struct importer {
	struct store *to, *from;
	struct import_result *r;
	struct store_guest ours; /* the guest of the moment */
	int64_t known;		 /* up to this piece its records are stored already */
	struct xp_piece last;	 /* of the newest record that was looked at */
	int64_t barrier;
	const char *run;
};

static int conflict(struct importer *im, const struct walk_guest *g, const char *what, int64_t seq)
{
	snprintf(im->r->conflict, sizeof(im->r->conflict),
		 "run %s, guest %s, domain %lld: %s%.0lld", g->run, g->uuid, (long long)g->domid,
		 what, (long long)seq);
	return -EEXIST;
}

/* 1 when both stores mean the same boot, 0 when ours does not have it. */
static int is_known(struct importer *im, const struct walk_guest *g)
{
	struct walk_guest have;
	sqlite3_stmt *row;
	int r = store_query(im->to, &row,
			    "SELECT asked, workload, size, image_sha256 FROM guest"
			    " WHERE run=? AND uuid=? AND domid=?",
			    "ssi", g->run, g->uuid, g->domid);

	if (r <= 0)
		return r;
	r = store_take(row, "ssss", have.asked, sizeof(have.asked), have.workload,
		       sizeof(have.workload), have.size, sizeof(have.size), have.image,
		       sizeof(have.image));
	sqlite3_finalize(row);
	if (r)
		return r;
	if (strcmp(have.asked, g->asked) || strcmp(have.workload, g->workload) ||
	    strcmp(have.size, g->size) || strcmp(have.image, g->image))
		return conflict(im, g, "was asked for something else", 0);
	return 1;
}

static void describe(struct store_guest *ours, const struct walk_guest *g)
{
	uint32_t major, minor;

	*ours = (struct store_guest){
		.domid = (unsigned)g->domid,
		.emulated = g->emulated,
	};
	strcpy(ours->run, g->run);
	strcpy(ours->uuid, g->uuid);
	strcpy(ours->asked, g->asked);
	strcpy(ours->workload, g->workload);
	strcpy(ours->size, g->size);
	strcpy(ours->image, g->image);
	strcpy(ours->host, g->host);
	strcpy(ours->protocol, g->protocol);
	ours->newer = !xp_version_parse(g->protocol, strlen(g->protocol), &major, &minor) &&
		      minor > XP_MINOR;
}

static int take_guest(const struct walk_guest *g, void *arg)
{
	struct importer *im = arg;
	int known = g->domid <= UINT32_MAX ? is_known(im, g) : -EUCLEAN, r = known;

	if (known < 0)
		return r;
	describe(&im->ours, g);
	r = store_guest_get(im->to, &im->ours);
	if (!r && !known) {
		im->r->guests++;
		r = store_do(im->to, "UPDATE guest SET first_seen=? WHERE id=?", "si",
			     g->first_seen, im->ours.id);
	}
	im->last = (struct xp_piece){ 0 };
	im->known = im->ours.last.seq;
	if (!xp_piece_ends_record(&im->ours.last))
		im->known = (int64_t)im->ours.last.record - 1;
	return r;
}

/* Both have a record of that number, or ours should have it. */
static int compare_record(struct importer *im, int64_t seq, const char *text, size_t len)
{
	sqlite3_stmt *row;
	const char *have;
	size_t n;
	bool same;
	int r = store_query(im->to, &row, "SELECT json FROM record WHERE guest=? AND seq=?", "ii",
			    im->ours.id, seq);

	if (r < 0)
		return r;
	if (r == 0)
		return -EEXIST;
	r = store_take(row, "r", &have, &n);
	same = !r && n == len && !memcmp(have, text, len);
	sqlite3_finalize(row);
	return r ? r : same ? 0 : -EEXIST;
}

static int add_record(struct importer *im, int64_t seq, const char *text, size_t len)
{
	const char *why;
	struct record rec;
	int r = record_parse(text, len, im->ours.newer, &rec, &why);

	if (r)
		return r == -EINVAL ? -EUCLEAN : r;
	record_free(&rec);
	im->r->records++;
	/* What there was of it in pieces. */
	r = store_drop_pieces(im->to, &im->ours);
	return r ? r : store_record(im->to, &im->ours, (uint32_t)seq, text, len);
}

static int take_record(const struct walk_guest *g, int64_t seq, const char *text, size_t len,
		       void *arg)
{
	struct importer *im = arg;
	int64_t end = seq + (int64_t)((len - 1) / XP_PIECE_DATA_MAX);
	int r;

	if (seq <= im->last.seq || seq > UINT32_MAX || end > UINT32_MAX)
		return -EUCLEAN;
	im->last = (struct xp_piece){
		.seq = (uint32_t)end,
		.record = (uint32_t)seq,
		.total = (uint32_t)len,
		.len = len,
	};
	if (seq > im->known)
		return add_record(im, seq, text, len);
	r = compare_record(im, seq, text, len);
	return r == -EEXIST ? conflict(im, g, "record ", seq) : r;
}

/* What the records do not say: that it went away, or broke the protocol. */
static int merge_status(struct importer *im, const struct walk_guest *g)
{
	enum store_status theirs = store_status_parse(g->status), ours = im->ours.status;
	bool over = theirs == STORE_DONE || theirs == STORE_FAILED;

	if (theirs == STORE_INVALID || (theirs == STORE_LOST && ours == STORE_RUNNING))
		return ours == theirs ? 0 : store_status(im->to, &im->ours, theirs, g->why);
	return over && ours != theirs && ours != STORE_INVALID ? -EUCLEAN : 0;
}

static int take_last(struct importer *im)
{
	im->ours.last = xp_piece_end(&im->last);
	return store_last(im->to, &im->ours);
}

static int take_guest_end(const struct walk_guest *g, void *arg)
{
	struct importer *im = arg;
	int r = 0;

	if (im->last.seq > im->known)
		r = take_last(im);
	return r ? r : merge_status(im, g);
}

static int take_at(const struct walk_at *a, void *arg)
{
	struct importer *im = arg;

	return store_do(im->to,
			"INSERT INTO barrier_guest SELECT ?, id, ?, ?, ?, ? FROM guest"
			" WHERE run=? AND uuid=? AND domid=?"
			" ON CONFLICT (barrier, guest) DO UPDATE SET"
			" offset_ns=coalesce(offset_ns, excluded.offset_ns),"
			" error_ns=coalesce(error_ns, excluded.error_ns),"
			" planned_ns=coalesce(planned_ns, excluded.planned_ns),"
			" actual_ns=coalesce(actual_ns, excluded.actual_ns)",
			"innnnssi", im->barrier, a->offset_ns, a->error_ns, a->planned_ns,
			a->actual_ns, im->run, a->uuid, a->domid);
}

/* Makes the barrier, or finds it; what is not yet known of it is filled in. */
static int take_barrier(const struct walk_barrier *b, void *arg)
{
	struct importer *im = arg;
	sqlite3_stmt *row;
	int64_t planned;
	int r = store_query(
		im->to, &row,
		"INSERT INTO barrier (run, host, name, planned_ns, guests, skew_ns)"
		" VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (run, host, name) DO UPDATE"
		" SET skew_ns=coalesce(skew_ns, excluded.skew_ns) RETURNING id, planned_ns",
		"sssiin", b->run, b->host, b->name, b->planned_ns, b->guests, b->skew_ns);

	if (r <= 0)
		return r ? r : -EIO;
	r = store_take(row, "in", &im->barrier, &planned);
	sqlite3_finalize(row);
	if (r)
		return r;
	im->run = b->run;
	if (planned == b->planned_ns)
		return walk_barrier_guests(im->from, b->id, take_at, im);
	snprintf(im->r->conflict, sizeof(im->r->conflict), "run %s, host %s: barrier %s", b->run,
		 b->host, b->name);
	return -EEXIST;
}

static int import_all(struct importer *im)
{
	static const struct walk_steps steps = {
		.guest = take_guest,
		.record = take_record,
		.guest_end = take_guest_end,
	};
	size_t guests;
	int r = walk_guests(im->from, NULL, &steps, im, &guests);

	if (!r)
		r = walk_barriers(im->from, NULL, take_barrier, im);
	if (!r)
		r = import_plans(im->to, im->from, im->r);
	return r ? r : import_facts(im->to, im->from, im->r);
}

int import_store(struct store *to, struct store *from, struct import_result *result)
{
	struct importer im = { .to = to, .from = from, .r = result };
	int r = walk_begin(from);

	*result = (struct import_result){ 0 };
	if (r)
		return r;
	r = store_begin(to);
	if (!r)
		r = import_all(&im);
	if (!r)
		r = store_commit(to);
	if (r)
		store_rollback(to);
	return walk_end(from, r);
}

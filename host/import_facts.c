/* SPDX-License-Identifier: ISC */
#include "host/import_facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/walk.h"

struct importer {
	struct store *to;
	struct import_result *r;
};

/* Whether our reading of that boot and moment is that one. 0, -EEXIST or -errno. */
static int is_same(struct importer *im, const struct walk_reading *r)
{
	int64_t same;
	sqlite3_stmt *row;
	int err = store_query(im->to, &row,
			      "SELECT a.sha256=? AND b.sha256=? FROM reading"
			      " JOIN facts AS a ON a.id = steady JOIN facts AS b ON b.id = moving"
			      " WHERE run=? AND uuid=? AND domid=? AND moment=?",
			      "ssssis", r->steady.sha256, r->moving.sha256, r->run, r->uuid,
			      r->domid, r->moment);

	if (err <= 0)
		return err ? err : -EUCLEAN;
	err = store_take(row, "i", &same);
	sqlite3_finalize(row);
	if (err || same)
		return err;
	snprintf(im->r->conflict, sizeof(im->r->conflict),
		 "run %s, guest %s: another reading of its host", r->run, r->uuid);
	return -EEXIST;
}

static int add_reading(struct importer *im, const struct walk_reading *r, const char *steady,
		       const char *moving)
{
	const struct store_whose whose = { r->run, r->uuid, r->domid };

	return store_reading_add(im->to, &whose, r->moment, r->taken, steady, moving);
}

/* What is SQLite's has no NUL at its end that one could rely on. */
static int take_reading(const struct walk_reading *r, void *arg)
{
	char *steady = strndup(r->steady.json, r->steady.len);
	char *moving = strndup(r->moving.json, r->moving.len);
	int err = steady && moving ? add_reading(arg, r, steady, moving) : -ENOMEM;

	free(steady);
	free(moving);
	return err ? err : is_same(arg, r);
}

static int take_noise(const struct walk_noise *n, void *arg)
{
	struct importer *im = arg;
	const struct store_whose whose = { n->run, n->uuid, n->domid };

	return store_noise_add(im->to, &whose, n->place, n->flag, n->text);
}

int import_facts(struct store *to, struct store *from, struct import_result *r)
{
	struct importer im = { .to = to, .r = r };
	int err = walk_readings(from, NULL, take_reading, &im);

	return err ? err : walk_noises(from, NULL, take_noise, &im);
}

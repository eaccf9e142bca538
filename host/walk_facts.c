/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sha256.h>
#include <string.h>

#include "host/facts.h"
#include "host/walk.h"

#define TEXT(field) field, sizeof(field)

/* A query on its way. */
struct walk {
	int (*reading)(const struct walk_reading *r, void *arg);
	int (*noise)(const struct walk_noise *n, void *arg);
	void *arg;
};

static bool moment_is_known(const char *name)
{
	return !strcmp(name, store_moment_name(STORE_BEFORE)) ||
	       !strcmp(name, store_moment_name(STORE_AFTER));
}

/* Whether a text is the one that it is kept as. */
static bool is_text(const struct walk_text *t)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];

	if (t->len > FACTS_TEXT_BYTES)
		return false;
	SHA256Data((const uint8_t *)t->json, t->len, hex);
	return !strcmp(hex, t->sha256);
}

static int take_reading(sqlite3_stmt *row, void *walk)
{
	const struct walk *w = walk;
	struct walk_reading r;
	int err = store_take(row, "ssisssrsr", TEXT(r.run), TEXT(r.uuid), &r.domid, TEXT(r.moment),
			     TEXT(r.taken), TEXT(r.steady.sha256), &r.steady.json, &r.steady.len,
			     TEXT(r.moving.sha256), &r.moving.json, &r.moving.len);

	if (err)
		return err;
	if (!moment_is_known(r.moment) || !is_text(&r.steady) || !is_text(&r.moving))
		return -EUCLEAN;
	r.facts = facts_of_texts(r.steady.json, r.steady.len, r.moving.json, r.moving.len);
	err = r.facts ? w->reading(&r, w->arg) : -EUCLEAN;
	json_decref(r.facts);
	return err;
}

int walk_readings(struct store *s, const char *run,
		  int (*each)(const struct walk_reading *r, void *arg), void *arg)
{
	struct walk w = { .reading = each, .arg = arg };
	sqlite3_stmt *row;
	int r = store_query(
		s, &row,
		"SELECT run, uuid, domid, moment, taken, a.sha256, a.json, b.sha256, b.json"
		" FROM reading LEFT JOIN facts AS a ON a.id = steady"
		" LEFT JOIN facts AS b ON b.id = moving"
		" WHERE ?1 IS NULL OR run = ?1 ORDER BY run, uuid, domid, moment DESC",
		"s", run);

	return walk_rows(s, row, r, take_reading, &w);
}

static int take_noise(sqlite3_stmt *row, void *walk)
{
	const struct walk *w = walk;
	struct walk_noise n;
	int r = store_take(row, "ssiiss", TEXT(n.run), TEXT(n.uuid), &n.domid, &n.place,
			   TEXT(n.flag), TEXT(n.text));

	if (!r && n.place >= STORE_NOISES)
		r = -EUCLEAN;
	return r ? r : w->noise(&n, w->arg);
}

int walk_noises(struct store *s, const char *run,
		int (*each)(const struct walk_noise *n, void *arg), void *arg)
{
	struct walk w = { .noise = each, .arg = arg };
	sqlite3_stmt *row;
	int r = store_query(s, &row,
			    "SELECT run, uuid, domid, place, flag, text FROM noise"
			    " WHERE ?1 IS NULL OR run = ?1 ORDER BY run, uuid, domid, place",
			    "s", run);

	return walk_rows(s, row, r, take_noise, &w);
}

static int pass_reading(const struct walk_reading *r, void *arg)
{
	(void)r, (void)arg;
	return 0;
}

static int pass_noise(const struct walk_noise *n, void *arg)
{
	(void)n, (void)arg;
	return 0;
}

int walk_check_facts(struct store *s)
{
	int r = walk_readings(s, NULL, pass_reading, NULL);

	return r ? r : walk_noises(s, NULL, pass_noise, NULL);
}

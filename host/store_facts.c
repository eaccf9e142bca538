/* SPDX-License-Identifier: ISC */
#include "host/store_facts.h"

#include <sha256.h>
#include <string.h>

#include "host/store_sql.h"

const char *store_moment_name(enum store_moment m)
{
#define STORE_MOMENT_NAME(id, name, when) name,
	static const char *const names[] = { STORE_MOMENTS(STORE_MOMENT_NAME) };
#undef STORE_MOMENT_NAME
	return names[m];
}

/* Adds the text if there is none like it, and says which it is. */
static int text_add(struct store *s, const char *json, char hex[SHA256_DIGEST_STRING_LENGTH])
{
	SHA256Data((const uint8_t *)json, strlen(json), hex);
	return store_do(s,
			"INSERT INTO facts (sha256, json) VALUES (?, ?)"
			" ON CONFLICT (sha256) DO NOTHING",
			"ss", hex, json);
}

int store_reading_add(struct store *s, const struct store_whose *whose, const char *moment,
		      const char *taken, const char *steady, const char *moving)
{
	char still[SHA256_DIGEST_STRING_LENGTH], moves[SHA256_DIGEST_STRING_LENGTH];
	int r = text_add(s, steady, still);

	if (!r)
		r = text_add(s, moving, moves);
	if (r)
		return r;
	return store_do(
		s,
		"INSERT INTO reading SELECT ?, ?, ?, ?,"
		" coalesce(nullif(?, ''), strftime('%Y-%m-%dT%H:%M:%SZ', 'now')), a.id, b.id"
		" FROM facts AS a, facts AS b WHERE a.sha256=? AND b.sha256=?"
		" ON CONFLICT DO NOTHING",
		"ssissss", whose->run, whose->uuid, whose->domid, moment, taken, still, moves);
}

int store_noise_add(struct store *s, const struct store_whose *whose, int64_t place,
		    const char *flag, const char *text)
{
	return store_do(s, "INSERT INTO noise VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			"ssiiss", whose->run, whose->uuid, whose->domid, place, flag, text);
}

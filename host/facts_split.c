/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/facts.h"

/* What is another at each reading of a host that nobody changes; key NULL: all of the part. */
static const struct {
	const char *part, *key;
} moving_members[] = {
	{ "load", NULL },
	{ "temperatures", NULL },
	{ "throttled", NULL },
	{ "domains", NULL },
	{ "host", "uptime_s" },
	{ "host", "memory_available_kib" },
	{ "host", "swap_free_kib" },
	{ "xen", "free_memory_mib" },
	{ "xen", "numa" },
};

/* Moves a member from one object to another, if it is there. 0 or -ENOMEM. */
static int move(json_t *from, json_t *to, const char *key)
{
	json_t *value = json_object_get(from, key);

	if (!value)
		return 0;
	if (json_object_set(to, key, value) < 0)
		return -ENOMEM;
	return json_object_del(from, key);
}

/* The same of a member of the part that is called so. */
static int move_member(json_t *from, json_t *to, const char *part, const char *key)
{
	json_t *of = json_object_get(from, part);

	if (!json_object_get(of, key))
		return 0;
	if (!json_object_get(to, part) && json_object_set_new(to, part, json_object()) < 0)
		return -ENOMEM;
	return move(of, json_object_get(to, part), key);
}

static char *dump(const json_t *facts)
{
	return json_dumps(facts, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENSURE_ASCII |
					 JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
}

/* The member whose text is the longest; NULL when memory is short. */
static const char *longest(json_t *facts)
{
	const char *key, *found = NULL;
	size_t most = 0;
	json_t *value;

	json_object_foreach(facts, key, value)
	{
		char *text = dump(value);
		size_t len = text ? strlen(text) : 0;

		free(text);
		if (len <= most)
			continue;
		most = len;
		found = key;
	}
	return found;
}

/* Of a machine beyond all measure the longest parts are left out. */
static char *dump_bounded(json_t *facts)
{
	char *text = dump(facts);

	while (text && strlen(text) > FACTS_TEXT_BYTES) {
		const char *key = longest(facts);

		free(text);
		if (!key)
			return NULL;
		json_object_del(facts, key);
		text = dump(facts);
	}
	return text;
}

int facts_texts(const json_t *facts, char **steady, char **moving)
{
	json_t *still = json_deep_copy(facts), *moves = json_object();
	int r = still && moves ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < sizeof(moving_members) / sizeof(*moving_members); i++)
		r = moving_members[i].key ? move_member(still, moves, moving_members[i].part,
							moving_members[i].key)
					  : move(still, moves, moving_members[i].part);
	*steady = r ? NULL : dump_bounded(still);
	*moving = r ? NULL : dump_bounded(moves);
	json_decref(still);
	json_decref(moves);
	if (*steady && *moving)
		return 0;
	free(*steady);
	free(*moving);
	return -ENOMEM;
}

json_t *facts_of_texts(const char *steady, size_t steady_len, const char *moving, size_t moving_len)
{
	json_t *facts = json_loadb(steady, steady_len, JSON_REJECT_DUPLICATES, NULL);
	json_t *more = json_loadb(moving, moving_len, JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_object(facts) || !json_is_object(more) ||
	    json_object_update_recursive(facts, more) < 0) {
		json_decref(facts);
		facts = NULL;
	}
	json_decref(more);
	return facts;
}

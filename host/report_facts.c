/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/report_parts.h"
#include "host/report_text.h"

/* A guest may say anything: more than this of it is not shown. */
enum { DEPTH_MAX = 3, FACTS_MAX = 256, VALUES_MAX = 8, TEXT_MAX = 256 };

struct facts {
	json_t *all;
	const char *mode;
};

/* Members that are no facts about a guest, or are in the report already. */
static bool is_known(const char *name)
{
	return !strcmp(name, "type") || !strcmp(name, "mode") || !strcmp(name, "link");
}

static bool has_text(const json_t *texts, const char *text)
{
	size_t i;
	json_t *value;

	json_array_foreach(texts, i,
			   value) if (!strcmp(json_string_value(value), text)) return true;
	return false;
}

/* The member of that name, made if there is none; borrowed. NULL when memory is short. */
static json_t *member(json_t *object, const char *name, json_t *(*make)(void))
{
	json_t *found = json_object_get(object, name);

	if (!found && json_object_set_new(object, name, make()) < 0)
		return NULL;
	return found ? found : json_object_get(object, name);
}

static int add_text(struct facts *f, const char *name, const char *text)
{
	json_t *modes, *texts;

	if (!json_object_get(f->all, name) && json_object_size(f->all) >= FACTS_MAX)
		return 0;
	modes = member(f->all, name, json_object);
	texts = modes ? member(modes, f->mode, json_array) : NULL;
	if (!texts)
		return -ENOMEM;
	if (has_text(texts, text) || json_array_size(texts) > VALUES_MAX)
		return 0;
	if (json_array_size(texts) == VALUES_MAX)
		text = "and others";
	return json_array_append_new(texts, json_string(text)) ? -ENOMEM : 0;
}

static int add_value(struct facts *f, const char *name, const json_t *value)
{
	char text[TEXT_MAX], *dump = NULL;

	if (!json_is_string(value)) {
		dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(9));
		if (!dump)
			return -ENOMEM;
	}
	text_take(text, dump ? dump : json_string_value(value), sizeof(text));
	free(dump);
	return *text ? add_text(f, name, text) : 0;
}

/* Members of members have names with a dot. */
static int add_members(struct facts *f, const char *prefix, json_t *object, int depth)
{
	const char *name;
	json_t *value;
	int r = 0;

	json_object_foreach(object, name, value)
	{
		char path[128], plain[64];

		if (depth == 1 && is_known(name))
			continue;
		text_take(plain, name, sizeof(plain));
		snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "." : "", plain);
		if (json_is_object(value) && depth < DEPTH_MAX)
			r = add_members(f, path, value, depth + 1);
		else
			r = add_value(f, path, value);
		if (r)
			break;
	}
	return r;
}

int report_facts_add(json_t *facts, enum mode mode, json_t *object)
{
	struct facts f = { .all = facts, .mode = mode_name(mode) };

	return add_members(&f, "", object, 1);
}

bool report_fact_is_same(json_t *modes)
{
	const json_t *first = json_object_iter_value(json_object_iter(modes));
	const char *mode;
	json_t *texts;

	json_object_foreach(modes, mode, texts) if (!json_equal(texts, first)) return false;
	return true;
}

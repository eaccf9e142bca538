/* SPDX-License-Identifier: ISC */
#include "init/param.h"

#include "init/word.h"

#include <string.h>

#define PREFIX "xlab."

static const struct {
	const char *name, *variable;
} known[PARAM_COUNT] = {
#define PARAM_ROW(id, name, value, text) { name, "XLAB_" #id },
	PARAMS(PARAM_ROW)
#undef PARAM_ROW
};

const char *param_variable(enum param_id id)
{
	return known[id].variable;
}

static int find(const char *name, size_t len)
{
	for (int i = 0; i < PARAM_COUNT; i++)
		if (strlen(known[i].name) == len && memcmp(known[i].name, name, len) == 0)
			return i;
	return -1;
}

/* False when the value does not fit. */
static bool set(struct param *p, const char *value, bool add)
{
	size_t len = add ? strlen(p->value) : 0;

	if (len + (len > 0) + strlen(value) >= sizeof(p->value))
		return false;
	p->value[len] = '\0';
	if (len > 0)
		word_append(p->value, sizeof(p->value), " ");
	word_append(p->value, sizeof(p->value), value);
	p->set = true;
	return true;
}

/* What comes after "xlab.". */
static bool take(struct param *params, const char *word)
{
	size_t len = strcspn(word, "=");
	int id = find(word, len);

	return id >= 0 && set(&params[id], word[len] ? word + len + 1 : "", id == PARAM_NET);
}

void param_parse(struct param *params, char *line, void (*complain)(const char *word))
{
	static const char *const single[] = { "single", "S", "s", "1", "emergency" };
	const char *word;

	for (int i = 0; i < PARAM_COUNT; i++) {
		params[i].set = false;
		params[i].value[0] = '\0';
	}
	while ((word = word_next(&line))) {
		if (strncmp(word, PREFIX, strlen(PREFIX)) == 0) {
			if (!take(params, word + strlen(PREFIX)))
				complain(word);
			continue;
		}
		for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++)
			if (strcmp(word, single[i]) == 0)
				params[PARAM_RESCUE].set = true;
	}
}

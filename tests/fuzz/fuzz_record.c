/* SPDX-License-Identifier: ISC */
/* A record's text, from a guest of our version and from a newer one. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "host/record.h"

/* A record is nothing that jansson would not read, and of the same members. */
static void assert_cut(const char *text, size_t len, json_t *cut)
{
	json_t *whole = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL), *value;
	const char *key;

	assert(json_object_size(whole) == json_object_size(cut));
	json_object_foreach(whole, key, value)
	{
		json_t *other = json_object_get(cut, key);

		assert(strlen(key) > RECORD_KEPT || json_typeof(other) == json_typeof(value));
		if (strlen(key) <= RECORD_KEPT && json_string_length(value) <= RECORD_KEPT)
			assert(json_is_array(value) || json_is_object(value) ||
			       json_equal(other, value));
	}
	json_decref(whole);
}

static void try(const char *text, size_t len, bool newer)
{
	const char *why = NULL;
	struct record r;

	if (record_parse(text, len, newer, &r, &why)) {
		assert(why && *why);
		return;
	}
	assert(json_is_object(r.json));
	assert_cut(text, len, r.json);
	if (r.type == RECORD_SAMPLE) {
		assert(isfinite(r.value) && r.value >= 0 && r.index >= 0 && r.ops >= 0);
		assert(record_name_is_fine(r.workload) && record_name_is_fine(r.benchmark));
	}
	if (r.type == RECORD_START)
		assert(r.planned >= 0 && r.actual >= 0 && record_name_is_fine(r.barrier));
	assert(r.type != RECORD_OTHER || newer);
	record_free(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try((const char *)data, size, false);
	try((const char *)data, size, true);
	return 0;
}

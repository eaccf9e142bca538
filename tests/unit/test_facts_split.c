/* SPDX-License-Identifier: ISC */
/* Facts as two texts, and back: what stays is the same to the byte, and nothing is lost. */
#include "host/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *parse(const char *text)
{
	json_t *j = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(j);
	return j;
}

static void split(const char *facts, char **steady, char **moving)
{
	json_t *j = parse(facts), *before = json_deep_copy(j), *again;

	assert_int_equal(facts_texts(j, steady, moving), 0);
	assert_true(json_equal(j, before));
	again = facts_of_texts(*steady, strlen(*steady), *moving, strlen(*moving));
	assert_true(json_equal(again, before));
	json_decref(again);
	json_decref(before);
	json_decref(j);
}

#define FACTS(uptime, free, cpu_s) \
	"{\"facts\": 1, \"emulated\": false, \"host\": {\"uptime_s\": " uptime ", \"kernel\": \"6.1\"}," \
	"\"load\": {\"load_1min\": " uptime "}, \"throttled\": 3, \"mitigations\": {\"meltdown\": \"x\"}," \
	"\"xen\": {\"free_memory_mib\": " free ", \"version\": \"4.17\", \"pools\": []}," \
	"\"domains\": [{\"domid\": 0, \"cpu_s\": " cpu_s "}]}"

static void only_what_moves_is_another(void **state)
{
	char *steady[2], *moving[2];

	(void)state;
	split(FACTS("1.25", "7", "2.5"), &steady[0], &moving[0]);
	split(FACTS("9.75", "5", "4.5"), &steady[1], &moving[1]);
	assert_string_equal(steady[0], steady[1]);
	assert_string_not_equal(moving[0], moving[1]);
	assert_string_equal(steady[0],
			    "{\"emulated\":false,\"facts\":1,\"host\":{\"kernel\":\"6.1\"},"
			    "\"mitigations\":{\"meltdown\":\"x\"},"
			    "\"xen\":{\"pools\":[],\"version\":\"4.17\"}}");
	for (int i = 0; i < 2; i++) {
		free(steady[i]);
		free(moving[i]);
	}
}

static void what_is_not_there_is_not_made(void **state)
{
	char *steady, *moving;

	(void)state;
	split("{\"facts\": 1, \"host\": {}, \"xen\": []}", &steady, &moving);
	assert_string_equal(moving, "{}");
	free(steady);
	free(moving);
}

/* The longest parts go, and no more of them than must. */
static void texts_are_bounded(void **state)
{
	json_t *facts = parse("{\"facts\": 1, \"load\": {\"load_1min\": 1.5}}"), *heat = json_array();
	char *steady, *moving;

	(void)state;
	for (int i = 0; i < 4096; i++)
		json_array_append_new(heat, parse("{\"sensor\": \"s\", \"celsius\": 41.5}"));
	json_object_set_new(facts, "temperatures", heat);
	json_object_set(facts, "mitigations", heat);
	assert_int_equal(facts_texts(facts, &steady, &moving), 0);
	assert_string_equal(steady, "{\"facts\":1}");
	assert_string_equal(moving, "{\"load\":{\"load_1min\":1.5}}");
	free(steady);
	free(moving);
	json_decref(facts);
}

static void other_texts_are_refused(void **state)
{
	static const char *const odd[] = { "", "[]", "1", "{", "{} {}", "{\"a\":1,\"a\":2}", "null",
					   "{\"a\":1e999}", "{\"a\":\"\377\"}" };

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		assert_null(facts_of_texts(odd[i], strlen(odd[i]), "{}", 2));
		assert_null(facts_of_texts("{}", 2, odd[i], strlen(odd[i])));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_moves_is_another),
		cmocka_unit_test(what_is_not_there_is_not_made),
		cmocka_unit_test(texts_are_bounded),
		cmocka_unit_test(other_texts_are_refused),
	};

	return cmocka_run_group_tests_name("facts_split", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* What xl and xenpm print, as every parser reads it: texts that can be dumped, and tables with an
 * end. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/facts_parts.h"
#include "host/facts_xl.h"

/* Dumps and frees it: whatever was read must be JSON. */
static void finish(json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT);

	assert(text);
	for (const char *c = text; *c; c++)
		assert(*c >= ' ' && *c <= '~');
	free(text);
	json_decref(j);
}

static char *copy(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* One parser, on bytes that are its own. */
#define ON_COPY(call) \
	do { \
		char *text = copy(data, size); \
		call; \
		free(text); \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *xen = NULL, *pools = NULL, *freq = NULL;
	json_t *domains = json_loads("[{\"domid\": 0}, {\"domid\": 1}, {\"domid\": 23}]", 0, NULL);

	ON_COPY(xen = facts_xl_info(text));
	ON_COPY(facts_xl_dmesg(text, xen));
	ON_COPY(pools = facts_xl_pools(text));
	json_array_append_new(pools, json_pack("{ss}", "name", "Pool-0"));
	ON_COPY(facts_xl_pool_cpus(text, pools));
	ON_COPY(facts_xl_sched(text, pools, domains));
	ON_COPY(facts_xl_vcpus(text, domains));
	ON_COPY(freq = facts_xenpm(text));
	assert(json_array_size(pools) <= FACTS_ROWS_MAX + 1 && json_array_size(domains) == 3);
	finish(xen);
	finish(pools);
	finish(domains);
	finish(freq);
	return 0;
}

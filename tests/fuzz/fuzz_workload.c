/* SPDX-License-Identifier: ISC */
/* A file of a workload; and, behind a NUL, what a command printed, in which its metric looks for
 * JSON. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "guest-tools/lib/metric.h"
#include "guest-tools/lib/workload.h"

static void is_printable(const char *text, size_t size)
{
	assert(strnlen(text, size) < size);
	for (; *text; text++)
		assert((unsigned char)*text >= 0x20 && (unsigned char)*text < 0x7f);
}

static void check(const struct workload *w)
{
	assert(w->nmembers <= WORKLOAD_MEMBERS_MAX);
	for (size_t i = 0; i < w->nmembers; i++)
		assert(workload_name_is_fine(w->member[i]));
	assert(w->nmembers || w->command[WORKLOAD_QUICK].text[0] ||
	       w->command[WORKLOAD_REF].text[0]);
	for (int i = 0; i < WORKLOAD_SIZES; i++) {
		size_t len = strlen(w->command[i].sha256);

		is_printable(w->command[i].text, sizeof(w->command[i].text));
		assert(len == 0 || (len == WORKLOAD_SHA256_LEN && w->command[i].text[0]));
	}
	is_printable(w->about, sizeof(w->about));
	is_printable(w->payload, sizeof(w->payload));
	is_printable(w->output, sizeof(w->output));
	is_printable(w->unit, sizeof(w->unit));
	assert(w->unit[0] && w->repetitions && w->timeout);
	assert(!w->metric_text[0] == (w->metric == WORKLOAD_TIME || w->metric == WORKLOAD_RSF ||
				      w->metric == WORKLOAD_RECORDS));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[WORKLOAD_FILE_MAX];
	static struct workload w;
	char why[WORKLOAD_WHY] = "";
	const char *out;
	double value;

	if (size >= sizeof(text))
		return 0;
	memset(text, 0, sizeof(text));
	memcpy(text, data, size);
	out = text + strlen(text);
	out += (size_t)(out - text) < size;
	workload_is_described(text);
	if (workload_parse(text, &w, why, sizeof(why))) {
		assert(*why && strlen(why) < sizeof(why) - 1);
		return 0;
	}
	check(&w);
	if (w.metric == WORKLOAD_JSON && !metric_json(w.metric_text, out, &value))
		assert(isfinite(value) && value >= 0);
	return 0;
}

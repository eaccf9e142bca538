/* SPDX-License-Identifier: ISC */
#include "guest-tools/bench/bench.h"

#include "guest-tools/lib/json.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static const char *const size_names[BENCH_SIZES] = {
	[BENCH_QUICK] = "quick",
	[BENCH_REF] = "ref",
};

int bench_size_parse(const char *word, enum bench_size *size)
{
	for (int i = 0; i < BENCH_SIZES; i++) {
		if (strcmp(word, size_names[i]) == 0) {
			*size = (enum bench_size)i;
			return 0;
		}
	}
	return -EINVAL;
}

double bench_value(const struct bench *b, uint64_t elapsed_ns, long ops)
{
	return (double)elapsed_ns / (double)ops - (double)b->planned_ns;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int measure(const struct bench *b, long ops, uint64_t *elapsed)
{
	uint64_t start = now_ns();
	int rc = b->impl->run(ops);

	*elapsed = now_ns() - start;
	if (rc == 0 && b->impl->check)
		rc = b->impl->check();
	return rc;
}

static int emit(const struct bench *b, int index, long ops, double value, FILE *out)
{
	char line[512];
	struct json j;
	int rc;

	json_init(&j, line, sizeof(line));
	json_obj(&j, NULL);
	json_str(&j, "type", "sample");
	json_str(&j, "workload", "micro");
	json_str(&j, "benchmark", b->name);
	json_int(&j, "index", index);
	json_str(&j, "unit", b->unit);
	json_int(&j, "ops", ops);
	json_num(&j, "value", value);
	json_end_obj(&j);
	rc = json_finish(&j);
	if (rc == 0 && (fprintf(out, "%s\n", line) < 0 || fflush(out) != 0))
		rc = -errno;
	return rc;
}

int bench_run(const struct bench *b, enum bench_size size, struct bench_times times, FILE *out)
{
	long ops = b->ops[size];
	uint64_t elapsed;
	int rc = b->impl->setup ? b->impl->setup(size) : 0;

	for (unsigned i = 0; rc == 0 && i < times.warmups; i++)
		rc = measure(b, ops, &elapsed);
	for (unsigned i = 0; rc == 0 && i < times.samples; i++) {
		rc = measure(b, ops, &elapsed);
		if (rc == 0)
			rc = emit(b, (int)i, ops, bench_value(b, elapsed, ops), out);
	}
	if (b->impl->teardown)
		b->impl->teardown();
	return rc;
}

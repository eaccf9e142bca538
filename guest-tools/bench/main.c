/* SPDX-License-Identifier: ISC */
/* xlab-bench WORKLOAD SIZE [BENCHMARK]: measures, and prints one line of JSON for each sample.
 * $XLAB_WARMUPS and $XLAB_REPETITIONS say how often. */
#include "guest-tools/bench/bench.h"

#include "guest-tools/lib/log.h"
#include "guest-tools/lib/times.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int list(void)
{
	for (size_t i = 0; i < bench_micro_count; i++) {
		const struct bench *b = &bench_micro[i];

		printf("%-14s %-10s %9ld %10ld  %s\n", b->name, b->unit, b->ops[BENCH_QUICK],
		       b->ops[BENCH_REF], b->text);
	}
	return fflush(stdout) == 0 ? EXIT_OK : EXIT_SYSTEM;
}

/* Runs the benchmark of that name, or all when name is NULL. */
static int run(enum bench_size size, const char *name)
{
	struct bench_times times = BENCH_TIMES;
	bool found = false;

	if (times_take(TIMES_WARMUPS, 0, &times.warmups) ||
	    times_take(TIMES_REPETITIONS, 1, &times.samples))
		return EXIT_USAGE;
	for (size_t i = 0; i < bench_micro_count; i++) {
		int rc;

		if (name && strcmp(bench_micro[i].name, name) != 0)
			continue;
		found = true;
		rc = bench_run(&bench_micro[i], size, times, stdout);
		if (rc < 0) {
			log_warnx("%s: %s", bench_micro[i].name,
				  rc == -EBADMSG ? "its result is wrong" : strerror(-rc));
			return EXIT_SYSTEM;
		}
	}
	if (!found)
		log_warnx("%s: no such benchmark; xlab-bench --list shows them", name);
	return found ? EXIT_OK : EXIT_USAGE;
}

int main(int argc, char **argv)
{
	enum bench_size size;

	log_init("xlab-bench");
	if (argc == 2 && strcmp(argv[1], BENCH_EXIT_ARG) == 0)
		return EXIT_OK;
	if (argc == 2 && strcmp(argv[1], "--list") == 0)
		return list();
	if (argc != 3 && argc != 4) {
		log_warnx("usage: xlab-bench micro quick|ref [BENCHMARK], or xlab-bench --list");
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "micro") != 0) {
		log_warnx("%s: no such workload; there is micro", argv[1]);
		return EXIT_USAGE;
	}
	if (bench_size_parse(argv[2], &size) < 0) {
		log_warnx("%s: no such size; there are quick and ref", argv[2]);
		return EXIT_USAGE;
	}
	return run(size, argv[3]);
}

/* SPDX-License-Identifier: ISC */
/* What the service tells the benchmark, by write(2) to a FIFO: one of these, whole. */
#ifndef XLAB_TESTS_BENCH_EVENT_H
#define XLAB_TESTS_BENCH_EVENT_H

#include <stdint.h>

#define EVENT_FIFO "/out/fifo"

enum event_kind {
	EVENT_UP = 1,	/* ns: CLOCK_MONOTONIC, the first thing that the service read */
	EVENT_DOWN,	/* ns: CLOCK_MONOTONIC, the last thing before it ends */
	EVENT_REAPED,	/* ns: how long it took until the last of so many orphans was gone */
	EVENT_FAILED	/* count: errno */
};

struct event {
	uint64_t kind, ns, count;
};

#endif

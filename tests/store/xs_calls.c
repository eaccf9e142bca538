/* SPDX-License-Identifier: ISC */
/*
 * A guest program, linked with our libxenstore for musl: sets two watches and says when poll() has
 * brought an event of each after a write to each. Debian's static archive, built without threads,
 * fails at the second watch and never wakes poll(). Exits 0, or 111 with a word on stderr.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "guest-tools/lib/xs.h"

enum { DEADLINE_MS = 10 * 1000 };

static struct xst *xs;

static int fail(const char *what)
{
	fprintf(stderr, "two_watches: %s\n", what);
	return 111;
}

/* Waits by poll() until both tokens have come. */
static int both_come(void)
{
	struct pollfd fd = { .fd = xst_fd(xs), .events = POLLIN };
	char token[8];
	int seen = 0;

	while (seen != 3) {
		if (poll(&fd, 1, DEADLINE_MS) <= 0)
			return 0;
		while (xst_next_event(xs, token, sizeof(token)) > 0)
			seen |= !strcmp(token, "a") ? 1 : !strcmp(token, "b") ? 2 : 0;
	}
	return 1;
}

int main(void)
{
	if (xst_open(&xs))
		return fail("cannot open xenstore");
	if (xst_watch(xs, "data/a", "a") || xst_watch(xs, "data/b", "b"))
		return fail("cannot set two watches");
	if (!both_come())
		return fail("the first events do not come");
	for (int i = 0; i < 100; i++) {
		if (xst_write(xs, "data/b", "x", 1) || xst_write(xs, "data/a", "x", 1))
			return fail("cannot write");
		if (!both_come())
			return fail("an event does not come");
	}
	xst_close(xs);
	return 0;
}

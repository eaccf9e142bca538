/* SPDX-License-Identifier: ISC */
/*
 * A guest program, linked with our libxenstore for musl, on a real xenstored. Two watches: poll()
 * brings an event of each after a write to each; Debian's static archive, built without threads,
 * fails at the second watch and never wakes poll(). And requests in flight. Exits 0, or 111 with a
 * word on stderr.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "guest-tools/lib/xs.h"

enum { DEADLINE_MS = 10 * 1000, NODES = 8, MANY = 400, LONG = 1900 };

static struct xst *xs;
static int seen; /* which of the two watches have fired: bits */

static int fail(const char *what)
{
	fprintf(stderr, "xs_calls: %s\n", what);
	return 111;
}

static void see(const char *token, void *arg)
{
	(void)arg;
	seen |= !strcmp(token, "a") ? 1 : !strcmp(token, "b") ? 2 : 4;
}

/* Waits by poll() until both tokens have come. */
static int both_come(void)
{
	struct pollfd fd = { .fd = xst_fd(xs), .events = POLLIN };

	while (seen != 3)
		if (seen > 3 || poll(&fd, 1, DEADLINE_MS) <= 0 || xst_take_events(xs))
			return 0;
	seen = 0;
	return 1;
}

static int two_watches(void)
{
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
	return 0;
}

/* More than the buffers hold: each value is read behind its write, before the next one's. */
static int many_in_flight(void)
{
	static char paths[NODES][16], values[MANY][LONG], read[MANY][LONG + 1];
	static struct xst_op ops[2 * MANY];

	for (int i = 0; i < MANY; i++) {
		char *path = paths[i % NODES];

		snprintf(path, sizeof(paths[0]), "data/n%d", i % NODES);
		memset(values[i], 'a' + i % 26, LONG);
		ops[2 * i] = (struct xst_op){ XST_WRITE, path, values[i], LONG, 1 };
		ops[2 * i + 1] = (struct xst_op){ XST_READ, path, read[i], sizeof(read[i]), 0 };
	}
	if (xst_batch(xs, ops, 2 * MANY))
		return fail("many requests have no answers");
	for (int i = 0; i < MANY; i++)
		if (ops[2 * i].result || ops[2 * i + 1].result != LONG ||
		    memcmp(values[i], read[i], LONG))
			return fail("an answer is another request's");
	return 0;
}

/* What one of them meets is its own. */
static int errors_are_each_ones_own(void)
{
	static char much[4096];
	char a[8], b[4];
	struct xst_op ops[] = {
		{ XST_WRITE, "data/short", "fine", 4, 1 },
		{ XST_READ, "data/none", a, sizeof(a), 0 },
		{ XST_WRITE, "/local/domain/0/name", "x", 1, 0 },
		{ XST_READ, "data/short", b, sizeof(b), 0 },
		{ XST_READ, "data/short", a, sizeof(a), 0 },
	};
	struct xst_op long_one[] = {
		{ XST_WRITE, "data/short", "more", 4, 1 },
		{ XST_WRITE, "data/long", much, sizeof(much), 0 },
	};

	if (xst_batch(xs, ops, 5) || ops[0].result || ops[1].result != -ENOENT ||
	    ops[2].result != -EACCES || ops[3].result != -EMSGSIZE || ops[4].result != 4 ||
	    strcmp(a, "fine"))
		return fail("an error is another request's");
	if (xst_batch(xs, long_one, 2) != -E2BIG || xst_read(xs, "data/short", a, sizeof(a)) != 4 ||
	    strcmp(a, "fine"))
		return fail("a request that is too long is sent, or what is with it");
	return 0;
}

int main(void)
{
	if (xst_open(&xs, see, NULL))
		return fail("cannot open xenstore");
	if (two_watches() || many_in_flight() || errors_are_each_ones_own())
		return 111;
	xst_close(xs);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/* A queue of bytes that grows; of a test, so that no memory ends it. */
#ifndef TESTS_STORE_BYTES_H
#define TESTS_STORE_BYTES_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
	char *at;
	size_t len, room;
};

/* Makes room for n more and returns where they go. */
static inline char *bytes_room(struct bytes *b, size_t n)
{
	while (b->room - b->len < n) {
		b->room = b->room ? 2 * b->room : 1024;
		b->at = realloc(b->at, b->room);
		if (!b->at)
			abort();
	}
	return b->at + b->len;
}

static inline void bytes_add(struct bytes *b, const void *data, size_t n)
{
	if (!n)
		return;
	memcpy(bytes_room(b, n), data, n);
	b->len += n;
}

/* Takes n away from the front. */
static inline void bytes_drop(struct bytes *b, size_t n)
{
	b->len -= n;
	if (b->len && n)
		memmove(b->at, b->at + n, b->len);
}

static inline void bytes_free(struct bytes *b)
{
	free(b->at);
	*b = (struct bytes){ 0 };
}

#endif

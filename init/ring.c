/* SPDX-License-Identifier: ISC */
#include "init/ring.h"

#include "init/state.h"
#include "init/sys.h"

#include <string.h>

static void put(char c)
{
	state->log[state->log_head++ % STATE_LOG] = c;
}

static char get(uint64_t at)
{
	return state->log[at % STATE_LOG];
}

static void put_number(uint64_t n, int digits)
{
	char text[20];
	int len = 0;

	while (n > 0 || len < digits) {
		text[len++] = (char)('0' + n % 10);
		n /= 10;
	}
	while (len > 0)
		put(text[--len]);
}

void ring_add(const char *who, const char *text, size_t len)
{
	uint64_t now = sys_now_ms();

	put_number(now / 1000, 1);
	put('.');
	put_number(now % 1000, 3);
	put(' ');
	while (*who)
		put(*who++);
	put(':');
	put(' ');
	for (size_t i = 0; i < len; i++)
		put(text[i] < ' ' || text[i] > '~' ? '?' : text[i]);
	put('\n');
}

size_t ring_read(char *buf, size_t size)
{
	uint64_t head = state->log_head, at = head;
	size_t n = 0;

	if (size > STATE_LOG - 1)
		size = STATE_LOG - 1; /* the byte before it tells whether a line begins there */
	at -= head < size ? head : size;
	/* Unless it is the very first line, the beginning of one may have been lost. */
	if (at > 0)
		for (at--; at < head && get(at++) != '\n';)
			continue;
	while (at < head)
		buf[n++] = get(at++);
	return n;
}

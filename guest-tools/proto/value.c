/* SPDX-License-Identifier: ISC */
#include "guest-tools/proto/proto.h"

#include <errno.h>
#include <string.h>

/* Decimal digits and nothing else, at most `digits` of them and at most max. */
static int digits_parse(const char *s, size_t len, size_t digits, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;

	if (len == 0 || len > digits)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -EINVAL;
		n = n * 10 + (uint64_t)(s[i] - '0');
	}
	if (n > max)
		return -EINVAL;
	*out = n;
	return 0;
}

int xp_number_parse(const char *s, size_t len, uint32_t *out)
{
	uint64_t n;
	int r = digits_parse(s, len, 10, UINT32_MAX, &n);

	if (!r)
		*out = (uint32_t)n;
	return r;
}

int xp_nano_parse(const char *s, size_t len, int64_t *ns)
{
	uint64_t n;
	int r = digits_parse(s, len, 19, (UINT64_C(1) << 62) - 1, &n);

	if (!r)
		*ns = (int64_t)n;
	return r;
}

/* The number before the first byte `end`. *rest is what is behind that. */
static int first_number(const char *s, size_t len, char end, uint32_t *n, const char **rest)
{
	const char *stop = memchr(s, end, len);

	*rest = stop ? stop + 1 : NULL;
	return stop ? xp_number_parse(s, (size_t)(stop - s), n) : -EINVAL;
}

static int two_numbers(const char *s, size_t len, char between, uint32_t *a, uint32_t *b)
{
	const char *rest;
	int r = first_number(s, len, between, a, &rest);

	return r ? r : xp_number_parse(rest, (size_t)(s + len - rest), b);
}

int xp_version_parse(const char *s, size_t len, uint32_t *major, uint32_t *minor)
{
	int r = two_numbers(s, len, '.', major, minor);

	return !r && (*major > UINT16_MAX || *minor > UINT16_MAX) ? -EINVAL : r;
}

int xp_part_parse(const char *s, size_t len, uint32_t *part, uint32_t *of)
{
	int r = two_numbers(s, len, '/', part, of);

	return !r && *part > *of ? -EINVAL : r;
}

int xp_time_parse(const char *s, size_t len, uint32_t *number, int64_t *ns)
{
	const char *rest;
	int r = first_number(s, len, ' ', number, &rest);

	return r ? r : xp_nano_parse(rest, (size_t)(s + len - rest), ns);
}

int xp_counted_parse(const char *s, size_t len, uint32_t *count, const char **name, size_t *name_len)
{
	int r = first_number(s, len, ' ', count, name);

	if (r)
		return r;
	*name_len = (size_t)(s + len - *name);
	return *name_len && *name_len <= XP_NAME_MAX ? 0 : -EINVAL;
}

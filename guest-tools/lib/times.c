/* SPDX-License-Identifier: ISC */
#include "guest-tools/lib/times.h"

#include <errno.h>
#include <stdlib.h>

#include "guest-tools/lib/log.h"

int times_take(const char *name, unsigned min, unsigned *n)
{
	const char *text = getenv(name);
	unsigned long value;
	char *end;

	if (!text)
		return 0;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || value < min || value > TIMES_MAX) {
		log_warnx("%s=%s: not a number from %u to %d", name, text, min, TIMES_MAX);
		return -EINVAL;
	}
	*n = (unsigned)value;
	return 0;
}

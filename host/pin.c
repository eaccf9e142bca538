/* SPDX-License-Identifier: ISC */
#include "host/pin.h"

#include <errno.h>
#include <stdlib.h>

void pin_parse(const char *cpus, cpu_set_t *set)
{
	CPU_ZERO(set);
	while (*cpus) {
		char *end;
		unsigned long first = strtoul(cpus, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; first <= last && first < CPU_SETSIZE; first++)
			CPU_SET(first, set);
		cpus = end + (*end == ',');
	}
}

int pin_first(const char *cpus, unsigned n, cpu_set_t *set)
{
	cpu_set_t all, named;

	if (sched_getaffinity(0, sizeof(all), &all) < 0)
		return -errno;
	if (cpus[0]) {
		pin_parse(cpus, &named);
		CPU_AND(&all, &all, &named);
	}
	CPU_ZERO(set);
	for (int i = 0; i < CPU_SETSIZE && n; i++) {
		if (!CPU_ISSET(i, &all))
			continue;
		CPU_SET(i, set);
		n--;
	}
	return n ? -ERANGE : 0;
}

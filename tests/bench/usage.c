/* SPDX-License-Identifier: ISC */
#include "tests/bench/usage.h"

#include <stdio.h>
#include <unistd.h>

/* In ns, for each thread: finer than the ticks of /proc/PID/stat. */
double usage_cpu_s(pid_t pid)
{
	char pattern[64], line[128];
	double ns = 0, one;
	FILE *f;

	snprintf(pattern, sizeof(pattern), "cat /proc/%d/task/*/schedstat 2>/dev/null", pid);
	f = popen(pattern, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lf", &one) == 1)
			ns += one;
	if (f)
		pclose(f);
	return ns / 1e9;
}

double usage_rss_kb(pid_t pid)
{
	char path[64];
	long pages = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	f = fopen(path, "re");
	if (f && fscanf(f, "%*d %ld", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

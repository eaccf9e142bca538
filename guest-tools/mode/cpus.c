/* SPDX-License-Identifier: ISC */
#include "guest-tools/mode/cpus.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VULNERABILITIES "/sys/devices/system/cpu/vulnerabilities"

static const char *const ticks[] = {
#define TICKS_NAME(name) #name,
	CPUS_TICKS(TICKS_NAME)
#undef TICKS_NAME
};

/* The first line of a file, without its end. False when there is none, or it is empty. */
static bool read_line(const char *sysroot, const char *dir, const char *name, char *buf, int size)
{
	char path[PATH_MAX];
	FILE *f;
	bool read;

	if (snprintf(path, sizeof(path), "%s%s/%s", sysroot, dir, name) >= (int)sizeof(path))
		return false;
	f = fopen(path, "re");
	if (!f)
		return false;
	read = fgets(buf, size, f);
	fclose(f);
	if (read)
		buf[strcspn(buf, "\n")] = '\0';
	return read && *buf;
}

void cpus_ticks_to_json(const char *sysroot, struct json *j)
{
	char line[256], *word, *end;

	if (!read_line(sysroot, "/proc", "stat", line, sizeof(line)) || strncmp(line, "cpu ", 4))
		return;
	word = line + 4;
	json_obj(j, "ticks");
	for (size_t i = 0; i < sizeof(ticks) / sizeof(*ticks); i++, word = end) {
		long long n = strtoll(word, &end, 10);

		if (end == word || n < 0)
			break;
		json_int(j, ticks[i], n);
	}
	json_end_obj(j);
}

void cpus_mitigations_to_json(const char *sysroot, struct json *j)
{
	char path[PATH_MAX], text[CPUS_TEXT_MAX + 1];
	const struct dirent *d;
	int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s%s", sysroot, VULNERABILITIES);
	dir = opendir(path);
	if (!dir)
		return;
	json_obj(j, "mitigations");
	while (n < CPUS_MITIGATIONS_MAX && (d = readdir(dir))) {
		if (*d->d_name == '.' ||
		    !read_line(sysroot, VULNERABILITIES, d->d_name, text, sizeof(text)))
			continue;
		json_str(j, d->d_name, text);
		n++;
	}
	json_end_obj(j);
	closedir(dir);
}

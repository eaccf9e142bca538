/* SPDX-License-Identifier: ISC */
#include "guest-tools/lib/workload_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"

static const char *folder(const char *variable, const char *otherwise)
{
	const char *dir = getenv(variable);

	return dir ? dir : otherwise;
}

/* The first payload by name that has the workload; path stays as it is where none has. */
static void find_in_payloads(const char *dir, const char *name, char path[PATH_MAX])
{
	char first[NAME_MAX + 1] = "", one[PATH_MAX];
	const struct dirent *e;
	DIR *d = opendir(dir);

	while (d && (e = readdir(d))) {
		snprintf(one, sizeof(one), "%s/%s/workloads/%s", dir, e->d_name, name);
		if (e->d_name[0] == '.' || (*first && strcmp(e->d_name, first) > 0) ||
		    access(one, F_OK) < 0)
			continue;
		snprintf(first, sizeof(first), "%s", e->d_name);
		snprintf(path, PATH_MAX, "%s", one);
	}
	if (d)
		closedir(d);
}

void workload_path(const char *name, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", folder("XLAB_WORKLOADS", WORKLOAD_DIR), name);
	if (workload_name_is_fine(name) && access(path, F_OK) < 0)
		find_in_payloads(folder("XLAB_PAYLOADS", WORKLOAD_PAYLOADS), name, path);
}

int workload_read(const char *path, struct workload *w, char why[WORKLOAD_WHY])
{
	char text[WORKLOAD_FILE_MAX];
	int n = io_read_file(path, text, sizeof(text));

	if (n < 0)
		snprintf(why, WORKLOAD_WHY, "%s", strerror(-n));
	else if ((size_t)n == sizeof(text) - 1 || strlen(text) != (size_t)n)
		snprintf(why, WORKLOAD_WHY, "is not a workload");
	else if (!workload_is_described(text))
		snprintf(why, WORKLOAD_WHY, "is a list of commands, which xlab-agent runs");
	else
		return workload_parse(text, w, why, WORKLOAD_WHY);
	return n < 0 ? n : -EINVAL;
}

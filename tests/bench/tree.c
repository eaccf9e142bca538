/* SPDX-License-Identifier: ISC */
#include "tests/bench/tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PROCESSES_MAX 4096

struct process {
	pid_t pid, parent;
	bool ours;
};

struct key {
	const char *name;
	long *sum;
};

static bool is_running(pid_t pid, const struct stat *svc)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	return stat(path, &st) == 0 && st.st_dev == svc->st_dev && st.st_ino == svc->st_ino;
}

static pid_t parent_of(const char *pid)
{
	char path[300], text[512], *after;
	int parent = 0;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	after = strrchr(text, ')');
	return after && sscanf(after, ") %*c %d", &parent) == 1 ? parent : 0;
}

static size_t list(struct process *p, size_t max)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	size_t n = 0;

	while (proc && n < max && (e = readdir(proc)))
		if (*e->d_name >= '1' && *e->d_name <= '9')
			p[n++] = (struct process){ atoi(e->d_name), parent_of(e->d_name), false };
	if (proc)
		closedir(proc);
	return n;
}

/* Marks what is below init, until nothing new is found. */
static void mark(struct process *p, size_t n, pid_t init)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < n; i++) {
			bool ours = p[i].pid == init;

			for (size_t j = 0; !ours && j < n; j++)
				ours = p[j].ours && p[j].pid == p[i].parent;
			more |= ours && !p[i].ours;
			p[i].ours |= ours;
		}
	}
}

/* Adds up what stands behind a key in the file of /proc/PID. */
static int sum(pid_t pid, const char *file, const struct key *keys, size_t n)
{
	char path[64], line[256];
	long value;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f))
		for (size_t i = 0; i < n; i++)
			if (strncmp(line, keys[i].name, strlen(keys[i].name)) == 0 &&
			    sscanf(line + strlen(keys[i].name), "%ld", &value) == 1)
				*keys[i].sum += value;
	fclose(f);
	return 0;
}

static int add(pid_t pid, struct usage *u)
{
	const struct key memory[] = {
		{ "Rss:", &u->rss_kb },
		{ "Pss:", &u->pss_kb },
		{ "Anonymous:", &u->anon_kb },
	};
	const struct key status[] = {
		{ "voluntary_ctxt_switches:", &u->switches },
		{ "nonvoluntary_ctxt_switches:", &u->switches },
	};
	int r = sum(pid, "smaps_rollup", memory, sizeof(memory) / sizeof(memory[0]));

	u->processes++;
	return r < 0 ? r : sum(pid, "status", status, sizeof(status) / sizeof(status[0]));
}

int tree_read(pid_t init, const char *svc, struct usage *one, struct usage *all)
{
	static struct process p[PROCESSES_MAX];
	size_t n = list(p, PROCESSES_MAX);
	struct stat st;
	int r;

	*one = *all = (struct usage){ 0 };
	if (stat(svc, &st) < 0)
		return -errno;
	if ((r = add(init, one)) < 0)
		return r;
	mark(p, n, init);
	for (size_t i = 0; i < n; i++)
		if (p[i].ours && !is_running(p[i].pid, &st))
			add(p[i].pid, all);
	return 0;
}

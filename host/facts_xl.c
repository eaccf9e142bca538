/* SPDX-License-Identifier: ISC */
#include "host/facts_xl.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/facts_parts.h"

enum { WORDS_MAX = 8 };

/* Cuts the next line off *text. NULL at the end. */
static char *next_line(char **text)
{
	char *line = strsep(text, "\n");

	return line && (*line || *text) ? line : NULL;
}

/* Cuts n words off the end of the line, and leaves in it what is before them: a name, which may
 * hold blanks. */
static bool last_words(char *line, char *word[], int n)
{
	char *end = line + strlen(line);

	while (n--) {
		while (end > line && isspace((unsigned char)end[-1]))
			end--;
		*end = '\0';
		while (end > line && !isspace((unsigned char)end[-1]))
			end--;
		if (end == line)
			return false;
		word[n] = end;
	}
	while (end > line && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return end > line;
}

/* A number if it is one, else text. */
static void set_value(json_t *object, const char *key, const char *word)
{
	json_int_t n;

	if (facts_count(word, &n))
		json_object_set_new(object, key, json_integer(n));
	else
		facts_set_text(object, key, word, strlen(word));
}

json_t *facts_find_number(const json_t *array, const char *key, json_int_t number)
{
	json_t *one;
	size_t i;

	json_array_foreach(array, i, one)
	{
		const json_t *value = json_object_get(one, key);

		if (json_is_integer(value) && json_integer_value(value) == number)
			return one;
	}
	return NULL;
}

json_t *facts_find_text(const json_t *array, const char *key, const char *text)
{
	json_t *one;
	size_t i;

	json_array_foreach(array, i, one)
	{
		const char *value = json_string_value(json_object_get(one, key));

		if (value && !strcmp(value, text))
			return one;
	}
	return NULL;
}

/* The domain that a word names by its number; NULL for none of ours. */
static json_t *domain_of(const json_t *domains, const char *word)
{
	json_int_t domid;

	return facts_count(word, &domid) ? facts_find_number(domains, "domid", domid) : NULL;
}

static const struct {
	const char *word, *key;
} info_keys[] = {
	{ "xen_version", "version" },
	{ "xen_caps", "caps" },
	{ "xen_scheduler", "scheduler" },
	{ "xen_commandline", "cmdline" },
	{ "xen_changeset", "changeset" },
	{ "cc_compiler", "compiler" },
	{ "nr_cpus", "cpus" },
	{ "nr_nodes", "nodes" },
	{ "cores_per_socket", "cores_per_socket" },
	{ "threads_per_core", "threads_per_core" },
	{ "cpu_mhz", "cpu_mhz" },
	{ "virt_caps", "virt_caps" },
	{ "total_memory", "total_memory_mib" },
	{ "free_memory", "free_memory_mib" },
};

/* A row of numa_info: "   0:     12288        391      10,21". */
static void info_node(json_t *nodes, const char *line)
{
	unsigned node, size, spare;
	char dist[64];

	if (json_array_size(nodes) < FACTS_ROWS_MAX &&
	    sscanf(line, "%5u: %9u %9u %63[0-9,]", &node, &size, &spare, dist) == 4)
		json_array_append_new(nodes, json_pack("{sI sI sI ss}", "node", (json_int_t)node,
						       "memory_mib", (json_int_t)size, "free_mib",
						       (json_int_t)spare, "distances", dist));
}

static void info_pair(json_t *info, char *line)
{
	char *colon = strchr(line, ':');
	size_t len = strcspn(line, " :");

	if (!colon)
		return;
	line[len] = '\0';
	colon++;
	colon += strspn(colon, " ");
	for (size_t i = 0; i < sizeof(info_keys) / sizeof(*info_keys); i++)
		if (!strcmp(line, info_keys[i].word))
			set_value(info, info_keys[i].key, colon);
}

json_t *facts_xl_info(char *text)
{
	json_t *info = json_object(), *nodes = json_array();
	bool in_nodes = false;
	char *line;

	while ((line = next_line(&text))) {
		if (isalpha((unsigned char)*line))
			in_nodes = !strncmp(line, "numa_info", 9) ||
				   (in_nodes && !strncmp(line, "node:", 5));
		if (in_nodes)
			info_node(nodes, line);
		else
			info_pair(info, line);
	}
	if (json_array_size(nodes))
		json_object_set(info, "numa", nodes);
	json_decref(nodes);
	return info;
}

/* "XPTI (64-bit PV only): Dom0 enabled, DomU disabled (without PCID)" */
static void dmesg_xpti(json_t *xen, const char *rest)
{
	char dom0[16], domu[16];

	if (sscanf(rest, " Dom0 %15[a-z], DomU %15[a-z]", dom0, domu) != 2)
		return;
	json_object_set_new(xen, "xpti",
			    json_pack("{sb sb}", "dom0", !strcmp(dom0, "enabled"), "domu",
				      !strcmp(domu, "enabled")));
}

/* "Xen version 4.17.7 (Debian ...) (...) (gcc ...) debug=n Mon ..." */
static void dmesg_build(json_t *xen, const char *rest)
{
	const char *debug = strstr(rest, " debug=");

	if (debug && (debug[7] == 'y' || debug[7] == 'n'))
		json_object_set_new(xen, "debug", json_boolean(debug[7] == 'y'));
}

static const struct {
	const char *words, *key;
	void (*take)(json_t *xen, const char *rest);
} dmesg_lines[] = {
	{ "Xen version ", NULL, dmesg_build },
	{ "Hardware hints:", "hardware_hints", NULL },
	{ "Hardware features:", "hardware_features", NULL },
	{ "Xen settings:", "xen_settings", NULL },
	{ "Support for HVM VMs:", "hvm_support", NULL },
	{ "Support for PV VMs:", "pv_support", NULL },
	{ "XPTI (64-bit PV only):", NULL, dmesg_xpti },
	{ "PV L1TF shadowing:", "pv_l1tf_shadowing", NULL },
	{ "Platform timer is ", "platform_timer", NULL },
	{ "Switched to Platform timer ", "platform_timer", NULL },
};

/* Only lines of the hypervisor's own: guests write into the same ring. */
void facts_xl_dmesg(char *text, json_t *xen)
{
	json_t *spec = json_object();
	char *line;

	while ((line = next_line(&text))) {
		if (strncmp(line, "(XEN) ", 6))
			continue;
		for (size_t i = 0; i < sizeof(dmesg_lines) / sizeof(*dmesg_lines); i++) {
			const char *at = strstr(line, dmesg_lines[i].words);
			const char *rest = at ? at + strlen(dmesg_lines[i].words) : NULL;

			if (at && dmesg_lines[i].take)
				dmesg_lines[i].take(xen, rest);
			else if (at)
				facts_set_text(strstr(dmesg_lines[i].key, "timer") ? xen : spec,
					       dmesg_lines[i].key, rest, strlen(rest));
		}
	}
	if (json_object_size(spec))
		json_object_set(xen, "spec_ctrl", spec);
	json_decref(spec);
}

json_t *facts_xl_pools(char *text)
{
	json_t *pools = json_array();
	char *line = next_line(&text), *word[4]; /* the first is the heading */

	while (line && (line = next_line(&text)) && json_array_size(pools) < FACTS_ROWS_MAX) {
		json_t *pool;
		json_int_t cpus, domains;

		if (!last_words(line, word, 4) || !facts_count(word[0], &cpus) ||
		    !facts_count(word[3], &domains))
			continue;
		pool = json_pack("{sI sI}", "cpu_count", cpus, "domain_count", domains);
		facts_set_text(pool, "name", line, strlen(line));
		facts_set_text(pool, "scheduler", word[1], strlen(word[1]));
		json_array_append_new(pools, pool);
	}
	return pools;
}

void facts_xl_pool_cpus(char *text, json_t *pools)
{
	char *line = next_line(&text), *cpus;

	while (line && (line = next_line(&text))) {
		json_t *pool;

		if (!last_words(line, &cpus, 1) || cpus[strspn(cpus, "0123456789,")])
			continue;
		pool = facts_find_text(pools, "name", line);
		if (pool)
			facts_set_text(pool, "cpus", cpus, strlen(cpus));
	}
}

/* "tslice=30ms ratelimit=1000us migration-delay=0us": { "tslice": "30ms", ... } */
static json_t *parameters_of(char *text)
{
	json_t *all = json_object();
	char *word;

	while ((word = strsep(&text, " "))) {
		char *value = strchr(word, '=');

		if (!value || value == word)
			continue;
		*value++ = '\0';
		if (!word[strspn(word, "abcdefghijklmnopqrstuvwxyz-")] &&
		    json_object_size(all) < WORDS_MAX)
			facts_set_text(all, word, value, strlen(value));
	}
	return all;
}

static const struct {
	const char *word, *key;
} sched_columns[] = {
	{ "Weight", "weight" },	      { "Cap", "cap" },
	{ "Period", "period_us" },    { "Budget", "budget_us" },
	{ "Extratime", "extratime" },
};

static const char *column_key(const char *word)
{
	for (size_t i = 0; i < sizeof(sched_columns) / sizeof(*sched_columns); i++)
		if (!strcmp(word, sched_columns[i].word))
			return sched_columns[i].key;
	return NULL;
}

/* What is being read: the pool that was named last, and the heading of its table. */
struct sched {
	const char *pool;
	char *column[WORDS_MAX]; /* behind the name */
	int ncolumns;
};

/* "Cpupool Pool-0: ratelimit=1000us". A name may hold anything but what ends it. */
static void sched_pool(struct sched *s, char *line, const json_t *pools)
{
	char *name = line + strlen("Cpupool "), *colon = strstr(name, ": ");
	json_t *pool, *all;

	s->pool = NULL;
	s->ncolumns = 0;
	if (!colon)
		return;
	*colon = '\0';
	s->pool = name;
	pool = facts_find_text(pools, "name", name);
	all = parameters_of(colon + 2);
	if (pool && json_object_size(all))
		json_object_set(pool, "parameters", all);
	json_decref(all);
}

/* "Name  ID  Weight  Cap" */
static void sched_heading(struct sched *s, char *line)
{
	char *save, *word = strtok_r(line, " ", &save);

	s->ncolumns = 0;
	while ((word = strtok_r(NULL, " ", &save)) && s->ncolumns < WORDS_MAX)
		s->column[s->ncolumns++] = word;
	if (!s->ncolumns || strcmp(s->column[0], "ID"))
		s->ncolumns = 0;
}

static void sched_row(const struct sched *s, char *line, const json_t *domains)
{
	char *word[WORDS_MAX];
	json_t *domain;

	if (!s->ncolumns || !last_words(line, word, s->ncolumns))
		return;
	domain = domain_of(domains, word[0]);
	if (!domain)
		return;
	if (s->pool)
		facts_set_text(domain, "pool", s->pool, strlen(s->pool));
	for (int i = 1; i < s->ncolumns; i++)
		if (column_key(s->column[i]))
			set_value(domain, column_key(s->column[i]), word[i]);
}

void facts_xl_sched(char *text, json_t *pools, json_t *domains)
{
	struct sched s = { 0 };
	char *line;

	while ((line = next_line(&text))) {
		if (!strncmp(line, "Cpupool ", 8))
			sched_pool(&s, line, pools);
		else if (!strncmp(line, "Name ", 5) && !s.ncolumns)
			sched_heading(&s, line);
		else
			sched_row(&s, line, domains);
	}
}

/* Name, ID, VCPU, CPU, State, Time(s), hard affinity; "soft" was behind " / ". */
static void vcpu_row(char *line, const char *soft, const json_t *domains)
{
	char *word[6];
	json_t *domain, *all, *one;
	json_int_t vcpu, cpu;

	if (!last_words(line, word, 6) || !facts_count(word[1], &vcpu))
		return;
	domain = domain_of(domains, word[0]);
	all = json_object_get(domain, "affinity");
	if (!domain || json_array_size(all) >= FACTS_ROWS_MAX)
		return;
	if (!all) {
		all = json_array();
		json_object_set_new(domain, "affinity", all);
	}
	one = json_pack("{sI}", "vcpu", vcpu);
	if (facts_count(word[2], &cpu))
		json_object_set_new(one, "cpu", json_integer(cpu));
	facts_set_text(one, "hard", word[5], strlen(word[5]));
	facts_set_text(one, "soft", soft, strlen(soft));
	json_array_append_new(all, one);
}

void facts_xl_vcpus(char *text, json_t *domains)
{
	char *line = next_line(&text); /* the first is the heading */

	while (line && (line = next_line(&text))) {
		char *slash = strstr(line, " / ");

		for (char *more = slash; more; more = strstr(more + 1, " / "))
			slash = more;
		if (!slash)
			continue;
		*slash = '\0';
		vcpu_row(line, slash + 3, domains);
	}
}

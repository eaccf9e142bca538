/* SPDX-License-Identifier: ISC */
#include "host/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/domains.h"
#include "host/facts_parts.h"
#include "host/facts_xl.h"

enum { ASK_MAX = 8 << 20 };

/* What a program prints, for the caller to free; NULL when it does not. Of what is longer than
 * anyone would print, the beginning. */
static char *ask(const struct facts_source *src, const char *const argv[])
{
	char *text = malloc(ASK_MAX), *less;
	int r;

	if (!text)
		return NULL;
	text[0] = '\0';
	r = src->ask(argv, text, ASK_MAX, src->arg);
	if (r && r != -EMSGSIZE) {
		free(text);
		return NULL;
	}
	less = realloc(text, strlen(text) + 1);
	return less ? less : text;
}

#define ASK(src, ...) ask(src, (const char *const[]){ __VA_ARGS__, NULL })

static json_t *ask_xen(const struct facts_source *src)
{
	char *text = ASK(src, "xl", "info", "-n");
	json_t *xen = text ? facts_xl_info(text) : json_object();

	free(text);
	text = ASK(src, "xl", "dmesg");
	if (text)
		facts_xl_dmesg(text, xen);
	free(text);
	return xen;
}

static json_t *ask_pools(const struct facts_source *src)
{
	char *text = ASK(src, "xl", "cpupool-list");
	json_t *pools = text ? facts_xl_pools(text) : json_array();

	free(text);
	text = ASK(src, "xl", "cpupool-list", "-c");
	if (text)
		facts_xl_pool_cpus(text, pools);
	free(text);
	return pools;
}

static bool is_one_of(const char *name, const char *const interest[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(name, interest[i]))
			return true;
	return false;
}

static json_t *json_domain(const struct domains_one *one)
{
	json_t *domain =
		json_pack("{sI ss ss sI sI sf}", "domid", (json_int_t)one->domid, "name", one->name,
			  "state", one->state, "memory_mib", (json_int_t)one->memory, "vcpus",
			  (json_int_t)one->vcpus, "cpu_s", one->seconds);

	facts_set_text(domain, "uuid", one->uuid, strlen(one->uuid));
	facts_set_text(domain, "tsc_mode", one->tsc_mode, strlen(one->tsc_mode));
	if (one->mode)
		facts_set_text(domain, "asked", mode_name(one->mode), strlen(mode_name(one->mode)));
	return domain;
}

static json_t *ask_domains(const struct facts_source *src, const char *const interest[], size_t n)
{
	char *json = ASK(src, "xl", "list", "-l"), *text = ASK(src, "xl", "list");
	json_t *all = json_array();
	struct domains d;

	if (json && text && !domains_parse(&d, json, text)) {
		for (size_t i = 0; i < d.n && i < FACTS_ROWS_MAX; i++) {
			json_t *domain = json_domain(&d.one[i]);

			json_object_set_new(domain, "measured",
					    json_boolean(is_one_of(d.one[i].name, interest, n)));
			json_array_append_new(all, domain);
		}
		domains_free(&d);
	}
	free(json);
	free(text);
	return all;
}

static const struct {
	const char *scheduler, *command;
} sched_commands[] = {
	{ "credit", "sched-credit" },
	{ "credit2", "sched-credit2" },
	{ "rtds", "sched-rtds" },
};

static void ask_scheduling(const struct facts_source *src, json_t *pools, json_t *domains)
{
	char *text;

	for (size_t i = 0; i < sizeof(sched_commands) / sizeof(*sched_commands); i++) {
		if (!facts_find_text(pools, "scheduler", sched_commands[i].scheduler))
			continue;
		text = ASK(src, "xl", sched_commands[i].command);
		if (text)
			facts_xl_sched(text, pools, domains);
		free(text);
	}
	text = ASK(src, "xl", "vcpu-list");
	if (text)
		facts_xl_vcpus(text, domains);
	free(text);
}

/* Where Xen governs the frequency, dom0's kernel knows nothing of it. */
static void ask_frequency(const struct facts_source *src, json_t *all)
{
	char *text = ASK(src, "xenpm", "get-cpufreq-para");
	json_t *freq = text ? facts_xenpm(text) : NULL;

	if (json_object_size(freq))
		json_object_set(all, "frequency", freq);
	json_decref(freq);
	free(text);
}

static void add_xen(const struct facts_source *src, const char *const interest[], size_t n,
		    json_t *all)
{
	json_t *xen = ask_xen(src), *pools = ask_pools(src);
	json_t *domains = ask_domains(src, interest, n);

	ask_scheduling(src, pools, domains);
	ask_frequency(src, all);
	json_object_set_new(xen, "pools", pools);
	json_object_set_new(all, "xen", xen);
	json_object_set_new(all, "domains", domains);
}

static const struct {
	const char *key;
	json_t *(*gather)(const char *root);
} parts[] = {
	{ "host", facts_host },
	{ "load", facts_load },
	{ "mitigations", facts_mitigations },
	{ "smt", facts_smt },
	{ "frequency", facts_frequency },
	{ "numa", facts_numa },
	{ "temperatures", facts_temperatures },
	{ "throttled", facts_throttled },
};

static bool is_dom0(const char *root)
{
	char buf[64];

	return facts_read(root, "/proc/xen/capabilities", buf, sizeof(buf)) > 0 &&
	       !strncmp(buf, "control_d", strlen("control_d"));
}

json_t *facts_gather(const struct facts_source *src, const char *const interest[], size_t n)
{
	json_t *all = json_pack("{si sb}", "facts", FACTS_VERSION, "emulated", src->emulated);

	for (size_t i = 0; all && i < sizeof(parts) / sizeof(*parts); i++) {
		json_t *part = parts[i].gather(src->root);

		if (part && !json_is_null(part) &&
		    (json_is_integer(part) || json_object_size(part) || json_array_size(part)))
			json_object_set(all, parts[i].key, part);
		json_decref(part);
	}
	if (all && src->ask && is_dom0(src->root))
		add_xen(src, interest, n, all);
	return all;
}

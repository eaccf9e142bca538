/* SPDX-License-Identifier: ISC */
/* What the hosts of boots were like, as facts that are compared from mode to mode and from run to
 * run, and the noise of boots. Readings may be of anybody's making. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/report_parts.h"
#include "host/report_text.h"
#include "host/walk.h"

enum { LINE = 256, KEY = 64 };

struct hosts {
	struct report *r;
	json_t *index; /* places of boots, by UUID and domain */
};

/* Adds what fits, a separator before it where it is not the first. */
static void add(char line[LINE], const char *separator, const char *text)
{
	size_t len = strlen(line);

	text_take(line + len, len ? separator : "", LINE - len);
	len = strlen(line);
	text_take(line + len, text, LINE - len);
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* Sets key to the line, unless it is empty. */
static void set(json_t *to, const char *key, const char *line)
{
	if (*line)
		json_object_set_new(to, key, json_string(line));
}

static void copy(json_t *to, const json_t *from, const char *const keys[])
{
	for (; *keys; keys++)
		if (json_object_get(from, *keys))
			json_object_set(to, *keys, json_object_get(from, *keys));
}

static json_t *add_part(json_t *to, const char *name)
{
	json_object_set_new(to, name, json_object());
	return json_object_get(to, name);
}

/* "performance on 4 CPUs": another governor is another value of the same fact. */
static void set_frequency(json_t *to, const json_t *freq)
{
	static const char *const keys[] = { "by", "driver", "turbo", NULL };
	json_t *part = add_part(to, "frequency"), *count;
	char line[LINE] = "", one[LINE];
	const char *name;

	copy(part, freq, keys);
	json_object_foreach(json_object_get(freq, "governors"), name, count)
	{
		snprintf(one, sizeof(one), "%.64s on %lld CPUs", name,
			 (long long)json_integer_value(count));
		add(line, ", ", one);
	}
	set(part, "governors", line);
}

/* Whose word counts: Xen's, where there is one. */
static void set_smt(json_t *to, const json_t *facts)
{
	const json_t *threads = json_object_get(json_object_get(facts, "xen"), "threads_per_core");
	const json_t *active = json_object_get(json_object_get(facts, "smt"), "active");

	if (json_object_get(facts, "xen"))
		active = json_is_integer(threads) ? json_boolean(json_integer_value(threads) > 1)
						  : NULL;
	if (json_is_boolean(active))
		set(to, "smt", json_is_true(active) ? "on" : "off");
}

/* Of the machine: the kernel's nodes natively, Xen's where it is there. */
static void set_numa(json_t *to, const json_t *facts)
{
	const json_t *xen = json_object_get(facts, "xen"), *nodes = json_object_get(xen, "nodes");
	json_int_t n = (json_int_t)json_array_size(json_object_get(facts, "numa"));

	if (xen)
		n = json_integer_value(nodes);
	if (n > 0)
		json_object_set_new(to, "numa_nodes", json_integer(n));
}

/* "credit2 on 0,1,2,3; ratelimit=1000us" */
static void set_pool(json_t *to, const json_t *pool)
{
	char line[LINE] = "", key[KEY];
	const char *name;
	json_t *value;

	add(line, "", text_of(pool, "scheduler"));
	add(line, " on ", text_of(pool, "cpus"));
	json_object_foreach(json_object_get(pool, "parameters"), name, value)
	{
		add(line, "; ", name);
		add(line, "=", json_is_string(value) ? json_string_value(value) : "?");
	}
	text_take(key, text_of(pool, "name"), sizeof(key));
	set(to, key, line);
}

static void set_xen(json_t *to, const json_t *xen)
{
	static const char *const keys[] = { "version",
					    "changeset",
					    "compiler",
					    "debug",
					    "caps",
					    "virt_caps",
					    "cmdline",
					    "scheduler",
					    "cpus",
					    "cpu_mhz",
					    "cores_per_socket",
					    "total_memory_mib",
					    "spec_ctrl",
					    "platform_timer",
					    "xpti",
					    NULL };
	const json_t *pool;
	json_t *part;
	size_t i;

	if (!xen)
		return;
	copy(add_part(to, "xen"), xen, keys);
	part = add_part(to, "pools");
	json_array_foreach(json_object_get(xen, "pools"), i, pool) set_pool(part, pool);
}

/* "hard 1-3, soft all" for each vcpu, once where all have the same. */
static void set_affinity(json_t *to, const json_t *affinity)
{
	char line[LINE] = "", one[LINE], first[LINE] = "";
	bool same = true;
	const json_t *vcpu;
	size_t i;

	json_array_foreach(affinity, i, vcpu)
	{
		snprintf(one, sizeof(one), "hard %.64s, soft %.64s", text_of(vcpu, "hard"),
			 text_of(vcpu, "soft"));
		if (!i)
			strcpy(first, one);
		same &= !strcmp(first, one);
		add(line, "; ", one);
	}
	set(to, "affinity", same ? first : line);
}

static void set_domain(json_t *to, const char *name, const json_t *domain)
{
	static const char *const keys[] = { "pool",	 "weight",    "cap",	  "period_us",
					    "budget_us", "extratime", "tsc_mode", NULL };
	json_t *part = add_part(to, name);

	copy(part, domain, keys);
	set_affinity(part, json_object_get(domain, "affinity"));
}

/* What is set for the guest of that UUID and for dom0, and who else was there. */
static void set_domains(json_t *to, const json_t *domains, const char *uuid)
{
	static const char *const sizes[] = { "vcpus", "memory_mib", NULL };
	char others[LINE] = "";
	const json_t *domain;
	size_t i;

	json_array_foreach(domains, i, domain)
	{
		const json_t *domid = json_object_get(domain, "domid");

		if (!strcmp(text_of(domain, "uuid"), uuid)) {
			set_domain(to, "guest", domain);
		} else if (json_is_integer(domid) && !json_integer_value(domid)) {
			set_domain(to, "dom0", domain);
			copy(json_object_get(to, "dom0"), domain, sizes);
		} else {
			add(others, ", ", text_of(domain, "name"));
		}
	}
	if (json_is_array(domains))
		set(to, "other_domains", *others ? others : "none");
}

/* The facts that say what the host of a guest is and how it is set, and not what it is doing. */
static json_t *settings_of(const json_t *facts, const char *uuid)
{
	static const char *const all[] = { "emulated", "mitigations", NULL };
	static const char *const host[] = { "kernel",	    "cmdline",	   "cpus_online",
					    "clocksource",  "cpu_model",   "microcode",
					    "tsc_constant", "tsc_nonstop", "virtual",
					    "memory_kib",   "swap_kib",	   NULL };
	json_t *to = json_object();

	copy(add_part(to, "host"), json_object_get(facts, "host"), host);
	copy(to, facts, all);
	set_smt(to, facts);
	set_frequency(to, json_object_get(facts, "frequency"));
	set_numa(to, facts);
	set_xen(to, json_object_get(facts, "xen"));
	set_domains(to, json_object_get(facts, "domains"), uuid);
	return to;
}

static const char *key_of(const char *uuid, int64_t domid, char key[KEY])
{
	snprintf(key, KEY, "%s %lld", uuid, (long long)domid);
	return key;
}

/* The boot of that name; NULL when there is none. */
static struct report_boot *boot_of(const struct hosts *h, const char *uuid, int64_t domid)
{
	char key[KEY];
	const json_t *at = json_object_get(h->index, key_of(uuid, domid, key));

	return at ? &h->r->boots[json_integer_value(at)] : NULL;
}

/* A boot with both readings is known to have no noise where none is stored. */
static int take_reading(const struct walk_reading *reading, void *arg)
{
	struct hosts *h = arg;
	struct report_boot *b = boot_of(h, reading->uuid, reading->domid);
	enum mode mode;
	json_t *settings;
	int err;

	if (!b)
		return 0;
	if (!strcmp(reading->moment, store_moment_name(STORE_AFTER))) {
		b->watched = h->r->watched = true;
		return 0;
	}
	if (!b->used || mode_parse(b->measured, &mode))
		return 0;
	settings = settings_of(reading->facts, reading->uuid);
	err = report_facts_add(h->r->host, mode, settings);
	json_decref(settings);
	return err;
}

static int take_noise(const struct walk_noise *n, void *arg)
{
	struct report_boot *b = boot_of(arg, n->uuid, n->domid);
	char flag[sizeof(n->flag)], text[sizeof(n->text)];
	json_t *one;

	if (!b)
		return 0;
	text_take(flag, n->flag, sizeof(flag));
	text_take(text, n->text, sizeof(text));
	one = json_pack("{ss ss}", "flag", flag, "text", text);
	if (!b->noise)
		b->noise = json_array();
	return json_array_append_new(b->noise, one) ? -ENOMEM : 0;
}

/* Whether what was measured in the boot is flagged. */
static bool is_noisy(const struct report *r, const struct report_sample *v)
{
	return json_array_size(r->boots[v->boot].noise) > 0;
}

int report_host(struct store *s, const char *run, struct report *r)
{
	struct hosts h = { .r = r, .index = json_object() };
	int err = h.index ? 0 : -ENOMEM;
	char key[KEY];

	for (size_t i = 0; !err && i < r->nboots; i++)
		if (json_object_set_new(h.index, key_of(r->boots[i].uuid, r->boots[i].domid, key),
					json_integer((json_int_t)i)))
			err = -ENOMEM;
	if (!err)
		err = walk_readings(s, run, take_reading, &h);
	if (!err)
		err = walk_noises(s, run, take_noise, &h);
	for (size_t i = 0; !err && i < r->nrows; i++)
		for (size_t j = 0; j < r->rows[i].n; j++)
			r->rows[i].noisy += is_noisy(r, &r->rows[i].samples[j]);
	json_decref(h.index);
	return err;
}

const char *report_noise(const struct report_boot *b, char buf[REPORT_NOISE])
{
	size_t len = 0, i;
	const json_t *one;

	snprintf(buf, REPORT_NOISE, "%s", b->watched ? "none" : "");
	json_array_foreach(b->noise, i, one)
	{
		const char *text = json_string_value(json_object_get(one, "text"));

		if (len + strlen(text) + 8 > REPORT_NOISE) {
			snprintf(buf + len, REPORT_NOISE - len, "; ...");
			break;
		}
		len += (size_t)sprintf(buf + len, "%s%s", i ? "; " : "", text);
	}
	return buf;
}

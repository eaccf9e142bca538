/* SPDX-License-Identifier: ISC */
/* Where hosts were not alike: between the modes of a run, and between two runs. A fact that one of
 * them does not have is not compared. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/report_parts.h"
#include "host/report_text.h"

enum { LINE = 300, FACTS_MAX = 256 };

/* What bends figures where it is not the same for all modes. The guest's own settings are those of
 * its domain, which native has none of. */
static const struct {
	const char *fact, *what;
} bending[] = {
	{ "host.cpu_model", "The processor of the host" },
	{ "host.microcode", "The microcode of the host" },
	{ "smt", "SMT" },
	{ "frequency.governors", "What governs the frequency" },
	{ "frequency.turbo", "Turbo" },
	{ "numa_nodes", "The number of NUMA nodes" },
	{ "xen.version", "The version of Xen" },
	{ "xen.changeset", "The build of Xen" },
	{ "xen.debug", "Whether Xen is a debug build" },
	{ "xen.cmdline", "Xen's command line" },
	{ "xen.scheduler", "Xen's scheduler" },
	{ "guest.pool", "The guest's pool of CPUs" },
	{ "guest.weight", "The guest's weight" },
	{ "guest.cap", "The guest's cap" },
	{ "guest.affinity", "The guest's affinity" },
	{ "guest.tsc_mode", "The guest's TSC mode" },
	{ "dom0.vcpus", "The number of dom0's CPUs" },
	{ "dom0.affinity", "Dom0's affinity" },
	{ "other_domains", "Which other domains there are" },
};

static int warn_settings(struct report *r)
{
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(bending) / sizeof(*bending); i++) {
		char text[LINE];

		if (report_fact_differs(json_object_get(r->host, bending[i].fact), text,
					sizeof(text)))
			err = report_warn_add(r, "%s is not the same for all modes: %s.",
					      bending[i].what, text);
	}
	return err;
}

/* What the kernel's words in cpu/vulnerabilities come to. A PV guest's "Unknown" says nothing. */
static const char *class_of(const char *text)
{
	static const struct {
		const char *begin, *class;
	} classes[] = {
		{ "Vulnerable", "vulnerable" },
		{ "Mitigation", "mitigated" },
		{ "KVM: Mitigation", "mitigated" },
		{ "Not affected", "not affected" },
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		if (!strncmp(text, classes[i].begin, strlen(classes[i].begin)))
			return classes[i].class;
	return NULL;
}

/* "native vulnerable; pvh mitigated", and whether two modes, or two boots of one, differ. */
static bool classes_differ(json_t *modes, char line[LINE])
{
	const char *mode, *first = NULL;
	json_t *texts, *text;
	bool differ = false;
	size_t len = 0, i;

	line[0] = '\0';
	json_object_foreach(modes, mode, texts)
	{
		json_array_foreach(texts, i, text)
		{
			const char *class = class_of(json_string_value(text));

			if (!class)
				continue;
			first = first ? first : class;
			differ |= strcmp(first, class) != 0;
			if (len < LINE)
				len += (size_t)snprintf(line + len, LINE - len, "%s%s %s",
							len ? "; " : "", mode, class);
		}
	}
	return differ;
}

/* Of one set of facts: whose says whose kernel found so. */
static int warn_mitigations(struct report *r, json_t *facts, const char *whose)
{
	static const char prefix[] = "mitigations.";
	char all[2 * LINE] = "", line[LINE];
	size_t len = 0;
	const char *name;
	json_t *modes;

	json_object_foreach(facts, name, modes)
	{
		if (strncmp(name, prefix, strlen(prefix)) || !classes_differ(modes, line) ||
		    len >= sizeof(all) - 8)
			continue;
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s (%s)", len ? ", " : "",
					name + strlen(prefix), line);
	}
	if (!*all)
		return 0;
	return report_warn_add(
		r,
		"What %s does about flaws of the processor is not the same in all modes: "
		"%.400s.",
		whose, all);
}

/* The text of a fact in a mode, if boots agree on it; "" where it is not known. */
static const char *text_in(json_t *facts, const char *name, enum mode mode)
{
	const json_t *texts = json_object_get(json_object_get(facts, name), mode_name(mode));
	const char *text =
		json_array_size(texts) == 1 ? json_string_value(json_array_get(texts, 0)) : NULL;

	return text ? text : "";
}

/* Natively it is the guest's kernel that isolates its page tables, for a PV guest it is Xen. */
static int warn_isolation(struct report *r)
{
	const char *native = class_of(text_in(r->facts, "mitigations.meltdown", MODE_NATIVE));
	const char *pv = text_in(r->host, "xen.xpti.domu", MODE_PV);
	bool mitigated = native && !strcmp(native, "mitigated");

	if (!native || !*pv || mitigated == !strcmp(pv, "true"))
		return 0;
	return report_warn_add(
		r,
		"Page tables are isolated (Meltdown) %s: what that costs is in one of the two "
		"alone.",
		mitigated ? "natively, and not in pv" : "in pv, by Xen's XPTI, and not natively");
}

int report_warn_host(struct report *r)
{
	int err = warn_settings(r);

	if (!err)
		err = warn_mitigations(r, r->host, "the host's kernel");
	if (!err)
		err = warn_mitigations(r, r->facts, "the guest's kernel");
	return err ? err : warn_isolation(r);
}

/* "a, b" */
static void join(const json_t *texts, char line[LINE])
{
	size_t len = 0, i;
	json_t *text;

	line[0] = '\0';
	json_array_foreach(texts, i, text)
	{
		if (len < LINE)
			len += (size_t)snprintf(line + len, LINE - len, "%s%s", i ? ", " : "",
						json_string_value(text));
	}
}

/* Two facts of modes that both have, and that differ; those that differ alike are one row. */
struct unlike {
	json_t *all;
	const char *of, *fact;
};

static int add_unlike(struct unlike *u, const char *mode, const json_t *a, const json_t *b)
{
	char line[2][LINE], both[64];
	json_t *last = json_array_get(u->all, json_array_size(u->all) - 1);
	const char *before = json_string_value(json_object_get(last, "mode"));

	join(a, line[0]);
	join(b, line[1]);
	if (before && !strcmp(json_string_value(json_object_get(last, "fact")), u->fact) &&
	    !strcmp(json_string_value(json_object_get(last, "of")), u->of) &&
	    !strcmp(json_string_value(json_object_get(last, "a")), line[0]) &&
	    !strcmp(json_string_value(json_object_get(last, "b")), line[1])) {
		snprintf(both, sizeof(both), "%s, %s", before, mode);
		return json_object_set_new(last, "mode", json_string(both)) ? -ENOMEM : 0;
	}
	if (json_array_size(u->all) >= FACTS_MAX)
		return 0;
	return json_array_append_new(u->all,
				     json_pack("{ss ss ss ss ss}", "of", u->of, "fact", u->fact,
					       "mode", mode, "a", line[0], "b", line[1]))
		       ? -ENOMEM
		       : 0;
}

/* Whether each text is one of the others: boots are in another order in each run. */
static bool same_texts(const json_t *a, const json_t *b)
{
	size_t found = 0, i, j;
	json_t *one, *other;

	json_array_foreach(a, i, one)
	{
		json_array_foreach(b, j, other) found += json_equal(one, other);
	}
	return found == json_array_size(a) && found == json_array_size(b);
}

/* What a guest's kernel had done until it was asked is never the same. */
static bool is_compared(const char *fact)
{
	return strncmp(fact, "ticks.", strlen("ticks.")) != 0;
}

static int compare_facts(struct unlike *u, json_t *a, const json_t *b)
{
	json_t *modes, *texts;
	const char *mode;
	int err = 0;

	json_object_foreach(a, u->fact, modes)
	{
		json_object_foreach(modes, mode, texts)
		{
			const json_t *other = json_object_get(json_object_get(b, u->fact), mode);

			if (!err && other && is_compared(u->fact) && !same_texts(texts, other))
				err = add_unlike(u, mode, texts, other);
		}
	}
	return err;
}

json_t *report_differences(const struct report *a, const struct report *b)
{
	struct unlike u = { .all = json_array(), .of = "host" };
	int err = u.all ? compare_facts(&u, a->host, b->host) : -ENOMEM;

	u.of = "guest";
	if (!err)
		err = compare_facts(&u, a->facts, b->facts);
	if (!err)
		return u.all;
	json_decref(u.all);
	return NULL;
}

/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/facts.h"
#include "host/facts_xl.h"

enum { NOISE_MAX = 64 };

static const struct {
	const char *name;
	double limit;
} flags[] = {
#define FLAG_ROW(name, limit, text) { #name, limit },
	FACTS_FLAGS(FLAG_ROW)
#undef FLAG_ROW
};

enum flag {
#define FLAG_ID(name, limit, text) FLAG_##name,
	FACTS_FLAGS(FLAG_ID)
#undef FLAG_ID
};

struct noise {
	const json_t *before, *after;
	double seconds; /* between the two; 0 when that is not known */
	json_t *found;
};

/* The flag, without a figure. */
__attribute__((format(printf, 3, 4))) static json_t *flag_add(struct noise *n, enum flag flag,
							      const char *fmt, ...)
{
	char text[256];
	json_t *one;
	va_list ap;

	if (json_array_size(n->found) >= NOISE_MAX)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	one = json_pack("{ss ss}", "flag", flags[flag].name, "text", text);
	json_array_append_new(n->found, one);
	return one;
}

static void flag_figure(json_t *one, enum flag flag, double value)
{
	if (!one)
		return;
	json_object_set_new(one, "value", json_real(value));
	json_object_set_new(one, "limit", json_real(flags[flag].limit));
}

static const json_t *get(const json_t *facts, const char *part, const char *key)
{
	return json_object_get(json_object_get(facts, part), key);
}

/* The growth of a figure that only grows; false when it is not known. */
static bool growth(const json_t *before, const json_t *after, double *by)
{
	if (!json_is_number(before) || !json_is_number(after))
		return false;
	*by = json_number_value(after) - json_number_value(before);
	return *by >= 0;
}

static bool is_other(const json_t *before, const json_t *after)
{
	return before && after && !json_equal(before, after);
}

static bool check_boot(struct noise *n)
{
	if (!growth(get(n->before, "host", "uptime_s"), get(n->after, "host", "uptime_s"),
		    &n->seconds))
		n->seconds = 0;
	if (!is_other(get(n->before, "host", "boot_id"), get(n->after, "host", "boot_id")))
		return true;
	flag_add(n, FLAG_rebooted, "the machine was booted in between");
	return false;
}

static void check_steal(struct noise *n)
{
	const json_t *before = get(n->before, "load", "ticks"),
		     *after = get(n->after, "load", "ticks");
	double all = 0, steal, by;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)after, key,
			    value) if (growth(json_object_get(before, key), value, &by)) all += by;
	if (growth(json_object_get(before, "steal"), json_object_get(after, "steal"), &steal) &&
	    all > 0 && steal / all > flags[FLAG_steal].limit)
		flag_figure(flag_add(n, FLAG_steal,
				     "%.1f %% of this machine's CPU time went to others",
				     100 * steal / all),
			    FLAG_steal, steal / all);
}

static void check_pressure(struct noise *n)
{
	double us, part;

	if (!growth(get(n->before, "load", "pressure_us"), get(n->after, "load", "pressure_us"),
		    &us) ||
	    n->seconds <= 0)
		return;
	part = us / 1e6 / n->seconds;
	part = part < 1 ? part : 1; /* uptime is in hundredths of a second */
	if (part > flags[FLAG_pressure].limit)
		flag_figure(flag_add(n, FLAG_pressure,
				     "%.1f %% of the time a task waited for a CPU", 100 * part),
			    FLAG_pressure, part);
}

static json_t *same_domain(const json_t *facts, const json_t *domain)
{
	const json_t *domid = json_object_get(domain, "domid");

	return json_is_integer(domid) ? facts_find_number(json_object_get(facts, "domains"),
							  "domid", json_integer_value(domid))
				      : NULL;
}

static bool is_dom0(const json_t *domain)
{
	const json_t *domid = json_object_get(domain, "domid");

	return json_is_integer(domid) && !json_integer_value(domid);
}

static const char *name_of(const json_t *domain)
{
	const char *name = json_string_value(json_object_get(domain, "name"));

	return name ? name : "?";
}

/* A domain that is new has used all that it has used since then. */
static void check_domain(struct noise *n, const json_t *after)
{
	const json_t *before = same_domain(n->before, after);
	enum flag flag = is_dom0(after) ? FLAG_dom0_busy : FLAG_domain_ran;
	const json_t *now = json_object_get(after, "cpu_s");
	double used = json_number_value(now);

	if (json_is_true(json_object_get(after, "measured")) || n->seconds <= 0)
		return;
	if (before && !growth(json_object_get(before, "cpu_s"), now, &used))
		return;
	used /= n->seconds;
	if (used > flags[flag].limit)
		flag_figure(flag_add(n, flag, "%.64s used %.2f CPUs", name_of(after), used), flag,
			    used);
}

static void check_domains(struct noise *n)
{
	const json_t *before = json_object_get(n->before, "domains");
	const json_t *after = json_object_get(n->after, "domains"), *one;
	size_t i;

	if (!json_is_array(before) || !json_is_array(after))
		return;
	json_array_foreach(after, i, one) check_domain(n, one);
	json_array_foreach(before, i, one) if (!json_is_true(json_object_get(one, "measured")) &&
					       !same_domain(n->after, one))
		flag_add(n, FLAG_domain_gone, "%.64s is gone", name_of(one));
}

static const struct {
	enum flag flag;
	const char *part, *key, *text;
} constants[] = {
	{ FLAG_governor, "frequency", "governors", "the governor of the frequency was changed" },
	{ FLAG_governor, "frequency", "driver", "the driver of the frequency was changed" },
	{ FLAG_turbo, "frequency", "turbo", "turbo was switched" },
	{ FLAG_cpus, "host", "cpus_online", "CPUs went on- or offline" },
	{ FLAG_cpus, "smt", "active", "SMT was switched" },
	{ FLAG_scheduler, "xen", "scheduler", "the scheduler is another" },
};

static void check_constants(struct noise *n)
{
	for (size_t i = 0; i < sizeof(constants) / sizeof(*constants); i++)
		if (is_other(get(n->before, constants[i].part, constants[i].key),
			     get(n->after, constants[i].part, constants[i].key)))
			flag_add(n, constants[i].flag, "%s", constants[i].text);
}

static bool is_changed(const json_t *before, const json_t *after, const char *const keys[])
{
	for (; *keys; keys++)
		if (is_other(json_object_get(before, *keys), json_object_get(after, *keys)))
			return true;
	return false;
}

/* The affinity of each vcpu, and not where it happens to be. */
static bool is_moved(const json_t *before, const json_t *after)
{
	static const char *const keys[] = { "hard", "soft", NULL };
	const json_t *from = json_object_get(before, "affinity"), *one;
	size_t i;

	json_array_foreach(json_object_get(after, "affinity"), i,
			   one) if (is_changed(json_array_get(from, i), one, keys)) return true;
	return false;
}

static void check_scheduling(struct noise *n)
{
	static const char *const of_pool[] = { "scheduler", "cpus", "parameters", NULL };
	static const char *const of_domain[] = { "pool",      "weight",	   "cap",      "period_us",
						 "budget_us", "extratime", "tsc_mode", NULL };
	const json_t *pools = get(n->before, "xen", "pools"), *one;
	size_t i;

	json_array_foreach(get(n->after, "xen", "pools"), i, one)
	{
		const char *name = name_of(one);

		if (is_changed(facts_find_text(pools, "name", name), one, of_pool))
			flag_add(n, FLAG_scheduler, "pool %.64s was changed", name);
	}
	json_array_foreach(json_object_get(n->after, "domains"), i, one)
	{
		const json_t *before = same_domain(n->before, one);

		if (is_changed(before, one, of_domain) || is_moved(before, one))
			flag_add(n, FLAG_scheduler, "how %.64s is scheduled was changed",
				 name_of(one));
	}
}

static void check_heat(struct noise *n)
{
	const json_t *one;
	double times;
	size_t i;

	if (growth(json_object_get(n->before, "throttled"), json_object_get(n->after, "throttled"),
		   &times) &&
	    times > flags[FLAG_throttled].limit)
		flag_figure(flag_add(n, FLAG_throttled, "CPUs were slowed down for their heat"),
			    FLAG_throttled, times);
	json_array_foreach(json_object_get(n->after, "temperatures"), i, one)
	{
		const json_t *is = json_object_get(one, "celsius");
		const json_t *critical = json_object_get(one, "critical");
		double above = json_number_value(is) - json_number_value(critical);
		const char *sensor = json_string_value(json_object_get(one, "sensor"));

		if (json_is_number(is) && json_is_number(critical) && above > flags[FLAG_hot].limit)
			flag_figure(flag_add(n, FLAG_hot,
					     "%.64s is at %.0f degrees, critical are %.0f",
					     sensor ? sensor : "?", json_number_value(is),
					     json_number_value(critical)),
				    FLAG_hot, above);
	}
}

json_t *facts_noise(const json_t *before, const json_t *after)
{
	struct noise n = { .before = before, .after = after, .found = json_array() };

	if (!n.found || !check_boot(&n))
		return n.found;
	check_steal(&n);
	check_pressure(&n);
	check_domains(&n);
	check_constants(&n);
	check_scheduling(&n);
	check_heat(&n);
	return n.found;
}

/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "host/doctor.h"
#include "host/facts_xl.h"

static const json_t *get(const json_t *facts, const char *part, const char *key)
{
	return json_object_get(json_object_get(facts, part), key);
}

static const char *text(const struct doctor *d, const char *part, const char *key)
{
	const char *s = json_string_value(get(d->facts, part, key));

	return s ? s : "";
}

static bool on_xen(const struct doctor *d)
{
	return json_is_object(json_object_get(d->facts, "xen"));
}

static bool is_false(const json_t *value)
{
	return json_is_boolean(value) && !json_is_true(value);
}

/* Whether a command line has the word, or, when it ends in '=', an option of that name. */
static bool has_option(const char *line, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = line; (at = strstr(at, word)); at += len)
		if ((at == line || at[-1] == ' ') &&
		    (word[len - 1] == '=' || !at[len] || at[len] == ' '))
			return true;
	return false;
}

static void look_emulated(struct doctor *d)
{
	if (json_is_true(json_object_get(d->facts, "emulated")))
		doctor_find(d, DOCTOR_MATTERS, "measure on a machine that is none of QEMU's",
			    "emulated: times mean nothing here, ratios between guests do");
}

static void look_virtual(struct doctor *d)
{
	if (!on_xen(d) && !json_is_true(json_object_get(d->facts, "emulated")) &&
	    json_is_true(get(d->facts, "host", "virtual")))
		doctor_find(d, DOCTOR_MATTERS, "measure on a machine of your own",
			    "virtual: this machine is a guest, whose host nobody here knows");
}

static void look_toolstack(struct doctor *d)
{
	if (on_xen(d) && !*text(d, "xen", "version"))
		doctor_find(d, DOCTOR_SPOILS, "be root, and have xl(1) installed",
			    "xl says nothing: how guests are scheduled is not known");
}

static void look_debug(struct doctor *d)
{
	if (json_is_true(get(d->facts, "xen", "debug")))
		doctor_find(d, DOCTOR_SPOILS, "boot a release build", "this Xen is a debug build");
}

static void look_governor(struct doctor *d)
{
	bool xen = !strcmp(text(d, "frequency", "by"), "xen");
	const char *name;
	json_t *n;

	json_object_foreach((json_t *)get(d->facts, "frequency", "governors"), name, n)
	{
		if (strcmp(name, "performance") && strcmp(name, "userspace"))
			doctor_find(d, DOCTOR_SPOILS,
				    xen ? "xenpm set-scaling-governor performance"
					: "cpupower frequency-set -g performance",
				    "governor %.64s on %lld CPUs", name,
				    (long long)json_integer_value(n));
	}
}

static void look_frequency(struct doctor *d)
{
	if (!get(d->facts, "frequency", "governors"))
		doctor_find(d, DOCTOR_FYI,
			    "choose constant performance in the set-up of the firmware",
			    "what governs the frequency cannot be read here");
}

static void look_turbo(struct doctor *d)
{
	const char *fix = "echo 0 > /sys/devices/system/cpu/cpufreq/boost";

	if (!strncmp(text(d, "frequency", "driver"), "intel_", 6))
		fix = "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo";
	if (!strcmp(text(d, "frequency", "by"), "xen"))
		fix = "xenpm disable-turbo-mode";
	if (json_is_true(get(d->facts, "frequency", "turbo")))
		doctor_find(d, DOCTOR_MATTERS, fix,
			    "turbo: how fast a CPU is depends on how busy the others are");
}

/* Under Xen the kernel of dom0 sees its own vcpus, and not what shares a core. */
static void look_smt(struct doctor *d)
{
	json_int_t threads = json_integer_value(get(d->facts, "xen", "threads_per_core"));

	if (threads > 1)
		doctor_find(d, DOCTOR_MATTERS, "smt=0 on Xen's command line",
			    "SMT: %lld vcpus can share a core", (long long)threads);
	if (!on_xen(d) && json_is_true(get(d->facts, "smt", "active")))
		doctor_find(d, DOCTOR_MATTERS, "echo off > /sys/devices/system/cpu/smt/control",
			    "SMT: two tasks can share a core");
}

static void look_numa(struct doctor *d)
{
	json_int_t nodes = on_xen(d)
				   ? json_integer_value(get(d->facts, "xen", "nodes"))
				   : (json_int_t)json_array_size(json_object_get(d->facts, "numa"));

	if (nodes > 1)
		doctor_find(d, DOCTOR_MATTERS,
			    on_xen(d) ? "cpus = \"nodes:0\" in the guests' configs"
				      : "numactl --cpunodebind=0 --membind=0",
			    "%lld NUMA nodes: memory may be far from who uses it",
			    (long long)nodes);
}

static void look_clocksource(struct doctor *d)
{
	static const char *const slow[] = { "hpet", "acpi_pm", "jiffies", "refined-jiffies",
					    "pit" };
	const char *source = text(d, "host", "clocksource");

	for (size_t i = 0; i < sizeof(slow) / sizeof(*slow); i++)
		if (!strcmp(source, slow[i]))
			doctor_find(d, DOCTOR_MATTERS, "dmesg | grep -i tsc says why it is not tsc",
				    "clocksource %s is slow to read", source);
}

static void look_tsc(struct doctor *d)
{
	if (!on_xen(d) && (is_false(get(d->facts, "host", "tsc_constant")) ||
			   is_false(get(d->facts, "host", "tsc_nonstop"))))
		doctor_find(d, DOCTOR_MATTERS, "another processor",
			    "the TSC changes its pace, or stops in deep sleep");
}

static void look_console(struct doctor *d)
{
	if (has_option(text(d, "xen", "cmdline"), "sync_console"))
		doctor_find(d, DOCTOR_MATTERS, "take sync_console off Xen's command line",
			    "sync_console: all wait while a line is logged");
}

static void look_dom0_cpus(struct doctor *d)
{
	const json_t *dom0 = facts_find_number(json_object_get(d->facts, "domains"), "domid", 0);

	if (json_integer_value(get(d->facts, "xen", "cpus")) > 1 &&
	    facts_find_text(json_object_get(dom0, "affinity"), "hard", "all"))
		doctor_find(
			d, DOCTOR_MATTERS,
			"dom0_max_vcpus=1 dom0_vcpus_pin on Xen's command line, guests elsewhere",
			"dom0 may run on every CPU, so on those of guests too");
}

static void look_dom0_memory(struct doctor *d)
{
	const char *line = text(d, "xen", "cmdline");

	if (*text(d, "xen", "version") && !has_option(line, "dom0_mem="))
		doctor_find(d, DOCTOR_FYI, "dom0_mem=2G,max:2G on Xen's command line",
			    "dom0 gives memory away when guests are made");
}

static void look_domains(struct doctor *d)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(d->facts, "domains"), i, one)
	{
		const char *state = json_string_value(json_object_get(one, "state"));
		const char *name = json_string_value(json_object_get(one, "name"));
		char fix[128];

		if (!json_integer_value(json_object_get(one, "domid")) || !name || !state ||
		    strcmp(state, "running"))
			continue;
		snprintf(fix, sizeof(fix), "xl shutdown %s", name);
		doctor_find(d, DOCTOR_MATTERS, fix, "domain %s runs, with %lld vcpus", name,
			    (long long)json_integer_value(json_object_get(one, "vcpus")));
	}
}

static void look_mitigations(struct doctor *d)
{
	bool off = has_option(text(d, "host", "cmdline"), "mitigations=off");
	const char *name;
	json_t *value;
	int n = 0;

	json_object_foreach((json_t *)json_object_get(d->facts, "mitigations"), name, value)
	{
		const char *s = json_string_value(value);

		n += s && !strncmp(s, "Vulnerable", strlen("Vulnerable"));
	}
	if (n)
		doctor_find(d, DOCTOR_FYI,
			    off ? "take mitigations=off off the kernel's command line"
				: "a newer kernel and microcode, where there are any",
			    "this kernel leaves %d weaknesses open, which makes it faster", n);
}

static void look_xpti(struct doctor *d)
{
	const json_t *xpti = get(d->facts, "xen", "xpti");

	if (json_is_true(json_object_get(xpti, "domu")))
		doctor_find(d, DOCTOR_FYI, "xpti=false on Xen's command line, to see what it costs",
			    "XPTI: PV guests pay for it, the others do not");
}

static void look_spec_ctrl(struct doctor *d)
{
	if (*text(d, "xen", "version") && !get(d->facts, "xen", "spec_ctrl"))
		doctor_find(d, DOCTOR_FYI, "conring_size=1M on Xen's command line",
			    "xl dmesg has lost what Xen said of its mitigations at boot");
}

static void look_swap(struct doctor *d)
{
	const json_t *all = get(d->facts, "host", "swap_kib");
	const json_t *spare = get(d->facts, "host", "swap_free_kib");
	long long used = json_integer_value(all) - json_integer_value(spare);

	if (spare && used > 0)
		doctor_find(d, DOCTOR_FYI, "swapoff -a", "%lld MiB are swapped out",
			    (used + 1023) / 1024);
}

static const struct {
	const char *flag, *fix;
	enum doctor_severity severity;
} noises[] = {
	{ "steal", "have a whole machine", DOCTOR_SPOILS },
	{ "pressure", "top(1) says who; stop it", DOCTOR_SPOILS },
	{ "dom0_busy", "top(1) in dom0 says who; stop it", DOCTOR_SPOILS },
	{ "domain_ran", "xl shutdown it", DOCTOR_SPOILS },
	{ "throttled", "better cooling, or less turbo", DOCTOR_SPOILS },
	{ "hot", "better cooling, or less turbo", DOCTOR_MATTERS },
};

/* What was seen while the host was looked at. Of the flags that are not in the table nothing but
 * that somebody is changing the machine. */
static void look_noise(struct doctor *d)
{
	const json_t *one;
	size_t i;

	json_array_foreach(d->noise, i, one)
	{
		const char *flag = json_string_value(json_object_get(one, "flag"));
		const char *what = json_string_value(json_object_get(one, "text"));
		const char *fix = "let nobody change this machine meanwhile";
		enum doctor_severity severity = DOCTOR_SPOILS;

		for (size_t k = 0; flag && k < sizeof(noises) / sizeof(*noises); k++) {
			if (strcmp(flag, noises[k].flag))
				continue;
			fix = noises[k].fix;
			severity = noises[k].severity;
		}
		if (what)
			doctor_find(d, severity, fix, "%s", what);
	}
}

static const struct {
	const char *name;
	void (*look)(struct doctor *d);
} rules[] = {
	{ "emulated", look_emulated },
	{ "virtual", look_virtual },
	{ "toolstack", look_toolstack },
	{ "debug", look_debug },
	{ "noise", look_noise },
	{ "governor", look_governor },
	{ "turbo", look_turbo },
	{ "frequency", look_frequency },
	{ "smt", look_smt },
	{ "numa", look_numa },
	{ "clocksource", look_clocksource },
	{ "tsc", look_tsc },
	{ "console", look_console },
	{ "dom0-cpus", look_dom0_cpus },
	{ "dom0-memory", look_dom0_memory },
	{ "domains", look_domains },
	{ "mitigations", look_mitigations },
	{ "xpti", look_xpti },
	{ "spec-ctrl", look_spec_ctrl },
	{ "swap", look_swap },
};

void doctor_look(struct doctor *d)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		d->rule = rules[i].name;
		rules[i].look(d);
	}
}

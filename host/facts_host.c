/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/facts_parts.h"

static size_t line_length(const char *line)
{
	return strcspn(line, "\n");
}

/* What is behind "NAME :" in the first line that begins so; NULL when there is none. */
static const char *find_line(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *colon;

		line += *line == '\n';
		if (strncmp(line, name, len))
			continue;
		colon = line + len + strspn(line + len, " \t");
		if (*colon == ':')
			return colon + 1;
	}
	return NULL;
}

/* Whether the line, which begins with a blank, has that word. */
static bool has_word(const char *line, const char *word)
{
	const char *end = line + line_length(line);
	size_t len = strlen(word);

	for (const char *at = line; (at = strstr(at, word)) && at < end; at += len)
		if (at > line && at[-1] == ' ' && (!at[len] || isspace((unsigned char)at[len])))
			return true;
	return false;
}

/* Of the first processor: the others of a machine that is fit to measure on are like it. */
static void add_cpu(json_t *host, const char *root)
{
	static const char *const texts[][2] = { { "model name", "cpu_model" },
						{ "microcode", "microcode" } };
	static const char *const flags[][2] = { { "constant_tsc", "tsc_constant" },
						{ "nonstop_tsc", "tsc_nonstop" },
						{ "hypervisor", "virtual" } };
	char buf[8192];
	const char *line;

	if (facts_read(root, "/proc/cpuinfo", buf, sizeof(buf)) <= 0)
		return;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if ((line = find_line(buf, texts[i][0])))
			facts_set_text(host, texts[i][1], line, line_length(line));
	line = find_line(buf, "flags");
	for (size_t i = 0; line && i < sizeof(flags) / sizeof(*flags); i++)
		json_object_set_new(host, flags[i][1], json_boolean(has_word(line, flags[i][0])));
}

/* "MemTotal:       16313216 kB" */
static void set_kib(json_t *object, const char *key, const char *text)
{
	char digits[16];
	json_int_t n;

	if (sscanf(text, " %15[0-9] kB", digits) == 1 && facts_count(digits, &n))
		json_object_set_new(object, key, json_integer(n));
}

static void add_memory(json_t *host, const char *root)
{
	static const char *const names[][2] = { { "MemTotal", "memory_kib" },
						{ "MemAvailable", "memory_available_kib" },
						{ "SwapTotal", "swap_kib" },
						{ "SwapFree", "swap_free_kib" } };
	char buf[8192];

	if (facts_read(root, "/proc/meminfo", buf, sizeof(buf)) <= 0)
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *line = find_line(buf, names[i][0]);

		if (line)
			set_kib(host, names[i][1], line);
	}
}

/* A number with a fraction, not negative. */
static void set_real(json_t *object, const char *key, const char *text)
{
	char word[16];

	if (isdigit((unsigned char)*text) && sscanf(text, "%15[0-9.]", word) == 1)
		json_object_set_new(object, key, json_real(strtod(word, NULL)));
}

json_t *facts_host(const char *root)
{
	json_t *host = json_object();
	char uptime[64];

	facts_set_file(host, "kernel", root, "/proc/sys/kernel/osrelease");
	facts_set_file(host, "cmdline", root, "/proc/cmdline");
	facts_set_file(host, "boot_id", root, "/proc/sys/kernel/random/boot_id");
	facts_set_file(host, "cpus_online", root, "/sys/devices/system/cpu/online");
	facts_set_file(host, "clocksource", root,
		       "/sys/devices/system/clocksource/clocksource0/current_clocksource");
	if (facts_read(root, "/proc/uptime", uptime, sizeof(uptime)) > 0)
		set_real(host, "uptime_s", uptime);
	add_cpu(host, root);
	add_memory(host, root);
	return host;
}

/* proc_stat(5): ticks of all CPUs since the boot. */
static void add_ticks(json_t *load, const char *root)
{
	static const char *const names[] = { "user",   "nice", "system",  "idle",
					     "iowait", "irq",  "softirq", "steal" };
	char buf[1024], *save;
	json_t *ticks;

	if (facts_read(root, "/proc/stat", buf, sizeof(buf)) <= 0 || strncmp(buf, "cpu ", 4))
		return;
	buf[line_length(buf)] = '\0';
	strtok_r(buf, " ", &save);
	ticks = json_object();
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *word = strtok_r(NULL, " ", &save);
		json_int_t n;

		if (word && facts_count(word, &n))
			json_object_set_new(ticks, names[i], json_integer(n));
	}
	json_object_set_new(load, "ticks", ticks);
}

/* proc_loadavg(5): "0.20 0.18 0.12 1/80 11206". */
static void add_averages(json_t *load, const char *root)
{
	static const char *const names[] = { "load_1min", "load_5min", "load_15min" };
	char buf[128];
	const char *word = buf;

	if (facts_read(root, "/proc/loadavg", buf, sizeof(buf)) <= 0)
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && word; i++) {
		set_real(load, names[i], word);
		word = strchr(word, ' ');
		word += word ? 1 : 0;
	}
}

/* Documentation/accounting/psi.rst: "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234". */
static void add_pressure(json_t *load, const char *root)
{
	char buf[256], *total;
	json_int_t us;

	if (facts_read(root, "/proc/pressure/cpu", buf, sizeof(buf)) <= 0 ||
	    strncmp(buf, "some ", 5))
		return;
	buf[line_length(buf)] = '\0';
	total = strstr(buf, " total=");
	if (total && facts_count(total + strlen(" total="), &us))
		json_object_set_new(load, "pressure_us", json_integer(us));
}

json_t *facts_load(const char *root)
{
	json_t *load = json_object();

	add_averages(load, root);
	add_ticks(load, root);
	add_pressure(load, root);
	return load;
}

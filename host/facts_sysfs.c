/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/facts_parts.h"

#define CPUS "/sys/devices/system/cpu"

enum { FILE_MAX = FACTS_PATH_MAX + 64, TRIPS_MAX = 16 };

static void each_vulnerability(const char *root, const char *path, void *arg)
{
	facts_set_file(arg, strrchr(path, '/') + 1, root, path);
}

json_t *facts_mitigations(const char *root)
{
	json_t *all = json_object();

	facts_each(root, CPUS "/vulnerabilities", "", each_vulnerability, all);
	return all;
}

/* A file that holds 0 or 1; on says which of them is true. */
static void set_flag(json_t *object, const char *key, const char *root, const char *path, char on)
{
	char buf[8];

	if (facts_read(root, path, buf, sizeof(buf)) == 1 && (*buf == '0' || *buf == '1'))
		json_object_set_new(object, key, json_boolean(*buf == on));
}

json_t *facts_smt(const char *root)
{
	json_t *smt = json_object();

	facts_set_file(smt, "control", root, CPUS "/smt/control");
	set_flag(smt, "active", root, CPUS "/smt/active", '1');
	return smt;
}

static void each_cpu_governor(const char *root, const char *path, void *arg)
{
	char file[FILE_MAX], buf[64];
	int n;

	snprintf(file, sizeof(file), "%s/cpufreq/scaling_governor", path);
	n = facts_read(root, file, buf, sizeof(buf));
	if (n > 0)
		facts_count_text(arg, buf, (size_t)n);
}

json_t *facts_frequency(const char *root)
{
	json_t *freq = json_object(), *governors = json_object();

	facts_each(root, CPUS, "cpu", each_cpu_governor, governors);
	if (json_object_size(governors))
		json_object_set(freq, "governors", governors);
	json_decref(governors);
	facts_set_file(freq, "driver", root, CPUS "/cpu0/cpufreq/scaling_driver");
	set_flag(freq, "turbo", root, CPUS "/cpufreq/boost", '1');
	set_flag(freq, "turbo", root, CPUS "/intel_pstate/no_turbo", '0');
	if (json_object_size(freq))
		facts_set_text(freq, "by", "linux", 5);
	return freq;
}

/* "Node 0 MemTotal:       16313216 kB" */
static void set_node_memory(json_t *node, const char *meminfo)
{
	const char *total = strstr(meminfo, "MemTotal:");
	char digits[16];
	json_int_t kib;

	if (total && sscanf(total, "MemTotal: %15[0-9] kB", digits) == 1 &&
	    facts_count(digits, &kib))
		json_object_set_new(node, "memory_kib", json_integer(kib));
}

static void each_node(const char *root, const char *path, void *arg)
{
	const char *number = strrchr(path, '/') + strlen("/node");
	char file[FILE_MAX], buf[2048];
	json_int_t n;
	json_t *node;

	if (!facts_count(number, &n))
		return;
	node = json_pack("{sI}", "node", n);
	snprintf(file, sizeof(file), "%s/cpulist", path);
	facts_set_file(node, "cpus", root, file);
	snprintf(file, sizeof(file), "%s/meminfo", path);
	if (facts_read(root, file, buf, sizeof(buf)) > 0)
		set_node_memory(node, buf);
	json_array_append_new(arg, node);
}

json_t *facts_numa(const char *root)
{
	json_t *nodes = json_array();

	facts_each(root, "/sys/devices/system/node", "node", each_node, nodes);
	return nodes;
}

static void each_cpu_throttle(const char *root, const char *path, void *arg)
{
	static const char *const names[] = { "core", "package" };
	json_t **total = arg;
	char file[FILE_MAX], buf[32];
	json_int_t n;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(file, sizeof(file), "%s/thermal_throttle/%s_throttle_count", path,
			 names[i]);
		if (facts_read(root, file, buf, sizeof(buf)) <= 0 || !facts_count(buf, &n))
			continue;
		n += json_integer_value(*total);
		json_decref(*total);
		*total = json_integer(n);
	}
}

/* A package's count is there for each of its CPUs: the sum means nothing but that it has grown. */
json_t *facts_throttled(const char *root)
{
	json_t *total = json_null();

	facts_each(root, CPUS, "cpu", each_cpu_throttle, &total);
	return total;
}

/* Thousandths of a degree; what no processor can have is a sensor that is not there. */
static void set_celsius(json_t *object, const char *key, const char *root, const char *path)
{
	char buf[16], *end;
	long milli;

	if (facts_read(root, path, buf, sizeof(buf)) <= 0)
		return;
	milli = strtol(buf, &end, 10);
	if (end > buf && !*end && milli > -60000 && milli < 200000)
		json_object_set_new(object, key, json_real((double)milli / 1000));
}

static void add_sensor(json_t *all, json_t *sensor)
{
	if (json_object_get(sensor, "celsius") && json_object_get(sensor, "sensor") &&
	    json_array_size(all) < FACTS_ROWS_MAX)
		json_array_append(all, sensor);
	json_decref(sensor);
}

/* hwmonN/tempM_input, beside which are _label and _crit. */
static void each_hwmon_file(const char *root, const char *path, void *arg)
{
	int dir = (int)(strrchr(path, '/') - path);
	const char *tail = strstr(path + dir, "_input");
	char file[FILE_MAX];
	json_t *sensor;

	if (!tail || strcmp(tail, "_input") || strncmp(path + dir, "/temp", 5))
		return;
	sensor = json_object();
	snprintf(file, sizeof(file), "%.*s/name", dir, path);
	facts_set_file(sensor, "sensor", root, file);
	snprintf(file, sizeof(file), "%.*s_label", (int)(tail - path), path);
	facts_set_file(sensor, "label", root, file);
	snprintf(file, sizeof(file), "%.*s_crit", (int)(tail - path), path);
	set_celsius(sensor, "critical", root, file);
	set_celsius(sensor, "celsius", root, path);
	add_sensor(arg, sensor);
}

static void each_hwmon(const char *root, const char *path, void *arg)
{
	facts_each(root, path, "", each_hwmon_file, arg);
}

/* thermal_zoneN: type, temp, and trip points, of which one may be called critical. */
static void each_zone(const char *root, const char *path, void *arg)
{
	json_t *sensor = json_object();
	char file[FILE_MAX], type[32];

	snprintf(file, sizeof(file), "%s/type", path);
	facts_set_file(sensor, "sensor", root, file);
	snprintf(file, sizeof(file), "%s/temp", path);
	set_celsius(sensor, "celsius", root, file);
	for (int i = 0; i < TRIPS_MAX; i++) {
		snprintf(file, sizeof(file), "%s/trip_point_%d_type", path, i);
		if (facts_read(root, file, type, sizeof(type)) <= 0 || strcmp(type, "critical"))
			continue;
		snprintf(file, sizeof(file), "%s/trip_point_%d_temp", path, i);
		set_celsius(sensor, "critical", root, file);
	}
	add_sensor(arg, sensor);
}

json_t *facts_temperatures(const char *root)
{
	json_t *all = json_array();

	facts_each(root, "/sys/class/hwmon", "hwmon", each_hwmon, all);
	facts_each(root, "/sys/class/thermal", "thermal_zone", each_zone, all);
	return all;
}

/* SPDX-License-Identifier: ISC */
/* Facts of machines that nobody has: their files below a folder, and what their xl says. */
#include "host/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CPU "/sys/devices/system/cpu/"

static char root[] = "/tmp/test-facts-XXXXXX";

static void put(const char *path, const char *text)
{
	char full[PATH_MAX];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *p = full + sizeof(root); (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(full, 0755);
		*p = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
	(void)state;
	memcpy(strrchr(root, '-') + 1, "XXXXXX", 6);
	return mkdtemp(root) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* What it is asked, and its answer. */
static const char *xl_says[][2] = {
	{ "xl info -n", "nr_cpus                : 4\nxen_version            : 4.17.9\n" },
	{ "xl dmesg", "(XEN)   XPTI (64-bit PV only): Dom0 enabled, DomU enabled (with PCID)\n" },
	{ "xl cpupool-list",
	  "Name  CPUs   Sched     Active   Domain count\nPool-0  4  credit2  y  2\n" },
	{ "xl cpupool-list -c", "Name  CPU list\nPool-0  0,1,2,3\n" },
	{ "xl list -l",
	  "[{\"domid\": 0, \"config\": {\"c_info\": {\"name\": \"Domain-0\"}}}, {\"domid\": 3, \"config\": {\"c_info\": {\"type\": \"pvh\","
	  "\"name\": \"lab\", \"uuid\": \"u\"}, \"b_info\": {\"tsc_mode\": \"native\"}}}]" },
	{ "xl list", "Name  ID Mem VCPUs State Time(s)\nDomain-0  0  1024  2  r-----  30.5\n"
		     "lab  3  256  1  -b----  2.0\nother  4  64  1  -b----  0.5\n" },
	{ "xl sched-credit2",
	  "Cpupool Pool-0: ratelimit=1000us\nName ID Weight Cap\nlab  3  128  0\n" },
	{ "xl vcpu-list", "Name ID VCPU CPU State Time(s) Affinity (Hard / Soft)\n"
			  "lab  3  0  1  -b-  2.0  1-3 / all\n" },
	{ "xenpm get-cpufreq-para", "current_governor     : ondemand\n" },
	{ NULL, NULL },
};

static int asked;

static int ask(const char *const argv[], char *buf, size_t size, void *arg)
{
	char words[128] = "";

	(void)arg;
	for (; *argv; argv++)
		snprintf(words + strlen(words), sizeof(words) - strlen(words), "%s%s",
			 *words ? " " : "", *argv);
	asked++;
	for (size_t i = 0; xl_says[i][0]; i++) {
		if (strcmp(xl_says[i][0], words))
			continue;
		assert_true((size_t)snprintf(buf, size, "%s", xl_says[i][1]) < size);
		return 0;
	}
	return -ENOENT;
}

static json_t *gather(const char *const interest[], size_t n)
{
	const struct facts_source src = { .root = root, .ask = ask };
	json_t *facts = facts_gather(&src, interest, n);

	assert_non_null(facts);
	return facts;
}

/* The part of the facts is that; NULL: it is not there. */
static void assert_part(const json_t *facts, const char *part, const char *want)
{
	const json_t *is = json_object_get(facts, part);
	json_t *j = want ? json_loads(want, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL) : NULL;
	char *text = json_dumps(is, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

	assert_true(!want == !j);
	if (want ? !json_equal(is, j) : !!is)
		fail_msg("%s is %s\nand not %s", part, text, want);
	free(text);
	json_decref(j);
}

static void test_a_native_machine(void **state)
{
	json_t *facts;

	(void)state;
	put("/proc/sys/kernel/osrelease", "6.1.0-9\n");
	put("/proc/cmdline", "root=/dev/sda1 quiet\n");
	put("/proc/sys/kernel/random/boot_id", "b-1\n");
	put("/proc/uptime", "123.45 67.00\n");
	put("/proc/cpuinfo", "processor\t: 0\nmodel name\t: Some CPU\nmicrocode\t: 0x7\n"
			     "flags\t\t: fpu constant_tsc nonstop_tsc_s3 hypervisor\n"
			     "vmx flags\t: nonstop_tsc\n\nprocessor\t: 1\nmodel name\t: Other\n");
	put("/proc/meminfo", "MemTotal:       1000 kB\nMemAvailable:   600 kB\n"
			     "SwapTotal:      200 kB\nSwapFree:       150 kB\n");
	put("/sys/devices/system/cpu/online", "0-3\n");
	put("/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
	facts = gather(NULL, 0);
	assert_part(facts, "host",
		    "{\"kernel\": \"6.1.0-9\", \"cmdline\": \"root=/dev/sda1 quiet\","
		    "\"boot_id\": \"b-1\", \"cpus_online\": \"0-3\", \"clocksource\": \"tsc\","
		    "\"uptime_s\": 123.45, \"cpu_model\": \"Some CPU\", \"microcode\": \"0x7\","
		    "\"tsc_constant\": true, \"tsc_nonstop\": false, \"virtual\": true,"
		    "\"memory_kib\": 1000, \"memory_available_kib\": 600,"
		    "\"swap_kib\": 200, \"swap_free_kib\": 150}");
	assert_part(facts, "emulated", "false");
	assert_part(facts, "facts", "1");
	assert_part(facts, "xen", NULL);
	json_decref(facts);
}

static void test_load(void **state)
{
	json_t *facts;

	(void)state;
	put("/proc/loadavg", "1.50 0.25 10.00 3/120 4567\n");
	put("/proc/stat", "cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n");
	put("/proc/pressure/cpu", "some avg10=0.00 avg60=0.10 avg300=0.00 total=4711\n"
				  "full avg10=0.00 avg60=0.00 avg300=0.00 total=1\n");
	facts = gather(NULL, 0);
	assert_part(facts, "load",
		    "{\"load_1min\": 1.5, \"load_5min\": 0.25, \"load_15min\": 10.0,"
		    "\"pressure_us\": 4711, \"ticks\": {\"user\": 1, \"nice\": 2, \"system\": 3,"
		    "\"idle\": 4, \"iowait\": 5, \"irq\": 6, \"softirq\": 7, \"steal\": 8}}");
	json_decref(facts);
}

static void test_processors(void **state)
{
	json_t *facts;

	(void)state;
	put(CPU "cpu0/cpufreq/scaling_driver", "intel_pstate\n");
	put(CPU "cpu0/cpufreq/scaling_governor", "powersave\n");
	put(CPU "cpu1/cpufreq/scaling_governor", "performance\n");
	put(CPU "cpu10/cpufreq/scaling_governor", "powersave\n");
	put(CPU "cpufreq/scaling_governor", "not a processor\n");
	put(CPU "intel_pstate/no_turbo", "1\n");
	put(CPU "smt/control", "on\n");
	put(CPU "smt/active", "1\n");
	put(CPU "vulnerabilities/meltdown", "Mitigation: PTI\n");
	put(CPU "vulnerabilities/l1tf", "Not affected\n");
	put(CPU "cpu0/thermal_throttle/core_throttle_count", "3\n");
	put(CPU "cpu0/thermal_throttle/package_throttle_count", "4\n");
	put(CPU "cpu1/thermal_throttle/core_throttle_count", "0\n");
	put("/sys/devices/system/node/node0/cpulist", "0-1\n");
	put("/sys/devices/system/node/node0/meminfo", "Node 0 MemTotal:       512 kB\n");
	put("/sys/devices/system/node/node1/cpulist", "2-3\n");
	facts = gather(NULL, 0);
	assert_part(facts, "frequency",
		    "{\"by\": \"linux\", \"driver\": \"intel_pstate\", \"turbo\": false,"
		    "\"governors\": {\"powersave\": 2, \"performance\": 1}}");
	assert_part(facts, "smt", "{\"control\": \"on\", \"active\": true}");
	assert_part(facts, "mitigations",
		    "{\"meltdown\": \"Mitigation: PTI\", \"l1tf\": \"Not affected\"}");
	assert_part(facts, "throttled", "7");
	assert_part(facts, "numa",
		    "[{\"node\": 0, \"cpus\": \"0-1\", \"memory_kib\": 512},"
		    "{\"node\": 1, \"cpus\": \"2-3\"}]");
	json_decref(facts);
}

static void test_temperatures(void **state)
{
	json_t *facts;

	(void)state;
	put("/sys/class/hwmon/hwmon1/name", "coretemp\n");
	put("/sys/class/hwmon/hwmon1/temp1_input", "45500\n");
	put("/sys/class/hwmon/hwmon1/temp1_label", "Package id 0\n");
	put("/sys/class/hwmon/hwmon1/temp1_crit", "100000\n");
	put("/sys/class/hwmon/hwmon1/temp2_input", "-274000\n");
	put("/sys/class/hwmon/hwmon1/fan1_input", "900\n");
	put("/sys/class/hwmon/hwmon2/temp1_input", "1000\n");
	put("/sys/class/thermal/thermal_zone0/type", "acpitz\n");
	put("/sys/class/thermal/thermal_zone0/temp", "30000\n");
	put("/sys/class/thermal/thermal_zone0/trip_point_0_type", "passive\n");
	put("/sys/class/thermal/thermal_zone0/trip_point_0_temp", "70000\n");
	put("/sys/class/thermal/thermal_zone0/trip_point_1_type", "critical\n");
	put("/sys/class/thermal/thermal_zone0/trip_point_1_temp", "90000\n");
	facts = gather(NULL, 0);
	assert_part(
		facts, "temperatures",
		"[{\"sensor\": \"coretemp\", \"label\": \"Package id 0\", \"celsius\": 45.5, \"critical\": 100.0},"
		"{\"sensor\": \"acpitz\", \"celsius\": 30.0, \"critical\": 90.0}]");
	json_decref(facts);
}

static void test_nothing_is_guessed(void **state)
{
	static const char *const all[] = {
		"load", "mitigations",	"smt",	     "frequency", "numa",
		"xen",	"temperatures", "throttled", "domains",	  "host"
	};
	json_t *facts = gather(NULL, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		assert_part(facts, all[i], NULL);
	json_decref(facts);
}

static void test_files_of_junk(void **state)
{
	static const char *const junk[] = { "",
					    "\n",
					    "-1\n",
					    "99999999999999999999\n",
					    "\033[2J\377\n",
					    "cpu \n",
					    "some total=\n",
					    "some total=-5\n",
					    ": : :\nflags\n" };
	static const char *const files[] = {
		"/proc/uptime",
		"/proc/cpuinfo",
		"/proc/meminfo",
		"/proc/loadavg",
		"/proc/stat",
		"/proc/pressure/cpu",
		"/proc/cmdline",
		CPU "smt/active",
		CPU "cpufreq/boost",
		CPU "cpu0/thermal_throttle/core_throttle_count",
		CPU "cpu0/cpufreq/scaling_governor",
		"/sys/devices/system/node/node0/meminfo",
		"/sys/class/hwmon/hwmon0/temp1_input",
		"/sys/class/thermal/thermal_zone0/temp",
		CPU "vulnerabilities/x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(junk) / sizeof(*junk); i++) {
		json_t *facts;
		char *text;

		for (size_t k = 0; k < sizeof(files) / sizeof(*files); k++)
			put(files[k], junk[i]);
		facts = gather(NULL, 0);
		text = json_dumps(facts, 0);
		assert_non_null(text);
		assert_null(strpbrk(text, "\033\377"));
		free(text);
		assert_part(facts, "throttled", NULL);
		assert_part(facts, "temperatures", NULL);
		assert_null(json_object_get(json_object_get(facts, "load"), "pressure_us"));
		json_decref(facts);
	}
}

static void test_dom0(void **state)
{
	static const char *const interest[] = { "lab" };
	json_t *facts;

	(void)state;
	put("/proc/xen/capabilities", "control_d\n");
	put(CPU "cpu0/cpufreq/scaling_governor", "dom0's own\n");
	facts = gather(interest, 1);
	assert_part(
		facts, "xen",
		"{\"version\": \"4.17.9\", \"cpus\": 4, \"xpti\": {\"dom0\": true, \"domu\": true},"
		"\"pools\": [{\"name\": \"Pool-0\", \"scheduler\": \"credit2\", \"cpu_count\": 4,"
		"\"domain_count\": 2, \"cpus\": \"0,1,2,3\", \"parameters\": {\"ratelimit\": \"1000us\"}}]}");
	assert_part(
		facts, "domains",
		"[{\"domid\": 0, \"name\": \"Domain-0\", \"state\": \"running\", \"memory_mib\": 1024, \"vcpus\": 2,"
		"\"cpu_s\": 30.5, \"measured\": false},"
		"{\"domid\": 3, \"name\": \"lab\", \"uuid\": \"u\", \"asked\": \"pvh\", \"state\": \"running\","
		"\"memory_mib\": 256, \"vcpus\": 1, \"cpu_s\": 2.0, \"tsc_mode\": \"native\", \"measured\": true,"
		"\"pool\": \"Pool-0\", \"weight\": 128, \"cap\": 0,"
		"\"affinity\": [{\"vcpu\": 0, \"cpu\": 1, \"hard\": \"1-3\", \"soft\": \"all\"}]},"
		"{\"domid\": 4, \"name\": \"other\", \"state\": \"running\", \"memory_mib\": 64, \"vcpus\": 1,"
		"\"cpu_s\": 0.5, \"measured\": false}]");
	assert_part(facts, "frequency", "{\"by\": \"xen\", \"governors\": {\"ondemand\": 1}}");
	json_decref(facts);
}

/* Natively xl is not even called; in dom0 it may say nothing at all. */
static void test_xl_is_asked_in_dom0_alone(void **state)
{
	const struct facts_source deaf = { .root = root };
	json_t *facts;

	(void)state;
	asked = 0;
	json_decref(gather(NULL, 0));
	put("/proc/xen/capabilities", "\n");
	json_decref(gather(NULL, 0));
	assert_int_equal(asked, 0);
	put("/proc/xen/capabilities", "control_d\n");
	facts = facts_gather(&deaf, NULL, 0);
	assert_part(facts, "xen", NULL);
	json_decref(facts);
	xl_says[0][0] = NULL;
	facts = gather(NULL, 0);
	assert_part(facts, "xen", "{\"pools\": []}");
	assert_part(facts, "domains", "[]");
	json_decref(facts);
	assert_true(asked > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ON_FILES(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		ON_FILES(test_a_native_machine),
		ON_FILES(test_load),
		ON_FILES(test_processors),
		ON_FILES(test_temperatures),
		ON_FILES(test_nothing_is_guessed),
		ON_FILES(test_files_of_junk),
		ON_FILES(test_dom0),
		ON_FILES(test_xl_is_asked_in_dom0_alone),
	};

	return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}

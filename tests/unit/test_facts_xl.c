/* SPDX-License-Identifier: ISC */
/* What xl prints, in the forms of xl(1) of Xen 4.17, for machines that nobody has. */
#include "host/facts_xl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/facts_parts.h"

/* Parsers change their text, and it must be their own bytes that they stay in. */
static char *copy(const char *text)
{
	char *own = strdup(text);

	assert_non_null(own);
	return own;
}

static json_t *parse(json_t *(*parser)(char *text), const char *text)
{
	char *own = copy(text);
	json_t *j = parser(own);

	free(own);
	assert_non_null(j);
	return j;
}

static void parse_into(void (*parser)(char *text, json_t *j), const char *text, json_t *j)
{
	char *own = copy(text);

	parser(own, j);
	free(own);
}

/* Compares, and frees what is. */
static void assert_json(json_t *is, const char *want)
{
	json_t *j = json_loads(want, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	char *text = json_dumps(is, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

	assert_non_null(j);
	if (!json_equal(is, j))
		fail_msg("%s\nand not %s", text, want);
	free(text);
	json_decref(j);
	json_decref(is);
}

static json_t *domains(void)
{
	return json_loads("[{\"domid\": 0}, {\"domid\": 7}, {\"domid\": 12}]", 0, NULL);
}

static void test_info(void **state)
{
	(void)state;
	assert_json(
		parse(facts_xl_info, "host                   : lab\n"
				     "nr_cpus                : 8\n"
				     "nr_nodes               : 2\n"
				     "threads_per_core       : 2\n"
				     "cpu_mhz                : 3100.250\n"
				     "virt_caps              : pv hvm hap\n"
				     "total_memory           : 16000\n"
				     "cpu_topology           :\n"
				     "cpu:    core    socket     node\n"
				     "  0:       0        0        0\n"
				     "device topology        :\n"
				     "device           node\n"
				     "0000:00:1f.2      1\n"
				     "numa_info              :\n"
				     "node:    memsize    memfree    distances\n"
				     "   0:      8192       6000      10,21\n"
				     "   1:      8192        100      21,10\n"
				     "xen_version            : 4.17.9-x\n"
				     "xen_scheduler          : credit2\n"
				     "xen_commandline        : dom0_mem=2G,max:2G a=b:c\n"),
		"{\"cpus\": 8, \"nodes\": 2, \"threads_per_core\": 2, \"cpu_mhz\": \"3100.250\","
		"\"virt_caps\": \"pv hvm hap\", \"total_memory_mib\": 16000, \"version\": \"4.17.9-x\","
		"\"scheduler\": \"credit2\", \"cmdline\": \"dom0_mem=2G,max:2G a=b:c\", \"numa\": ["
		"{\"node\": 0, \"memory_mib\": 8192, \"free_mib\": 6000, \"distances\": \"10,21\"},"
		"{\"node\": 1, \"memory_mib\": 8192, \"free_mib\": 100, \"distances\": \"21,10\"}]}");
}

static void test_dmesg(void **state)
{
	json_t *xen = json_object();

	(void)state;
	parse_into(
		facts_xl_dmesg,
		"(XEN) Xen version 4.17.9 (somebody@where) (gcc) debug=n Mon Jan 1\n"
		"(XEN) Speculative mitigation facilities:\n"
		"(XEN)   Hardware features: IBPB STIBP\n"
		"(XEN)   Xen settings: BTI-Thunk: RETPOLINE, SPEC_CTRL: IBRS-, Other: IBPB-ctxt\n"
		"(XEN)   Support for PV VMs: RSB EAGER_FPU\n"
		"(XEN)   XPTI (64-bit PV only): Dom0 disabled, DomU enabled (with PCID)\n"
		"(XEN) Platform timer is 14.318MHz HPET\n"
		"(XEN) [  4.5] Switched to Platform timer 2.5GHz TSC\n"
		"(d7)   Xen settings: a guest's words\n"
		"(d7) (XEN) XPTI (64-bit PV only): Dom0 enabled, DomU disabled\n",
		xen);
	assert_json(
		xen,
		"{\"debug\": false, \"platform_timer\": \"2.5GHz TSC\","
		"\"xpti\": {\"dom0\": false, \"domu\": true}, \"spec_ctrl\": {"
		"\"hardware_features\": \"IBPB STIBP\", \"pv_support\": \"RSB EAGER_FPU\","
		"\"xen_settings\": \"BTI-Thunk: RETPOLINE, SPEC_CTRL: IBRS-, Other: IBPB-ctxt\"}}");
}

static void test_pools(void **state)
{
	json_t *pools =
		parse(facts_xl_pools, "Name               CPUs   Sched     Active   Domain count\n"
				      "Pool-0               3    credit2       y          2\n"
				      "my pool              1       rtds       y          1\n"
				      "empty                0     credit       y          0\n");

	(void)state;
	parse_into(facts_xl_pool_cpus,
		   "Name               CPU list\nPool-0             0,1,3\n"
		   "my pool            2\nempty              \nother  4\n",
		   pools);
	assert_json(pools, "[{\"name\": \"Pool-0\", \"cpu_count\": 3, \"scheduler\": \"credit2\","
			   "\"domain_count\": 2, \"cpus\": \"0,1,3\"},"
			   "{\"name\": \"my pool\", \"cpu_count\": 1, \"scheduler\": \"rtds\","
			   "\"domain_count\": 1, \"cpus\": \"2\"},"
			   "{\"name\": \"empty\", \"cpu_count\": 0, \"scheduler\": \"credit\","
			   "\"domain_count\": 0}]");
}

static void test_sched(void **state)
{
	json_t *pools =
		json_loads("[{\"name\": \"Pool-0\"}, {\"name\": \"b: c\"}, {\"name\": \"p\"}]", 0,
			   NULL);
	json_t *all = domains();
	char *text = copy("Cpupool Pool-0: tslice=30ms ratelimit=1000us migration-delay=0us\n"
			  "Name                                ID Weight  Cap\n"
			  "Domain-0                             0    512    0\n"
			  "two words                            7    256   50\n"
			  "somebody else's                      9    256   50\n"
			  "Cpupool p: sched=RTDS\n"
			  "Name                                ID    Period    Budget  Extratime\n"
			  "third                               12     10000      4000        yes\n"
			  "Cpupool b: [sched params unavailable]\n");

	(void)state;
	facts_xl_sched(text, pools, all);
	free(text);
	assert_json(
		pools,
		"[{\"name\": \"Pool-0\", \"parameters\": {\"tslice\": \"30ms\","
		"\"ratelimit\": \"1000us\", \"migration-delay\": \"0us\"}}, {\"name\": \"b: c\"},"
		"{\"name\": \"p\", \"parameters\": {\"sched\": \"RTDS\"}}]");
	assert_json(all,
		    "[{\"domid\": 0, \"pool\": \"Pool-0\", \"weight\": 512, \"cap\": 0},"
		    "{\"domid\": 7, \"pool\": \"Pool-0\", \"weight\": 256, \"cap\": 50},"
		    "{\"domid\": 12, \"pool\": \"p\", \"period_us\": 10000, \"budget_us\": 4000,"
		    "\"extratime\": \"yes\"}]");
}

static void test_vcpus(void **state)
{
	json_t *all = domains();

	(void)state;
	parse_into(
		facts_xl_vcpus,
		"Name                                ID  VCPU   CPU State   Time(s) Affinity (Hard / Soft)\n"
		"Domain-0                             0     0    0   r--      31.4  0 / all\n"
		"a / b                                7     0    3   -b-       2.0  2-3,5 / none\n"
		"a / b                                7     1    -   --p       0.0  all / all\n"
		"other                                9     0    1   -b-       0.0  all / all\n",
		all);
	assert_json(
		all,
		"[{\"domid\": 0, \"affinity\": [{\"vcpu\": 0, \"cpu\": 0, \"hard\": \"0\", \"soft\": \"all\"}]},"
		"{\"domid\": 7, \"affinity\": ["
		"{\"vcpu\": 0, \"cpu\": 3, \"hard\": \"2-3,5\", \"soft\": \"none\"},"
		"{\"vcpu\": 1, \"hard\": \"all\", \"soft\": \"all\"}]}, {\"domid\": 12}]");
}

static void test_xenpm(void **state)
{
	(void)state;
	assert_json(parse(facts_xenpm, "cpu id               : 0\n"
				       "scaling_driver       : acpi-cpufreq\n"
				       "scaling_avail_gov    : userspace performance ondemand\n"
				       "current_governor     : ondemand\n"
				       "  ondemand specific  :\n"
				       "turbo mode           : enabled\n\n"
				       "cpu id               : 1\n"
				       "current_governor     : performance\n"
				       "cpu id               : 2\n"
				       "current_governor     : ondemand\n"),
		    "{\"by\": \"xen\", \"driver\": \"acpi-cpufreq\", \"turbo\": true,"
		    "\"governors\": {\"ondemand\": 2, \"performance\": 1}}");
	assert_json(parse(facts_xenpm, "turbo mode           : disabled or n/a\n"),
		    "{\"by\": \"xen\", \"turbo\": false}");
}

static const char *const junk[] = {
	"",
	"\n",
	"\n\n\n",
	" ",
	":",
	" : : \n",
	"x",
	"a b c d e f g h i j k l m n o p\n",
	"Name\nName\n",
	"Name ID\n 0\n",
	"Cpupool \nCpupool :\nCpupool : \nCpupool x: =\n=a =\n",
	"Name Weight\nz 0\n",
	"h\n / \n / / \na / b\n 0 0 0 0 0 0 / \n",
	"h\n99999999999999999999 y 1 y 9\n",
	"h\na -1 credit y 1\n",
	"numa_info\n0: 1 2 3\n-1: 1 1 1\n99999: 1 2 3,\n",
	"(XEN) \n(XEN) Xen version \n",
	"(XEN) XPTI (64-bit PV only):\n(XEN) XPTI (64-bit PV only): Dom0 , DomU\n(XEN) Xen settings:\n",
	"scaling_driver\ncurrent_governor :\nturbo mode\n",
	"\377\376 : \377\n(XEN) Xen settings: \033[2J\n",
};

static void assert_plain(const json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT);

	assert_non_null(text);
	assert_null(strpbrk(text, "\033\377"));
	assert_null(strstr(text, "\\u"));
	free(text);
}

/* Nothing of it is a fact. What a terminal would obey is not kept. */
static void test_junk(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(junk) / sizeof(*junk); i++) {
		json_t *xen = json_object(), *pools = json_loads("[{\"name\": \"x\"}]", 0, NULL);
		json_t *all = domains();
		char *text = copy(junk[i]);

		json_decref(parse(facts_xl_info, junk[i]));
		assert_json(parse(facts_xl_pools, junk[i]), "[]");
		parse_into(facts_xl_pool_cpus, junk[i], pools);
		facts_xl_sched(text, pools, all);
		free(text);
		assert_json(pools, "[{\"name\": \"x\"}]");
		parse_into(facts_xl_vcpus, junk[i], all);
		assert_json(all, "[{\"domid\": 0}, {\"domid\": 7}, {\"domid\": 12}]");
		json_decref(parse(facts_xenpm, junk[i]));
		parse_into(facts_xl_dmesg, junk[i], xen);
		assert_plain(xen);
		json_decref(xen);
	}
}

static void test_bounds(void **state)
{
	enum { LINES = 3 * FACTS_ROWS_MAX };
	static const char row[] = "a 1 y y 1\n";
	size_t len = LINES * (sizeof(row) - 1);
	char *text = malloc(len + 1);
	json_t *j;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < LINES; i++)
		memcpy(text + i * (sizeof(row) - 1), row, sizeof(row));
	j = facts_xl_pools(text);
	assert_int_equal(json_array_size(j), FACTS_ROWS_MAX);
	json_decref(j);
	memset(text, 'x', len);
	memcpy(text, "xen_version : ", 14);
	text[len] = '\0';
	j = facts_xl_info(text);
	assert_int_equal(json_string_length(json_object_get(j, "version")), FACTS_TEXT_MAX);
	json_decref(j);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_info),  cmocka_unit_test(test_dmesg),
		cmocka_unit_test(test_pools), cmocka_unit_test(test_sched),
		cmocka_unit_test(test_vcpus), cmocka_unit_test(test_xenpm),
		cmocka_unit_test(test_junk),  cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests_name("facts_xl", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* The kernel command line. */
#include "init/param.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct param params[PARAM_COUNT];
static char complaints[PARAM_LINE];

static void complain(const char *word)
{
	size_t len = strlen(complaints);

	snprintf(complaints + len, sizeof(complaints) - len, "%s;", word);
}

static void parse(const char *line)
{
	static char copy[PARAM_LINE];

	assert_true(strlen(line) < sizeof(copy));
	strcpy(copy, line);
	complaints[0] = '\0';
	memset(params, 0xff, sizeof(params));
	param_parse(params, copy, complain);
}

/* "workload=bench net=..." in the order of the table, only what is set. */
static const char *all_set(void)
{
#define NAME(id, name, value, text) name,
	static const char *const names[] = { PARAMS(NAME) };
#undef NAME
	static char all[PARAM_LINE * 2];

	all[0] = '\0';
	for (int i = 0; i < PARAM_COUNT; i++) {
		if (!params[i].set) {
			assert_string_equal(params[i].value, "");
			continue;
		}
		if (*all)
			strcat(all, " ");
		strcat(all, names[i]);
		strcat(all, "=");
		strcat(all, params[i].value);
	}
	return all;
}

static void lines(void **unused)
{
	static const struct {
		const char *line, *set, *complaints;
	} cases[] = {
		{ "", "", "" },
		{ "\n", "", "" },
		{ "console=hvc0 quiet root=/dev/xvda1 ro\n", "", "" },
		{ "xlab.workload=bench,quick", "workload=bench,quick", "" },
		{ "xlab.mode=pvh", "mode=pvh", "" },
		{ "xlab.net=eth0,dhcp", "net=eth0,dhcp", "" },
		{ "xlab.link=ttyS1", "link=ttyS1", "" },
		{ "xlab.hostname=box", "hostname=box", "" },
		{ "xlab.watchdog=30", "watchdog=30", "" },
		{ "xlab.rescue", "rescue=", "" },
		{ "xlab.rescue=", "rescue=", "" },
		{ "xlab.verbose\n", "verbose=", "" },
		{ "a xlab.mode=hvm b xlab.workload=x", "workload=x mode=hvm", "" },
		{ "xlab.mode=a=b", "mode=a=b", "" },
		{ "xlab.workload=\"a b\"", "workload=a b", "" },
		{ "\"xlab.workload=a b\" c", "workload=a b", "" },
		{ "xlab.workload=\"a b", "workload=a b", "" },
		{ "x=\"y xlab.mode=pv\"", "", "" },
		{ "xlab.mode=pv xlab.mode=hvm", "mode=hvm", "" },
		{ "xlab.mode=long xlab.mode=", "mode=", "" },
		{ "xlab.net=a,dhcp xlab.net=b,dhcp xlab.net=\"c d\"", "net=a,dhcp b,dhcp c d", "" },
		{ "xlab.net= xlab.net=a", "net=a", "" },
		{ "xlab.nonsense=1 xlab.mode=pv", "mode=pv", "xlab.nonsense=1;" },
		{ "xlab.", "", "xlab.;" },
		{ "xlab.=1", "", "xlab.=1;" },
		{ "xlab.mod=1 xlab.modes=1 xlab.Mode=1", "",
		  "xlab.mod=1;xlab.modes=1;xlab.Mode=1;" },
		{ "xlab xlabmode=1 Xlab.mode=1 -xlab.mode=1", "", "" },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		parse(cases[i].line);
		assert_string_equal(all_set(), cases[i].set);
		assert_string_equal(complaints, cases[i].complaints);
	}
}

static void single_user(void **unused)
{
	static const char *const yes[] = { "single",	"S",	      "s",	     "1",
					   "emergency", "a single b", "ro single\n", "\"single\"" };
	static const char *const no[] = { "Single", "singles", "single=1",	   "11",
					  "ss",	    "rescue",  "x=\"a single b\"", "root=single" };

	(void)unused;
	for (size_t i = 0; i < COUNT(yes); i++) {
		parse(yes[i]);
		assert_string_equal(all_set(), "rescue=");
		assert_string_equal(complaints, "");
	}
	for (size_t i = 0; i < COUNT(no); i++) {
		parse(no[i]);
		assert_string_equal(all_set(), "");
	}
}

/* " xlab.KEY=aaa...", with so long a value. */
static void add_long(char *line, const char *key, size_t len)
{
	size_t at;

	strcat(line, key);
	at = strlen(line);
	memset(line + at, 'a', len);
	line[at + len] = '\0';
}

static void too_long(void **unused)
{
	char line[PARAM_LINE] = "";

	(void)unused;
	add_long(line, " xlab.mode=", PARAM_VALUE - 1);
	parse(line);
	assert_int_equal(strlen(params[PARAM_MODE].value), PARAM_VALUE - 1);
	assert_string_equal(complaints, "");
	add_long(line, " xlab.mode=", PARAM_VALUE);
	parse(line);
	assert_int_equal(strlen(params[PARAM_MODE].value), PARAM_VALUE - 1);
	assert_int_equal(strlen(complaints), strlen("xlab.mode=;") + PARAM_VALUE);
	strcpy(line, "xlab.mode=");
	add_long(line, "", PARAM_VALUE);
	parse(line);
	assert_string_equal(all_set(), "");
}

/* A specification that does not fit any more leaves those before it as they are. */
static void net_is_full(void **unused)
{
	char line[PARAM_LINE] = "";

	(void)unused;
	add_long(line, " xlab.net=", PARAM_VALUE - 4);
	strcat(line, " xlab.net=bcd");
	parse(line);
	assert_int_equal(strlen(params[PARAM_NET].value), PARAM_VALUE - 4);
	assert_string_equal(complaints, "xlab.net=bcd;");
	strcat(line, " xlab.net=bc");
	parse(line);
	assert_int_equal(strlen(params[PARAM_NET].value), PARAM_VALUE - 1);
	assert_string_equal(params[PARAM_NET].value + PARAM_VALUE - 4, " bc");
	assert_string_equal(complaints, "xlab.net=bcd;");
}

static void variables(void **unused)
{
	static const char *const names[PARAM_COUNT] = {
		"XLAB_WORKLOAD", "XLAB_MODE",	  "XLAB_NET",	 "XLAB_LINK",
		"XLAB_HOSTNAME", "XLAB_WATCHDOG", "XLAB_RESCUE", "XLAB_VERBOSE",
	};

	(void)unused;
	for (int i = 0; i < PARAM_COUNT; i++)
		assert_string_equal(param_variable((enum param_id)i), names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),     cmocka_unit_test(single_user),
		cmocka_unit_test(too_long),  cmocka_unit_test(net_is_full),
		cmocka_unit_test(variables),
	};

	return cmocka_run_group_tests_name("init_param", tests, NULL, NULL);
}

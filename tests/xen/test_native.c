/* SPDX-License-Identifier: ISC */
/* The image booted with no hypervisor: from power-on to stored results. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/proc.h"

static void native_runs(void **state)
{
	const char *const run[] = { "build/host/xlab",
				    "run",
				    "--run",
				    "check-native",
				    "--out",
				    "build/check/native",
				    "xen-configs/demo.domain",
				    NULL };
	const char *const report[] = { "build/host/xlab",
				       "report",
				       "--json=build/check/native/report.json",
				       "--html",
				       "build/check/native/report.html",
				       "build/check/native/results.sqlite",
				       NULL };
	const char *const check[] = { "/usr/bin/jsonschema", "-i", "build/check/native/report.json",
				      "docs/report.schema.json", NULL };
	const struct proc_opts opts = { .out = STDERR_FILENO, .deadline_ms = 5 * 60 * 1000 };
	static char page[1 << 20];

	(void)state;
	proc_run((const char *const[]){ "rm", "-rf", "build/check/native", NULL }, NULL);
	proc_run((const char *const[]){ "mkdir", "-p", "build/check", NULL }, NULL);
	assert_int_equal(proc_run(run, &opts), 0);
	assert_int_equal(proc_run(report, &opts), 0);
	assert_int_equal(proc_run(check, &opts), 0);
	assert_int_equal(
		proc_capture((const char *const[]){ "cat", "build/check/native/report.html", NULL },
			     page, sizeof(page), NULL),
		0);
	assert_non_null(strstr(page, "<svg"));
	assert_non_null(strstr(page, "EMULATED"));
	/* Nothing in it is fetched from elsewhere. */
	assert_null(strstr(page, "src="));
	assert_null(strstr(page, "href=\"http"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(native_runs) };

	return cmocka_run_group_tests_name("native", tests, NULL, NULL);
}

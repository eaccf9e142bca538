/* SPDX-License-Identifier: ISC */
/*
 * The real xlab-init on a real Xen host in a box, with the xenstored that $XENSTORED names, as its
 * users meet it: console, ssh, xl reboot and xl shutdown in each mode; and what it does when
 * xenstored does not answer any more. One testbed serves until xenstored is killed. What a test does is in
 * the script beside this file that it runs in dom0.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/xen/box.h"

static char box[64], share[64];

#define DOM0(minutes, ...) IN_DOM0(box, minutes, __VA_ARGS__)

static int setup(void **state)
{
	const char *daemon = getenv("XENSTORED");

	(void)state;
	daemon = daemon ? daemon : "xenstored";
	snprintf(box, sizeof(box), "build/testbed/init-%s", daemon);
	snprintf(share, sizeof(share), "build/check/init-%s", daemon);
	if (RUN(1, "rm", "-rf", share) || RUN(1, "mkdir", "-p", share) ||
	    RUN(1, "cp", "-t", share, XLAB, "build/image/xlab.img", "build/test/domain_state",
		"xen-configs/demo.domain", "tests/xen/init-guest.sh", "tests/xen/init-mode.sh",
		"tests/xen/init-hung.sh", "tests/xen/init-killed.sh", "tests/xen/init-watchdog.sh", "tests/xen/init-console.exp",
		"tests/xen/init-shell.exp"))
		return -1;
	if (RUN(10, XLAB, "testbed", "up", "--dir", box, "--share", share, "--xenstored", daemon))
		return -1;
	return DOM0(1, "cp", "/xlab/xlab.img", "/tmp");
}

static int teardown(void **state)
{
	(void)state;
	return RUN(1, XLAB, "testbed", "down", "--dir", box);
}

static void serves_its_users(void **state)
{
	const char *mode = *state;

	assert_int_equal(DOM0(15, "/xlab/init-mode.sh", mode), 0);
}

static void survives_faults_and_is_watched(void **state)
{
	const char *mode = *state;

	assert_int_equal(DOM0(10, "/xlab/init-watchdog.sh", mode), 0);
}

static void ends_while_xenstored_hangs(void **state)
{
	const char *mode = *state;

	assert_int_equal(DOM0(10, "/xlab/init-hung.sh", mode), 0);
}

static void ends_without_xenstored(void **state)
{
	const char *mode = *state;

	assert_int_equal(DOM0(10, "/xlab/init-killed.sh", mode), 0);
}

#define TEST(does, name, mode) \
	{ \
		name " " mode, does, NULL, NULL, (void *)(uintptr_t)mode \
	}

int main(void)
{
	const struct CMUnitTest direct[] = {
		TEST(serves_its_users, "mode", "pv"),
		TEST(serves_its_users, "mode", "pvh"),
		TEST(survives_faults_and_is_watched, "watchdog", "pv"),
		TEST(ends_while_xenstored_hangs, "xenstored hangs", "pv"),
		TEST(ends_while_xenstored_hangs, "xenstored hangs", "pvh"),
		/* the last */
		TEST(ends_without_xenstored, "xenstored killed", "pv"),
	};
	const struct CMUnitTest firmware[] = {
		TEST(serves_its_users, "mode", "pvhvm"),
		TEST(serves_its_users, "mode", "hvm"),
		TEST(survives_faults_and_is_watched, "watchdog", "pvh"),
		TEST(ends_while_xenstored_hangs, "xenstored hangs", "pvhvm"),
		TEST(ends_while_xenstored_hangs, "xenstored hangs", "hvm"),
		/* the last */
		TEST(ends_without_xenstored, "xenstored killed", "pvh"),
	};
	int failed = cmocka_run_group_tests_name("init", direct, setup, teardown);

	return failed + cmocka_run_group_tests_name("init, HVM", firmware, setup, teardown);
}

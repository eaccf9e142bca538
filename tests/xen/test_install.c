/* SPDX-License-Identifier: ISC */
/*
 * xlab image install and wrap on a real Xen host in a box, on real logical volumes, which then boot
 * in the modes that the lab asks for. What a test does is in the script that it runs in dom0.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/xen/box.h"

#define BOX "build/testbed/install"
#define SHARE "build/check/install"

#define DOM0(minutes, ...) IN_DOM0(BOX, minutes, __VA_ARGS__)

static int setup(void **state)
{
	(void)state;
	if (RUN(1, "rm", "-rf", SHARE) || RUN(1, "mkdir", "-p", SHARE) ||
	    RUN(1, "cp", "-t", SHARE, XLAB, "build/image/xlab.img", "tests/xen/lvm.sh",
		"tests/xen/install.sh", "tests/xen/wrap.sh", "tests/xen/disk-console.exp",
		"tests/xen/init-shell.exp"))
		return -1;
	return RUN(10, XLAB, "testbed", "up", "--dir", BOX, "--share", SHARE);
}

static int teardown(void **state)
{
	(void)state;
	return RUN(1, XLAB, "testbed", "down", "--dir", BOX);
}

static void installs_on_a_logical_volume(void **state)
{
	(void)state;
	assert_int_equal(DOM0(10, "/xlab/install.sh"), 0);
}

static void wraps_a_root_volume(void **state)
{
	(void)state;
	assert_int_equal(DOM0(10, "/xlab/wrap.sh"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(installs_on_a_logical_volume),
		cmocka_unit_test(wraps_a_root_volume),
	};

	return cmocka_run_group_tests_name("install", tests, setup, teardown);
}

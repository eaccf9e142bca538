/* SPDX-License-Identifier: ISC */
/*
 * xlab start, stop, list and console on a real Xen host in a box: every way to boot, every path to
 * a disk that is in use, and races for one. What a test does is in start.sh, which runs in dom0.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/xen/box.h"

#define BOX "build/testbed/start"
#define SHARE "build/check/start"

#define DOM0(minutes, ...) IN_DOM0(BOX, minutes, __VA_ARGS__)

static int setup(void **state)
{
	(void)state;
	if (RUN(1, "rm", "-rf", SHARE) || RUN(1, "mkdir", "-p", SHARE) ||
	    RUN(1, "cp", "-t", SHARE, XLAB, "build/image/xlab.img", "xen-configs/demo.domain",
		"tests/xen/start.sh", "tests/xen/start-lvm.sh",
		"tests/xen/lvm.sh", "tests/xen/start-console.exp", "tests/xen/init-shell.exp"))
		return -1;
	return RUN(10, XLAB, "testbed", "up", "--dir", BOX, "--share", SHARE);
}

static int teardown(void **state)
{
	(void)state;
	return RUN(1, XLAB, "testbed", "down", "--dir", BOX);
}

struct boot {
	const char *mode, *how;
};

static void starts_and_stops(void **state)
{
	const struct boot *b = *state;

	assert_int_equal(DOM0(10, "/xlab/start.sh", "mode", b->mode, b->how), 0);
}

static void starts_converted_configs(void **state)
{
	(void)state;
	assert_int_equal(DOM0(10, "/xlab/start.sh", "convert"), 0);
}

static void refuses_a_disk_in_use(void **state)
{
	(void)state;
	assert_int_equal(DOM0(10, "/xlab/start.sh", "twice"), 0);
}

static void knows_a_logical_volume(void **state)
{
	(void)state;
	assert_int_equal(DOM0(10, "/xlab/start-lvm.sh"), 0);
}

static void lets_one_win(void **state)
{
	(void)state;
	assert_int_equal(DOM0(25, "/xlab/start.sh", "race"), 0);
}

#define BOOT(mode, how) \
	{ \
		"start " mode " " how, starts_and_stops, NULL, NULL, &(struct boot) \
		{ \
			mode, how \
		} \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOOT("pv", "direct"),
		BOOT("pv", "pygrub"),
		BOOT("pvh", "direct"),
		BOOT("pvh", "pygrub"),
		BOOT("pvhvm", "direct"),
		BOOT("hvm", "direct"),
		cmocka_unit_test(starts_converted_configs),
		cmocka_unit_test(refuses_a_disk_in_use),
		cmocka_unit_test(knows_a_logical_volume),
		cmocka_unit_test(lets_one_win),
	};

	return cmocka_run_group_tests_name("start", tests, setup, teardown);
}

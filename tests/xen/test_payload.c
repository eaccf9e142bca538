/* SPDX-License-Identifier: ISC */
/*
 * Payload disks on a real Xen host in a box: in each mode a guest has the payloads that its
 * description names; a PV guest serves a page from one with nginx, and a PVH guest compiles and
 * runs a program with Java from another. What a test does is in payload-mode.sh.
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

#define BOX "build/testbed/payload"
#define SHARE "build/check/payload"

#define DOM0(minutes, ...) IN_DOM0(BOX, minutes, __VA_ARGS__)

static int setup(void **state)
{
	(void)state;
	if (RUN(1, "rm", "-rf", SHARE) || RUN(1, "mkdir", "-p", SHARE "/tree") ||
	    RUN(1, "cp", "tests/xen/Sum.java", SHARE "/tree") ||
	    RUN(1, XLAB, "payload", "build", "sum", "--from", SHARE "/tree", "--out",
		SHARE "/sum") ||
	    RUN(1, "cp", "build/payload/web/payload", SHARE "/web") ||
	    RUN(1, "cp", "build/payload/java/payload", SHARE "/java") ||
	    RUN(1, "cp", "-t", SHARE, XLAB, "build/image/xlab.img", "build/test/domain_state",
		"xen-configs/demo.domain", "tests/xen/init-guest.sh", "tests/xen/payload-mode.sh"))
		return -1;
	if (RUN(10, XLAB, "testbed", "up", "--dir", BOX, "--share", SHARE))
		return -1;
	if (DOM0(2, "cp", "/xlab/xlab.img", "/xlab/sum", "/xlab/web", "/tmp"))
		return -1;
	/* On dom0's disk: it is too big for its memory. */
	return DOM0(5, "install", "-D", "-m", "644", "/xlab/java", "/var/tmp/java");
}

static int teardown(void **state)
{
	(void)state;
	return RUN(1, XLAB, "testbed", "down", "--dir", BOX);
}

static void payloads_are_mounted(void **state)
{
	const char *mode = *state;

	assert_int_equal(DOM0(10, "/xlab/payload-mode.sh", mode), 0);
}

#define TEST(mode) \
	{ \
		mode, payloads_are_mounted, NULL, NULL, (void *)(uintptr_t)mode \
	}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST("pv"), TEST("pvh"), TEST("pvhvm"), TEST("hvm") };

	return cmocka_run_group_tests_name("payload", tests, setup, teardown);
}

/* SPDX-License-Identifier: ISC */
/*
 * A Debian disk as somebody installed it on an emulated machine (tests/disks), before and after
 * xlab image adopt: natively in QEMU, and on a real Xen host in a box, which serves all tests. What a
 * step does is in adopt.sh and adopt-console.exp. The word says which init the Debian has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/qemu.h"
#include "tests/xen/box.h"

enum { WORDS_MAX = 96, CPUS = 1, MEMORY_MB = 256 };

static const char *init; /* which disk */
static char disk[64], box[64], share[64], adopted[80], configs[80];

static int setup(void **state)
{
	(void)state;
	snprintf(disk, sizeof(disk), "build/disks/debian-%s/disk.img", init);
	snprintf(box, sizeof(box), "build/testbed/adopt-%s", init);
	snprintf(share, sizeof(share), "build/check/adopt-%s", init);
	snprintf(adopted, sizeof(adopted), "%s/adopted.img", share);
	snprintf(configs, sizeof(configs), "%s/configs", share);
	if (RUN(1, "rm", "-rf", share) || RUN(1, "mkdir", "-p", share) ||
	    RUN(1, "cp", "--sparse=always", "-t", share, disk, "tests/xen/adopt.sh",
		"tests/xen/adopt-console.exp", "tests/xen/init-shell.exp"))
		return -1;
	return RUN(10, XLAB, "testbed", "up", "--dir", box, "--share", share);
}

static int teardown(void **state)
{
	(void)state;
	return RUN(1, XLAB, "testbed", "down", "--dir", box);
}

/* Without a hypervisor, from the emulated IDE disk that it was installed on. */
static void boots_natively(void **state)
{
	const char *argv[WORDS_MAX] = { "tests/xen/adopt-console.exp", "native", init };
	struct qemu q;
	size_t n = 3;

	(void)state;
	qemu_init(&q, CPUS, MEMORY_MB);
	qemu_add(&q, "-drive", "file=%s,format=raw,if=ide,snapshot=on", disk);
	qemu_add(&q, "-serial", "stdio");
	assert_int_equal(q.err, 0);
	for (size_t i = 0; i < q.argc && n < WORDS_MAX - 1; i++)
		argv[n++] = q.argv[i];
	assert_int_equal(box_run(10, argv), 0);
}

static void lint_says_what_stops_it(void **state)
{
	static const char wanted[] = "xen-blkfront: a module of the kernel, and not in its initramfs";
	static char said[8192];

	(void)state;
	assert_int_equal(proc_capture((const char *const[]){ XLAB, "image", "lint", disk, NULL }, said,
				      sizeof(said), NULL),
			 100);
	assert_non_null(strstr(said, wanted));
	assert_non_null(strstr(said, "[stops pv pvh pvhvm]\n"));
}

static void adopt_mends_it(void **state)
{
	(void)state;
	assert_int_equal(RUN(5, XLAB, "image", "adopt", "--out", adopted, "--out-dir", configs, disk),
			 0);
	assert_int_equal(RUN(5, XLAB, "image", "lint", adopted), 0);
}

static void does_step(void **state)
{
	const char *step = *state;

	assert_int_equal(RUN(15, XLAB, "testbed", "exec", "--dir", box, "--", "/xlab/adopt.sh", init,
			     step),
			 0);
}

#define STEP(step) \
	{ \
		step, does_step, NULL, NULL, (void *)(uintptr_t)step \
	}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boots_natively),
		STEP("copy"),
		STEP("installed"),
		STEP("rootless"),
		cmocka_unit_test(lint_says_what_stops_it),
		cmocka_unit_test(adopt_mends_it),
		STEP("adopted"),
		STEP("pvh"),
		STEP("pv"),
		STEP("pv-pygrub"),
		STEP("pvh-pygrub"),
		STEP("pvhvm"),
		STEP("hvm"),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: xen_adopt sysvinit|systemd\n");
		return 100;
	}
	init = argv[1];
	return cmocka_run_group_tests_name(init, tests, setup, teardown);
}

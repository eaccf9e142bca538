/* SPDX-License-Identifier: ISC */
/* The domain description and the configs that come from it, held to tests/golden/. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest-tools/lib/io.h"
#include "host/domain.h"

static int parse(const char *text, struct domain_desc *d, char *why)
{
	char copy[1024];

	strcpy(copy, text);
	return domain_parse(copy, d, why, 128);
}

static void description_is_read(void **state)
{
	struct domain_desc d;
	char why[128];

	(void)state;
	assert_int_equal(
		parse("# a guest\n\n name=lab \ndisk = /a b/x.img # here\r\nmemory=64\nvcpus= 2\n"
		      "workload =micro\nsize=ref",
		      &d, why),
		0);
	assert_string_equal(d.name, "lab");
	assert_string_equal(d.disk, "/a b/x.img");
	assert_int_equal(d.memory, 64);
	assert_int_equal(d.vcpus, 2);
	assert_string_equal(d.workload, "micro");
	assert_string_equal(d.size, "ref");
	assert_int_equal(parse("name=a\ndisk=b", &d, why), 0);
	assert_int_equal(d.memory, 128);
	assert_int_equal(d.vcpus, 1);
	assert_string_equal(d.size, "quick");
	assert_string_equal(d.bridge, "");
	assert_string_equal(d.network, "");
	assert_string_equal(d.scratch, "");
}

static void what_a_guest_may_have(void **state)
{
	struct domain_desc d;
	char why[128];

	(void)state;
	assert_int_equal(parse("name=a\ndisk=b\nbridge = xenbr0\nmac = 00:16:3E:00:00:01\n"
			       "network = eth0,192.0.2.2/24,gw=192.0.2.1 eth1,dhcp # both\n"
			       "ssh_keys = a b.pub\nscratch = s.img\ncpus = 0-3,6\n"
			       "weight = 512\ncap = 50",
			       &d, why),
			 0);
	assert_string_equal(d.bridge, "xenbr0");
	assert_string_equal(d.mac, "00:16:3E:00:00:01");
	assert_string_equal(d.network, "eth0,192.0.2.2/24,gw=192.0.2.1 eth1,dhcp");
	assert_string_equal(d.ssh_keys, "a b.pub");
	assert_string_equal(d.scratch, "s.img");
	assert_string_equal(d.cpus, "0-3,6");
	assert_int_equal(d.weight, 512);
	assert_int_equal(d.cap, 50);
	assert_int_equal(d.npayloads, 0);
}

static void payloads_are_many(void **state)
{
	char text[1024] = "name=a\ndisk=b\n", why[128];
	struct domain_desc d;

	(void)state;
	for (int i = 0; i < DOMAIN_PAYLOADS; i++)
		sprintf(text + strlen(text), "payload = p %d\n", i);
	assert_int_equal(parse(text, &d, why), 0);
	assert_int_equal(d.npayloads, DOMAIN_PAYLOADS);
	assert_string_equal(d.payload[0], "p 0");
	assert_string_equal(d.payload[15], "p 15");
	strcat(text, "payload = p\n");
	assert_int_equal(parse(text, &d, why), -EINVAL);
	assert_string_equal(why, "line 19: 'payload' is given more than 16 times");
}

static void bad_descriptions_are_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "'name' is missing" },
		{ "name=a", "'disk' is missing" },
		{ "name=a\ndisk=b\nmemroy=1",
		  "line 3: 'memroy' is no key of a domain description" },
		{ "name=a\nname=a", "line 2: 'name' is given twice" },
		{ "name", "line 1: 'name' is not 'key = value'" },
		{ "name=", "line 1: 'name' is empty or too long" },
		{ "name=5", "line 1: 'name' does not begin with a letter" },
		{ "name=-h", "line 1: 'name' does not begin with a letter" },
		{ "name=a b", "line 1: 'name' has a character that is not allowed" },
		{ "name=a\"b", "line 1: 'name' has a character that is not allowed" },
		{ "disk=a'b", "line 1: 'disk' has a character that is not allowed" },
		{ "memory=31", "line 1: 'memory' is not a number in range" },
		{ "memory=12x", "line 1: 'memory' is not a number in range" },
		{ "memory=-1", "line 1: 'memory' is not a number in range" },
		{ "memory=99999999999999999999", "line 1: 'memory' is not a number in range" },
		{ "vcpus=0", "line 1: 'vcpus' is not a number in range" },
		{ "size=huge", "line 1: 'size' is neither quick nor ref" },
		{ "bridge=xen,br", "line 1: 'bridge' is not the name of an interface" },
		{ "bridge=-h", "line 1: 'bridge' is not the name of an interface" },
		{ "mac=01:00:5e:00:00:01",
		  "line 1: 'mac' is not a unicast MAC address like 00:16:3e:00:00:01" },
		{ "name=a\ndisk=b\nmac=00:16:3e:00:00:01", "'mac' needs 'bridge'" },
		{ "network=", "line 1: 'network' is empty or too long" },
		{ "network=eth0,dhcp,x", "line 1: 'network' is wrong: 'x' cannot follow dhcp" },
		{ "ssh_keys=", "line 1: 'ssh_keys' is empty or too long" },
		{ "payload=", "line 1: 'payload' is empty or too long" },
		{ "payload=a'b", "line 1: 'payload' has a character that is not allowed" },
		{ "cpus=2-1", "line 1: 'cpus' is no list of CPUs like 0-3,6" },
		{ "weight=65536", "line 1: 'weight' is not a number in range" },
		{ "cap=0", "line 1: 'cap' is not a number in range" },
		{ "scratch=a'b", "line 1: 'scratch' has a character that is not allowed" },
	};
	struct domain_desc d;
	char why[128];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(parse(bad[i].text, &d, why), -EINVAL);
		assert_string_equal(why, bad[i].why);
	}
}

static const struct domain_desc lab = {
	.name = "lab",
	.disk = "/srv/xlab.img",
	.memory = 128,
	.vcpus = 2,
	.workload = "micro",
	.size = "quick",
};

static const struct domain_boot boot = {
	.kernel = "/srv/out/vmlinuz",
	.cmdline = "root=PARTUUID=786c6162-01 ro console=hvc0",
	.fs_uuid = "786c6162-0000-4000-8000-000000000001",
};

/* XLAB_GOLDEN=write makes the files anew; then read the difference. */
static void check_golden(const char *name, const char *text)
{
	char path[64], want[8192];

	snprintf(path, sizeof(path), "tests/golden/%s", name);
	if (getenv("XLAB_GOLDEN"))
		assert_int_equal(io_replace_file(path, text, strlen(text)), 0);
	assert_true(io_read_file(path, want, sizeof(want)) > 0);
	assert_string_equal(text, want);
}

static void configs_are_golden(void **state)
{
	char text[8192];

	(void)state;
	for (int m = MODE_UNKNOWN + 1; m < MODE_COUNT; m++) {
		int n = domain_render(&lab, &boot, (enum mode)m, text, sizeof(text));

		assert_int_equal(n, strlen(text));
		check_golden(domain_config_name((enum mode)m), text);
	}
}

/* The same with a card and a scratch disk. */
static void extras_are_golden(void **state)
{
	struct domain_desc with = lab;
	char text[8192], name[32];

	(void)state;
	strcpy(with.bridge, "xenbr0");
	strcpy(with.mac, "00:16:3e:00:00:01");
	strcpy(with.scratch, "/srv/scratch, mine.img");
	for (int m = MODE_PV; m < MODE_COUNT; m++) {
		assert_true(domain_render(&with, &boot, (enum mode)m, text, sizeof(text)) > 0);
		snprintf(name, sizeof(name), "extras-%s", domain_config_name((enum mode)m));
		check_golden(name, text);
	}
	with.mac[0] = '\0';
	assert_true(domain_render(&with, &boot, MODE_PV, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "\nvif = [ 'bridge=xenbr0' ]\n"));
}

/* What xl would choose otherwise stands in every config that is xl's. */
static void choices_are_rendered(void **state)
{
	struct domain_desc with = lab;
	char text[8192];

	(void)state;
	strcpy(with.uuid, "8a9d1f6e-1111-4222-8333-444455556666");
	strcpy(with.cpus, "1-3");
	with.weight = 512;
	with.cap = 150;
	for (int m = MODE_PV; m < MODE_COUNT; m++) {
		assert_true(domain_render(&with, &boot, (enum mode)m, text, sizeof(text)) > 0);
		assert_non_null(strstr(text, "\nuuid = \"8a9d1f6e-1111-4222-8333-444455556666\"\n"
					     "cpus = \"1-3\"\ncpu_weight = 512\ncap = 150\n"));
	}
}

/* Two payloads, which fit everywhere. */
static void payloads_are_golden(void **state)
{
	struct domain_desc with = lab;
	char text[8192], name[32];

	(void)state;
	strcpy(with.payload[0], "/srv/web.payload");
	strcpy(with.payload[1], "/srv/java, 17.payload");
	with.npayloads = 2;
	for (int m = MODE_PV; m < MODE_COUNT; m++) {
		assert_true(domain_render(&with, &boot, (enum mode)m, text, sizeof(text)) > 0);
		snprintf(name, sizeof(name), "payloads-%s", domain_config_name((enum mode)m));
		check_golden(name, text);
	}
}

/* Only emulated disks are few. */
static void payloads_have_room(void **state)
{
	static const unsigned room[MODE_COUNT] = {
		[MODE_NATIVE] = 16, [MODE_PV] = 16, [MODE_PVH] = 16,
		[MODE_PVHVM] = 16,  [MODE_HVM] = 3,
	};
	static char text[32768];

	(void)state;
	for (int m = MODE_NATIVE; m < MODE_COUNT; m++) {
		struct domain_desc with = lab;
		enum mode mode = (enum mode)m;

		assert_int_equal(domain_payload_room(&with, mode), room[m]);
		while (with.npayloads < room[m])
			strcpy(with.payload[with.npayloads++], "/p");
		assert_true(domain_render(&with, &boot, mode, text, sizeof(text)) > 0);
		if (mode == MODE_HVM)
			assert_non_null(strstr(text, "vdev=hdd,access=rw,target=/p' ]"));
		else if (mode != MODE_NATIVE)
			assert_non_null(strstr(text, "vdev=xvdt,access=ro,target=/p' ]"));
		strcpy(with.scratch, "/s");
		assert_true(mode == MODE_HVM
				    ? domain_render(&with, &boot, mode, text, sizeof(text)) ==
					      -E2BIG
				    : domain_render(&with, &boot, mode, text, sizeof(text)) > 0);
		if (mode != MODE_HVM)
			continue;
		with.npayloads = 2;
		assert_true(domain_render(&with, &boot, mode, text, sizeof(text)) > 0);
		assert_non_null(strstr(text, "vdev=hdd,access=rw,target=/p' ]"));
	}
}

static void stock_kernel_has_a_ramdisk(void **state)
{
	struct domain_boot with = boot;
	char text[8192];

	(void)state;
	with.ramdisk = "/srv/out/initrd.img";
	assert_true(domain_render(&lab, &with, MODE_PV, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "\nramdisk = \"/srv/out/initrd.img\"\n"));
	assert_true(domain_render(&lab, &with, MODE_NATIVE, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "\tinitrd /boot/initrd.img\n"));
	/* An HVM guest boots by its own GRUB. */
	assert_true(domain_render(&lab, &with, MODE_HVM, text, sizeof(text)) > 0);
	assert_null(strstr(text, "ramdisk"));
}

static void what_cannot_be_rendered(void **state)
{
	struct domain_desc relative = lab, scratch = lab, payload = lab;
	char text[8192];

	(void)state;
	strcpy(relative.disk, "xlab.img");
	assert_int_equal(domain_render(&relative, &boot, MODE_PV, text, sizeof(text)), -EINVAL);
	strcpy(scratch.scratch, "scratch.img");
	assert_int_equal(domain_render(&scratch, &boot, MODE_PV, text, sizeof(text)), -EINVAL);
	strcpy(payload.payload[payload.npayloads++], "web.payload");
	assert_int_equal(domain_render(&payload, &boot, MODE_PV, text, sizeof(text)), -EINVAL);
	assert_int_equal(domain_render(&lab, &boot, MODE_UNKNOWN, text, sizeof(text)), -EINVAL);
	assert_int_equal(domain_render(&lab, &boot, MODE_COUNT, text, sizeof(text)), -EINVAL);
	for (size_t size = 1; size < 200; size++)
		assert_int_equal(domain_render(&lab, &boot, MODE_PV, text, size), -ENOSPC);
}

static void unreadable_files_are_said(void **state)
{
	struct domain_desc d;
	char why[128];

	(void)state;
	assert_int_equal(domain_read("/nonexistent", &d, why, sizeof(why)), -ENOENT);
	assert_string_equal(why, "No such file or directory");
	assert_int_equal(domain_read("/proc/self/exe", &d, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "is not a domain description");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(description_is_read),
		cmocka_unit_test(bad_descriptions_are_refused),
		cmocka_unit_test(what_a_guest_may_have),
		cmocka_unit_test(payloads_are_many),
		cmocka_unit_test(configs_are_golden),
		cmocka_unit_test(extras_are_golden),
		cmocka_unit_test(choices_are_rendered),
		cmocka_unit_test(payloads_are_golden),
		cmocka_unit_test(payloads_have_room),
		cmocka_unit_test(stock_kernel_has_a_ramdisk),
		cmocka_unit_test(what_cannot_be_rendered),
		cmocka_unit_test(unreadable_files_are_said),
	};

	return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}

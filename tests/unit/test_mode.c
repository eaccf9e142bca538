/* SPDX-License-Identifier: ISC */
#include "guest-tools/mode/cpus.h"
#include "guest-tools/mode/mode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <limits.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define XEN "XenVMMXenVMM"
#define TCG "TCGTCGTCGTCG"

static char root[] = "/tmp/test-mode-XXXXXX";

/* Makes every folder above root/path. */
static void make_parents(const char *full)
{
	char dir[PATH_MAX];

	snprintf(dir, sizeof(dir), "%s", full);
	for (char *p = dir + sizeof(root); (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(dir, 0755);
		*p = '/';
	}
}

static void put(const char *path, const char *text)
{
	char full[PATH_MAX];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	make_parents(full);
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void put_link(const char *path, const char *target)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	make_parents(full);
	assert_int_equal(symlink(target, full), 0);
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

/* The files that every guest has; disk_dir is the root disk below /sys/devices. */
static void put_guest(const char *disk_dir, const char *partition, const char *number)
{
	char path[PATH_MAX], target[PATH_MAX];

	put("/proc/meminfo", "MemTotal:         253900 kB\nMemFree:  12 kB\n");
	put("/proc/cmdline", "root=PARTUUID=786c6162-01 ro quiet\n");
	put("/proc/sys/kernel/osrelease", "6.1.158\n");
	put("/proc/cpuinfo", "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n"
				  "processor\t: 1\nmodel name\t: Some CPU @ 2 GHz\n");
	snprintf(path, sizeof(path), "1 0 0:2 / / rw - rootfs rootfs rw\n"
		 "20 1 %s / / ro,relatime - ext4 /dev/root ro\n"
		 "21 20 0:5 / /dev rw - devtmpfs devtmpfs rw\n", number);
	put("/proc/self/mountinfo", path);
	snprintf(path, sizeof(path), "/sys/devices/%s/%s/partition", disk_dir, partition);
	put(path, "1\n");
	snprintf(path, sizeof(path), "/sys/dev/block/%s", number);
	snprintf(target, sizeof(target), "../../devices/%s/%s", disk_dir, partition);
	put_link(path, target);
}

static void test_gather_reads_a_pv_guest(void **state)
{
	struct mode_evidence ev;

	(void)state;
	put_guest("vbd-51712/block/xvda", "xvda1", "202:1");
	put_link("/sys/devices/vbd-51712/driver", "../../bus/xen/drivers/vbd");
	put("/sys/hypervisor/type", "xen\n");
	put("/sys/hypervisor/guest_type", "PV\n");
	put("/sys/hypervisor/version/major", "4\n");
	put("/sys/hypervisor/version/minor", "17\n");
	put("/sys/hypervisor/version/extra", ".7\n");
	put("/sys/devices/system/clocksource/clocksource0/current_clocksource", "xen\n");
	assert_int_equal(mode_gather(root, &ev), 0);
	assert_string_equal(ev.hv_type, "xen");
	assert_string_equal(ev.guest_type, "PV");
	assert_string_equal(ev.xen_version, "4.17.7");
	assert_string_equal(ev.clocksource, "xen");
	assert_string_equal(ev.kernel, "6.1.158");
	assert_string_equal(ev.cmdline, "root=PARTUUID=786c6162-01 ro quiet");
	assert_string_equal(ev.cpu_model, "Some CPU @ 2 GHz");
	assert_string_equal(ev.root_dev, "xvda1");
	assert_string_equal(ev.root_driver, "vbd");
	assert_int_equal(ev.cpus, 2);
	assert_int_equal(ev.memory_kib, 253900);
}

static void test_gather_names_the_controller_of_a_scsi_disk(void **state)
{
	struct mode_evidence ev;

	(void)state;
	put_guest("pci0000:00/0000:00:01.1/ata1/host0/target0:0:0/0:0:0:0/block/sda", "sda1", "8:1");
	put_link("/sys/devices/pci0000:00/0000:00:01.1/ata1/host0/target0:0:0/0:0:0:0/driver",
		 "../../../../../../../bus/scsi/drivers/sd");
	put_link("/sys/devices/pci0000:00/0000:00:01.1/driver", "../../../bus/pci/drivers/ata_piix");
	assert_int_equal(mode_gather(root, &ev), 0);
	assert_string_equal(ev.root_dev, "sda1");
	assert_string_equal(ev.root_driver, "ata_piix");
	assert_string_equal(ev.hv_type, "");
}

static void test_gather_survives_an_empty_machine(void **state)
{
	struct mode_evidence ev;

	(void)state;
	assert_int_equal(mode_gather(root, &ev), -ENOENT);
	assert_string_equal(ev.root_driver, "");
	assert_int_equal(ev.cpus, 0);
}

static void test_gather_cuts_what_does_not_fit(void **state)
{
	struct mode_evidence ev;
	char text[2048];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	put_guest("vbd-51712/block/xvda", "xvda1", "202:1");
	put("/sys/hypervisor/type", text);
	put_link("/sys/devices/vbd-51712/driver", text);
	assert_int_equal(mode_gather(root, &ev), 0);
	assert_int_equal(strlen(ev.hv_type), sizeof(ev.hv_type) - 1);
	assert_int_equal(strlen(ev.root_driver), sizeof(ev.root_driver) - 1);
}

static void test_gather_on_this_machine(void **state)
{
	struct mode_evidence ev;

	(void)state;
	assert_int_equal(mode_gather("", &ev), 0);
	assert_true(ev.cpus > 0);
	assert_true(ev.memory_kib > 0);
	assert_true(*ev.kernel);
}

static void test_decide(void **state)
{
	static const struct {
		enum mode want;
		struct mode_evidence ev;
	} cases[] = {
#define EV(hv, guest, cpuid, forced, driver) { .hv_type = hv, .guest_type = guest, \
		.cpuid_hv = cpuid, .xen_cpuid = forced, .root_driver = driver }
		{ MODE_NATIVE, EV("", "", "", "", "ahci") },
		{ MODE_NATIVE, EV("", "", TCG, "", "ata_piix") },
		{ MODE_NATIVE, EV("", "", TCG, "", "virtio_blk") },
		{ MODE_NATIVE, EV("other", "", TCG, "", "") },
		{ MODE_PV, EV("xen", "PV", TCG, XEN, "vbd") },
		{ MODE_PV, EV("xen", "PV", "", XEN, "vbd") },
		{ MODE_PV, EV("xen", "PV", XEN, XEN, "vbd") },
		{ MODE_PVH, EV("xen", "PVH", XEN, "", "vbd") },
		{ MODE_PVHVM, EV("xen", "HVM", XEN, "", "vbd") },
		{ MODE_HVM, EV("xen", "HVM", XEN, "", "ata_piix") },
		{ MODE_HVM, EV("xen", "HVM", XEN, "", "ahci") },
		{ MODE_HVM, EV("", "", XEN, "", "ata_piix") },
		/* a chroot in dom0, whose root is a loop device: never native */
		{ MODE_PV, EV("xen", "PV", "", XEN, "") },
		{ MODE_PVH, EV("xen", "PVH", XEN, "", "") },
		/* contradictions */
		{ MODE_UNKNOWN, EV("xen", "PV", XEN, "", "vbd") },
		{ MODE_UNKNOWN, EV("xen", "PV", "", "", "vbd") },
		{ MODE_UNKNOWN, EV("xen", "PVH", XEN, XEN, "vbd") },
		{ MODE_UNKNOWN, EV("xen", "PVH", TCG, "", "vbd") },
		{ MODE_UNKNOWN, EV("xen", "PVH", XEN, "", "ata_piix") },
		{ MODE_UNKNOWN, EV("xen", "HVM", "", "", "vbd") },
		{ MODE_UNKNOWN, EV("xen", "HVM", XEN, XEN, "vbd") },
		{ MODE_UNKNOWN, EV("xen", "HVM", XEN, "", "") },
		{ MODE_UNKNOWN, EV("xen", "", XEN, "", "vbd") },
		{ MODE_UNKNOWN, EV("xen", "odd", XEN, "", "vbd") },
		{ MODE_UNKNOWN, EV("", "", XEN, "", "vbd") },
		{ MODE_UNKNOWN, EV("", "", XEN, "", "") },
		{ MODE_UNKNOWN, EV("", "", "", XEN, "ahci") },
		{ MODE_UNKNOWN, EV("", "", "", "", "vbd") },
#undef EV
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (mode_decide(&cases[i].ev) != cases[i].want)
			fail_msg("case %zu: %s, not %s", i, mode_name(mode_decide(&cases[i].ev)),
				 mode_name(cases[i].want));
	}
}

static void test_native_how(void **state)
{
	static const struct {
		const char *want, *pids, *cpuid, *vendor;
	} cases[] = {
		{ "bare", "machine", "", "Dell Inc." },
		{ "bare", "", "", "" },
		{ "qemu", "machine", TCG, "QEMU" },
		{ "qemu", "machine", TCG, "" },
		{ "qemu", "machine", "KVMKVMKVM", "QEMU" },
		{ "qemu", "machine", "", "QEMU" },
		{ "virtual", "machine", "KVMKVMKVM", "Google" },
		{ "virtual", "machine", "Microsoft Hv", "" },
		{ "chroot", "own", "", "Dell Inc." },
		{ "chroot", "own", "KVMKVMKVM", "QEMU" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mode_evidence ev = { 0 };

		strcpy(ev.pid_space, cases[i].pids);
		strcpy(ev.cpuid_hv, cases[i].cpuid);
		strcpy(ev.dmi_vendor, cases[i].vendor);
		assert_string_equal(mode_native_name(mode_native_how(&ev)), cases[i].want);
	}
}

static void test_gather_sees_a_chroot(void **state)
{
	struct mode_evidence ev;

	(void)state;
	put_guest("virtual/block/loop0", "loop0p1", "7:1");
	put_link("/proc/self/ns/pid", "pid:[4026532200]");
	put("/sys/fs/cgroup/memory.max", "134217728\n");
	put("/sys/class/dmi/id/sys_vendor", "Some Vendor\n");
	assert_int_equal(mode_gather(root, &ev), 0);
	assert_string_equal(ev.pid_space, "own");
	assert_string_equal(ev.dmi_vendor, "Some Vendor");
	assert_int_equal(ev.memory_kib, 131072);
}

/* What a group without a limit says, of either version, and a limit that is none. */
static void test_gather_without_a_limit(void **state)
{
	struct mode_evidence ev;

	(void)state;
	put_guest("virtual/block/loop0", "loop0p1", "7:1");
	put_link("/proc/self/ns/pid", "pid:[4026531836]");
	put("/sys/fs/cgroup/memory.max", "max\n");
	put("/sys/fs/cgroup/memory.limit_in_bytes", "9223372036854771712\n");
	assert_int_equal(mode_gather(root, &ev), 0);
	assert_string_equal(ev.pid_space, "machine");
	assert_int_equal(ev.memory_kib, 253900);
	put("/sys/fs/cgroup/memory.limit_in_bytes", "-5\n");
	assert_int_equal(mode_gather(root, &ev), 0);
	assert_int_equal(ev.memory_kib, 253900);
}

static void test_names(void **state)
{
	enum mode mode;

	(void)state;
	for (int i = MODE_NATIVE; i < MODE_COUNT; i++) {
		assert_int_equal(mode_parse(mode_name((enum mode)i), &mode), 0);
		assert_int_equal(mode, i);
	}
	assert_int_equal(mode_parse("unknown", &mode), -EINVAL);
	assert_int_equal(mode_parse("", &mode), -EINVAL);
	assert_int_equal(mode_parse("PV", &mode), -EINVAL);
	assert_string_equal(mode_name(MODE_COUNT), "unknown");
	assert_string_equal(mode_name((enum mode)-1), "unknown");
}

static void test_json_holds_every_fact(void **state)
{
	struct mode_evidence ev = { .hv_type = "xen", .guest_type = "PV", .xen_cpuid = XEN,
				    .root_driver = "vbd", .cmdline = "a=\"b\"", .cpus = 3 };
	char buf[2048];
	struct json j;
	json_t *o;

	(void)state;
	json_init(&j, buf, sizeof(buf));
	json_obj(&j, NULL);
	mode_to_json(&ev, &j);
	json_end_obj(&j);
	assert_int_equal(json_finish(&j), 0);
	o = json_loads(buf, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	assert_string_equal(json_string_value(json_object_get(o, "mode")), "pv");
#define CHECK(field, size, text) \
	assert_string_equal(json_string_value(json_object_get(o, #field)), ev.field);
	MODE_FACTS(CHECK)
#undef CHECK
	assert_int_equal(json_integer_value(json_object_get(o, "cpus")), 3);
	assert_null(json_object_get(o, "native_how"));
	json_decref(o);
}

/* What the two functions of cpus.h add for the files below root. */
static json_t *cpus_of(void)
{
	static char buf[CPUS_MITIGATIONS_MAX * (CPUS_TEXT_MAX + 64)];
	struct json j;
	json_t *o;

	json_init(&j, buf, sizeof(buf));
	json_obj(&j, NULL);
	cpus_mitigations_to_json(root, &j);
	cpus_ticks_to_json(root, &j);
	json_end_obj(&j);
	assert_int_equal(json_finish(&j), 0);
	o = json_loads(buf, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	return o;
}

static void assert_cpus(const char *want)
{
	json_t *is = cpus_of(), *j = json_loads(want, 0, NULL);
	char *text = json_dumps(is, JSON_COMPACT);

	if (!json_equal(is, j))
		fail_msg("%s, not %s", text, want);
	free(text);
	json_decref(is);
	json_decref(j);
}

#define WEAK "/sys/devices/system/cpu/vulnerabilities/"

static void test_cpus(void **state)
{
	(void)state;
	assert_cpus("{}");
	put("/proc/stat", "cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 9 9 9 9\n");
	put(WEAK "meltdown", "Mitigation: PTI\n");
	put(WEAK "l1tf", "Not affected\n");
	assert_cpus("{\"mitigations\": {\"l1tf\": \"Not affected\", \"meltdown\": \"Mitigation: PTI\"},"
		    "\"ticks\": {\"user\": 1, \"nice\": 2, \"system\": 3, \"idle\": 4, \"iowait\": 5,"
		    "\"irq\": 6, \"softirq\": 7, \"steal\": 8}}");
}

static void test_cpus_of_junk(void **state)
{
	static const char *const junk[] = { "", "\n", "cpu0 1 2\n", "intr 5\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
		put("/proc/stat", junk[i]);
		assert_cpus("{}");
	}
	put("/proc/stat", "cpu 5 -1 7\n");
	assert_cpus("{\"ticks\": {\"user\": 5}}");
}

static void test_cpus_are_bounded(void **state)
{
	char path[128], text[4 * CPUS_TEXT_MAX];
	json_t *all, *o, *value;
	const char *name;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (int i = 0; i < 2 * CPUS_MITIGATIONS_MAX; i++) {
		snprintf(path, sizeof(path), WEAK "w%02d", i);
		put(path, text);
	}
	all = cpus_of();
	o = json_object_get(all, "mitigations");
	assert_int_equal(json_object_size(o), CPUS_MITIGATIONS_MAX);
	json_object_foreach(o, name, value) assert_int_equal(json_string_length(value), CPUS_TEXT_MAX);
	json_decref(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ON_FILES(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		ON_FILES(test_gather_reads_a_pv_guest),
		ON_FILES(test_gather_names_the_controller_of_a_scsi_disk),
		ON_FILES(test_gather_survives_an_empty_machine),
		ON_FILES(test_gather_sees_a_chroot),
		ON_FILES(test_gather_without_a_limit),
		ON_FILES(test_gather_cuts_what_does_not_fit),
		cmocka_unit_test(test_gather_on_this_machine),
		ON_FILES(test_cpus),
		ON_FILES(test_cpus_of_junk),
		ON_FILES(test_cpus_are_bounded),
		cmocka_unit_test(test_decide),
		cmocka_unit_test(test_native_how),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_json_holds_every_fact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

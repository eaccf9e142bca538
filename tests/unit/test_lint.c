/* SPDX-License-Identifier: ISC */
/* Each rule of xlab image lint, over facts that are sound but for one. */
#include "host/lint.h"

#include <errno.h>
#include <ext2fs/ext2_fs.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NATIVE LINT_MODE(MODE_NATIVE)
#define PV LINT_MODE(MODE_PV)
#define PVH LINT_MODE(MODE_PVH)
#define PVHVM LINT_MODE(MODE_PVHVM)
#define HVM LINT_MODE(MODE_HVM)

static struct lint_system facts;

static void sound(struct lint_system *s)
{
	*s = (struct lint_system){
		.bytes = 400 << 20,
		.table = DISK_MBR,
		.nparts = 2,
		.boot_code = true,
		.grub_code = true,
		.has_root = true,
		.has_menu = true,
		.pygrub = true,
		.has_kernel = true,
		.good_kernel = true,
		.has_initrd = true,
		.good_initrd = true,
		.init = LINT_INIT_SYSV,
		.getty = true,
		.securetty = true,
		.menu = "/boot/grub/grub.cfg",
		.kernel_path = "/boot/vmlinuz",
		.initrd_path = "/boot/initrd.img",
		.super = { .clean = true },
		.boot_super = { .clean = true },
	};
	s->root = s->boot = s->part[0] = (struct disk_part){
		.number = 1,
		.kind = DISK_EXT,
		.fs_type = "ext4",
		.active = true,
		.fs_uuid = "786c6162-0000-4000-8000-000000000001",
		.uuid = "786c6162-01",
		.fs_label = "lab",
	};
	s->part[1] = (struct disk_part){ .number = 5, .kind = DISK_SWAP, .fs_uuid = "5-5" };
	s->entry = s->pygrub_entry = (struct grubmenu_entry){
		.title = "Lab",
		.kernel = "/boot/vmlinuz",
		.initrd = "/boot/initrd.img",
		.line = 3,
		.args = "root=UUID=786c6162-0000-4000-8000-000000000001 ro console=ttyS0 console=hvc0",
	};
	s->kernel = (struct bzimage){ .bz = true,
				      .packing = UNPACK_GZIP,
				      .opened = true,
				      .version = "6.1.0",
				      .xen = true,
				      .pv = true,
				      .pvh = true };
	for (int i = 0; i < LINT_DRIVER_COUNT; i++)
		s->driver[i].state = LINT_BUILTIN;
}

static void args(const char *text)
{
	snprintf(facts.entry.args, sizeof(facts.entry.args), "%s", text);
}

static void fstab(const char *spec, const char *at, const char *type)
{
	struct lint_mount *m = &facts.mount[facts.nmounts++];

	m->line = 7;
	strcpy(m->spec, spec);
	strcpy(m->at, at);
	strcpy(m->type, type);
}

static void bare(void)
{
	facts.table = DISK_BARE;
}
static void no_code(void)
{
	facts.boot_code = facts.grub_code = false;
}
static void no_active(void)
{
	facts.grub_code = facts.part[0].active = false;
}
static void big(void)
{
	facts.bytes = (500u << 20) + 1;
}
static void no_root(void)
{
	facts = (struct lint_system){ .bytes = 1 << 20,
				      .table = DISK_MBR,
				      .boot_code = true,
				      .grub_code = true,
				      .securetty = true,
				      .getty = true };
}
static void recovery(void)
{
	facts.super.recovery = true;
	facts.super.clean = false;
}
static void unclean(void)
{
	facts.boot_super.clean = false;
}
static void inline_data(void)
{
	facts.boot_super.incompat |= EXT4_FEATURE_INCOMPAT_INLINE_DATA;
}
static void bigalloc(void)
{
	facts.boot_super.ro_compat |= EXT4_FEATURE_RO_COMPAT_BIGALLOC;
}

static void casefold(void)
{
	facts.boot_super.incompat |= EXT4_FEATURE_INCOMPAT_CASEFOLD;
}
static void too_new(void)
{
	facts.super.ro_compat |= EXT4_FEATURE_RO_COMPAT_VERITY;
	strcpy(facts.kernel.version, "4.19.0-1-amd64");
}
static void no_menu(void)
{
	facts.has_menu = false;
	facts.entry = (struct grubmenu_entry){ .line = 0 };
}
static void vfat_boot(void)
{
	no_menu();
	facts.has_kernel = facts.good_kernel = false;
	facts.boot_other = true;
}

static void no_pygrub(void)
{
	facts.pygrub = false;
	strcpy(facts.pygrub_why, "line 3: a word");
}
static void other_entry(void)
{
	strcpy(facts.pygrub_entry.kernel, "/boot/old");
}
static void no_kernel(void)
{
	no_menu();
	facts.boot_code = false;
	facts.has_kernel = facts.good_kernel = false;
}
static void lost_kernel(void)
{
	facts.has_kernel = facts.good_kernel = false;
}
static void bad_kernel(void)
{
	facts.good_kernel = false;
	strcpy(facts.kernel_why, "is cut off");
}
static void lzo(void)
{
	facts.kernel.packing = UNPACK_LZO;
	facts.kernel.opened = false;
}
static void bzip2(void)
{
	facts.kernel.packing = UNPACK_BZIP2;
}
static void zstd(void)
{
	facts.kernel.packing = UNPACK_ZSTD;
}
static void no_pv(void)
{
	facts.kernel.pv = false;
}
static void no_pvh(void)
{
	facts.kernel.pvh = false;
}
static void no_blkfront(void)
{
	facts.driver[LINT_BLKFRONT].state = LINT_MISSING;
}
static void no_hvc(void)
{
	facts.driver[LINT_HVC].state = LINT_MISSING;
}
static void no_piix(void)
{
	facts.driver[LINT_PIIX].state = LINT_MISSING;
}
static void blkfront_out(void)
{
	facts.driver[LINT_BLKFRONT].state = LINT_MODULE;
}
static void ext4_out(void)
{
	facts.driver[LINT_EXT4].state = LINT_MODULE;
	facts.has_initrd = false;
	*facts.entry.initrd = 0;
	args("root=/dev/disk/x console=hvc0");
}
static void no_net(void)
{
	facts.driver[LINT_NETFRONT].state = LINT_MISSING;
}
static void lost_initrd(void)
{
	facts.has_initrd = facts.good_initrd = false;
	args("root=PARTUUID=786c6162-01 console=hvc0");
}
static void bad_initrd(void)
{
	facts.good_initrd = false;
}
static void root_sda(void)
{
	args("root=/dev/sda1 console=hvc0");
}
static void root_hda(void)
{
	args("root=/dev/hda1 console=hvc0");
}
static void root_xvda(void)
{
	args("root=/dev/xvda1 console=hvc0");
}
static void root_lost(void)
{
	args("root=UUID=1-2 console=hvc0");
}
static void root_none(void)
{
	args("ro console=hvc0");
}
static void root_label(void)
{
	args("root=LABEL=lab console=hvc0");
	facts.has_initrd = false;
	*facts.entry.initrd = 0;
}
static void resume(void)
{
	args("root=LABEL=lab resume=/dev/sda5 console=hvc0");
}
static void fstab_root(void)
{
	fstab("/dev/sda1", "/", "ext4");
}

static void fstab_sda(void)
{
	fstab_root();
	args("root=PARTUUID=786c6162-01 ro console=hvc0");
	facts.has_initrd = false;
	*facts.entry.initrd = 0;
}
static void fstab_xvda(void)
{
	fstab("/dev/xvda5", "/home", "ext4");
}
static void fstab_other_disk(void)
{
	fstab("/dev/sdb5", "/home", "ext4");
}
static void fstab_other_swap(void)
{
	fstab("/dev/nvme1n1p5", "none", "swap");
}
static void fstab_swap(void)
{
	fstab("/dev/sda5", "none", "swap");
}
static void quiet(void)
{
	args("root=LABEL=lab");
}
static void serial(void)
{
	args("root=LABEL=lab console=tty0 console=ttyS0,115200");
}
static void order(void)
{
	args("root=LABEL=lab console=hvc0 console=ttyS0,115200");
}
static void no_getty(void)
{
	facts.getty = false;
	strcpy(facts.getty_why, "/etc/inittab");
}
static void masked(void)
{
	no_getty();
	facts.init = LINT_INIT_SYSTEMD;
}
static void securetty(void)
{
	facts.securetty = false;
}

static const struct {
	void (*spoil)(void);
	const char *rule;
	unsigned stops;
	const char *says, *fix;
} cases[] = {
	{ bare, "no-table", NATIVE | PVHVM | HVM, "no partition table", "xlab image wrap" },
	{ no_code, "no-boot-code", NATIVE | PVHVM | HVM, "no boot code", "grub-install /dev/xvda" },
	{ no_active, "not-active", NATIVE | PVHVM | HVM, "is active", "--activate DISK 1" },
	{ big, "too-big", 0, "524288001 bytes", "resize2fs" },
	{ no_root, "no-root", LINT_EVERY, "0 partitions", "ext4" },
	{ recovery, "recovery", 0, "journal of partition 1", "e2fsck -p" },
	{ unclean, "unclean", 0, "not unmounted", "e2fsck -f" },
	{ inline_data, "features-grub", NATIVE | PVHVM | HVM, "inline_data", "mke2fs -O ^inline" },
	{ casefold, "features-grub", NATIVE | PVHVM | HVM, "casefold", "partition 1" },
	{ bigalloc, "features-pygrub", PV | PVH, "bigalloc", "from dom0" },
	{ too_new, "features-kernel", LINT_EVERY, "verity", "mke2fs -O ^verity" },
	{ no_menu, "no-menu", NATIVE | PVHVM | HVM, "no menu", "update-grub" },
	{ vfat_boot, "boot-other", 0, "/boot", "ext4" },
	{ no_pygrub, "menu-pygrub", PV | PVH, "line 3: a word", "menuentry 'TITLE' {" },
	{ other_entry, "pygrub-other", 0, "/boot/old, not /boot/vmlinuz", "first" },
	{ no_kernel, "no-kernel", NATIVE | PVHVM | HVM, "no kernel", "apt install" },
	{ lost_kernel, "kernel-missing", LINT_EVERY, "grub.cfg:3 names", "update-grub" },
	{ bad_kernel, "kernel-bad", LINT_EVERY, "vmlinuz is cut off", "again" },
	{ lzo, "kernel-packing", PV | PVH, "with lzo", "KERNEL_GZIP" },
	{ bzip2, "kernel-packing", PV | PVH, "with bzip2", "KERNEL_GZIP" },
	{ zstd, "kernel-pvgrub", 0, "with zstd", "KERNEL_GZIP" },
	{ no_pv, "kernel-no-pv", PV, "ELFNOTE_ENTRY", "XEN_PV=y" },
	{ no_pvh, "kernel-no-pvh", PVH, "PHYS32_ENTRY", "PVH=y" },
	{ no_blkfront, "driver-missing", PV | PVH | PVHVM, "Xen's disk", "XEN_BLKDEV_FRONTEND=y" },
	{ no_hvc, "driver-missing", PV | PVH, "Xen's console", "HVC_XEN=y" },
	{ no_piix, "driver-missing", HVM, "IDE disk", "ATA_PIIX=y" },
	{ blkfront_out, "driver-not-in-initramfs", PV | PVH | PVHVM, "xen-blkfront",
	  "for m in xen-blkfront; do" },
	{ ext4_out, "driver-not-in-initramfs", LINT_EVERY, "there is no initramfs", "-c -k all" },
	{ no_net, "no-network", 0, "network card", "NETDEV_FRONTEND" },
	{ lost_initrd, "initramfs-missing", LINT_EVERY, "/boot/initrd.img", "update-initramfs -c" },
	{ bad_initrd, "initramfs-bad", LINT_EVERY, "damaged", "update-initramfs -u" },
	{ root_sda, "root-device", PV | PVH | PVHVM, "root=/dev/sda1", "root=UUID=786c6162-0000" },
	{ root_hda, "root-device", LINT_EVERY, "root=/dev/hda1", "root=UUID=" },
	{ root_xvda, "root-device", NATIVE | HVM, "root=/dev/xvda1", "root=UUID=" },
	{ root_lost, "root-unknown", LINT_EVERY, "root=UUID=1-2", "root=UUID=786c6162-0000" },
	{ root_none, "root-missing", LINT_EVERY, "no root=", "root=UUID=" },
	{ root_label, "root-needs-initramfs", LINT_EVERY, "LABEL=lab",
	  "root=PARTUUID=786c6162-01" },
	{ resume, "resume-device", 0, "/dev/sda5", "UUID" },
	{ fstab_root, "fstab-device", 0, "7: /dev/sda1", "UUID=786c6162-0000" },
	{ fstab_sda, "fstab-device", PV | PVH | PVHVM, "7: /dev/sda1", "UUID=786c6162-0000" },
	{ fstab_xvda, "fstab-device", NATIVE | HVM, "7: /dev/xvda5", "UUID=5-5" },
	{ fstab_other_disk, "fstab-device", PV | PVH | PVHVM, "7: /dev/sdb5", "UUID=... of it" },
	{ fstab_other_swap, "fstab-swap", 0, "7: /dev/nvme1n1p5", "UUID=... of it" },
	{ fstab_swap, "fstab-swap", 0, "7: /dev/sda5", "UUID=5-5" },
	{ quiet, "console-none", PVH, "no console=", "add console=hvc0" },
	{ serial, "console-other", PV | PVH, "console=ttyS0", "add console=hvc0" },
	{ order, "console-order", 0, "ttyS0", "last" },
	{ no_getty, "no-getty", PV | PVH, "/etc/inittab of sysvinit", "h0:2345:respawn" },
	{ masked, "no-getty", PV | PVH, "is masked", "rm " },
	{ securetty, "no-securetty", PV | PVH, "securetty", "echo hvc0" },
};

static size_t rule_number(const char *id)
{
	for (size_t i = 0; i < lint_nrules; i++)
		if (!strcmp(lint_rule_id(i), id))
			return i;
	fail_msg("no rule %s", id);
	return 0;
}

static void test_sound(void **state)
{
	struct lint_finding f;

	(void)state;
	sound(&facts);
	for (size_t i = 0; i < lint_nrules; i++)
		if (lint_rule_apply(i, &facts, &f))
			fail_msg("%s: %s", f.rule, f.problem);
}

static void test_each(void **state)
{
	struct lint_finding f;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		sound(&facts);
		cases[i].spoil();
		if (!lint_rule_apply(rule_number(cases[i].rule), &facts, &f))
			fail_msg("%zu %s is not found", i, cases[i].rule);
		if (f.stops != cases[i].stops || !strstr(f.problem, cases[i].says) ||
		    !strstr(f.fix, cases[i].fix) || strchr(f.problem, '%'))
			fail_msg("%zu %s: %s; %s [%x]", i, f.rule, f.problem, f.fix, f.stops);
	}
}

/* What is spoilt stops no mode by any other rule; those that go with each other are named. */
static void test_nothing_else(void **state)
{
	static const char *const pairs[][2] = {
		{ "features-grub", "features-pygrub" },
		{ "no-kernel", "no-boot-code" },
		{ "no-kernel", "no-menu" },
	};
	struct lint_finding f;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		sound(&facts);
		cases[i].spoil();
		for (size_t n = 0; n < lint_nrules; n++) {
			bool pair = !strcmp(lint_rule_id(n), cases[i].rule);

			for (size_t p = 0; p < sizeof(pairs) / sizeof(*pairs); p++)
				pair |= (!strcmp(cases[i].rule, pairs[p][0]) &&
					 !strcmp(lint_rule_id(n), pairs[p][1])) ||
					(!strcmp(cases[i].rule, pairs[p][1]) &&
					 !strcmp(lint_rule_id(n), pairs[p][0]));
			if (!pair && lint_rule_apply(n, &facts, &f) && f.stops)
				fail_msg("%s: also %s: %s", cases[i].rule, f.rule, f.problem);
		}
	}
}

static void test_all_rules(void **state)
{
	(void)state;
	for (size_t n = 0; n < lint_nrules; n++) {
		bool covered = false;

		for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
			covered |= !strcmp(cases[i].rule, lint_rule_id(n));
		if (!covered)
			fail_msg("no case for %s", lint_rule_id(n));
	}
}

static const struct {
	enum lint_init init;
	const char *text;
	bool has;
} inittabs[] = {
	{ LINT_INIT_SYSV, "h0:2345:respawn:/sbin/getty 38400 hvc0\n", true },
	{ LINT_INIT_SYSV, "id:2:initdefault:\n1:2345:respawn:/sbin/getty hvc0 38400 linux", true },
	{ LINT_INIT_SYSV, "#h0:2345:respawn:/sbin/getty 38400 hvc0\n", false },
	{ LINT_INIT_SYSV, "h0:2345:off:/sbin/getty 38400 hvc0\n", false },
	{ LINT_INIT_SYSV, "h0:0:respawn:/sbin/getty 38400 hvc0\n", false },
	{ LINT_INIT_SYSV, "T0:23:respawn:/sbin/getty -L ttyS0 9600 vt100\n", false },
	{ LINT_INIT_SYSV, "h0:23:respawn:/sbin/getty hvc01\n", false },
	{ LINT_INIT_SYSV, "", false },
	{ LINT_INIT_BUSYBOX, "hvc0::respawn:/sbin/getty 38400 hvc0\n", true },
	{ LINT_INIT_BUSYBOX, "::respawn:/sbin/getty -L hvc0 0 vt100\n", true },
	{ LINT_INIT_BUSYBOX, "::askfirst:-/bin/sh\n", true },
	{ LINT_INIT_BUSYBOX, "tty1::respawn:/sbin/getty 38400 tty1\n", false },
	{ LINT_INIT_BUSYBOX, "::sysinit:/sbin/openrc sysinit\n", false },
};

static void test_inittab(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(inittabs) / sizeof(*inittabs); i++)
		if (lint_inittab_has_hvc0(inittabs[i].text, inittabs[i].init) != inittabs[i].has)
			fail_msg("%s", inittabs[i].text);
}

static void test_args(void **state)
{
	char value[16];

	(void)state;
	assert_true(lint_arg("a=1  b a=2\t", "a", value, sizeof(value)));
	assert_string_equal(value, "2");
	assert_true(lint_arg("a=1 b", "b", value, sizeof(value)));
	assert_string_equal(value, "");
	assert_false(lint_arg("", "a", value, sizeof(value)));
	assert_false(lint_arg("aa=1", "a", value, sizeof(value)));
}

static int work_well(FILE *out, void *arg)
{
	fputs(arg, out);
	return 7;
}

static int work_badly(FILE *out, void *arg)
{
	(void)out, (void)arg;
	raise(SIGKILL);
	return 0;
}

/* What comes of work in a process of its own, and that its end is its own. */
static void test_guard(void **state)
{
	char text[8] = "";
	FILE *out;
	int status;

	(void)state;
	assert_int_equal(lint_guard(work_well, "some", &status, &out), 0);
	assert_int_equal(status, 7);
	assert_non_null(fgets(text, sizeof(text), out));
	assert_string_equal(text, "some");
	fclose(out);
	assert_int_equal(lint_guard(work_badly, NULL, &status, &out), -EUCLEAN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sound),	     cmocka_unit_test(test_each),
		cmocka_unit_test(test_nothing_else), cmocka_unit_test(test_all_rules),
		cmocka_unit_test(test_inittab),	     cmocka_unit_test(test_args),
		cmocka_unit_test(test_guard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

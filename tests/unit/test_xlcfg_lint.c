/* SPDX-License-Identifier: ISC */
/* What xlab cfg lint finds in a config, mode by mode. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest-tools/lib/io.h"
#include "host/xlcfg_keys.h"
#include "host/xlcfg_lint.h"

#define PV XLCFG_MODE(MODE_PV)
#define PVH XLCFG_MODE(MODE_PVH)
#define PVHVM XLCFG_MODE(MODE_PVHVM)
#define HVM XLCFG_MODE(MODE_HVM)
#define DIRECT XLCFG_DIRECT
#define FIRMWARE XLCFG_FIRMWARE
#define EVERY XLCFG_EVERY

static struct xlcfg_findings found;

static void lint(const char *text)
{
	struct xlcfg_error e;
	struct xlcfg c;

	xlcfg_findings_free(&found);
	if (xlcfg_parse(&c, text, strlen(text), &e))
		fail_msg("%s: %s", text, e.what);
	assert_int_equal(xlcfg_lint(&c, &found), 0);
	xlcfg_free(&c);
}

/* One that boots in every mode, whatever the type. */
#define SOUND \
	"name = 'lab'\ntype = 'pv'\nmemory = 128\nkernel = '/k'\nserial = 'pty'\n" \
	"cmdline = 'root=PARTUUID=1-01 ro console=hvc0'\n"
#define DISK "disk = [ '/a,raw,xvda,rw' ]\n"

/* Nothing boots without firmware. */
#define BARE "name = 'lab'\ntype = 'hvm'\nmemory = 128\nserial = 'pty'\n"

/* What each adds to a file, on its last line unless line says another. */
static const struct {
	const char *text, *key;
	unsigned line, stops;
	const char *problem, *fix;
} faults[] = {
	{ SOUND DISK "builder = 'hvm'", "builder", 8, EVERY, "contradict", "one line" },
	{ SOUND DISK "type = 'vmx'", "type", 8, EVERY, "neither pv", "one line" },
	{ SOUND DISK "builder = 'generic'", "builder", 8, 0, "type says it", "take it out" },
	{ "name='a'\nmemory=64\nbuilder='hvm'", "builder", 3, 0, "deprecated", "type = \"hvm\"" },
	{ "memory = 64", "name", 0, EVERY, "is missing", "add name" },
	{ SOUND DISK "name = ''", "name", 8, EVERY, "is empty", "letters" },
	{ SOUND DISK "name = 'a/b'", "name", 8, EVERY, "slash", "letters" },
	{ SOUND DISK "name = 'a b'", "name", 8, 0, "stumble", "letters" },
	{ SOUND DISK "name = '17'", "name", 8, 0, "a number", "letter" },
	{ SOUND DISK "name = [ 'a' ]", "name", 8, EVERY, "wrong kind", "without brackets" },
	{ "name = 'a'", "memory", 0, 0, "32 MiB", "memory = 256" },
	{ SOUND DISK "memory = 16", "memory", 8, EVERY, "16 MiB are too few", "64" },
	{ SOUND DISK "memory = '1G'", "memory", 8, EVERY, "no number", "write a number" },
	{ SOUND DISK "vcpus = 2\nmaxvcpus = 1", "maxvcpus", 9, EVERY, "less than vcpus",
	  "as large" },
	{ SOUND DISK "on_crash = 'explode'", "on_crash", 8, EVERY, "\"explode\"",
	  "one of destroy" },
	{ SOUND DISK "vga = 'matrox'", "vga", 8, FIRMWARE, "\"matrox\"", "stdvga" },
	{ SOUND DISK "memroy = 1", "memroy", 8, 0, "no such setting", "write memory" },
	{ SOUND DISK "zebra = 1", "zebra", 8, 0, "no such setting", "take it out" },
	{ SOUND DISK "vnc = 'yes'", "vnc", 8, 0, "no number", "a number" },
	{ SOUND "disk = '/a,raw,xvda,rw'", "disk", 7, EVERY, "wrong kind", "brackets" },
	{ SOUND DISK DISK, "disk", 7, 0, "again on line 8", "keep one" },
	{ BARE DISK, "kernel", 0, DIRECT, "neither a kernel", "pygrub" },
	{ BARE "kernel = '/x/hvmloader'", "kernel", 5, DIRECT, "firmware of HVM", "dom0" },
	{ BARE DISK, "disk", 5, FIRMWARE, "no disk that firmware", "call the first disk hda" },
	{ BARE "disk = [ '/a,raw,xvda1,rw' ]", "disk", 5, FIRMWARE, "only partitions", "whole" },
	{ BARE "disk = [ 'phy:/a,hda,r' ]", "disk", 5, FIRMWARE, "is read-only", "access rw" },
	{ BARE "disk = [ 'phy:/a,hda,w' ]\nboot = 'd'", "boot", 6, FIRMWARE, "no such drive",
	  "\"c\"" },
	{ BARE "disk = [ 'phy:/a,hda,w' ]\nboot = 'xc'", "boot", 6, 0, "mean something", "\"c\"" },
	{ SOUND DISK "cmdline = 'root=/dev/hda1'", "cmdline", 8, PV | PVH | PVHVM, "/dev/hda1",
	  "write /dev/xvda1" },
	{ SOUND DISK "cmdline = 'ro root=/dev/sdb2 quiet'", "cmdline", 8, PV | PVH | PVHVM,
	  "/dev/sdb2", "write /dev/xvdb2" },
	{ SOUND DISK "cmdline = 'root=/dev/xvda1'", "cmdline", 8, HVM, "without PV", "/dev/sda1" },
	{ SOUND DISK "cmdline = 'root=/dev/xvda1'", "cmdline", 8, 0, "no console=hvc0", "add" },
	{ SOUND DISK "cmdline = 'console=hvc0'", "cmdline", 0, 0, "which disk is the root", "add" },
	{ SOUND DISK "extra = 'quiet'", "extra", 8, 0, "where there is a cmdline", "move" },
	{ "name='a'\nmemory=64\nkernel='/k'\nroot='/dev/hda1 ro'\n" DISK, "root", 4,
	  PV | PVH | PVHVM, "/dev/hda1,", "/dev/xvda1" },
	{ SOUND, "disk", 0, DIRECT, "neither a disk nor", "add disk" },
	{ SOUND "disk = [ 'nonsense' ]", "disk", 7, EVERY, "\"nonsense\" has no vdev", "TARGET" },
	{ SOUND "disk = [ '/a,raw,vda,w' ]", "disk", 7, EVERY, "has a vdev", "TARGET" },
	{ SOUND "disk = [ '/a,raw,hda,w' ]", "disk", 7, 0, "sees it as xvda", "write xvd" },
	{ SOUND "disk = [ '/a,raw,xvda,w',\n '/b,raw,xvda,w' ]", "disk", 8, EVERY,
	  "also the disk on line 7", "of its own" },
	{ SOUND "disk = [ '/a,raw,xvda,w' ]\ndisk += [ '/b,raw,hda,w' ]", "disk", 8,
	  PV | PVH | PVHVM, "calls hda and xvda on line 7", "another letter" },
	{ SOUND DISK "vif = [ 'type=ioemu' ]", "vif", 8, DIRECT, "refuses an emulated", "ioemu" },
	{ SOUND DISK "vif = [ 'type=vif' ]", "vif", 8, 0, "does not see", "type=vif" },
	{ SOUND DISK "pci = [ '03:00.0' ]", "pci", 8, PVH, "passes no devices", "use pv or hvm" },
	{ SOUND DISK "timer_mode = 'no_missed_ticks_pending'", "timer_mode", 8, PV, "refuses",
	  "take" },
	{ SOUND DISK "vfb = [ 'vnc=1' ]", "vfb", 8, 0, "a screen", "take it out" },
	{ SOUND DISK "vnc = 1", "vnc", 8, 0, "a screen", "write 0" },
	{ "name='a'\nmemory=64", "serial", 0, 0, "no serial port", "pty" },
	{ SOUND DISK "boot = 'c'", "boot", 8, 0, "does not heed it", "take it out" },
};

static void faults_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		const struct xlcfg_finding *f = NULL;

		lint(faults[i].text);
		for (size_t n = 0; n < found.n && !f; n++)
			if (!strcmp(found.list[n].key, faults[i].key) &&
			    strstr(found.list[n].problem, faults[i].problem))
				f = &found.list[n];
		if (!f)
			fail_msg("%s: not found: %s", faults[i].text, faults[i].problem);
		if (f->line != faults[i].line || f->stops != faults[i].stops ||
		    !strstr(f->fix, faults[i].fix))
			fail_msg("%s: line %u, stops %x: %s", faults[i].text, f->line, f->stops,
				 f->fix);
		assert_int_equal(f->stops & ~f->modes, 0);
	}
	xlcfg_findings_free(&found);
}

static unsigned stopped(void)
{
	unsigned stops = 0;

	for (size_t i = 0; i < found.n; i++)
		stops |= found.list[i].stops;
	return stops;
}

static void what_is_sound_boots(void **state)
{
	static const struct {
		const char *file;
		unsigned boots;
	} files[] = {
		{ "tests/golden/pv.cfg", PV | PVH },
		{ "tests/golden/pvh.cfg", PV | PVH },
		{ "tests/golden/pvhvm.cfg", PVHVM | HVM },
		{ "tests/golden/hvm.cfg", PVHVM | HVM },
		{ "tests/golden/extras-pvh.cfg", PV | PVH },
		{ "tests/golden/extras-hvm.cfg", PVHVM | HVM },
	};
	char text[8192];

	(void)state;
	lint(SOUND DISK);
	assert_int_equal(stopped(), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		assert_true(io_read_file(files[i].file, text, sizeof(text)) > 0);
		lint(text);
		assert_int_equal(stopped() & files[i].boots, 0);
	}
	xlcfg_findings_free(&found);
}

/* A conversion has nothing left that stops its mode. */
static void what_is_converted_boots(void **state)
{
	static const char *const files[] = { "lab-hvm", "pygrub-pv", "debian-hvm", "small-pvh",
					     "bare-pv" };
	char path[128], text[8192];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		for (enum mode m = MODE_PV; m < MODE_COUNT; m++) {
			snprintf(path, sizeof(path), "tests/golden/convert/%s.cfg.to-%s", files[i],
				 mode_name(m));
			if (io_read_file(path, text, sizeof(text)) <= 0)
				continue;
			lint(text);
			if (stopped() & XLCFG_MODE(m))
				fail_msg("%s", path);
		}
	xlcfg_findings_free(&found);
}

static void names_are_known(void **state)
{
	static const struct {
		const char *name, *near;
	} names[] = {
		{ "memmory", "memory" }, { "emmory", "memory" }, { "memor", "memory" },
		{ "mamory", "memory" },	 { "disks", "disk" },	 { "vcpu", "vcpus" },
		{ "xyzzy", NULL },	 { "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *near = xlcfg_key_near(names[i].name);

		assert_null(xlcfg_key_find(names[i].name));
		if (names[i].near)
			assert_string_equal(near, names[i].near);
		else
			assert_null(near);
	}
	assert_int_equal(xlcfg_key_find("acpi")->in, XLCFG_IN_PVH | XLCFG_IN_HVM);
	assert_int_equal(xlcfg_key_find("xen_platform_pci")->holds, XLCFG_IS_NUMBER);
	assert_int_equal(xlcfg_key_find("xend_suspend_evtchn_compat")->in, XLCFG_IN_ALL);
	assert_non_null(xlcfg_key_find("device_model_args_pv"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_are_found),
		cmocka_unit_test(what_is_sound_boots),
		cmocka_unit_test(what_is_converted_boots),
		cmocka_unit_test(names_are_known),
	};

	return cmocka_run_group_tests_name("xlcfg_lint", tests, NULL, NULL);
}

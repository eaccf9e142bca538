/* SPDX-License-Identifier: ISC */
/* Conversions of whole configs, held to tests/golden/convert/, and the way back from each. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest-tools/lib/io.h"
#include "host/xlcfg_convert.h"

#define DIR "tests/golden/convert/"

static const enum mode modes[] = { MODE_PV, MODE_PVH, MODE_PVHVM, MODE_HVM };

enum { MODES = sizeof(modes) / sizeof(*modes), TEXT = 16384 };

static struct xlcfg_target target = { .kernel = "/boot/vmlinuz-lab" };
static struct xlcfg_notes notes;
static char why[XLCFG_WHY];

/* text becomes the converted one. */
static int convert(char *text, enum mode to)
{
	struct xlcfg_error e;
	struct xlcfg c;
	char *out;
	size_t len;
	int r;

	xlcfg_notes_free(&notes);
	assert_int_equal(xlcfg_parse(&c, text, strlen(text), &e), 0);
	target.mode = to;
	r = xlcfg_convert(&c, &target, &out, &len, &notes, why);
	xlcfg_free(&c);
	if (r)
		return r;
	assert_true(len < TEXT && strlen(out) == len);
	strcpy(text, out);
	free(out);
	return 0;
}

static enum mode mode_of(const char *text)
{
	struct xlcfg_error e;
	struct xlcfg c;
	enum mode mode;

	assert_int_equal(xlcfg_parse(&c, text, strlen(text), &e), 0);
	assert_int_equal(xlcfg_mode(&c, &mode, why), 0);
	xlcfg_free(&c);
	return mode;
}

static void read_text(const char *path, char *text)
{
	if (io_read_file(path, text, TEXT) <= 0)
		fail_msg("%s", path);
}

/* XLAB_GOLDEN=write makes the files anew; then read the difference. */
static void check_golden(const char *name, enum mode to, const char *text)
{
	char path[128], want[TEXT];

	snprintf(path, sizeof(path), DIR "%s.to-%s", name, mode_name(to));
	if (getenv("XLAB_GOLDEN"))
		assert_int_equal(io_replace_file(path, text, strlen(text)), 0);
	read_text(path, want);
	assert_string_equal(text, want);
}

static const char *const files[] = {
	DIR "lab-hvm.cfg",
	DIR "pygrub-pv.cfg",
	DIR "tools-pv.cfg",
	DIR "debian-hvm.cfg",
	DIR "small-pvh.cfg",
	DIR "direct-hvm.cfg",
	DIR "bare-pv.cfg",
	"tests/golden/pv.cfg",
	"tests/golden/pvh.cfg",
	"tests/golden/pvhvm.cfg",
	"tests/golden/hvm.cfg",
	"tests/golden/extras-pv.cfg",
	"tests/golden/extras-hvm.cfg",
};

enum { FILES = sizeof(files) / sizeof(*files) };

/* What is refused: partitions alone have nothing for firmware to boot. */
static bool is_refused(const char *file, enum mode to)
{
	return strstr(file, "tools-pv") && !xlcfg_is_direct(to);
}

static void conversions_are_golden(void **state)
{
	(void)state;
	for (size_t f = 0; f < FILES; f++)
		for (size_t m = 0; m < MODES; m++) {
			char text[TEXT];

			read_text(files[f], text);
			if (is_refused(files[f], modes[m])) {
				assert_int_equal(convert(text, modes[m]), -EINVAL);
				assert_non_null(strstr(why, "partitions"));
				continue;
			}
			if (mode_of(text) == modes[m])
				continue;
			assert_int_equal(convert(text, modes[m]), 0);
			assert_int_equal(mode_of(text), modes[m]);
			assert_true(notes.n > 0);
			check_golden(strrchr(files[f], '/') + 1, modes[m], text);
		}
	xlcfg_notes_free(&notes);
}

/* There, there again, by way of a third mode, and back. */
static void there_and_back_gives_the_same_bytes(void **state)
{
	(void)state;
	for (size_t f = 0; f < FILES; f++)
		for (size_t m = 0; m < MODES * MODES; m++) {
			enum mode to = modes[m % MODES], via = modes[m / MODES];
			char original[TEXT], text[TEXT], direct[TEXT];

			read_text(files[f], original);
			if (is_refused(files[f], to) || is_refused(files[f], via))
				continue;
			strcpy(text, original);
			strcpy(direct, original);
			assert_int_equal(convert(direct, to), 0);
			assert_int_equal(convert(text, via), 0);
			assert_int_equal(convert(text, via), 0);
			assert_int_equal(convert(text, to), 0);
			assert_string_equal(text, direct);
			assert_int_equal(convert(text, mode_of(original)), 0);
			assert_string_equal(text, original);
		}
	xlcfg_notes_free(&notes);
}

static void what_was_edited_since_is_kept(void **state)
{
	char text[TEXT] =
		"name = 'a'\nkernel = '/k'\ndisk = [ 'phy:/dev/a,xvda,w' ]\nmemory = 64\n";
	char *at;

	(void)state;
	assert_int_equal(convert(text, MODE_HVM), 0);
	at = strstr(text, "\ndisk = [ 'phy:/dev/a,hda");
	assert_non_null(at);
	memcpy(at, "\ndisk = [ 'phy:/dev/b,hda", 25);
	at = strstr(text, "memory = 64");
	memcpy(at, "memory = 96", 11);
	assert_int_equal(convert(text, MODE_PV), 0);
	assert_int_equal(mode_of(text), MODE_PV);
	assert_non_null(strstr(text, "\nkernel = '/k'\n"));
	assert_non_null(strstr(text, "\ndisk = [ 'phy:/dev/b,xvda,w' ]\n"));
	assert_non_null(strstr(text, "memory = 96"));
	assert_null(strstr(text, "boot ="));
	assert_null(strstr(text, "phy:/dev/a"));
	xlcfg_notes_free(&notes);
}

/* What becomes of one line, between others that a mode needs. */
static const struct {
	enum mode to;
	const char *before, *after; /* after is a part of the text that comes out */
} lines[] = {
	{ MODE_PV, "type='hvm'", "\ntype='pv'\n" },
	{ MODE_PV, "builder=\"hvm\" # old", "\ntype=\"pv\" # old\n" },
	{ MODE_PV, "builder='hvm'; type='hvm'", "\ntype='pv'\n" },
	{ MODE_PV, "type='hvm'; boot='c'; a=1", "\ntype='pv'; a=1\n" },
	{ MODE_PVHVM, "builder='generic'", "\ntype='hvm'\n" },
	{ MODE_PV, "type='hvm'\ndisk=['a,raw,hdb1,w']", "\ndisk=['a,raw,xvdb1,w']\n" },
	{ MODE_PV, "type='hvm'\ndisk=['phy:a,sdc,w']", "\ndisk=['phy:a,xvdc,w']\n" },
	{ MODE_PV, "type='hvm'\ndisk=['phy:a,hda,w','phy:b,sda,w']",
	  "\ndisk=['phy:a,xvda,w','phy:b,sda,w']\n" },
	{ MODE_PV, "type='hvm'\ndisk=[',hdc:cdrom,r', 'phy:a,hda,w']",
	  "\ndisk=['phy:a,xvda,w']\n" },
	{ MODE_PV, "type='hvm'\ndisk=['vdev=hda,target=x,vdev=hda']",
	  "\ndisk=['vdev=xvda,target=x,vdev=hda']\n" },
	{ MODE_PV, "type='hvm'\ndisk=[\"phy:a\\\\b,hda,w\"]", "\ndisk=[\"phy:a\\\\b,xvda,w\"]\n" },
	{ MODE_PV, "type='hvm'\ndisk=['nonsense']", "\ndisk=['nonsense']\n" },
	{ MODE_HVM, "disk=['phy:a,xvda,r','phy:b,xvdb,r']",
	  "\ndisk=['phy:a,hda,w','phy:b,hdb,w']\n" },
	{ MODE_HVM, "disk=['access=ro,vdev=xvda,target=a']",
	  "\ndisk=['access=rw,vdev=hda,target=a']\n" },
	{ MODE_HVM, "disk=['phy:a,xvda,w']\nvif=['type=vif, bridge=b']", "\nvif=['bridge=b']\n" },
	{ MODE_PVH, "vif=['model=e1000,type=ioemu']", "\nvif=['']\n" },
	{ MODE_PVH, "pci=['03:00.0']", "#xlab pv: pci=['03:00.0']\n" },
	{ MODE_PVH, "cmdline='root=/dev/hda2 console=ttyS0,9600'",
	  "\ncmdline='root=/dev/xvda2 console=hvc0'\n" },
	{ MODE_PVH, "cmdline=''", "\ncmdline='console=hvc0'\n" },
	{ MODE_PVH, "cmdline='x console=hvc0'", "\ncmdline='x console=hvc0'\n" },
	{ MODE_PVH, "cmdline='console=hvc01'", "\ncmdline='console=hvc01 console=hvc0'\n" },
	{ MODE_PVH, "root='/dev/sda1 ro'", "\nroot='/dev/xvda1 ro console=hvc0'\n" },
	{ MODE_PVH, "root='/dev/sda1 ro'\nextra='quiet'", "\nextra='quiet console=hvc0'\n" },
	{ MODE_PVH, "root='/dev/disk'", "\nroot='/dev/disk console=hvc0'\n" },
	{ MODE_PVH, "bootloader='pygrub'\nkernel='/usr/lib/xen/boot/hvmloader'", "#xlab pv 1 " },
	{ MODE_HVM, "type='hvm'\nkernel='/k'\nroot='/dev/xvda1'", "\nroot='/dev/sda1'\n" },
	{ MODE_PVHVM, "type='hvm'; xen_platform_pci=0\nkernel='/k'\ncmdline='root=/dev/sda1'",
	  "\ncmdline='root=/dev/xvda1'\n" },
	{ MODE_PV, "type='hvm'\nbootloader='pygrub'", "\ntype='pv'\nbootloader='pygrub'\n" },
	{ MODE_HVM, "disk=['phy:a,hda,w']\nxen_platform_pci='1'", "\nxen_platform_pci='0'\n" },
	{ MODE_PVHVM, "type='hvm'\nxen_platform_pci=0", "\nxen_platform_pci=1\n" },
};

static void single_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		char text[TEXT], original[TEXT];

		snprintf(original, sizeof(original), "name='a'\n%s\n", lines[i].before);
		strcpy(text, original);
		if (convert(text, lines[i].to))
			fail_msg("%s: %s", lines[i].before, why);
		if (!strstr(text, lines[i].after))
			fail_msg("%s: %s", lines[i].after, text);
		assert_int_equal(convert(text, mode_of(original)), 0);
		assert_string_equal(text, original);
	}
	xlcfg_notes_free(&notes);
}

static const struct {
	enum mode to;
	const char *kernel, *text, *why;
} refused[] = {
	{ MODE_PV, NULL, "type='hvm'", "has neither kernel nor bootloader; --kernel PATH gives" },
	{ MODE_PVH, NULL, "\nkernel='/x/hvmloader'", "line 2: kernel is the HVM firmware" },
	{ MODE_PV, "/a\"b", "type='hvm'", "an option has a quote" },
	{ MODE_HVM, NULL, "disk=['phy:a,xvda1,w']", "are partitions" },
	{ MODE_HVM, NULL, "disk=['phy:a,xvde,w']", "call one hda to hdd" },
	{ MODE_HVM, NULL, "type='vmx'", "line 1: type is neither pv, pvh nor hvm" },
	{ MODE_HVM, NULL, "type='pv'\nbuilder='hvm'", "line 2: builder and type contradict" },
	{ MODE_HVM, NULL, "\nextra+='x'", "line 2: extra += is more than" },
	{ MODE_HVM, NULL, "#xlab pv: boot = \ntype='hvm'; xen_platform_pci=1", "wrong now" },
};

static void refusals_say_what_to_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		char text[TEXT];

		strcpy(text, refused[i].text);
		target.kernel = refused[i].kernel;
		why[0] = '\0';
		if (convert(text, refused[i].to) != -EINVAL || !strstr(why, refused[i].why))
			fail_msg("%s: %s", refused[i].text, why);
	}
	target.kernel = "/boot/vmlinuz-lab";
	xlcfg_notes_free(&notes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conversions_are_golden),
		cmocka_unit_test(there_and_back_gives_the_same_bytes),
		cmocka_unit_test(what_was_edited_since_is_kept),
		cmocka_unit_test(single_lines),
		cmocka_unit_test(refusals_say_what_to_do),
	};

	return cmocka_run_group_tests_name("xlcfg_convert", tests, NULL, NULL);
}

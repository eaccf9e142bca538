/* SPDX-License-Identifier: ISC */
/* Kernels and initramfs in every packing that Linux knows, whole and damaged. */
#include "host/bzimage.h"
#include "host/initramfs.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xen/elfnote.h>

#include <cmocka.h>

#include "tests/unit/disks.h"

struct bytes {
	char *at;
	size_t len;
};

static struct bytes load(const char *name)
{
	struct bytes b = { malloc(8 << 20), 0 };
	FILE *f = fopen(disks_path(name), "r");

	assert_true(b.at && f);
	b.len = fread(b.at, 1, 8 << 20, f);
	fclose(f);
	return b;
}

/* An ELF file with these notes of Xen. */
static void make_elf(bool entry, bool phys32, const char *os)
{
	uint32_t notes[] = { 4, 8, XEN_ELFNOTE_ENTRY,	     0x6e6558, 0x1000, 0,
			     4, 8, XEN_ELFNOTE_GUEST_OS,     0x6e6558, 0,      0,
			     4, 8, XEN_ELFNOTE_PHYS32_ENTRY, 0x6e6558, 0x1000, 0 };
	const uint64_t head[] = { 0x00000001003e0002, 0, 64, 0, 0x0038004000000000, 1 };
	const uint64_t load[] = { 0x0000000400000004, 120, 0, 0, sizeof(notes), sizeof(notes), 4 };
	char elf[64 + 56 + sizeof(notes)] = "\177ELF\2\1\1";

	notes[2] = entry ? XEN_ELFNOTE_ENTRY : XEN_ELFNOTE_INFO;
	notes[14] = phys32 ? XEN_ELFNOTE_PHYS32_ENTRY : XEN_ELFNOTE_INFO;
	memcpy(&notes[10], os, strlen(os));
	memcpy(elf + 16, head, sizeof(head));
	memcpy(elf + 64, load, sizeof(load));
	memcpy(elf + 120, notes, sizeof(notes));
	disks_write("elf", elf, sizeof(elf));
}

/* A bzImage of the file elf, packed with the program; tail is what Linux puts behind it. */
static struct bytes make_kernel(const char *packer, size_t tail)
{
	struct bytes payload;
	char *image = calloc(1, 8 << 20);
	uint32_t length;

	disks_sh("%s <elf >payload", packer);
	payload = load("payload");
	length = (uint32_t)(payload.len + tail);
	image[0x1f1] = 1;
	memcpy(image + 0x1fe, "\x55\xaa\0\0HdrS\x0f\x02", 10);
	memcpy(image + 0x20e, "\x80\x01", 2);
	memcpy(image + 0x380, "6.1.0-1 (someone)", 17);
	memcpy(image + 0x24c, &length, 4);
	memcpy(image + 1024, payload.at, payload.len);
	free(payload.at);
	return (struct bytes){ image, 1024 + length };
}

static const struct {
	const char *packer;
	size_t tail;
	enum unpack_format format;
} packers[] = {
	{ "gzip -9n", 0, UNPACK_GZIP },
	{ "xz --check=crc32", 4, UNPACK_XZ },
	{ "lzma", 4, UNPACK_LZMA },
	{ "bzip2", 4, UNPACK_BZIP2 },
	{ "zstd -q --ultra -22", 4, UNPACK_ZSTD },
	{ "lz4 -lq", 4, UNPACK_LZ4 },
};

static void test_packings(void **state)
{
	struct bzimage k;
	char why[80];

	(void)state;
	make_elf(true, true, "linux");
	for (size_t i = 0; i < sizeof(packers) / sizeof(*packers); i++) {
		struct bytes b = make_kernel(packers[i].packer, packers[i].tail);

		assert_int_equal(bzimage_read(b.at, b.len, &k, why, sizeof(why)), 0);
		assert_string_equal(unpack_name(k.packing), unpack_name(packers[i].format));
		assert_string_equal(k.version, "6.1.0-1");
		if (!(k.bz && k.opened && k.xen && k.pv && k.pvh))
			fail_msg("%s", packers[i].packer);
		/* Cut off, it is none; with a hole in it, it is not opened and does no harm. */
		assert_int_equal(bzimage_read(b.at, b.len - 1, &k, why, sizeof(why)), -EINVAL);
		memset(b.at + 1024 + 20, 0x5a, 40);
		assert_int_equal(bzimage_read(b.at, b.len, &k, why, sizeof(why)), 0);
		free(b.at);
	}
}

static void test_notes(void **state)
{
	static const struct {
		bool entry, phys32;
		const char *os;
		bool pv, pvh;
	} cases[] = {
		{ true, false, "linux", true, false },
		{ false, true, "linux", false, true },
		{ true, true, "netbsd", false, true },
		{ false, false, "linux", false, false },
	};
	struct bzimage k;
	char why[80];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct bytes b;

		make_elf(cases[i].entry, cases[i].phys32, cases[i].os);
		b = load("elf");
		assert_int_equal(bzimage_read(b.at, b.len, &k, why, sizeof(why)), 0);
		assert_false(k.bz);
		assert_int_equal(k.pv, cases[i].pv);
		assert_int_equal(k.pvh, cases[i].pvh);
		free(b.at);
	}
}

static void test_no_kernel(void **state)
{
	struct bzimage k;
	char why[80], buf[2048] = { 0 };

	(void)state;
	assert_int_equal(bzimage_read("", 0, &k, why, sizeof(why)), -EINVAL);
	assert_int_equal(bzimage_read(buf, sizeof(buf), &k, why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, "neither"));
	memcpy(buf, "\177ELF", 4);
	assert_int_equal(bzimage_read(buf, sizeof(buf), &k, why, sizeof(why)), 0);
	assert_false(k.pv || k.pvh);
}

static void test_bomb(void **state)
{
	struct bytes b;
	char *out;
	size_t used, len;

	(void)state;
	disks_sh("head -c 9000000 /dev/zero | gzip >zero");
	b = load("zero");
	assert_int_equal(unpack(b.at, b.len, 1 << 20, &used, &out, &len), -EFBIG);
	assert_int_equal(unpack(b.at, b.len, 9000000, &used, &out, &len), 0);
	assert_int_equal(len, 9000000);
	assert_int_equal(used, b.len);
	free(out);
	assert_int_equal(unpack(b.at, b.len - 1, 9000000, &used, &out, &len), -EUCLEAN);
	assert_int_equal(unpack("plain", 5, 100, &used, &out, &len), -ENOTSUP);
	free(b.at);
}

static int note_name(const struct initramfs_entry *e, void *arg)
{
	char *names = arg;

	snprintf(names + strlen(names), 400 - strlen(names), "%s=%.*s ", e->name, (int)e->len,
		 e->data);
	return 0;
}

static void test_initramfs(void **state)
{
	struct initramfs_writer w = { 0 };
	enum unpack_format last;
	char names[400];
	struct bytes b;

	(void)state;
	initramfs_add(&w, "conf", S_IFDIR | 0755, NULL, 0);
	initramfs_add(&w, "conf/a", S_IFREG | 0644, "12345", 5);
	assert_int_equal(initramfs_finish(&w), 0);
	disks_write("early", w.buf, w.len);
	free(w.buf);
	disks_sh(
		"mkdir -p t; cd t; rm -rf *; cpio -id --quiet <../early; test \"$(cat conf/a)\" = 12345; "
		"echo b >b; find . | LC_ALL=C sort | cpio -o -H newc --quiet >../main");
	for (size_t i = 0; i < sizeof(packers) / sizeof(*packers) - 1; i++) {
		disks_sh("{ cat early; head -c 512 /dev/zero; %s <main; } >both; "
			 "truncate -s %%4 both; cat early >>both",
			 packers[i].packer);
		b = load("both");
		*names = '\0';
		assert_int_equal(initramfs_read(b.at, b.len, note_name, names, &last), 0);
		assert_string_equal(
			names,
			"conf= conf/a=12345 .= b=b\n conf= conf/a=12345 conf= conf/a=12345 ");
		assert_int_equal(last, UNPACK_NONE);
		assert_int_equal(initramfs_read(b.at, b.len - 400, note_name, names, &last),
				 -EUCLEAN);
		free(b.at);
	}
	disks_sh("lz4 -lq <main >both");
	b = load("both");
	*names = '\0';
	assert_int_equal(initramfs_read(b.at, b.len, note_name, names, &last), 0);
	assert_int_equal(last, UNPACK_LZ4);
	free(b.at);
	assert_int_equal(initramfs_read("junk", 4, note_name, names, &last), -EUCLEAN);
	assert_int_equal(initramfs_read("", 0, note_name, names, &last), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packings),  cmocka_unit_test(test_notes),
		cmocka_unit_test(test_no_kernel), cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_initramfs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

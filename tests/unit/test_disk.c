/* SPDX-License-Identifier: ISC */
/* Disks of other people, whole and damaged, and files put into them. */
#include "host/disk.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/disks.h"

/* How many writes still get through: then it is as if the machine had stopped. -1: all. */
static int writes_left = -1;

ssize_t pwrite(int fd, const void *buf, size_t len, off_t at)
{
	if (writes_left == 0) {
		errno = EIO;
		return -1;
	}
	if (writes_left > 0)
		writes_left--;
	return syscall(SYS_pwrite64, fd, buf, len, at);
}

static struct disk disk;
static char why[DISK_WHY];

static int read_disk(const char *name)
{
	return disk_read(disks_path(name), &disk, why, sizeof(why));
}

static struct disk_fs *open_fs(const char *name, bool writable)
{
	struct disk_fs *fs;

	assert_int_equal(read_disk(name), 0);
	if (disk_fs_open(&disk, &disk.part[0], writable, &fs, why, sizeof(why)))
		fail_msg("%s: %s", name, why);
	return fs;
}

static int setup(void **state)
{
	(void)state;
	disks_sh(
		"mkdir -p a/etc/deep a/usr/bin; echo hello >a/etc/hello; ln -s ../etc/hello a/usr/link; "
		"ln -s /usr/link a/abs; ln -s loop a/loop; ln -s /etc a/e; "
		"ln -s %0200d a/long; chmod 640 a/etc/hello; mkfifo a/fifo; truncate -s 9M a/hole; ln a/etc/hello a/twin",
		0);
	disks_make("a", "-E root_owner=0:0 -L lab -U 786c6162-0000-4000-8000-000000000002");
	return 0;
}

static void test_mbr(void **state)
{
	(void)state;
	assert_int_equal(read_disk("a.img"), 0);
	assert_int_equal(disk.table, DISK_MBR);
	assert_int_equal(disk.n, 1);
	assert_int_equal(disk.part[0].number, 1);
	assert_int_equal(disk.part[0].start, 1 << 20);
	assert_int_equal(disk.part[0].bytes, 7 << 20);
	assert_true(disk.part[0].active);
	assert_string_equal(disk.part[0].type, "83");
	assert_string_equal(disk.part[0].uuid, "786c6162-01");
	assert_int_equal(disk.part[0].kind, DISK_EXT);
	assert_string_equal(disk.part[0].fs_uuid, "786c6162-0000-4000-8000-000000000002");
	assert_string_equal(disk.part[0].fs_label, "lab");
	assert_ptr_equal(disk_part(&disk, 1), &disk.part[0]);
	assert_null(disk_part(&disk, 2));
}

static void test_bare(void **state)
{
	(void)state;
	assert_int_equal(read_disk("a.ext4"), 0);
	assert_int_equal(disk.table, DISK_BARE);
	assert_int_equal(disk.n, 1);
	assert_int_equal(disk.part[0].number, 0);
	assert_int_equal(disk.part[0].kind, DISK_EXT);
	/* The end of a boot sector makes no table. */
	disks_sh("cp a.ext4 b.ext4");
	disks_poke("b.ext4", 510, "\x55\xaa", 2);
	assert_int_equal(read_disk("b.ext4"), 0);
	assert_int_equal(disk.table, DISK_BARE);
}

static void test_gpt_swap_and_logical(void **state)
{
	(void)state;
	disks_sh("truncate -s 8M g.img; printf 'label: gpt\\n2048,2048,,\\n4096,4096,S\\n' | "
		 "sfdisk -q g.img; truncate -s 2M swap; mkswap -q swap; "
		 "dd if=swap of=g.img bs=1M seek=2 conv=notrunc status=none");
	assert_int_equal(read_disk("g.img"), 0);
	assert_int_equal(disk.table, DISK_GPT);
	assert_int_equal(disk.n, 2);
	assert_string_equal(disk.part[0].type, "0FC63DAF-8483-4772-8E79-3D69D8477DE4");
	assert_int_equal(strlen(disk.part[0].uuid), 36);
	assert_int_equal(disk.part[0].kind, DISK_NONE);
	assert_int_equal(disk.part[1].kind, DISK_SWAP);
	assert_int_equal(strlen(disk.part[1].fs_uuid), 36);
	disks_sh("truncate -s 8M l.img; printf 'label: dos\\n2048,2048\\n4096,,E\\n6144,2048\\n' | "
		 "sfdisk -q l.img");
	assert_int_equal(read_disk("l.img"), 0);
	assert_int_equal(disk.n, 2);
	assert_int_equal(disk.part[1].number, 5);
	assert_string_equal(disk.part[1].type, "83");
}

/* A row of the table at 446: type 83, from, sectors. */
static void poke_row(const char *name, unsigned row, uint32_t from, uint32_t n)
{
	unsigned char r[16] = { 0, 0, 0, 0, 0x83 };

	memcpy(r + 8, &from, 4);
	memcpy(r + 12, &n, 4);
	disks_poke(name, 446 + row * 16, r, sizeof(r));
}

static const struct {
	uint32_t from, n;
	const char *why;
} absurd[] = {
	{ 2048, 14337, "not within" },	  { 16384, 1, "not within" },
	{ 0xffffffff, 1, "not within" },  { 0, 100, "not within" },
	{ 1, 0xffffffff, "not within" },  { 0xffffffff, 0xffffffff, "not within" },
	{ 4096, 100, "1 and 2 overlap" },
};

static void test_absurd_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(absurd) / sizeof(*absurd); i++) {
		disks_sh("cp a.img t.img");
		poke_row("t.img", 1, absurd[i].from, absurd[i].n);
		assert_int_equal(read_disk("t.img"), -EUCLEAN);
		if (!strstr(why, absurd[i].why))
			fail_msg("%zu: %s", i, why);
	}
	disks_sh("cp a.img t.img; truncate -s 5M t.img");
	assert_int_equal(read_disk("t.img"), -EUCLEAN);
	assert_non_null(strstr(why, "cut off"));
	disks_sh(
		"cp g.img t.img; truncate -s 4M t.img; dd if=/dev/zero of=t.img bs=512 seek=1 count=40 "
		"conv=notrunc status=none");
	assert_int_equal(read_disk("t.img"), -EUCLEAN);
	assert_non_null(strstr(why, "GPT is damaged"));
}

static void test_no_disks(void **state)
{
	(void)state;
	disks_sh("truncate -s 1M zero; : >empty; head -c 3000 /etc/passwd >text; cp a.ext4 cut; "
		 "truncate -s 3M cut; mkfifo f");
	assert_int_equal(read_disk("zero"), -EINVAL);
	assert_non_null(strstr(why, "neither a partition table"));
	assert_int_equal(read_disk("empty"), -EINVAL);
	assert_int_equal(read_disk("text"), -EINVAL);
	assert_int_equal(read_disk("f"), -EINVAL);
	assert_int_equal(read_disk("nowhere"), -ENOENT);
	assert_int_equal(read_disk("cut"), 0);
	struct disk_fs *fs;

	assert_int_equal(disk_fs_open(&disk, &disk.part[0], false, &fs, why, sizeof(why)),
			 -EUCLEAN);
	assert_non_null(strstr(why, "cut off"));
}

static void expect(struct disk_fs *fs, const char *path, const char *text)
{
	char *buf;
	size_t len;

	assert_int_equal(disk_fs_get(fs, path, 100, &buf, &len), 0);
	assert_string_equal(buf, text);
	assert_int_equal(len, strlen(text));
	free(buf);
}

static void test_get(void **state)
{
	struct disk_fs *fs = open_fs("a.img", false);
	struct disk_stat st;
	struct disk_super super;
	char *buf, text[DISK_PATH];
	size_t len;

	(void)state;
	expect(fs, "/etc/hello", "hello\n");
	expect(fs, "/abs", "hello\n");
	expect(fs, "/e/hello", "hello\n");
	assert_int_equal(disk_fs_get(fs, "/etc/hello", 5, &buf, &len), -EFBIG);
	assert_int_equal(disk_fs_get(fs, "/etc", 5, &buf, &len), -EISDIR);
	assert_int_equal(disk_fs_get(fs, "/fifo", 5, &buf, &len), -EINVAL);
	assert_int_equal(disk_fs_get(fs, "/hole", 64 << 20, &buf, &len), -EUCLEAN);
	assert_int_equal(disk_fs_get(fs, "/none", 5, &buf, &len), -ENOENT);
	assert_int_equal(disk_fs_get(fs, "/etc/hello/x", 5, &buf, &len), -ENOTDIR);
	assert_int_equal(disk_fs_get(fs, "/loop", 5, &buf, &len), -ELOOP);
	assert_int_equal(disk_fs_stat(fs, "/etc/hello", true, &st), 0);
	assert_int_equal(st.mode, S_IFREG | 0640);
	assert_int_equal(st.size, 6);
	assert_int_equal(disk_fs_link(fs, "/abs", text, sizeof(text)), 0);
	assert_string_equal(text, "/usr/link");
	assert_int_equal(disk_fs_link(fs, "/long", text, sizeof(text)), 0);
	assert_int_equal(strlen(text), 200);
	assert_int_equal(disk_fs_link(fs, "/long", text, 200), -ENAMETOOLONG);
	assert_int_equal(disk_fs_link(fs, "/etc", text, 200), -EINVAL);
	disk_fs_super(fs, &super);
	assert_true(super.clean && !super.recovery && super.block == 1024 && super.free > 0);
	assert_int_equal(disk_fs_close(fs), 0);
}

static int count(const char *name, void *arg)
{
	int *n = arg;

	(void)name;
	return ++*n == 100;
}

static void test_list(void **state)
{
	struct disk_fs *fs = open_fs("a.img", false);
	int n = 0;

	(void)state;
	assert_int_equal(disk_fs_list(fs, "/e", count, &n), 0);
	assert_int_equal(n, 2);
	n = 99;
	assert_int_equal(disk_fs_list(fs, "/etc", count, &n), 1);
	assert_int_equal(disk_fs_list(fs, "/etc/hello", count, &n), -ENOTDIR);
	assert_int_equal(disk_fs_list(fs, "/none", count, &n), -ENOENT);
	disk_fs_close(fs);
}

static void check_clean(const char *name)
{
	disks_sh("e2fsck -fn %s.img?offset=1048576 >log 2>&1 || { cat log >&2; false; }", name);
}

static void test_put(void **state)
{
	struct disk_stat st, after;
	struct disk_fs *fs;
	char big[200000];

	(void)state;
	disks_sh("rm a/twin; chown 1000:70000 a/etc/hello 2>/dev/null || true");
	disks_make("a", "");
	memset(big, 'x', sizeof(big));
	fs = open_fs("a.img", true);
	assert_int_equal(disk_fs_stat(fs, "/etc/hello", true, &st), 0);
	assert_int_equal(disk_fs_put(fs, "/abs", "other", 5, 0777), 0);
	assert_int_equal(disk_fs_put(fs, "/e/new", big, sizeof(big), 0600), 0);
	assert_int_equal(disk_fs_put(fs, "/etc", "x", 1, 0600), -EISDIR);
	assert_int_equal(disk_fs_put(fs, "/none/new", "x", 1, 0600), -ENOENT);
	assert_int_equal(disk_fs_put(fs, "/loop", "x", 1, 0600), -ELOOP);
	assert_int_equal(disk_fs_put(fs, "/fifo", "x", 1, 0600), -EINVAL);
	assert_int_equal(disk_fs_mkdir(fs, "/x/y/z", 0755), 0);
	assert_int_equal(disk_fs_mkdir(fs, "/x/y/z", 0755), 0);
	assert_int_equal(disk_fs_mkdir(fs, "/etc/hello/z", 0755), -ENOTDIR);
	assert_int_equal(disk_fs_symlink(fs, "/x/y/z/l", "/etc/new"), 0);
	assert_int_equal(disk_fs_symlink(fs, "/x/y/z/l", "/etc/new"), -EEXIST);
	assert_int_equal(disk_fs_put(fs, "/x/gone", "x", 1, 0600), 0);
	assert_int_equal(disk_fs_remove(fs, "/x/gone"), 0);
	assert_int_equal(disk_fs_close(fs), 0);
	check_clean("a");
	fs = open_fs("a.img", false);
	expect(fs, "/etc/hello", "other");
	assert_int_equal(disk_fs_stat(fs, "/etc/hello", true, &after), 0);
	assert_int_equal(after.mode, st.mode);
	assert_int_equal(after.uid, st.uid);
	assert_int_equal(after.gid, st.gid);
	assert_int_equal(disk_fs_stat(fs, "/x/y/z/l", true, &after), 0);
	assert_int_equal(after.size, sizeof(big));
	assert_int_equal(disk_fs_stat(fs, "/x/gone", true, &after), -ENOENT);
	disk_fs_close(fs);
}

static void test_put_into_any(void **state)
{
	static const char *const options[] = { "-O metadata_csum,inline_data -I 256",
					       "-O ^extents,^64bit,^has_journal,^metadata_csum",
					       "-O ^metadata_csum,^huge_file -I 128", "-b 4096" };

	(void)state;
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		struct disk_fs *fs;

		disks_sh("mkdir -p o/etc; echo a >o/etc/a");
		disks_make("o", options[i]);
		fs = open_fs("o.img", true);
		assert_int_equal(disk_fs_put(fs, "/etc/a", "bc", 2, 0), 0);
		for (int n = 0; n < 200; n++) {
			char path[64];

			snprintf(path, sizeof(path), "/etc/a-rather-long-name-%d", n);
			assert_int_equal(disk_fs_put(fs, path, path, strlen(path), 0644), 0);
		}
		assert_int_equal(disk_fs_close(fs), 0);
		check_clean("o");
		fs = open_fs("o.img", false);
		expect(fs, "/etc/a", "bc");
		expect(fs, "/etc/a-rather-long-name-199", "/etc/a-rather-long-name-199");
		disk_fs_close(fs);
	}
}

static void test_full(void **state)
{
	struct disk_fs *fs;
	size_t len = 8 << 20;
	char *big = calloc(1, len);

	(void)state;
	disks_make("a", "");
	fs = open_fs("a.img", true);
	assert_int_equal(disk_fs_put(fs, "/etc/hello", memset(big, 1, len), len, 0), -ENOSPC);
	assert_int_equal(disk_fs_close(fs), 0);
	free(big);
	check_clean("a");
	fs = open_fs("a.img", false);
	expect(fs, "/etc/hello", "hello\n");
	disk_fs_close(fs);
}

static bool has_text(struct disk_fs *fs, const char *path, const char *text)
{
	char *buf;
	size_t len;
	bool same;

	assert_int_equal(disk_fs_get(fs, path, 1 << 20, &buf, &len), 0);
	same = !strcmp(buf, text);
	free(buf);
	return same;
}

static bool boot_mends(const char *name)
{
	return disks_try("cp --sparse=always %s mended; e2fsck -fp mended?offset=1048576 >log 2>&1",
			 name) <= 1;
}

/* Wherever it stops, a file that is replaced is the old one or the new one, and others are whole.
 * An inode with no name is there between two writes only; the rest a boot mends. */
static void test_interrupted(void **state)
{
	bool done = false;
	int stopped = 0, nameless = 0;

	(void)state;
	disks_make("a", "-O metadata_csum");
	for (int n = 0; !done; n++) {
		struct disk_fs *fs;
		bool old, new;

		disks_sh("cp --sparse=always a.img i.img");
		fs = open_fs("i.img", true);
		writes_left = n;
		done = !disk_fs_put(fs, "/etc/hello", "other", 5, 0) &&
		       !disk_fs_put(fs, "/etc/more", "more", 4, 0644);
		done &= !disk_fs_close(fs);
		writes_left = -1;
		fs = open_fs("i.img", false);
		old = has_text(fs, "/etc/hello", "hello\n");
		new = has_text(fs, "/etc/hello", "other");
		disk_fs_close(fs);
		assert_true(done ? new : old || new);
		stopped += !done;
		nameless += !boot_mends("i.img");
		assert_true(n < 1000);
	}
	assert_true(stopped > 5);
	assert_in_range(nameless, 1, 3);
	check_clean("i");
}

/* What debugfs(8) makes of a file system, and nobody may follow to no end. */
static const char *const hostile[] = {
	"sif /etc/hello block[5] 0xfffffff0", /* an extent past the end */
	"sif /etc/hello block[4] 0xffff8000",
	"sif /etc/hello block[0] 0xfffff30a", /* thousands of extents in an inode */
	"sif /etc/hello block[1] 0x00050004", /* five levels deep */
	"sif /etc/hello size 0x7fffffffffff",
	"sif /etc size 0x7fffffffffff",
	"sif /etc block[5] 1",
	"sif /etc block[4] 0x00008000",
	"sif / block[5] 0",
	"sif / mode 0100644",
	"sif /abs size 59",
	"sif /long size 0xffffffff",
	"sif /long block[5] 0xfffffff0",
	"ssv inode_size 1",
	"ssv inodes_per_group 1",
	"ssv inodes_per_group 0xffffffff",
	"ssv blocks_per_group 8",
	"ssv blocks_count 0xffffffffffff",
	"ssv log_block_size 40",
	"ssv desc_size 3",
	"ssv first_data_block 0xfffffff0",
	"ssv reserved_gdt_blocks 0xffff",
	"ssv feature_incompat 0xffffffff",
	"ssv first_meta_bg 0xffffffff",
	"set_bg 0 inode_table 0xfffffff0",
	"set_bg 0 inode_table 0",
};

static void test_hostile(void **state)
{
	static const char *const paths[] = { "/", "/etc", "/etc/hello", "/abs", "/long", "/e/x" };
	struct disk_fs *fs;

	(void)state;
	disks_make("a", "");
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
		disks_sh("cp a.ext4 h.ext4");
		disks_try("debugfs -w -R '%s' h.ext4 2>/dev/null", hostile[i]);
		alarm(20);
		if (read_disk("h.ext4") ||
		    disk_fs_open(&disk, &disk.part[0], false, &fs, why, sizeof(why))) {
			assert_true(*why);
			continue;
		}
		for (size_t p = 0; p < sizeof(paths) / sizeof(*paths); p++) {
			char *buf, text[DISK_PATH];
			struct disk_stat st;
			size_t len;
			int n = 0;

			disk_fs_stat(fs, paths[p], true, &st);
			disk_fs_list(fs, paths[p], count, &n);
			disk_fs_link(fs, paths[p], text, sizeof(text));
			if (!disk_fs_get(fs, paths[p], 1 << 30, &buf, &len)) {
				assert_true(len <= disk.bytes);
				free(buf);
			}
		}
		disk_fs_close(fs);
		alarm(0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mbr),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_gpt_swap_and_logical),
		cmocka_unit_test(test_absurd_tables),
		cmocka_unit_test(test_no_disks),
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_put_into_any),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}

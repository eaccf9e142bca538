/* SPDX-License-Identifier: ISC */
/*
 * Disks of other people. An input is a small disk that is sound, by number, and what is overwritten
 * in it: records of an area (partition table, superblock, an inode, a folder, a file, …), an
 * offset, a length, and bytes. So little of an input is wasted on what nobody reads. What is read
 * then must be within its bounds, whatever it says; where the first byte says so it is adopted too,
 * after which it can still be read.
 */
#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xen/elfnote.h>
#include <zlib.h>

#include "host/adopt.h"
#include "host/proc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

enum { MIB = 1 << 20, BASES = 4, AREAS_MAX = 64, BASE_MAX = 2 * MIB };

struct base {
	char *bytes;
	size_t len, nareas;
	uint64_t area[AREAS_MAX]; /* offsets */
};

/* libfdisk 2.38 loses a sector of an extended partition that it does not understand. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfdisk.so\n";
}

static struct base bases[BASES];
static int disk_fd;
static char disk_path[64], dir[] = "/tmp/xlab-fuzz-XXXXXX";
static FILE *nowhere;

static void check_bases(void);

static void check(bool good)
{
	if (!good)
		abort();
}

/* A file of the folder. */
static void put(const char *name, const void *data, size_t len)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	check(f && fwrite(data, 1, len, f) == len);
	fclose(f);
}

static void put_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

static void sh(const char *line)
{
	const char *const argv[] = { "sh", "-euc", line, NULL };

	check(!proc_run(argv, &(struct proc_opts){ .cwd = dir, .out = PROC_NULL }));
}

/* ELF with the notes that Xen looks for, in a bzImage. */
static void put_kernel(void)
{
	static const uint32_t notes[] = {
		4, 8, XEN_ELFNOTE_ENTRY,	0x6e6558, 0x1000,     0,
		4, 6, XEN_ELFNOTE_GUEST_OS,	0x6e6558, 0x756e696c, 0x78,
		4, 8, XEN_ELFNOTE_PHYS32_ENTRY, 0x6e6558, 0x1000,     0,
	};
	unsigned char elf[64 + 56 + sizeof(notes)] = "\177ELF\2\1\1", image[4096] = { 0 };
	const uint64_t head[] = { 0x00000001003e0002, 0, 64, 0, 0x0038004000000000,
				  0x0000000000000001 };
	const uint64_t load[] = { 0x0000000400000004, 120, 0, 0, sizeof(notes), sizeof(notes), 4 };
	z_stream z = {
		.next_in = elf, .avail_in = sizeof(elf), .next_out = image + 1024, .avail_out = 3000
	};
	uint32_t length;

	memcpy(elf + 16, head, sizeof(head));
	memcpy(elf + 64, load, sizeof(load));
	memcpy(elf + 120, notes, sizeof(notes));
	check(deflateInit2(&z, 9, Z_DEFLATED, 31, 9, 0) == Z_OK &&
	      deflate(&z, Z_FINISH) == Z_STREAM_END);
	length = (uint32_t)z.total_out;
	deflateEnd(&z);
	image[0x1f1] = 1;
	memcpy(image + 0x1fe, "\x55\xaa\0\0HdrS\x0f\x02", 10);
	image[0x20e] = 0x80;
	image[0x20f] = 0x01;
	memcpy(image + 0x380, "6.1.0-1 (x)", 12);
	memcpy(image + 0x24c, &length, 4);
	put("root/boot/vmlinuz", image, 1024 + length);
}

static void put_initramfs(void)
{
	struct initramfs_writer w = { 0 };

	initramfs_add(&w, "scripts", S_IFDIR | 0755, NULL, 0);
	initramfs_add(&w, "scripts/functions", S_IFREG | 0644, "x", 1);
	initramfs_add(&w, "conf/modules", S_IFREG | 0644, "ext4\n", 5);
	initramfs_add(&w, "lib/modules/6.1.0-1/kernel/ext4.ko", S_IFREG | 0644, "m", 1);
	check(!initramfs_finish(&w));
	put("root/boot/initrd.img", w.buf, w.len);
	free(w.buf);
	sh("gzip -9n <root/boot/initrd.img >z; truncate -s %4 z; cat root/boot/initrd.img >>z; mv z root/boot/initrd.img");
}

static void make_root(void)
{
	sh("mkdir -p root/boot/grub root/etc/default root/sbin root/lib/modules/6.1.0-1/kernel root/etc/pam.d");
	put_kernel();
	put_initramfs();
	put_text(
		"root/boot/grub/grub.cfg",
		"set default=0\nmenuentry 'Lab' --class x {\n\tset root='hd0,msdos1'\n"
		"\tlinux /boot/vmlinuz root=/dev/sda1 ro console=ttyS0\n\tinitrd /boot/initrd.img\n}\n"
		"submenu 'More' {\n\tmenuentry 'Old'{\n\t\tlinux /boot/vmlinuz\n\t}\n}\n");
	put_text("root/etc/fstab", "/dev/sda1 / ext4 ro 0 1\n/dev/sda2 none swap sw 0 0\n");
	put_text("root/etc/inittab", "id:2:initdefault:\n1:2345:respawn:/sbin/getty 38400 tty1\n");
	put_text("root/etc/securetty", "tty1\n");
	put_text("root/etc/default/grub", "GRUB_CMDLINE_LINUX=\"\"\n");
	put_text("root/sbin/init", "init");
	put_text("root/boot/config-6.1.0-1",
		 "CONFIG_XEN_BLKDEV_FRONTEND=m\nCONFIG_EXT4_FS=m\nCONFIG_HVC_XEN=y\n");
	put_text("root/lib/modules/6.1.0-1/kernel/xen-blkfront.ko", "module");
	put_text("root/lib/modules/6.1.0-1/modules.dep", "kernel/xen-blkfront.ko:\n");
	put_text("root/lib/modules/6.1.0-1/modules.dep.bin", "bin");
	sh("ln -s ../etc root/boot/etc; ln -s loop root/loop; find root | xargs touch -h -d @1700000000");
}

/* The disks: MBR and ext4; GPT; ext2 alone; MBR with a swap and a logical partition. */
static void make_disks(void)
{
	sh("export E2FSPROGS_FAKE_TIME=1700000000; "
	   "make() { rm -f $1; truncate -s $2 $1; shift 2; mke2fs -q -F -b 1024 -U 0b0b0b0b-0000-4000-8000-000000000001 "
	   "-E hash_seed=0b0b0b0b-0000-4000-8000-000000000001,root_owner=0:0,lazy_itable_init=0 -N 128 -d root \"$@\"; }; "
	   "into() { truncate -s 1M $2; sfdisk -q $2; dd if=$1 of=$2 bs=1k seek=$3 conv=notrunc status=none; }; "
	   "make a 768k a -t ext4 -O ^has_journal; make b 900k b -t ext2; make c 700k c -t ext4 -O ^has_journal,inline_data,metadata_csum,64bit; "
	   "printf 'label: dos\\nlabel-id: 0x1\\n256,1536,83,*\\n' | into a disk0 128; "
	   "printf 'label: gpt\\nlabel-id: 0B0B0B0B-0000-4000-8000-000000000002\\nfirst-lba: 34\\nstart=256,size=1536,uuid=0B0B0B0B-0000-4000-8000-000000000003\\n' | into a disk1 128; "
	   "cp b disk2; "
	   "printf 'label: dos\\nlabel-id: 0x2\\n64,100,82\\n256,,E\\n300,1400,L\\n' | into c disk3 150");
}

static void add_area(struct base *b, uint64_t at)
{
	if (b->nareas < AREAS_MAX && at < b->len)
		b->area[b->nareas++] = at;
}

struct view {
	ext2_filsys fs;
	uint64_t start;
};

static void add_inode(struct base *b, const struct view *v, const char *path)
{
	struct ext2_inode inode;
	ext2_ino_t ino;
	blk64_t block = 0;
	uint64_t table;
	unsigned per = v->fs->super->s_inodes_per_group;

	if (ext2fs_namei(v->fs, EXT2_ROOT_INO, EXT2_ROOT_INO, path, &ino) ||
	    ext2fs_read_inode(v->fs, ino, &inode))
		return;
	table = ext2fs_inode_table_loc(v->fs, (ino - 1) / per) * v->fs->blocksize;
	add_area(b, v->start + table + (ino - 1) % per * EXT2_INODE_SIZE(v->fs->super));
	if (!ext2fs_bmap2(v->fs, ino, NULL, NULL, 0, 0, NULL, &block) && block)
		add_area(b, v->start + block * v->fs->blocksize);
}

static void find_areas(struct base *b, const char *path, uint64_t start)
{
	static const char *const files[] = { "/",
					     "/etc",
					     "/boot",
					     "/boot/grub",
					     "/boot/grub/grub.cfg",
					     "/boot/vmlinuz",
					     "/boot/initrd.img",
					     "/etc/fstab",
					     "/etc/inittab",
					     "/boot/etc",
					     "/lib/modules/6.1.0-1",
					     "/lib/modules/6.1.0-1/modules.dep" };
	struct view v = { .start = start };
	char options[32];

	snprintf(options, sizeof(options), "offset=%u", (unsigned)start);
	check(!ext2fs_open2(path, options, EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &v.fs));
	add_area(b, 440);
	add_area(b, 512);
	add_area(b, 1024);
	add_area(b, start + 1024);
	add_area(b, start + 1024 + 0x60);
	add_area(b, start + 2048);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		add_inode(b, &v, files[i]);
	ext2fs_close_free(&v.fs);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const uint64_t starts[BASES] = { 128 << 10, 128 << 10, 0, 150 << 10 };

	(void)argc, (void)argv;
	check(mkdtemp(dir));
	make_root();
	make_disks();
	for (int i = 0; i < BASES; i++) {
		struct base *b = &bases[i];
		char path[64];
		FILE *f;

		snprintf(path, sizeof(path), "%s/disk%d", dir, i);
		b->bytes = malloc(BASE_MAX);
		f = fopen(path, "r");
		check(f && b->bytes);
		b->len = fread(b->bytes, 1, BASE_MAX, f);
		fclose(f);
		find_areas(b, path, starts[i]);
	}
	sh("rm -rf root disk* a b c");
	rmdir(dir);
	disk_fd = memfd_create("disk", 0);
	snprintf(disk_path, sizeof(disk_path), "/proc/self/fd/%d", disk_fd);
	nowhere = fopen("/dev/null", "w");
	check(disk_fd >= 0 && nowhere);
	check_bases();
	return 0;
}

/* Records: area, offset (2 bytes), length, bytes. Area 255 cuts the disk off. */
static void overwrite(const struct base *b, const uint8_t *at, size_t left)
{
	while (left >= 5) {
		uint64_t place = b->area[at[0] % b->nareas] + (at[1] | (unsigned)at[2] << 8) % 4096;
		size_t n = 1 + at[3] % 32;

		if (at[0] == 255) {
			check(!ftruncate(disk_fd, (off_t)(place % b->len)));
			return;
		}
		at += 4;
		left -= 4;
		n = n < left ? n : left;
		if (place + n <= b->len)
			check(pwrite(disk_fd, at, n, (off_t)place) == (ssize_t)n);
		at += n;
		left -= n;
	}
}

static void check_disk(const struct disk *d)
{
	check(d->n <= DISK_PARTS_MAX);
	for (size_t i = 0; i < d->n; i++) {
		const struct disk_part *p = &d->part[i];

		check(p->bytes && p->start < d->bytes && p->bytes <= d->bytes - p->start);
		check(disk_part(d, p->number));
	}
}

static struct lint_system s;

static int look(bool *sound)
{
	static struct lint_disk d;
	struct lint_finding f;
	char why[DISK_WHY] = "";
	int r = lint_disk_open(disk_path, false, &d, why, sizeof(why));

	check(r <= 0 && (!r || *why || r == -ENOMEM));
	*sound = false;
	if (r)
		return r;
	check_disk(&d.disk);
	check(!lint_read(&d, &s));
	for (size_t i = 0; i < lint_nrules; i++)
		if (lint_rule_apply(i, &s, &f))
			check(*f.problem && *f.fix && !strchr(f.problem, '\n'));
	*sound = s.has_root;
	lint_disk_close(&d);
	return 0;
}

/* The disks are what they are meant to be: there is much to go wrong in them. */
static void check_bases(void)
{
	for (uint8_t i = 0; i < BASES; i++) {
		LLVMFuzzerTestOneInput(&i, 1);
		check(s.has_root && s.kernel.pv && s.kernel.pvh && s.good_initrd && s.nmounts == 2);
		check(s.initrd_tool == LINT_TOOL_DEBIAN && s.driver[LINT_EXT4].in_initramfs);
		check(s.driver[LINT_BLKFRONT].state == LINT_MODULE && s.init == LINT_INIT_SYSV);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct base *b;
	char why[DISK_WHY];
	bool sound;

	if (!size)
		return 0;
	b = &bases[*data % BASES];
	check(!ftruncate(disk_fd, (off_t)b->len) &&
	      pwrite(disk_fd, b->bytes, b->len, 0) == (ssize_t)b->len);
	overwrite(b, data + 1, size - 1);
	if (look(&sound) || !(*data & 0x80) || !sound)
		return 0;
	/* What is damaged may end worse: the command asks e2fsck first. */
	check(adopt_disk(disk_path, true, nowhere, why, sizeof(why)) >= 0 || *why);
	look(&sound);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * A machine whose GRUB boots the image once: `xlab native entry` on its /boot, GRUB itself, which takes
 * the entry and forgets it, the image's kernel, the results on the scratch disk, `xlab native collect`.
 * The machine is QEMU's, and says so in the results; all else is as on a bare one.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest-tools/lib/io.h"
#include "host/proc.h"
#include "host/qemu.h"

#define XLAB "build/host/xlab"
#define IMAGE "build/image/xlab.img"
#define GRUB "build/sysroot/grub/i386-pc"
#define DIR "build/check/native-bare"
#define BOOT DIR "/boot"

enum { DEADLINE_MS = 5 * 60 * 1000, MEMORY_MB = 256, DISK_ID = 440 };

/* What grub-mkconfig(8) writes, as far as it is about which entry is booted. */
static const char grub_cfg[] = "serial --unit=0 --speed=115200\n"
			       "terminal_output serial\n"
			       "insmod loadenv\n"
			       "load_env\n"
			       "set timeout=0\n"
			       "set default=0\n"
			       "if [ \"${next_entry}\" ] ; then\n"
			       "\tset default=\"${next_entry}\"\n"
			       "\tset next_entry=\n"
			       "\tsave_env next_entry\n"
			       "fi\n"
			       "menuentry 'its own system' {\n\tinsmod halt\n\thalt\n}\n"
			       "source $prefix/custom.cfg\n";

/* What stands on its disk: modules too, for the image's GRUB has no need of all. */
static const char list[] = "dir /usr 0755\n"
			   "dir /usr/share 0755\n"
			   "dir /usr/share/xlab 0755\n"
			   "dir /boot 0755\n"
			   "dir /boot/grub 0755\n"
			   "dir /boot/grub/xlab 0755\n"
			   "dir /boot/grub/i386-pc 0755\n"
			   "file /boot/grub/grub.cfg 0644 " BOOT "/grub/grub.cfg\n"
			   "file /boot/grub/custom.cfg 0644 " BOOT "/grub/custom.cfg\n"
			   "file /boot/grub/grubenv 0644 " BOOT "/grub/grubenv\n"
			   "file /boot/grub/xlab/vmlinuz 0644 " BOOT "/grub/xlab/vmlinuz\n"
#define MODULE(name) "file /boot/grub/i386-pc/" name ".mod 0644 " GRUB "/" name ".mod\n"
	MODULE("loadenv") MODULE("disk") MODULE("halt") MODULE("acpi") MODULE("mmap")
		MODULE("extcmd");

static int run(const char *const *words)
{
	return proc_run(words,
			&(struct proc_opts){ .out = STDERR_FILENO, .deadline_ms = DEADLINE_MS });
}

#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

static int put(const char *path, const char *text)
{
	return io_replace_file(path, text, strlen(text));
}

/* Another disk than the image's, which the kernel finds its root by. */
static int change_id(const char *disk)
{
	int fd = open(disk, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pwrite(fd, "bare", 4, DISK_ID);

	if (fd >= 0)
		close(fd);
	return n != 4;
}

static int setup(void **state)
{
	(void)state;
	return RUN("rm", "-rf", DIR) || RUN("mkdir", "-p", BOOT "/grub") ||
	       put(BOOT "/grub/grub.cfg", grub_cfg) || put(DIR "/list", list) ||
	       RUN("grub-editenv", BOOT "/grub/grubenv", "create") ||
	       RUN("truncate", "-s", "16M", DIR "/scratch.img") ||
	       RUN("mke2fs", "-q", "-t", "ext4", "-O", "mmp", "-L", "xlab-scratch", DIR "/scratch.img") ||
	       put(DIR "/bare.domain", "name = bare\ndisk = " IMAGE "\nscratch = " DIR "/scratch.img\n"
				       "memory = 128\nworkload = micro\n");
}

static void power_on(void)
{
	struct qemu q;

	qemu_init(&q, 1, MEMORY_MB);
	qemu_add(&q, "-drive", "file=%s,format=raw,if=ide", DIR "/machine.img");
	qemu_add(&q, "-drive", "file=%s,format=raw,if=ide,snapshot=on", IMAGE);
	qemu_add(&q, "-drive", "file=%s,format=raw,if=ide", DIR "/scratch.img");
	qemu_add(&q, "-serial", "file:%s", DIR "/console.log");
	assert_int_equal(q.err, 0);
	assert_int_equal(run(q.argv), 0); /* it restarts itself at the end, which ends QEMU */
}

static void the_entry_is_booted_once(void **state)
{
	static char text[1 << 16];

	(void)state;
	assert_int_equal(RUN(XLAB, "native", "entry", "--boot-dir", BOOT, "--root", "PARTUUID=786c6162-01",
			     "--run", "bare", "--repetitions", "3", DIR "/bare.domain"),
			 0);
	assert_int_equal(RUN(XLAB, "image", "build", "--list", DIR "/list", "--grub", GRUB, "--out",
			     DIR "/machine.img"),
			 0);
	assert_int_equal(change_id(DIR "/machine.img"), 0);
	power_on();
	assert_int_equal(RUN(XLAB, "image", "extract", DIR "/machine.img", "/boot/grub/grubenv",
			     DIR "/grubenv"),
			 0);
	assert_true(io_read_file(DIR "/grubenv", text, sizeof(text)) > 0);
	assert_null(strstr(text, "next_entry=xlab"));
}

static void results_are_collected(void **state)
{
	static char text[1 << 16];
	const char *const collect[] = { XLAB, "native", "collect", "--store", DIR "/results.sqlite",
					DIR "/scratch.img", NULL };
	const char *const report[] = { XLAB, "report", DIR "/results.sqlite", NULL };

	(void)state;
	assert_int_equal(proc_capture(collect, text, sizeof(text), NULL), 0);
	assert_non_null(strstr(text, ": run bare, micro: done, "));
	assert_int_equal(proc_capture(collect, text, sizeof(text), NULL), 0);
	assert_non_null(strstr(text, ": run bare, micro: done, "));
	assert_int_equal(proc_capture(report, text, sizeof(text), NULL), 0);
	assert_non_null(strstr(text, "from 1 boots"));
	assert_non_null(strstr(text, "Native was booted by QEMU, without Xen"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_entry_is_booted_once),
		cmocka_unit_test(results_are_collected),
	};

	return cmocka_run_group_tests_name("native, bare", tests, setup, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * The real xlab-init on a machine without a hypervisor: its serial console, ssh, what its scratch
 * disk keeps, and what the kernel's parameters ask for. QEMU boots the image's kernel itself, as
 * GRUB's parameters are the image's. What a test does is in init-native.exp.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest-tools/lib/io.h"
#include "host/proc.h"
#include "host/qemu.h"

#define XLAB "build/host/xlab"
#define IMAGE "build/image/xlab.img"
#define DIR "build/check/init-native"
#define NETWORK "xlab.net=eth0,10.0.2.15/24 "

enum { WORDS_MAX = 96, DEADLINE_MS = 10 * 60 * 1000, CPUS = 1, MEMORY_MB = 128 };

static char cmdline[1024];

static int run(const char *const *words)
{
	return proc_run(words,
			&(struct proc_opts){ .out = STDERR_FILENO, .deadline_ms = DEADLINE_MS });
}

#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

/* The image with a key of ours, which a file of the same name stands for. */
static int make_image(void)
{
	static const char list[] = "file /etc/xlab/authorized_keys 0600 " DIR "/key.pub\n";

	if (io_replace_file(DIR "/keys.list", list, sizeof(list) - 1))
		return -1;
	return RUN(XLAB, "image", "build", "--list", "rootfs/files", "--list",
		   "build/image/asked.list", "--list", "build/image/kernel.list", "--list",
		   "build/image/applets.list", "--list", DIR "/keys.list", "--grub",
		   "build/sysroot/grub/i386-pc", "--out", DIR "/keys.img");
}

static int setup(void **state)
{
	(void)state;
	if (RUN("rm", "-rf", DIR) || RUN("mkdir", "-p", DIR) ||
	    RUN("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", DIR "/key") ||
	    RUN("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", DIR "/stranger") ||
	    RUN("mke2fs", "-q", "-t", "ext4", "-O", "mmp", "-L", "xlab-scratch", DIR "/scratch.img",
		"8M") ||
	    RUN(XLAB, "image", "extract", IMAGE, "/boot/vmlinuz", DIR "/vmlinuz") ||
	    RUN(XLAB, "image", "extract", IMAGE, "/boot/cmdline", DIR "/cmdline") ||
	    io_read_file(DIR "/cmdline", cmdline, sizeof(cmdline)) < 0)
		return -1;
	cmdline[strcspn(cmdline, "\n")] = '\0';
	return make_image();
}

/* A port of the loopback interface that nobody has. */
static int free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	close(fd);
	return ntohs(a.sin_port);
}

/* Boots with those parameters and lets the script do what verb says. */
static void boot(const char *verb, const char *parameters)
{
	const char *argv[WORDS_MAX] = { "tests/xen/init-native.exp", verb, DIR };
	struct qemu q;
	char port[8];
	size_t n = 3;

	snprintf(port, sizeof(port), "%d", free_port());
	argv[n++] = port;
	qemu_init(&q, CPUS, MEMORY_MB);
	qemu_add(&q, "-kernel", "%s/vmlinuz", DIR);
	qemu_add(&q, "-append", "%s", parameters);
	qemu_add(&q, "-drive", "file=%s/keys.img,format=raw,if=ide,snapshot=on", DIR);
	qemu_add(&q, "-drive", "file=%s/scratch.img,format=raw,if=ide", DIR);
	qemu_add(&q, "-nic", "user,model=rtl8139,restrict=on,hostfwd=tcp:127.0.0.1:%s-:22", port);
	qemu_add(&q, "-serial", "stdio");
	qemu_add(&q, "-serial", "null"); /* the link to a host that there is not */
	assert_int_equal(q.err, 0);
	for (size_t i = 0; i < q.argc && n < WORDS_MAX - 1; i++)
		argv[n++] = q.argv[i];
	assert_int_equal(run(argv), 0);
}

static void scratch_disk_outlives_a_reboot(void **state)
{
	char parameters[sizeof(cmdline) + 64];

	(void)state;
	snprintf(parameters, sizeof(parameters), NETWORK "xlab.mode=native %s", cmdline);
	boot("first", parameters);
	boot("second", parameters);
}

static void rescue_is_a_shell_alone(void **state)
{
	char parameters[sizeof(cmdline) + 64];

	snprintf(parameters, sizeof(parameters), "%s %s", cmdline, (const char *)*state);
	boot("rescue", parameters);
}

/* Nor a link to one. */
static void workload_needs_no_host(void **state)
{
	char parameters[sizeof(cmdline) + 64], *link;

	(void)state;
	snprintf(parameters, sizeof(parameters), "%s xlab.workload=micro,quick", cmdline);
	link = strstr(parameters, "xlab.link=");
	if (link)
		memset(link, ' ', strcspn(link, " "));
	boot("workload", parameters);
}

int main(void)
{
#define RESCUE(word) \
	{ \
		word, rescue_is_a_shell_alone, NULL, NULL, (void *)(uintptr_t)word \
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scratch_disk_outlives_a_reboot),
		RESCUE("xlab.rescue"),
		RESCUE("single"),
		cmocka_unit_test(workload_needs_no_host),
	};

	return cmocka_run_group_tests_name("init, native", tests, setup, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * Payload disks on a machine without a hypervisor: what the guest mounts of its disks, and nginx
 * and Java running inside. What is done at its console is in payload-native.exp.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest-tools/lib/io.h"
#include "host/payload.h"
#include "host/proc.h"
#include "host/qemu.h"

#define XLAB "build/host/xlab"
#define IMAGE "build/image/xlab.img"
#define DIR "build/check/payload-native"

enum { WORDS_MAX = 96, DEADLINE_MS = 10 * 60 * 1000, CPUS = 1, MEMORY_MB = 384, NAME = 64 };

/* vda and on. */
static const char *const disks[] = {
	"build/payload/web/payload",  /* nginx */
	"build/payload/java/payload", /* openjdk-17-jre-headless */
	DIR "/sum",		      /* Sum.java */
	DIR "/twin",		      /* of the same name as the one before */
	DIR "/nameless",	      /* a file system, but with a name that is none */
	DIR "/broken",		      /* a name, but a superblock that is not whole */
	DIR "/junk",		      /* neither */
};

static char cmdline[1024];

static int run(const char *const *words)
{
	return proc_run(words,
			&(struct proc_opts){ .out = STDERR_FILENO, .deadline_ms = DEADLINE_MS });
}

#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

/* Writes into a field of a superblock: see struct super in host/payload_erofs.c. */
static int change(const char *path, off_t field, const char *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t done = fd < 0 ? -1 : pwrite(fd, bytes, n, PAYLOAD_SUPER + field);

	if (fd >= 0)
		close(fd);
	return done != (ssize_t)n;
}

static int make_disks(void)
{
	return RUN("cp", "tests/xen/Sum.java", DIR "/tree") ||
	       RUN(XLAB, "payload", "build", "sum", "--from", DIR "/tree", "--out", DIR "/sum") ||
	       RUN("cp", DIR "/sum", DIR "/twin") || RUN("cp", DIR "/sum", DIR "/nameless") ||
	       RUN("cp", DIR "/sum", DIR "/broken") || change(DIR "/nameless", NAME, "../sum", 7) ||
	       change(DIR "/broken", NAME, "broken", 7) || /* which its checksum does not fit */
	       RUN("dd", "if=/dev/urandom", "of=" DIR "/junk", "bs=64K", "count=1", "status=none");
}

static int setup(void **state)
{
	(void)state;
	if (RUN("rm", "-rf", DIR) || RUN("mkdir", "-p", DIR "/tree") || make_disks() ||
	    RUN(XLAB, "image", "extract", IMAGE, "/boot/vmlinuz", DIR "/vmlinuz") ||
	    RUN(XLAB, "image", "extract", IMAGE, "/boot/cmdline", DIR "/cmdline") ||
	    io_read_file(DIR "/cmdline", cmdline, sizeof(cmdline)) < 0)
		return -1;
	cmdline[strcspn(cmdline, "\n")] = '\0';
	return 0;
}

static void payloads_serve(void **state)
{
	const char *argv[WORDS_MAX] = { "tests/xen/payload-native.exp" };
	struct qemu q;
	size_t n = 1;

	(void)state;
	qemu_init(&q, CPUS, MEMORY_MB);
	qemu_add(&q, "-kernel", "%s/vmlinuz", DIR);
	qemu_add(&q, "-append", "%s", cmdline);
	qemu_add(&q, "-drive", "file=%s,format=raw,if=ide,snapshot=on", IMAGE);
	for (size_t i = 0; i < sizeof(disks) / sizeof(*disks); i++)
		qemu_add(&q, "-drive", "file=%s,format=raw,if=virtio,readonly=on", disks[i]);
	qemu_add(&q, "-serial", "stdio");
	qemu_add(&q, "-serial", "null"); /* the link to a host that there is not */
	assert_int_equal(q.err, 0);
	for (size_t i = 0; i < q.argc && n < WORDS_MAX - 1; i++)
		argv[n++] = q.argv[i];
	assert_int_equal(run(argv), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(payloads_serve),
	};

	return cmocka_run_group_tests_name("payload, native", tests, setup, NULL);
}

/* SPDX-License-Identifier: ISC */
#include "tests/unit/disks.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/proc.h"

static char root[64];

static const char *folder(void)
{
	if (!*root) {
		strcpy(root, "/tmp/xlab-disks-XXXXXX");
		if (!mkdtemp(root))
			fail_msg("mkdtemp");
		atexit(disks_remove);
	}
	return root;
}

const char *disks_path(const char *name)
{
	static char paths[16][256];
	static unsigned next;
	char *path = paths[next++ % 16];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder(), name);
	return path;
}

static int run(const char *format, va_list ap)
{
	char line[8192];
	const char *const argv[] = { "sh", "-euc", line, NULL };

	vsnprintf(line, sizeof(line), format, ap);
	return proc_run(argv, &(struct proc_opts){ .cwd = folder(), .out = PROC_NULL });
}

int disks_try(const char *line, ...)
{
	va_list ap;
	int r;

	va_start(ap, line);
	r = run(line, ap);
	va_end(ap);
	return r;
}

void disks_sh(const char *line, ...)
{
	va_list ap;
	int r;

	va_start(ap, line);
	r = run(line, ap);
	va_end(ap);
	if (r)
		fail_msg("%s: exit %d", line, r);
}

void disks_poke(const char *name, uint64_t at, const void *buf, size_t len)
{
	int fd = open(disks_path(name), O_WRONLY | O_CREAT, 0644);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, buf, len, (off_t)at), len);
	close(fd);
}

void disks_write(const char *name, const void *buf, size_t len)
{
	unlink(disks_path(name));
	disks_poke(name, 0, buf, len);
}

void disks_make(const char *name, const char *mke2fs_options)
{
	disks_sh("rm -f %1$s.img %1$s.ext4; truncate -s 7M %1$s.ext4; "
		 "mke2fs -q -F -t ext4 -b 1024 -d %1$s %2$s %1$s.ext4; "
		 "truncate -s 8M %1$s.img; "
		 "printf 'label: dos\\nlabel-id: 0x786c6162\\n2048,,83,*\\n' | sfdisk -q %1$s.img; "
		 "dd if=%1$s.ext4 of=%1$s.img bs=1M seek=1 conv=notrunc,sparse status=none",
		 name, mke2fs_options);
}

void disks_remove(void)
{
	const char *const argv[] = { "rm", "-rf", root, NULL };

	if (*root)
		proc_run(argv, NULL);
	*root = '\0';
}

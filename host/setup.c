/* SPDX-License-Identifier: ISC */
#include "host/setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/image.h"
#include "host/keys.h"

/* Reads the image's kernel command line: one line, printable, without quotes. */
static int read_cmdline(struct setup *s)
{
	char *text;
	size_t len;
	int r = image_read(s->desc.disk, "/boot/cmdline", sizeof(s->cmdline) - 1, &text, &len);

	if (r)
		return r;
	text[strcspn(text, "\n")] = '\0';
	for (char *c = text; *c; c++)
		if (*c < 0x20 || *c == 0x7f || *c == '"' || *c == '\\')
			r = -EINVAL;
	if (!r)
		strcpy(s->cmdline, text);
	free(text);
	return r;
}

static int setup_disk(struct setup *s)
{
	int r = image_fs_uuid(s->desc.disk, s->fs_uuid);

	if (!r)
		r = read_cmdline(s);
	if (!r)
		r = image_extract_to(s->desc.disk, "/boot/vmlinuz", s->kernel);
	if (!r)
		r = image_extract_to(s->desc.disk, "/boot/initrd.img", s->ramdisk);
	if (r == -ENOENT && !access(s->kernel, R_OK)) {
		unlink(s->ramdisk);
		s->ramdisk[0] = '\0';
		r = 0;
	}
	s->boot = (struct domain_boot){
		.kernel = s->kernel,
		.ramdisk = s->ramdisk[0] ? s->ramdisk : NULL,
		.cmdline = s->cmdline,
		.fs_uuid = s->fs_uuid,
	};
	return r;
}

/* Makes the name of a disk absolute: xl and its helpers run elsewhere. An exit status. */
static int setup_name(const char *disk, char path[PATH_MAX])
{
	if (!realpath(disk, path))
		return cmd_fail(-errno, disk);
	if (!strpbrk(path, "'\"\\\n"))
		return EXIT_OK;
	log_warnx("%s: xl.cfg(5) has no way to write such a name", disk);
	return EXIT_USAGE;
}

/* The disk and the folder. An exit status. */
static int setup_paths(struct setup *s, const char *disk, const char *dir)
{
	char path[PATH_MAX];
	int r;

	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return cmd_fail(-errno, dir);
	if (!realpath(dir, s->dir))
		return cmd_fail(-errno, dir);
	if (strpbrk(s->dir, "'\"\\\n")) {
		log_warnx("%s: xl.cfg(5) has no way to write such a name", dir);
		return EXIT_USAGE;
	}
	r = setup_name(disk, path);
	if (r)
		return r;
	strcpy(s->desc.disk, path);
	if ((size_t)snprintf(s->kernel, sizeof(s->kernel), "%s/vmlinuz", s->dir) >=
		    sizeof(s->kernel) ||
	    (size_t)snprintf(s->ramdisk, sizeof(s->ramdisk), "%s/initrd.img", s->dir) >=
		    sizeof(s->ramdisk))
		return cmd_fail(-ENAMETOOLONG, dir);
	return EXIT_OK;
}

/* The same file, or two names of one device. */
static bool is_same(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode))
		return a->st_rdev == b->st_rdev;
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* A guest that wrote to what it runs from would change what is measured. An exit status. */
static int setup_scratch(struct setup *s)
{
	char path[PATH_MAX];
	struct stat disk, scratch;
	int r;

	if (!s->desc.scratch[0])
		return EXIT_OK;
	r = setup_name(s->desc.scratch, path);
	if (r)
		return r;
	if (io_is_plain(path)) {
		log_warnx("%s: a scratch disk is a file or a block device", path);
		return EXIT_USAGE;
	}
	if (stat(s->desc.disk, &disk) < 0 || stat(path, &scratch) < 0)
		return cmd_fail(-errno, path);
	if (is_same(&disk, &scratch)) {
		log_warnx("%s: the scratch disk is the disk itself", path);
		return EXIT_USAGE;
	}
	strcpy(s->desc.scratch, path);
	return EXIT_OK;
}

int setup_open(struct setup *s, const char *desc, const char *disk, const char *dir)
{
	char why[128];
	int r;

	*s = (struct setup){ 0 };
	r = domain_read(desc, &s->desc, why, sizeof(why));
	if (r) {
		log_warnx("%s: %s", desc, why);
		return EXIT_USAGE;
	}
	r = setup_paths(s, disk ? disk : s->desc.disk, dir);
	if (!r)
		r = setup_scratch(s);
	if (!r && s->desc.ssh_keys[0])
		r = keys_read(s->desc.ssh_keys, s->ssh_keys);
	if (r)
		return r;
	r = setup_disk(s);
	if (!r)
		return EXIT_OK;
	if (r == -ENOENT || r == -EINVAL) {
		log_warnx("%s: not an image of `xlab image build`", s->desc.disk);
		return EXIT_USAGE;
	}
	return cmd_fail(r, s->dir);
}

int setup_write(const struct setup *s, enum mode mode)
{
	char text[5 * PATH_MAX], path[PATH_MAX + 16];
	int n = domain_render(&s->desc, &s->boot, mode, text, sizeof(text));

	if (n < 0)
		return n;
	snprintf(path, sizeof(path), "%s/%s", s->dir, domain_config_name(mode));
	return io_replace_file(path, text, (size_t)n);
}

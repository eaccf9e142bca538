/* SPDX-License-Identifier: ISC */
/*
 * Configs of xl for a disk that its guest writes to: one a mode, and for pv and pvh one more that
 * leaves the choice of the kernel to pygrub and the disk's own menu.
 */
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "guest-tools/lib/io.h"
#include "host/adopt.h"

#define FIRMWARE "boot = \"c\"\nserial = \"pty\"\nvga = \"none\"\nusb = 0\n"

enum { KERNEL, PYGRUB, BIOS };

static const struct {
	const char *file, *type, *vdev, *extra;
	int how;
	unsigned mode;
} configs[] = {
	{ "pv.cfg", "pv", "xvda", "", KERNEL, LINT_MODE(MODE_PV) },
	{ "pvh.cfg", "pvh", "xvda", "", KERNEL, LINT_MODE(MODE_PVH) },
	{ "pv-pygrub.cfg", "pv", "xvda", "bootloader = \"pygrub\"\n", PYGRUB, LINT_MODE(MODE_PV) },
	{ "pvh-pygrub.cfg", "pvh", "xvda", "bootloader = \"pygrub\"\n", PYGRUB,
	  LINT_MODE(MODE_PVH) },
	{ "pvhvm.cfg", "hvm", "hda", FIRMWARE "xen_platform_pci = 1\n", BIOS,
	  LINT_MODE(MODE_PVHVM) },
	{ "hvm.cfg", "hvm", "hda", FIRMWARE "xen_platform_pci = 0\n", BIOS, LINT_MODE(MODE_HVM) },
};

struct target {
	const char *disk; /* absolute */
	char dir[PATH_MAX], name[64];
	struct lint_system *s;
	FILE *said;
};

/* A domain's name out of the disk's. */
static void make_name(struct target *t)
{
	const char *base = strrchr(t->disk, '/') + 1;
	size_t n = 0;

	for (; base[n] && base[n] != '.' && n + 1 < sizeof(t->name); n++)
		t->name[n] =
			strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_",
			       base[n])
				? base[n]
				: '-';
	t->name[n] = '\0';
	if (!n)
		strcpy(t->name, "adopted");
}

static bool is_quotable(const char *text)
{
	for (; *text; text++)
		if (*text == '"' || *text == '\'' || *text == '\\' || *text == ',' ||
		    (unsigned char)*text < ' ')
			return false;
	return true;
}

bool adopt_configs_can_name(const char *path)
{
	char dir[PATH_MAX], real[PATH_MAX];

	snprintf(dir, sizeof(dir), "%s", path);
	return is_quotable(realpath(path, real) || realpath(dirname(dir), real) ? real : "") &&
	       is_quotable(path);
}

static void put_kernel(FILE *f, const struct target *t)
{
	char root[LINT_SPEC];

	fprintf(f, "kernel = \"%s/vmlinuz\"\n", t->dir);
	if (t->s->has_initrd)
		fprintf(f, "ramdisk = \"%s/initrd.img\"\n", t->dir);
	if (*t->s->entry.kernel) {
		fprintf(f, "cmdline = \"%s\"\n", t->s->entry.args);
		return;
	}
	adopt_root(t->s, root, sizeof(root));
	fprintf(f, "cmdline = \"root=%s ro console=hvc0\"\n", *root ? root : "/dev/xvda");
}

static int put_config(const struct target *t, size_t i)
{
	char path[PATH_MAX + 32], *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int r;

	if (!f)
		return -ENOMEM;
	fprintf(f,
		"# see xl.cfg(5); the other files here are for the same disk: one at a time\n"
		"name = \"%s\"\ntype = \"%s\"\nmemory = 256\nvcpus = 1\n",
		t->name, configs[i].type);
	if (configs[i].how == KERNEL)
		put_kernel(f, t);
	fprintf(f,
		"%sdisk = [ 'format=raw,vdev=%s,access=rw,target=%s' ]\n"
		"on_poweroff = \"destroy\"\non_reboot = \"restart\"\non_crash = \"destroy\"\n",
		configs[i].extra, configs[i].vdev, t->disk);
	r = fclose(f) ? -ENOMEM : 0;
	snprintf(path, sizeof(path), "%s/%s", t->dir, configs[i].file);
	if (!r)
		r = io_replace_file(path, text, len);
	free(text);
	return r;
}

static int copy_out(const struct target *t, const struct lint_disk *d, const char *from,
		    const char *name)
{
	char path[PATH_MAX + 32], *buf;
	size_t len;
	int r = lint_disk_get(d, from, INITRAMFS_MAX, &buf, &len);

	if (r)
		return r;
	snprintf(path, sizeof(path), "%s/%s", t->dir, name);
	r = io_replace_file(path, buf, len);
	free(buf);
	return r;
}

/* Whether there is something for it to boot. */
static bool is_of(const struct lint_system *s, size_t i)
{
	if (configs[i].how == KERNEL)
		return s->good_kernel && adopt_text_is_plain(s->entry.args);
	if (configs[i].how == PYGRUB)
		return s->pygrub;
	return s->table != DISK_BARE && s->boot_code;
}

static int write_all(const struct target *t, const struct lint_disk *d)
{
	int r = 0;

	if (t->s->good_kernel)
		r = copy_out(t, d, t->s->kernel_path, "vmlinuz");
	if (!r && t->s->good_kernel && t->s->has_initrd)
		r = copy_out(t, d, t->s->initrd_path, "initrd.img");
	for (size_t i = 0; !r && i < sizeof(configs) / sizeof(*configs); i++)
		if (is_of(t->s, i))
			r = put_config(t, i);
	if (!r && t->s->good_kernel && !adopt_text_is_plain(t->s->entry.args))
		fprintf(t->said,
			"%s/: left: pv.cfg, pvh.cfg: the kernel's parameters in the disk's menu "
			"have a character that a config cannot hold\n",
			t->dir);
	return r;
}

static int read_and_write(struct target *t, char *why, size_t size)
{
	struct lint_disk *d = malloc(sizeof(*d));
	int r = d ? lint_disk_open(t->disk, false, d, why, size) : -ENOMEM;

	if (!r) {
		r = lint_read(d, t->s);
		if (!r)
			r = write_all(t, d);
		lint_disk_close(d);
	}
	free(d);
	return r;
}

int adopt_configs(const char *disk, const char *dir, FILE *said, char *why, size_t size)
{
	struct target t = { .disk = realpath(disk, NULL), .said = said };
	int r = 0;

	*why = '\0';
	if (!t.disk || (mkdir(dir, 0755) < 0 && errno != EEXIST) || !realpath(dir, t.dir))
		r = -errno;
	if (!r && !(is_quotable(t.disk) && is_quotable(t.dir))) {
		snprintf(why, size, "a quote or comma in its path is more than a config can hold");
		r = -EINVAL;
	}
	if (!r) {
		make_name(&t);
		t.s = malloc(sizeof(*t.s));
		r = t.s ? read_and_write(&t, why, size) : -ENOMEM;
		free(t.s);
	}
	free((char *)t.disk);
	if (r && !*why)
		snprintf(why, size, "%s: %s", dir, strerror(-r));
	return r;
}

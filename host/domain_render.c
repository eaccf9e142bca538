/* SPDX-License-Identifier: ISC */
/*
 * The differences between the modes, and nothing else, are in the table below. All use the whole
 * disk, which the guest sees as xvda (xen-vbd-interface(7)); for an HVM guest it must be called
 * hda, or its firmware has nothing to boot from, and Linux shows it as xvda all the same once the
 * emulated one is unplugged. It is read-only where xl can make it so: QEMU has no read-only IDE
 * disks. Every kind of guest mounts its root read-only. Payloads need no firmware: where there are
 * PV drivers they are xvde and on, for of the first four xl emulates a twin, which it refuses to do
 * read-only.
 */
#include "host/domain.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

/* Booted by its firmware and the disk's own GRUB, which speaks on the serial port. */
#define FIRMWARE "boot = \"c\"\nserial = \"pty\"\nvga = \"none\"\nusb = 0\n"

static const struct {
	const char *config, *type, *vdev, *access, *scratch, *extra;
	bool direct, emulated;
} modes[MODE_COUNT] = {
	[MODE_NATIVE] = { .config = "native.grub" },
	[MODE_PV] = { "pv.cfg", "pv", "xvda", "ro", "xvdb", "", true, false },
	[MODE_PVH] = { "pvh.cfg", "pvh", "xvda", "ro", "xvdb", "", true, false },
	[MODE_PVHVM] = { "pvhvm.cfg", "hvm", "hda", "rw", "hdb", FIRMWARE "xen_platform_pci = 1\n",
			 false, false },
	[MODE_HVM] = { "hvm.cfg", "hvm", "hda", "rw", "hdb", FIRMWARE "xen_platform_pci = 0\n",
		       false, true },
};

struct text {
	char *buf;
	size_t size, len;
};

__attribute__((format(printf, 2, 3))) static void text_add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	t->len = n < 0 || (size_t)n >= t->size - t->len ? t->size - 1 : t->len + (size_t)n;
}

static void render_native(struct text *t, const struct domain_boot *boot)
{
	text_add(
		t,
		"# For the GRUB of a machine that has the image written to a whole disk of its own\n"
		"# (xlab must be the only user of that disk). Results come out at the serial port\n"
		"# that xlab.link names.\n"
		"menuentry \"xlab native\" {\n"
		"\tinsmod part_msdos\n\tinsmod ext2\n"
		"\tsearch --no-floppy --fs-uuid --set=root %s\n"
		"\tlinux /boot/vmlinuz %s\n",
		boot->fs_uuid, boot->cmdline);
	if (boot->ramdisk)
		text_add(t, "\tinitrd /boot/initrd.img\n");
	text_add(t, "}\n");
}

unsigned domain_payload_room(const struct domain_desc *d, enum mode mode)
{
	/* Two IDE channels with two disks each. */
	return !modes[mode].emulated ? DOMAIN_PAYLOADS : d->scratch[0] ? 2 : 3;
}

static void render_payload(struct text *t, const struct domain_desc *d, enum mode mode, unsigned i)
{
	bool emulated = modes[mode].emulated;
	char first = !emulated ? 'e' : d->scratch[0] ? 'c' : 'b';

	text_add(t, ", 'format=raw,vdev=%s%c,access=%s,target=%s'", emulated ? "hd" : "xvd",
		 (char)(first + (char)i), emulated ? "rw" : "ro", d->payload[i]);
}

static void render_disks(struct text *t, const struct domain_desc *d, enum mode mode)
{
	text_add(t, "disk = [ 'format=raw,vdev=%s,access=%s,target=%s'", modes[mode].vdev,
		 d->writable ? "rw" : modes[mode].access, d->disk);
	if (d->scratch[0])
		text_add(t, ", 'format=raw,vdev=%s,access=rw,target=%s'", modes[mode].scratch,
			 d->scratch);
	for (unsigned i = 0; i < d->npayloads; i++)
		render_payload(t, d, mode, i);
	text_add(t, " ]\n");
}

/* The card that the guest's kernel knows, where there is one to emulate. */
static void render_card(struct text *t, const struct domain_desc *d, enum mode mode)
{
	if (!d->bridge[0])
		return;
	text_add(t, "vif = [ 'bridge=%s", d->bridge);
	if (d->mac[0])
		text_add(t, ",mac=%s", d->mac);
	text_add(t, "%s' ]\n", strcmp(modes[mode].type, "hvm") ? "" : ",model=rtl8139");
}

/* What is left out is xl's to choose. */
static void render_choices(struct text *t, const struct domain_desc *d)
{
	if (d->uuid[0])
		text_add(t, "uuid = \"%s\"\n", d->uuid);
	if (d->cpus[0])
		text_add(t, "cpus = \"%s\"\n", d->cpus);
	if (d->weight)
		text_add(t, "cpu_weight = %u\n", d->weight);
	if (d->cap)
		text_add(t, "cap = %u\n", d->cap);
}

static void render_xl(struct text *t, const struct domain_desc *d, const struct domain_boot *boot,
		      enum mode mode)
{
	text_add(t, "# %s as %s; see xl.cfg(5)\n", d->name, mode_name(mode));
	text_add(t, "name = \"%s\"\ntype = \"%s\"\n", d->name, modes[mode].type);
	text_add(t, "memory = %u\nvcpus = %u\n", d->memory, d->vcpus);
	render_choices(t, d);
	if (modes[mode].direct && !boot->kernel) {
		/* quietly: nobody sees its menu */
		text_add(t, "bootloader = \"pygrub\"\nbootloader_args = [ \"-q\" ]\n");
	} else if (modes[mode].direct) {
		text_add(t, "kernel = \"%s\"\n", boot->kernel);
		if (boot->ramdisk)
			text_add(t, "ramdisk = \"%s\"\n", boot->ramdisk);
		text_add(t, "cmdline = \"%s\"\n", boot->cmdline);
	}
	text_add(t, "%s", modes[mode].extra);
	render_disks(t, d, mode);
	render_card(t, d, mode);
	text_add(t, "on_poweroff = \"destroy\"\non_reboot = \"restart\"\non_crash = \"destroy\"\n");
}

int domain_render(const struct domain_desc *d, const struct domain_boot *boot, enum mode mode,
		  char *buf, size_t size)
{
	struct text t = { buf, size, 0 };

	if (mode == MODE_UNKNOWN || mode >= MODE_COUNT || d->disk[0] != '/' ||
	    (d->scratch[0] && d->scratch[0] != '/'))
		return -EINVAL;
	for (unsigned i = 0; i < d->npayloads; i++)
		if (d->payload[i][0] != '/')
			return -EINVAL;
	if (d->npayloads > domain_payload_room(d, mode))
		return -E2BIG;
	if (mode == MODE_NATIVE)
		render_native(&t, boot);
	else
		render_xl(&t, d, boot, mode);
	return t.len == size - 1 ? -ENOSPC : (int)t.len;
}

const char *domain_config_name(enum mode mode)
{
	return modes[mode].config;
}

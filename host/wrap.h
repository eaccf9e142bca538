/* SPDX-License-Identifier: ISC */
/*
 * Makes a PV root volume, a file system without a partition table, bootable by firmware: a second,
 * small disk has the table, GRUB, and the kernel (and initramfs) in /boot. Nothing is written to
 * the volume.
 *
 * Firmware boots the first disk, so the boot disk is hda and the volume hdb, and the same xvda and
 * xvdb in the modes without firmware. What the kernel calls the volume follows from that:
 *
 *	with an initramfs	root=UUID=..., in every mode
 *	without, PV drivers	root=/dev/xvdb: pv, pvh, pvhvm
 *	without, none		root=/dev/sdb: hvm
 *
 * for a kernel alone finds disks by name and partitions by PARTUUID, which the volume has none of.
 * So without an initramfs the menu has two entries, and GRUB takes that for PV drivers when it sees
 * Xen's platform device (PCI 5853:0001), which xen_platform_pci = 0 takes away.
 *
 * Functions return 0 or -errno and one line in why.
 */
#ifndef HOST_WRAP_H
#define HOST_WRAP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/install.h"

#define WRAP_GRUB "/usr/lib/grub/i386-pc" /* of package grub-pc-bin */

struct wrap_opts {
	const char *volume, *out;
	const char *kernel, *initrd; /* files; NULL: the volume's own */
	const char *cmdline;	     /* the kernel's parameters but root=; NULL: see wrap_find() */
	const char *grub;	     /* folder of GRUB's modules */
	int64_t epoch;		     /* every time on the boot disk */
	struct install_opts disk;    /* bytes and force, of out */
};

/* A file of the volume or of the host, and where it came from. */
struct wrap_file {
	char from[PATH_MAX]; /* "" for none */
	char path[PATH_MAX]; /* where to read it */
	uint64_t bytes;
	int fd; /* of a copy; -1 for a file of the host */
};

struct wrap {
	const struct wrap_opts *o;
	struct disk disk; /* the volume */
	struct wrap_file kernel, initrd;
	char cmdline[1024];		/* without root= */
	char root_pv[64], root_hvm[64]; /* with and without PV drivers */
	char fstab_root[256];		/* what /etc/fstab mounts on /; "" if it does not say */
	char volume_sha256[65];		/* before and after */
	struct install_result result;	/* the boot disk */
};

/* Reads the volume and writes the boot disk. Whatever it returns, wrap_close() ends it. */
int wrap_make(const struct wrap_opts *o, struct wrap *w, char why[INSTALL_WHY]);
void wrap_close(struct wrap *w);

/* Whether what /etc/fstab has for / is the volume, whatever the mode. */
bool wrap_fstab_is_right(const struct wrap *w);

/* The pieces. */

/*
 * Finds kernel, initramfs, parameters and the fstab's root in the volume. The kernel is
 * /boot/vmlinuz, /vmlinuz or the newest /boot/vmlinuz-VERSION, the initramfs the one beside what
 * that links to, or beside itself; the parameters those of /boot/cmdline, which our images have, or
 * "ro console=ttyS0,115200 console=hvc0".
 */
int wrap_find(struct wrap *w, struct disk_fs *fs, char why[INSTALL_WHY]);

/* Copies a command line without its root=. -EINVAL for what GRUB's menu or an xl.cfg cannot hold.
 */
int wrap_cmdline(const char *text, char *buf, size_t size);

/* GRUB's menu. The length, or -ENOSPC. */
int wrap_menu(const struct wrap *w, char *buf, size_t size);

#endif

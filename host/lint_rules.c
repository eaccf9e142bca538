/* SPDX-License-Identifier: ISC */
#include "host/lint_rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PV LINT_MODE(MODE_PV)
#define PVH LINT_MODE(MODE_PVH)
#define PVHVM LINT_MODE(MODE_PVHVM)

struct lint_rule {
	const char *id;
	unsigned stops; /* at most */
	bool pygrub, adopts, own;
	lint_find *find;
	const char *problem, *fix;
};

static const struct lint_rule rules[] = {
	{ "no-table", LINT_FIRMWARE, false, false, false, lint_no_table,
	  "the disk has no partition table, so no firmware boots it",
	  "xlab image wrap %a makes a second, small disk with a table, /boot and GRUB" },
	{ "no-boot-code", LINT_FIRMWARE, false, false, true, lint_no_boot_code,
	  "sector 0 has a partition table and no boot code",
	  "boot it as pv and run there: grub-install /dev/xvda && update-grub" },
	{ "not-active", LINT_FIRMWARE, false, false, true, lint_not_active,
	  "no partition is active, and the boot code in sector 0 is not GRUB's: it looks for one",
	  "sfdisk --activate DISK %a" },
	{ "too-big", 0, false, false, false, lint_too_big,
	  "the disk has %a bytes, more than the 500 MiB that the lab gives a volume",
	  "shrink file system, partition and disk: resize2fs, sfdisk, truncate" },
	{ "no-root", LINT_EVERY, false, false, false, lint_no_root,
	  "no partition has an ext2, ext3 or ext4 file system with a Linux system in it (%a)",
	  "copy the system to a partition with ext4" },
	{ "recovery", 0, false, false, false, lint_recovery,
	  "the journal of %a holds changes that are not in place yet: what is said here may be old",
	  "e2fsck -p on that partition, or boot it once" },
	{ "unclean", 0, false, false, false, lint_unclean,
	  "%a was not unmounted, or has errors noted in it", "e2fsck -f on that partition" },
	{ "features-grub", LINT_FIRMWARE, false, false, true, lint_grub_features,
	  "GRUB 2.06 cannot read a file system with %a", "%b" },
	{ "features-pygrub", LINT_DIRECT, true, false, true, lint_pygrub_features,
	  "the libxenfsimage of Xen 4.17, which pygrub reads with, cannot read a file system with %a",
	  "%b, or give the guest its kernel from dom0" },
	{ "features-kernel", LINT_EVERY, false, false, true, lint_kernel_features,
	  "the disk's own kernel is older than features of its root file system: %a", "%b" },
	{ "boot-other", 0, false, false, true, lint_boot_other,
	  "/boot is a partition without ext2, ext3 or ext4: menu and kernel are not looked into",
	  "nothing has to be done; with one of ext4 it can be checked" },
	{ "no-menu", LINT_FIRMWARE, false, false, true, lint_no_menu,
	  "no menu of GRUB or extlinux is on it, and nothing else would load a kernel",
	  "write /boot/grub/grub.cfg: boot it as pv and run there update-grub" },
	{ "menu-pygrub", LINT_DIRECT, true, true, true, lint_menu_pygrub,
	  "pygrub cannot boot it: %a",
	  "write plain entries: menuentry 'TITLE' {, set root, linux, initrd and } on lines of their "
	  "own, nothing else; or give the guest its kernel from dom0" },
	{ "pygrub-other", 0, false, false, true, lint_pygrub_other,
	  "pygrub boots another kernel than the menu's own loader: %a, not %b",
	  "make the entry that is to boot the first one" },
	{ "no-kernel", LINT_FIRMWARE, false, false, true, lint_no_kernel, "no kernel is on it",
	  "install one (apt install linux-image-amd64 in a chroot); pv and pvh boot one of dom0's" },
	{ "kernel-missing", LINT_EVERY, false, false, true, lint_kernel_missing,
	  "%a names the kernel %b, and it is not there",
	  "update-grub in the guest, or write the name of one that is there" },
	{ "kernel-bad", LINT_EVERY, false, false, true, lint_kernel_bad, "the kernel %a %b",
	  "install it again" },
	{ "kernel-packing", LINT_DIRECT, false, false, true, lint_kernel_packing,
	  "the kernel %a is packed with %b, which the libxenguest of Debian's Xen 4.17 cannot unpack",
	  "take one with CONFIG_KERNEL_GZIP=y" },
	{ "kernel-pvgrub", 0, false, false, true, lint_kernel_pvgrub,
	  "the kernel %a is packed with %b: pvgrub, if that is to boot it, cannot unpack it",
	  "pygrub and xl can; else take one with CONFIG_KERNEL_GZIP=y or CONFIG_KERNEL_XZ=y" },
	{ "kernel-no-pv", PV, false, false, true, lint_kernel_no_pv,
	  "the kernel %a has no ELF note XEN_ELFNOTE_ENTRY: it does not start as pv",
	  "take one with CONFIG_XEN_PV=y (and CONFIG_XEN=y)" },
	{ "kernel-no-pvh", PVH, false, false, true, lint_kernel_no_pvh,
	  "the kernel %a has no ELF note XEN_ELFNOTE_PHYS32_ENTRY: it does not start as pvh",
	  "take one with CONFIG_PVH=y and CONFIG_XEN_PVH=y" },
	{ "driver-missing", LINT_EVERY, false, false, true, lint_driver_missing,
	  "the kernel has no driver for %a", "take one with %b" },
	{ "driver-not-in-initramfs", LINT_EVERY, false, true, true, lint_driver_module, "%a",
	  "%b" },
	{ "no-network", 0, false, false, true, lint_no_network,
	  "the kernel has no driver for Xen's network card",
	  "take one with CONFIG_XEN_NETDEV_FRONTEND=y or m" },
	{ "initramfs-missing", LINT_EVERY, false, false, true, lint_initrd_missing,
	  "%a names the initramfs %b, and it is not there",
	  "update-initramfs -c -k all in the guest, or take the line out" },
	{ "initramfs-bad", LINT_EVERY, false, false, true, lint_initrd_bad,
	  "the initramfs %a is damaged, or none", "update-initramfs -u in the guest" },
	{ "root-device", LINT_EVERY, false, true, true, lint_root_device,
	  "%a is the name of the disk in some modes only; here it is another",
	  "write root=%b into the menu" },
	{ "root-unknown", LINT_EVERY, false, false, true, lint_root_unknown,
	  "root=%a is nothing that is on this disk", "write root=%b into the menu" },
	{ "root-missing", LINT_EVERY, false, true, true, lint_root_missing,
	  "the kernel's line has no root=", "write root=%b into the menu" },
	{ "root-needs-initramfs", LINT_EVERY, false, true, true, lint_root_needs_initrd,
	  "root=%a is found by an initramfs only, and there is none", "write root=%b" },
	{ "resume-device", 0, false, true, true, lint_resume_device,
	  "resume=%a is waited for where the disk has another name",
	  "take it out, or write resume=UUID=..." },
	{ "fstab-device", LINT_EVERY, false, true, false, lint_fstab_device,
	  "/etc/fstab:%a is there in some modes only: in the others checking and mounting it fails",
	  "write %b" },
	{ "fstab-swap", 0, false, true, false, lint_fstab_swap,
	  "/etc/fstab:%a is there in some modes only: systemd waits 90 s for it", "write %b" },
	{ "console-none", PVH, false, true, true, lint_console_none,
	  "no console= on the kernel's line: pvh takes none by itself, pv takes hvc0",
	  "add console=hvc0 behind what is there" },
	{ "console-other", LINT_DIRECT, false, true, true, lint_console_other,
	  "console=%a is not there in pv and pvh, and console=hvc0 is missing: nothing is said",
	  "add console=hvc0 behind it" },
	{ "console-order", 0, false, false, true, lint_console_order,
	  "console=hvc0 is not the last one, so /dev/console is %a where that is there, as in pvhvm",
	  "write console=hvc0 last" },
	{ "no-getty", LINT_DIRECT, false, true, false, lint_no_getty, "no login on hvc0: %a",
	  "%b" },
	{ "no-securetty", LINT_DIRECT, false, true, false, lint_no_securetty,
	  "/etc/securetty has no hvc0: root may not log in there", "echo hvc0 >>/etc/securetty" },
};

const size_t lint_nrules = sizeof(rules) / sizeof(*rules);

const char *lint_rule_id(size_t i)
{
	return rules[i].id;
}

void lint_say_a(struct lint_words *w, const char *text, ...)
{
	va_list ap;

	va_start(ap, text);
	vsnprintf(w->a, sizeof(w->a), text, ap);
	va_end(ap);
}

void lint_say_b(struct lint_words *w, const char *text, ...)
{
	va_list ap;

	va_start(ap, text);
	vsnprintf(w->b, sizeof(w->b), text, ap);
	va_end(ap);
}

void lint_say_modes(char *to, size_t size, unsigned modes)
{
	size_t n = 0;

	*to = '\0';
	for (enum mode m = MODE_NATIVE; m < MODE_COUNT; m++)
		if (modes & LINT_MODE(m) && n < size)
			n += (size_t)snprintf(to + n, size - n, "%s%s", n ? ", " : "",
					      mode_name(m));
}

/* The text with the words in it. */
static void expand(char *to, size_t size, const char *text, const struct lint_words *w)
{
	size_t n = 0;

	while (*text && n + 1 < size) {
		const char *word = text[0] == '%' ? (text[1] == 'a' ? w->a : w->b) : NULL;

		if (word) {
			n += (size_t)snprintf(to + n, size - n, "%s", word);
			text += 2;
			continue;
		}
		to[n++] = *text++;
	}
	to[n < size ? n : size - 1] = '\0';
}

bool lint_rule_apply(size_t i, const struct lint_system *s, struct lint_finding *f)
{
	const struct lint_rule *rule = &rules[i];
	struct lint_words w = { .stops = rule->stops };

	if (!rule->find(s, &w))
		return false;
	*f = (struct lint_finding){
		.rule = rule->id,
		.stops = w.stops & rule->stops,
		.pygrub = rule->pygrub,
		.adopts = rule->adopts,
		.own = rule->own,
	};
	expand(f->problem, sizeof(f->problem), rule->problem, &w);
	expand(f->fix, sizeof(f->fix), rule->fix, &w);
	return true;
}

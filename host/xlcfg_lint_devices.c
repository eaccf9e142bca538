/* SPDX-License-Identifier: ISC */
/* Disks, cards and devices that are passed through. */
#include "host/xlcfg_lint.h"

#include <stdlib.h>
#include <string.h>

#include "host/xlcfg_disk.h"

/* Beyond these a disk is not compared with others. */
enum { DISKS = 256 };

struct disk {
	const struct xlcfg_token *at;
	struct xlcfg_disk d;
	struct xlcfg_vdev v;
};

struct disks {
	struct disk list[DISKS];
	size_t n, faulty;
	bool emulated, cdrom, partition;
};

/* What a Linux guest with PV drivers calls it: xen_translate_vdev() gives hda and sda the name and
 * the minor number of xvda. */
static bool is_same_xvd(const struct xlcfg_vdev *a, const struct xlcfg_vdev *b)
{
	return a->bus != XLCFG_BY_NUMBER && b->bus != XLCFG_BY_NUMBER && a->disk == b->disk &&
	       a->part == b->part;
}

static void check_twins(struct xlcfg_lint *l, const struct disks *all, const struct disk *k)
{
	static const unsigned with_drivers = XLCFG_EVERY & ~XLCFG_MODE(MODE_HVM);

	for (size_t i = 0; i < all->n; i++) {
		const struct disk *other = &all->list[i];

		if (other->v.number == k->v.number) {
			xlcfg_find_fault(l, k->at, "disk", XLCFG_EVERY, XLCFG_EVERY,
					 "give each disk a vdev of its own",
					 "%.*s is also the disk on line %u", (int)k->d.vdev.len,
					 k->d.vdev.at, other->at->line);
			return;
		}
		if (is_same_xvd(&other->v, &k->v)) {
			xlcfg_find_fault(l, k->at, "disk", with_drivers, with_drivers,
					 "take another letter for one of them",
					 "the guest calls %.*s and %.*s on line %u the same xvd%c",
					 (int)k->d.vdev.len, k->d.vdev.at, (int)other->d.vdev.len,
					 other->d.vdev.at, other->at->line,
					 (char)('a' + k->v.disk % 26));
			return;
		}
	}
}

static void check_name(struct xlcfg_lint *l, const struct disk *k)
{
	bool has_kernel = xlcfg_lint_kernel(l);

	if (k->v.bus == XLCFG_HD || k->v.bus == XLCFG_SD)
		xlcfg_find_fault(l, k->at, "disk", XLCFG_DIRECT, 0, "write xvd, with that letter",
				 "%.*s: the guest sees it as xvd%c", (int)k->d.vdev.len,
				 k->d.vdev.at, (char)('a' + k->v.disk % 26));
	if (k->v.bus != XLCFG_BY_NUMBER && !xlcfg_vdev_is_emulated(&k->v))
		xlcfg_find_fault(l, k->at, "disk",
				 has_kernel ? XLCFG_MODE(MODE_HVM) : XLCFG_FIRMWARE, 0,
				 k->v.part ? "give the guest the whole disk" : "call it hda to hdd",
				 "%.*s is not emulated%s: only PV drivers find it",
				 (int)k->d.vdev.len, k->d.vdev.at,
				 k->v.part ? ", as a partition" : "");
	if (k->d.readonly && !k->d.cdrom && k->v.bus == XLCFG_HD && !k->v.part)
		xlcfg_find_fault(l, k->at, "disk", XLCFG_FIRMWARE, XLCFG_FIRMWARE,
				 "access rw, or w behind the vdev",
				 "%.*s is read-only, and QEMU has no such IDE disk",
				 (int)k->d.vdev.len, k->d.vdev.at);
}

static void check_disk(struct xlcfg_lint *l, struct disks *all, const struct xlcfg_value *item)
{
	struct disk k = { .at = xlcfg_token_of(l->c, item) };

	xlcfg_disk_parse(&k.d, item->text);
	if (!k.d.wrong && xlcfg_vdev_parse(k.d.vdev, &k.v))
		k.d.wrong = "has a vdev that is no xvda, hda or sda";
	if (k.d.wrong) {
		all->faulty++;
		xlcfg_find_fault(l, k.at, "disk", XLCFG_EVERY, XLCFG_EVERY,
				 "see xl-disk-configuration(5): \"TARGET,raw,xvda,rw\"",
				 "\"%.60s\" %s", item->text, k.d.wrong);
		return;
	}
	check_twins(l, all, &k);
	check_name(l, &k);
	all->cdrom |= k.d.cdrom;
	all->partition |= k.v.part != 0;
	all->emulated |= k.v.bus == XLCFG_BY_NUMBER || (xlcfg_vdev_is_emulated(&k.v) && !k.d.cdrom);
	if (all->n < DISKS)
		all->list[all->n++] = k;
}

/* Firmware needs a disk that it can boot, unless dom0 has the kernel. */
static void check_bootable(struct xlcfg_lint *l, const struct disks *all)
{
	const char *boot = xlcfg_text(l->c, "boot");
	bool by_disk = all->emulated && (!boot || !*boot || strchr(boot, 'c'));
	const struct xlcfg_token *at = xlcfg_lint_at(l, "disk");

	if (xlcfg_lint_kernel(l) || all->faulty || by_disk || (boot && strchr(boot, 'n')) ||
	    (all->cdrom && (!boot || strchr(boot, 'd'))))
		return;
	if (all->emulated)
		xlcfg_find_fault(l, xlcfg_lint_at(l, "boot"), "boot", XLCFG_FIRMWARE,
				 XLCFG_FIRMWARE, "boot = \"c\"",
				 "there is no such drive, and the disk is not tried");
	else if (all->partition)
		xlcfg_find_fault(l, at, "disk", XLCFG_FIRMWARE, XLCFG_FIRMWARE,
				 "give it the whole disk as hda, or add a small one with a "
				 "partition table, /boot and GRUB",
				 "there are only partitions, and firmware boots whole disks");
	else
		xlcfg_find_fault(l, at, "disk", XLCFG_FIRMWARE, XLCFG_FIRMWARE,
				 "call the first disk hda",
				 "there is no disk that firmware can boot");
}

static void check_disks(struct xlcfg_lint *l)
{
	struct xlcfg_items items = { .name = "disk" };
	const struct xlcfg_value *item;
	struct disks *all = calloc(1, sizeof(*all));

	if (!all) {
		l->f->failed = true;
		return;
	}
	while ((item = xlcfg_next_item(l->c, &items)))
		check_disk(l, all, item);
	if (!all->n && !all->faulty && !xlcfg_text(l->c, "ramdisk"))
		xlcfg_find_fault(l, NULL, "disk", XLCFG_DIRECT, XLCFG_DIRECT,
				 "add disk = [ \"/dev/vg0/lab,raw,xvda,rw\" ]",
				 "there is neither a disk nor a ramdisk for the root");
	check_bootable(l, all);
	free(all);
}

static void check_cards(struct xlcfg_lint *l)
{
	struct xlcfg_items items = { .name = "vif" };
	const struct xlcfg_value *item;

	while ((item = xlcfg_next_item(l->c, &items))) {
		if (strstr(item->text, "type=ioemu"))
			xlcfg_find_fault(l, xlcfg_token_of(l->c, item), "vif", XLCFG_DIRECT,
					 XLCFG_DIRECT, "take type=ioemu out",
					 "xl refuses an emulated card for such a guest");
		if (strstr(item->text, "type=vif"))
			xlcfg_find_fault(l, xlcfg_token_of(l->c, item), "vif", XLCFG_MODE(MODE_HVM),
					 0, "take type=vif out",
					 "a guest without PV drivers does not see this card");
	}
}

static void check_passed_through(struct xlcfg_lint *l)
{
	static const char *const keys[] = { "pci", "dtdev" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		struct xlcfg_items items = { .name = keys[i] };

		if (xlcfg_next_item(l->c, &items))
			xlcfg_find_fault(l, xlcfg_lint_at(l, keys[i]), keys[i],
					 XLCFG_MODE(MODE_PVH), XLCFG_MODE(MODE_PVH),
					 "take it out, or use pv or hvm",
					 "Xen passes no devices to pvh guests");
	}
}

void xlcfg_lint_devices(struct xlcfg_lint *l)
{
	check_disks(l);
	check_cards(l);
	check_passed_through(l);
}

/* SPDX-License-Identifier: ISC */
/* Disks and network cards: what they are called, and whether they can be emulated. */
#include "host/xlcfg_rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/xlcfg_disk.h"

enum { XVDS = 16, XVD_PARTS = 64, HDS = 4 };

struct disks {
	bool xvd[XVDS][XVD_PARTS], hd[HDS]; /* names that are taken */
	bool bootable, partition, any;
};

/* One disk, as it is and as it is to be. */
struct disk {
	const struct xlcfg_value *item;
	unsigned line;
	struct xlcfg_disk d;
	struct xlcfg_vdev v;
	char vdev[16], access[4]; /* "" where nothing changes */
};

static bool disk_read(const struct xlcfg_rules *r, const struct xlcfg_value *item, struct disk *k)
{
	*k = (struct disk){ .item = item, .line = xlcfg_token_of(r->c, item)->line };
	xlcfg_disk_parse(&k->d, item->text);
	return !k->d.wrong && !xlcfg_vdev_parse(k->d.vdev, &k->v);
}

static void take_name(struct disks *all, const struct xlcfg_vdev *v)
{
	if (v->bus == XLCFG_XVD && v->disk < XVDS && v->part < XVD_PARTS)
		all->xvd[v->disk][v->part] = true;
	if (v->bus == XLCFG_HD && v->disk < HDS)
		all->hd[v->disk] = true;
}

/* hda and sda become xvda, where that is free. */
static void to_xvd(struct xlcfg_rules *r, struct disks *all, struct disk *k)
{
	if (k->v.bus == XLCFG_XVD || k->v.bus == XLCFG_BY_NUMBER)
		return;
	if (all->xvd[k->v.disk][k->v.part]) {
		xlcfg_note(r->notes, k->line, "disk",
			   "%.*s is kept: another disk is called xvd%c already", (int)k->d.vdev.len,
			   k->d.vdev.at, (char)('a' + k->v.disk));
		return;
	}
	all->xvd[k->v.disk][k->v.part] = true;
	if (k->v.part)
		snprintf(k->vdev, sizeof(k->vdev), "xvd%c%u", (char)('a' + k->v.disk), k->v.part);
	else
		snprintf(k->vdev, sizeof(k->vdev), "xvd%c", (char)('a' + k->v.disk));
}

/* xvda becomes hda: firmware can boot it then, and a guest with PV drivers calls it xvda still. */
static void to_hd(struct xlcfg_rules *r, struct disks *all, struct disk *k)
{
	if (k->v.bus == XLCFG_XVD && !k->v.part && k->v.disk < HDS && !all->hd[k->v.disk]) {
		all->hd[k->v.disk] = true;
		snprintf(k->vdev, sizeof(k->vdev), "hd%c", (char)('a' + k->v.disk));
	} else if (k->v.bus == XLCFG_XVD && r->to->mode == MODE_HVM) {
		xlcfg_note(r->notes, k->line, "disk",
			   "%.*s has no emulated form: a guest without PV drivers does not see it",
			   (int)k->d.vdev.len, k->d.vdev.at);
	}
	all->bootable |= k->vdev[0] || xlcfg_vdev_is_emulated(&k->v) || k->v.bus == XLCFG_BY_NUMBER;
	all->partition |= k->v.part != 0;
	if (k->d.readonly && !k->d.cdrom && (k->vdev[0] || k->v.bus == XLCFG_HD) && k->d.access.at)
		strcpy(k->access, k->d.access.len == 1 ? "w" : "rw");
}

/* The text with both changes; the caller frees it. */
static char *disk_text(const struct disk *k)
{
	const char *text = k->item->text;
	struct {
		struct xlcfg_span old;
		const char *new;
	} parts[2] = { { k->d.vdev, k->vdev }, { k->d.access, k->access } }, tmp;
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	if (!f)
		return NULL;
	if (k->access[0] && parts[1].old.at < parts[0].old.at) {
		tmp = parts[0];
		parts[0] = parts[1];
		parts[1] = tmp;
	}
	for (size_t i = 0; i < 2; i++) {
		if (!parts[i].new[0])
			continue;
		fwrite(text, 1, (size_t)(parts[i].old.at - text), f);
		fputs(parts[i].new, f);
		text = parts[i].old.at + parts[i].old.len;
	}
	fputs(text, f);
	if (fclose(f)) {
		free(out);
		return NULL;
	}
	return out;
}

static void disk_edit(struct xlcfg_rules *r, const struct disk *k)
{
	char *text;

	if (!k->vdev[0] && !k->access[0])
		return;
	text = disk_text(k);
	if (!text) {
		r->e.failed = true;
		return;
	}
	xlcfg_edit_value(&r->e, k->item, text);
	free(text);
	if (k->vdev[0])
		xlcfg_note(r->notes, k->line, "disk", "%.*s is now %s: %s", (int)k->d.vdev.len,
			   k->d.vdev.at, k->vdev,
			   xlcfg_is_direct(r->to->mode) ? "so the guest sees it"
							: "firmware boots emulated disks only");
	if (k->access[0])
		xlcfg_note(r->notes, k->line, "disk",
			   "%.*s can be written now: QEMU has no read-only IDE disks",
			   (int)k->d.vdev.len, k->d.vdev.at);
}

/* Whether it goes: a drive without a disc, which PV guests do not have. */
static bool disk_drop(struct xlcfg_rules *r, const struct disk *k)
{
	if (!xlcfg_is_direct(r->to->mode) || !xlcfg_crosses(r) || !xlcfg_disk_is_empty(&k->d))
		return false;
	xlcfg_edit_drop_item(&r->e, k->item);
	xlcfg_note(r->notes, k->line, "disk", "left out: an empty drive is an emulated one");
	return true;
}

/* A root that is a whole disk has no partition table, and firmware looks for one. */
static void note_whole_root(struct xlcfg_rules *r)
{
	static const char *const keys[] = { "cmdline", "root", "extra" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const char *text = xlcfg_text(r->c, keys[i]);
		const char *root = text ? strstr(text, "/dev/xvd") : NULL;
		struct xlcfg_vdev v;

		if (!root ||
		    xlcfg_vdev_parse((struct xlcfg_span){ root + 5, strcspn(root + 5, " \t") },
				     &v) ||
		    v.part)
			continue;
		xlcfg_note(r->notes, xlcfg_line(r, xlcfg_find(r->c, keys[i])), "disk",
			   "the root is a disk without partitions: firmware needs a small disk as "
			   "hda too, with a partition table, /boot and GRUB");
		return;
	}
}

static int check_boots(struct xlcfg_rules *r, const struct disks *all)
{
	const char *boot = xlcfg_text(r->c, "boot");

	if (xlcfg_is_direct(r->to->mode) || !xlcfg_crosses(r))
		return 0;
	note_whole_root(r);
	if (all->bootable)
		return 0;
	if (!all->any) {
		xlcfg_note(r->notes, 0, "disk", "there is none that the firmware could boot");
		return 0;
	}
	if (boot && strchr(boot, 'n'))
		return 0;
	snprintf(r->why, XLCFG_WHY, "has no disk that firmware can boot: %s",
		 all->partition
			 ? "xvda1 and the like are partitions; add a small disk as hda, with "
			   "a partition table, /boot and GRUB"
			 : "call one hda to hdd");
	return -EINVAL;
}

int xlcfg_rule_disks(struct xlcfg_rules *r)
{
	struct xlcfg_items items = { .name = "disk" };
	const struct xlcfg_value *item;
	struct disks all = { 0 };
	struct disk k;

	while ((item = xlcfg_next_item(r->c, &items)))
		if (disk_read(r, item, &k))
			take_name(&all, &k.v);
	items = (struct xlcfg_items){ .name = "disk" };
	while ((item = xlcfg_next_item(r->c, &items))) {
		all.any = true;
		if (!disk_read(r, item, &k)) {
			xlcfg_note(r->notes, k.line, "disk", "kept as it is: it %s",
				   k.d.wrong ? k.d.wrong : "has a vdev that xl does not know");
			continue;
		}
		if (disk_drop(r, &k))
			continue;
		if (xlcfg_is_direct(r->to->mode))
			to_xvd(r, &all, &k);
		else if (xlcfg_crosses(r))
			to_hd(r, &all, &k);
		disk_edit(r, &k);
	}
	return check_boots(r, &all);
}

/* Whether a card keeps that part: "model=e1000". */
static bool keeps_part(enum mode mode, const char *part, size_t len)
{
	size_t blank = strspn(part, " ");
	const char *word = part + blank;

	len -= blank < len ? blank : len;
	if (mode == MODE_HVM)
		return len != 8 || memcmp(word, "type=vif", 8);
	if (!xlcfg_is_direct(mode))
		return true;
	return (len != 10 || memcmp(word, "type=ioemu", 10)) &&
	       (len < 6 || memcmp(word, "model=", 6));
}

/* Without the parts that are of no use; the caller frees it. */
static char *card_text(enum mode mode, const char *text)
{
	char *out = malloc(strlen(text) + 1), *end = out;

	for (const char *s = text; out; s += strcspn(s, ",") + 1) {
		size_t len = strcspn(s, ",");

		if (keeps_part(mode, s, len)) {
			size_t skip = end > out ? 0 : strspn(s, " ");

			if (end > out)
				*end++ = ',';
			memcpy(end, s + skip, len - skip);
			end += len - skip;
		}
		if (!s[len])
			break;
	}
	if (out)
		*end = '\0';
	return out;
}

static bool has_useless_part(enum mode mode, const char *text)
{
	for (const char *s = text;; s += strcspn(s, ",") + 1) {
		size_t len = strcspn(s, ",");

		if (!keeps_part(mode, s, len))
			return true;
		if (!s[len])
			return false;
	}
}

int xlcfg_rule_cards(struct xlcfg_rules *r)
{
	struct xlcfg_items items = { .name = "vif" };
	const struct xlcfg_value *item;

	while ((item = xlcfg_next_item(r->c, &items))) {
		char *text;

		if (!has_useless_part(r->to->mode, item->text))
			continue;
		text = card_text(r->to->mode, item->text);
		if (!text)
			return -ENOMEM;
		xlcfg_edit_value(&r->e, item, text);
		xlcfg_note(r->notes, xlcfg_token_of(r->c, item)->line, "vif", "now \"%s\": %s",
			   text,
			   r->to->mode == MODE_HVM ? "the card is to be emulated"
						   : "no card is emulated for the guest");
		free(text);
	}
	return 0;
}

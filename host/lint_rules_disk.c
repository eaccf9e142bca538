/* SPDX-License-Identifier: ISC */
/* Rules about the disk, its file systems, the menu. */
#include <ext2fs/ext2_fs.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/lint_rules.h"

#define LAB_BYTES_MAX (500u << 20)

bool lint_no_table(const struct lint_system *s, struct lint_words *w)
{
	lint_say_a(w, "DISK");
	return s->table == DISK_BARE;
}

bool lint_no_boot_code(const struct lint_system *s, struct lint_words *w)
{
	(void)w;
	return s->table != DISK_BARE && !s->boot_code;
}

bool lint_not_active(const struct lint_system *s, struct lint_words *w)
{
	if (s->table != DISK_MBR || !s->boot_code || s->grub_code)
		return false;
	for (size_t i = 0; i < s->nparts; i++)
		if (s->part[i].active)
			return false;
	lint_say_a(w, "%u", s->has_root ? s->boot.number : 1);
	return true;
}

bool lint_too_big(const struct lint_system *s, struct lint_words *w)
{
	lint_say_a(w, "%" PRIu64, s->bytes);
	return s->bytes > LAB_BYTES_MAX;
}

bool lint_no_root(const struct lint_system *s, struct lint_words *w)
{
	if (s->has_root)
		return false;
	lint_say_a(w, "%zu partition%s", s->nparts, s->nparts == 1 ? "" : "s");
	for (size_t i = 0; i < s->nparts; i++)
		if (s->part[i].kind == DISK_OTHER)
			lint_say_a(w, "partition %u is %s", s->part[i].number, s->part[i].fs_type);
	return true;
}

bool lint_recovery(const struct lint_system *s, struct lint_words *w)
{
	unsigned number = s->super.recovery ? s->root.number : s->boot.number;
	char name[24];

	lint_say_a(w, "%s", disk_part_name(number, name));
	return s->has_root && (s->super.recovery || s->boot_super.recovery);
}

bool lint_unclean(const struct lint_system *s, struct lint_words *w)
{
	unsigned number = s->super.clean ? s->boot.number : s->root.number;
	char name[24];

	lint_say_a(w, "%s", disk_part_name(number, name));
	return s->has_root && !(s->super.clean && s->boot_super.clean) &&
	       !(s->super.recovery || s->boot_super.recovery);
}

/*
 * Features of file systems: the word of tune2fs(8), the kernel that first had them
 * (fs/ext4/ext4.h through its history), and who cannot read them. That of GRUB is measured with
 * Debian 12's grub-fstest, that of pygrub with Xen 4.17's xenfsimage, in tests/cli/test_pygrub.sh.
 */
enum { COMPAT, INCOMPAT, RO_COMPAT };

static const struct feature {
	int set;
	uint32_t bit;
	const char *name;
	unsigned since; /* major * 1000 + minor; 0: all that have ext4 */
	bool grub, pygrub;
	bool leaves; /* tune2fs(8) can take it away */
} features[] = {
	{ INCOMPAT, EXT4_FEATURE_INCOMPAT_EA_INODE, "ea_inode", 4013, false, true, false },
	{ INCOMPAT, EXT4_FEATURE_INCOMPAT_CSUM_SEED, "metadata_csum_seed", 4004, true, true, true },
	{ INCOMPAT, EXT4_FEATURE_INCOMPAT_LARGEDIR, "large_dir", 4013, true, true, false },
	{ INCOMPAT, EXT4_FEATURE_INCOMPAT_INLINE_DATA, "inline_data", 3008, false, true, false },
	{ INCOMPAT, EXT4_FEATURE_INCOMPAT_ENCRYPT, "encrypt", 4001, true, true, false },
	{ INCOMPAT, EXT4_FEATURE_INCOMPAT_CASEFOLD, "casefold", 5002, false, true, false },
	{ INCOMPAT, EXT4_FEATURE_INCOMPAT_MMP, "mmp", 3000, true, true, true },
	{ RO_COMPAT, EXT4_FEATURE_RO_COMPAT_METADATA_CSUM, "metadata_csum", 3005, true, true,
	  true },
	{ RO_COMPAT, EXT4_FEATURE_RO_COMPAT_BIGALLOC, "bigalloc", 3002, false, false, false },
	{ RO_COMPAT, EXT4_FEATURE_RO_COMPAT_PROJECT, "project", 4005, true, true, true },
	{ RO_COMPAT, EXT4_FEATURE_RO_COMPAT_VERITY, "verity", 5004, true, true, false },
	{ RO_COMPAT, EXT4_FEATURE_RO_COMPAT_ORPHAN_PRESENT, "orphan_present", 5015, true, true,
	  false },
};

static bool has_feature(const struct disk_super *super, const struct feature *f)
{
	const uint32_t sets[] = { super->compat, super->incompat, super->ro_compat };

	return sets[f->set] & f->bit;
}

bool lint_pygrub_reads(const struct disk_super *super)
{
	for (size_t i = 0; i < sizeof(features) / sizeof(*features); i++)
		if (!features[i].pygrub && has_feature(super, &features[i]))
			return false;
	return true;
}

/* Names the first that fits, and what takes it away. */
static bool name_feature(struct lint_words *w, const struct feature *f, unsigned part)
{
	char name[24];

	lint_say_a(w, "%s", f->name);
	if (f->leaves)
		lint_say_b(w, "tune2fs -O ^%s on %s", f->name, disk_part_name(part, name));
	else
		lint_say_b(w, "make %s again, with mke2fs -O ^%s", disk_part_name(part, name),
			   f->name);
	return true;
}

bool lint_grub_features(const struct lint_system *s, struct lint_words *w)
{
	for (size_t i = 0; s->has_root && i < sizeof(features) / sizeof(*features); i++)
		if (!features[i].grub && has_feature(&s->boot_super, &features[i]))
			return name_feature(w, &features[i], s->boot.number);
	return false;
}

bool lint_pygrub_features(const struct lint_system *s, struct lint_words *w)
{
	for (size_t i = 0; s->has_root && i < sizeof(features) / sizeof(*features); i++)
		if (!features[i].pygrub && has_feature(&s->boot_super, &features[i]))
			return name_feature(w, &features[i], s->boot.number);
	return false;
}

bool lint_kernel_features(const struct lint_system *s, struct lint_words *w)
{
	unsigned major = 0, minor = 0;

	if (!s->has_root || sscanf(s->kernel.version, "%u.%u", &major, &minor) != 2 ||
	    major > 100 || minor > 999)
		return false;
	for (size_t i = 0; i < sizeof(features) / sizeof(*features); i++)
		if (features[i].since > major * 1000 + minor &&
		    has_feature(&s->super, &features[i]))
			return name_feature(w, &features[i], s->root.number);
	return false;
}

bool lint_boot_other(const struct lint_system *s, struct lint_words *w)
{
	(void)w;
	return s->boot_other;
}

bool lint_no_menu(const struct lint_system *s, struct lint_words *w)
{
	(void)w;
	return s->has_root && s->table != DISK_BARE && s->boot_code && !s->boot_other &&
	       (!s->has_menu || !*s->entry.kernel);
}

/* A disk without a menu is not meant for pygrub: its kernel comes from dom0. */
bool lint_menu_pygrub(const struct lint_system *s, struct lint_words *w)
{
	lint_say_a(w, "%s", s->pygrub_why);
	return s->has_root && s->has_menu && !s->pygrub;
}

bool lint_pygrub_other(const struct lint_system *s, struct lint_words *w)
{
	const char *a = s->pygrub_entry.kernel, *b = s->entry.kernel;

	lint_say_a(w, "%s", a);
	lint_say_b(w, "%s", b);
	return s->pygrub && s->has_menu && strcmp(a, b);
}

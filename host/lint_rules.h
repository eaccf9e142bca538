/* SPDX-License-Identifier: ISC */
/* The rules' parts: what finds them, apart from what they say. */
#ifndef HOST_LINT_RULES_H
#define HOST_LINT_RULES_H

#include "host/lint.h"

/* What a rule's texts say of this disk: %a and %b in them. */
struct lint_words {
	unsigned stops; /* a part of the rule's modes, all of them at first */
	char a[200], b[200];
};

typedef bool lint_find(const struct lint_system *s, struct lint_words *w);

lint_find lint_no_table, lint_no_boot_code, lint_not_active, lint_too_big;
lint_find lint_no_root, lint_recovery, lint_unclean;
lint_find lint_grub_features, lint_pygrub_features, lint_kernel_features;
lint_find lint_boot_other, lint_no_menu, lint_menu_pygrub, lint_pygrub_other;
lint_find lint_no_kernel, lint_kernel_missing, lint_kernel_bad, lint_kernel_packing,
	lint_kernel_pvgrub, lint_kernel_no_pv, lint_kernel_no_pvh;
lint_find lint_driver_missing, lint_driver_module, lint_no_network;
lint_find lint_initrd_missing, lint_initrd_bad;
lint_find lint_root_device, lint_root_unknown, lint_root_missing, lint_root_needs_initrd,
	lint_resume_device;
lint_find lint_fstab_device, lint_fstab_swap;
lint_find lint_console_none, lint_console_other, lint_console_order;
lint_find lint_no_getty, lint_no_securetty;

__attribute__((format(printf, 2, 3))) void lint_say_a(struct lint_words *w, const char *text, ...);
__attribute__((format(printf, 2, 3))) void lint_say_b(struct lint_words *w, const char *text, ...);

/* Adds modes as words: "pv, pvh". */
void lint_say_modes(char *to, size_t size, unsigned modes);

#endif

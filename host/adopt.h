/* SPDX-License-Identifier: ISC */
/*
 * Makes somebody's Linux disk boot in every mode: the fixes of xlab image lint that need nothing
 * but the disk itself, written with libext2fs. No program of the disk is run.
 */
#ifndef HOST_ADOPT_H
#define HOST_ADOPT_H

#include <stdio.h>

#include "host/lint.h"

struct adopt {
	struct lint_disk *d;
	struct lint_system *s;
	FILE *said; /* each change is a line here */
	unsigned changes;
};

/*
 * Opens the disk writable, mends what it can, closes it. mmp: multiple mount protection is turned
 * on in the ext4 of the root and of /boot. How many changes, and -EBUSY for a file system
 * that is mounted somewhere or was when that ended, -EUCLEAN for one whose journal is to be
 * replayed; why is one line. On failure of a write the disk holds some of the changes, each of them
 * whole.
 */
int adopt_disk(const char *path, bool mmp, FILE *said, char *why, size_t size);

/* Its parts; 0 or -errno with what failed said already. */
int adopt_files(struct adopt *a);
int adopt_initrd(struct adopt *a);
int adopt_flat_menu(struct adopt *a);

__attribute__((format(printf, 2, 3))) void adopt_say(struct adopt *a, const char *text, ...);

/* Puts a file and reports what cannot be put. */
int adopt_put(struct adopt *a, const char *path, const void *buf, size_t len, mode_t mode);

/*
 * Pure: what the text of a file is to be, or NULL when it stays. said gets a line a change, with
 * path before it. The caller frees.
 */
char *adopt_text_fstab(const char *text, const struct lint_system *s, FILE *said);
char *adopt_text_menu(const char *text, const struct lint_system *s, FILE *said);
char *adopt_text_default_grub(const char *text, const struct lint_system *s, FILE *said);
char *adopt_text_inittab(const char *text, const struct lint_system *s, FILE *said);
char *adopt_text_securetty(const char *text, const struct lint_system *s, FILE *said);
/* A menu that GRUB 2 and pygrub both read, with the entries of m that need no quotes, the chosen one
 * first; NULL too when that one does. */
char *adopt_text_flat(const struct grubmenu *m);

/* Whether a text of the disk, in double quotes, is itself for every reader: printable ASCII without
 * a double quote or backslash. */
bool adopt_text_is_plain(const char *text);

/* How root= names the root so that every mode finds it; "" when there is no such way. */
void adopt_root(const struct lint_system *s, char *to, size_t size);

/* Writes configs for xl and copies of kernel and initramfs into dir, which is made; said gets a
 * line for what is left out. 0 or -errno with what failed in why. */
int adopt_configs(const char *disk, const char *dir, FILE *said, char *why, size_t size);

/* Whether a config has a way to write that path, which need not be there yet. */
bool adopt_configs_can_name(const char *path);

#endif

/* SPDX-License-Identifier: ISC */
#include "host/grubboot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/proc.h"

/* Efivars(7) have four bytes of attributes first. */
#define SECURE_BOOT "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

static int need_package(const char *program, const char *package)
{
	log_warnx("there is no %s: install %s", program, package);
	return EXIT_USAGE;
}

/* Whether GRUB can write what makes it forget the entry: to a plain partition with a file system
 * whose blocks stay where they are. */
static int check_probe(const struct grubboot *g, const char *target, const char *const *bad)
{
	const char *const argv[] = { "grub-probe", "-t", target, g->dir, NULL };
	char word[128];
	int r = proc_capture(argv, word, sizeof(word), &(struct proc_opts){ .err = PROC_NULL });

	if (r == -ENOENT)
		return need_package("grub-probe", "grub-common");
	if (r) {
		log_warnx("%s: grub-probe cannot tell its %s: make sure that GRUB can write there",
			  g->dir, target);
		return EXIT_OK;
	}
	for (int i = 0; bad[i]; i++) {
		if (!strstr(word, bad[i]))
			continue;
		log_warnx("%s: is on %s, where GRUB cannot write: the entry would be booted for "
			  "ever; move /boot to a plain partition",
			  g->dir, bad[i]);
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

static int check_secure_boot(void)
{
	char attr[8] = { 0 };

	if (io_read_file(SECURE_BOOT, attr, sizeof(attr)) < 5 || attr[4] != 1)
		return EXIT_OK;
	log_warnx("Secure Boot is on, and the image's kernel is not signed: turn it off first");
	return EXIT_USAGE;
}

/* Whether grub.cfg does what we count on. */
static int check_config(const struct grubboot *g)
{
	static char text[GRUBBOOT_FILE_MAX];
	char path[PATH_MAX];
	int n;

	snprintf(path, sizeof(path), "%s/grub.cfg", g->dir);
	n = io_read_file(path, text, sizeof(text));
	if (n < 0) {
		log_warnx("%s: %s: no GRUB 2 that this machine boots by (grub-install, update-grub)",
			  path, strerror(-n));
		return EXIT_USAGE;
	}
	if (strstr(text, "next_entry") && strstr(text, "custom.cfg"))
		return EXIT_OK;
	log_warnx("%s: takes no custom.cfg or no entry for one boot: make it anew, by update-grub",
		  path);
	return EXIT_USAGE;
}

int grubboot_find(struct grubboot *g, const char *boot)
{
	if ((size_t)snprintf(g->dir, sizeof(g->dir), "%s/grub", boot) >= sizeof(g->dir))
		return cmd_fail(-ENAMETOOLONG, boot);
	snprintf(g->own, sizeof(g->own), "%s/xlab", g->dir);
	return EXIT_OK;
}

int grubboot_check(const struct grubboot *g)
{
	static const char *const layers[] = { "lvm", "mdraid", "raid5rec", "raid6rec", "ldm", "luks",
					      "cryptodisk", NULL };
	static const char *const systems[] = { "btrfs", "zfs", "f2fs", "iso9660", "squash4", NULL };
	int r = check_config(g);

	if (!r)
		r = check_secure_boot();
	if (!r)
		r = check_probe(g, "abstraction", layers);
	return r ? r : check_probe(g, "fs", systems);
}

/* Has GRUB's own parser read it. */
static int check_script(const char *text, const char *path)
{
	static const char *const argv[] = { "grub-script-check", NULL };
	struct proc_opts opts = { .in = memfd_create("custom.cfg", MFD_CLOEXEC) };
	int r = opts.in < 0 ? -errno : io_write_all(opts.in, text, strlen(text));

	if (!r && lseek(opts.in, 0, SEEK_SET) < 0)
		r = -errno;
	if (!r)
		r = proc_run(argv, &opts);
	if (opts.in >= 0)
		close(opts.in);
	if (r == -ENOENT)
		return need_package("grub-script-check", "grub-common");
	if (r <= 0)
		return r ? cmd_fail(r, path) : EXIT_OK;
	log_warnx("%s: GRUB would not take it with our entry: see what grub-script-check says of it",
		  path);
	return EXIT_USAGE;
}

/* Brings custom.cfg to have that entry, or none. */
static int change_config(const struct grubboot *g, const char *line, bool ramdisk)
{
	static char old[GRUBBOOT_FILE_MAX], text[sizeof(old) + 2 * GRUBBOOT_LINE];
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/custom.cfg", g->dir);
	r = io_read_file(path, old, sizeof(old));
	if (r == (int)sizeof(old) - 1)
		return cmd_fail(-EFBIG, path);
	if (r == -ENOENT)
		old[0] = '\0';
	else if (r < 0)
		return cmd_fail(r, path);
	r = grubboot_text(old, line, ramdisk, text, sizeof(text));
	if (r) {
		log_warnx("%s: our block in it has lost its end: mend it by hand", path);
		return EXIT_USAGE;
	}
	if (!strcmp(old, text))
		return EXIT_OK;
	if (!text[0]) /* there was nothing but our block */
		return unlink(path) < 0 ? cmd_fail(-errno, path) : EXIT_OK;
	r = check_script(text, path);
	if (r)
		return r;
	r = io_replace_file(path, text, strlen(text));
	return r ? cmd_fail(r, path) : EXIT_OK;
}

/* grub-editenv(1), which knows GRUB's block of variables. */
static int edit_env(const struct grubboot *g, const char *verb, const char *what)
{
	char path[PATH_MAX];
	const char *const argv[] = { "grub-editenv", path, verb, what, NULL };
	int r;

	snprintf(path, sizeof(path), "%s/grubenv", g->dir);
	r = proc_run(argv, NULL);
	if (r == -ENOENT)
		return need_package("grub-editenv", "grub-common");
	if (r < 0)
		return cmd_fail(r, path);
	if (!r)
		return EXIT_OK;
	log_warnx("%s: grub-editenv cannot %s %s", path, verb, what);
	return EXIT_SYSTEM;
}

int grubboot_set(const struct grubboot *g, const char *line, bool ramdisk)
{
	int r = change_config(g, line, ramdisk);

	return r ? r : edit_env(g, "set", "next_entry=" GRUBBOOT_ID);
}

/* Whether it is the one for the next boot. */
static bool is_next(const struct grubboot *g)
{
	char path[PATH_MAX], text[1024 + 1];
	const char *const argv[] = { "grub-editenv", path, "list", NULL };

	snprintf(path, sizeof(path), "%s/grubenv", g->dir);
	return access(path, F_OK) == 0 && proc_capture(argv, text, sizeof(text), NULL) == 0 &&
	       strstr(text, "next_entry=" GRUBBOOT_ID "\n");
}

int grubboot_remove(const struct grubboot *g)
{
	static const char *const files[] = { "vmlinuz", "initrd.img" };
	char path[PATH_MAX + 16];
	int r = is_next(g) ? edit_env(g, "unset", "next_entry") : EXIT_OK;

	if (!r)
		r = change_config(g, NULL, false);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files) && !r; i++) {
		snprintf(path, sizeof(path), "%s/%s", g->own, files[i]);
		if (unlink(path) < 0 && errno != ENOENT)
			r = cmd_fail(-errno, path);
	}
	if (!r && rmdir(g->own) < 0 && errno != ENOENT)
		r = cmd_fail(-errno, g->own);
	return r;
}

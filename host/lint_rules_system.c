/* SPDX-License-Identifier: ISC */
/* Rules about the kernel's line, fstab, consoles and logins. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "host/lint_rules.h"

static const struct {
	const char *prefix;
	unsigned modes;
} devices[] = {
	{ "/dev/hd", 0 }, /* no kernel since 2.6.28 or so calls any disk that */
	{ "/dev/sd", LINT_MODE(MODE_NATIVE) | LINT_MODE(MODE_HVM) },
	{ "/dev/xvd", LINT_XVDA },
	{ "/dev/vd", LINT_MODE(MODE_NATIVE) },
	{ "/dev/nvme", LINT_MODE(MODE_NATIVE) },
	{ "/dev/mmcblk", LINT_MODE(MODE_NATIVE) },
};

unsigned lint_device_modes(const char *spec)
{
	for (size_t i = 0; i < sizeof(devices) / sizeof(*devices); i++)
		if (!strncmp(spec, devices[i].prefix, strlen(devices[i].prefix)))
			return devices[i].modes;
	return LINT_EVERY;
}

/* The names of a whole first disk, and of its partitions up to their numbers. */
static const char *const first_disks[] = { "/dev/sda", "/dev/hda",	"/dev/xvda",
					   "/dev/vda", "/dev/nvme0n1p", "/dev/mmcblk0p" };

unsigned lint_device_part(const char *spec)
{
	for (size_t i = 0; i < sizeof(first_disks) / sizeof(*first_disks); i++) {
		size_t len = strlen(first_disks[i]);
		const char *digits = spec + len;

		if (!strncmp(spec, first_disks[i], len) && *digits && strlen(digits) <= 3 &&
		    strspn(digits, "0123456789") == strlen(digits))
			return (unsigned)strtoul(digits, NULL, 10);
	}
	return 0;
}

/* How to name the root so that every mode finds it; without an initramfs only the kernel's own way
 * will do, and a bare file system has no PARTUUID. */
static void say_root(const struct lint_system *s, struct lint_words *w)
{
	if (s->has_initrd && *s->root.fs_uuid)
		lint_say_b(w, "UUID=%s", s->root.fs_uuid);
	else if (*s->root.uuid)
		lint_say_b(w, "PARTUUID=%s", s->root.uuid);
	else
		lint_say_b(w, "/dev/xvda");
}

static bool get_root(const struct lint_system *s, struct lint_words *w, char root[LINT_SPEC])
{
	say_root(s, w);
	*root = '\0';
	if (!s->has_root || !*s->entry.kernel)
		return false;
	return lint_arg(s->entry.args, "root", root, LINT_SPEC) && *root;
}

bool lint_root_device(const struct lint_system *s, struct lint_words *w)
{
	char root[LINT_SPEC];
	unsigned modes;

	if (!get_root(s, w, root))
		return false;
	modes = lint_device_modes(root);
	if (s->table == DISK_BARE && modes == LINT_XVDA)
		return false; /* nothing else is possible */
	lint_say_a(w, "root=%s", root);
	w->stops &= ~modes;
	return modes != LINT_EVERY;
}

static bool names_part(const struct lint_system *s, const char *spec)
{
	for (size_t i = 0; i < s->nparts; i++) {
		const struct disk_part *p = &s->part[i];

		if ((!strncasecmp(spec, "UUID=", 5) && !strcasecmp(spec + 5, p->fs_uuid)) ||
		    (!strncasecmp(spec, "LABEL=", 6) && !strcmp(spec + 6, p->fs_label)) ||
		    (!strncasecmp(spec, "PARTUUID=", 9) && !strcasecmp(spec + 9, p->uuid)))
			return true;
	}
	return false;
}

bool lint_root_unknown(const struct lint_system *s, struct lint_words *w)
{
	char root[LINT_SPEC];

	if (!get_root(s, w, root))
		return false;
	lint_say_a(w, "%s", root);
	if (strncasecmp(root, "UUID=", 5) && strncasecmp(root, "LABEL=", 6) &&
	    strncasecmp(root, "PARTUUID=", 9))
		return false;
	return !strstr(root, "/PARTNROFF=") && !names_part(s, root);
}

bool lint_root_missing(const struct lint_system *s, struct lint_words *w)
{
	char root[LINT_SPEC];

	return !get_root(s, w, root) && s->has_root && *s->entry.kernel;
}

bool lint_root_needs_initrd(const struct lint_system *s, struct lint_words *w)
{
	char root[LINT_SPEC];

	if (!get_root(s, w, root))
		return false;
	lint_say_a(w, "%s", root);
	return !s->has_initrd && (!strncmp(root, "UUID=", 5) || !strncmp(root, "LABEL=", 6));
}

bool lint_resume_device(const struct lint_system *s, struct lint_words *w)
{
	char value[LINT_SPEC];

	if (!lint_arg(s->entry.args, "resume", value, sizeof(value)))
		return false;
	lint_say_a(w, "%s", value);
	return lint_device_modes(value) != LINT_EVERY;
}

/* What to write instead of a device: the UUID of what is in the partition of that number. */
static void say_mount(const struct lint_system *s, const struct lint_mount *m, struct lint_words *w)
{
	unsigned number = lint_device_part(m->spec);
	const struct disk_part *found = NULL;

	if (!strcmp(m->at, "/"))
		found = &s->root;
	for (size_t i = 0; number && !found && i < s->nparts; i++)
		if (s->part[i].number == number)
			found = &s->part[i];
	lint_say_a(w, "%u: %s", m->line, m->spec);
	if (found && *found->fs_uuid)
		lint_say_b(w, "UUID=%s", found->fs_uuid);
	else
		lint_say_b(w, "UUID=... of it, or nofail among its options");
}

static bool is_swap(const struct lint_mount *m)
{
	return !strcmp(m->type, "swap");
}

/* An initramfs has checked and mounted the root already, by root=; what fstab calls it is wrong
 * then, and stops nothing. */
static unsigned stopped_by(const struct lint_system *s, const struct lint_mount *m)
{
	if (s->has_initrd && !strcmp(m->at, "/"))
		return 0;
	return LINT_EVERY & ~lint_device_modes(m->spec);
}

bool lint_fstab_device(const struct lint_system *s, struct lint_words *w)
{
	bool found = false;

	w->stops = 0;
	for (size_t i = 0; i < s->nmounts; i++) {
		const struct lint_mount *m = &s->mount[i];
		unsigned modes = lint_device_modes(m->spec), stops = stopped_by(s, m);

		if (m->optional || is_swap(m) || modes == LINT_EVERY ||
		    (s->table == DISK_BARE && modes == LINT_XVDA))
			continue;
		if (!found || (stops && !w->stops))
			say_mount(s, m, w);
		w->stops |= stops;
		found = true;
	}
	return found;
}

bool lint_fstab_swap(const struct lint_system *s, struct lint_words *w)
{
	for (size_t i = 0; i < s->nmounts; i++) {
		const struct lint_mount *m = &s->mount[i];

		if (!is_swap(m) || m->optional || lint_device_modes(m->spec) == LINT_EVERY)
			continue;
		say_mount(s, m, w);
		return true;
	}
	return false;
}

struct consoles {
	size_t n;
	bool hvc0, last_hvc0;
	char last[32];
};

static int take_console(const char *name, const char *value, void *arg)
{
	struct consoles *c = arg;

	if (strcmp(name, "console"))
		return 0;
	c->n++;
	snprintf(c->last, sizeof(c->last), "%.*s", (int)strcspn(value, ","), value);
	c->last_hvc0 = !strcmp(c->last, "hvc0") || !strcmp(c->last, "hvc");
	c->hvc0 |= c->last_hvc0;
	return 0;
}

static bool get_consoles(const struct lint_system *s, struct lint_words *w, struct consoles *c)
{
	*c = (struct consoles){ 0 };
	lint_args(s->entry.args, take_console, c);
	lint_say_a(w, "%s", c->last);
	return *s->entry.kernel;
}

bool lint_console_none(const struct lint_system *s, struct lint_words *w)
{
	struct consoles c;

	return get_consoles(s, w, &c) && !c.n;
}

bool lint_console_other(const struct lint_system *s, struct lint_words *w)
{
	struct consoles c;

	return get_consoles(s, w, &c) && c.n && !c.hvc0;
}

bool lint_console_order(const struct lint_system *s, struct lint_words *w)
{
	struct consoles c;

	return get_consoles(s, w, &c) && c.hvc0 && !c.last_hvc0;
}

static const char *const getty_fix[LINT_INIT_COUNT] = {
	[LINT_INIT_SYSV] = "add to /etc/inittab: h0:2345:respawn:/sbin/getty 38400 hvc0",
	[LINT_INIT_BUSYBOX] = "add to /etc/inittab: hvc0::respawn:/sbin/getty 38400 hvc0",
	[LINT_INIT_OPENRC] = "ln -s agetty /etc/init.d/agetty.hvc0 && rc-update add agetty.hvc0",
};

bool lint_no_getty(const struct lint_system *s, struct lint_words *w)
{
	if (!s->has_root || s->getty || s->init >= LINT_INIT_COUNT)
		return false;
	if (s->init == LINT_INIT_SYSTEMD) {
		lint_say_a(w, "systemd would start one, but %s is masked", s->getty_why);
		lint_say_b(w, "rm %s", s->getty_why);
	} else {
		lint_say_a(w, "%s of %s starts none", s->getty_why, lint_init_name(s->init));
		lint_say_b(w, "%s", getty_fix[s->init]);
	}
	return true;
}

bool lint_no_securetty(const struct lint_system *s, struct lint_words *w)
{
	(void)w;
	return s->has_root && !s->securetty;
}

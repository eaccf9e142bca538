/* SPDX-License-Identifier: ISC */
/* The facts about the disk itself, the menu, fstab and process 1. */
#include "host/lint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 20, BOOT_CODE = 440 };

const char *lint_init_name(enum lint_init init)
{
#define NAME(id, name) [LINT_INIT_##id] = name,
	static const char *const names[] = { LINT_INITS(NAME) };
#undef NAME
	return init < LINT_INIT_COUNT ? names[init] : names[LINT_INIT_NONE];
}

static void read_boot_code(const struct disk *d, struct lint_system *s)
{
	char sector[DISK_SECTOR];
	int fd = open(d->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (pread(fd, sector, sizeof(sector), 0) == sizeof(sector)) {
		for (int i = 0; i < BOOT_CODE; i++)
			s->boot_code |= sector[i];
		s->grub_code = memmem(sector, BOOT_CODE, "GRUB", 4);
	}
	close(fd);
}

static void take_menu(struct lint_system *s, const struct grubmenu_place *place, bool on_boot,
		      const char *text, size_t len)
{
	struct grubmenu *m = calloc(1, sizeof(*m));

	s->has_menu = true;
	s->menu_kind = place->kind;
	snprintf(s->menu, sizeof(s->menu), "%s%s", on_boot ? "/boot" : "", place->path);
	if (!m)
		return;
	grubmenu_read(text, len, place->kind, m);
	if (m->n)
		s->entry = m->entry[m->chosen];
	free(m);
}

static bool find_menu(struct lint_system *s, struct disk_fs *fs, bool on_boot)
{
	for (size_t i = 0; fs && i < grubmenu_nplaces; i++) {
		char *text;
		size_t len;

		if (disk_fs_get(fs, grubmenu_places[i].path, TEXT_MAX, &text, &len))
			continue;
		take_menu(s, &grubmenu_places[i], on_boot, text, len);
		free(text);
		return true;
	}
	return false;
}

void lint_read_menu(struct lint_disk *d, struct lint_system *s)
{
	if (!find_menu(s, d->boot, true))
		find_menu(s, d->root, false);
}

/* Whether a word is among those between commas. */
static bool has_option(const char *options, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = options; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (!strncmp(at, word, len) && (!at[len] || at[len] == ','))
			return true;
	return false;
}

static void take_mount(struct lint_system *s, const char *line, unsigned number)
{
	struct lint_mount *m = &s->mount[s->nmounts];
	char options[256] = "";

	*m = (struct lint_mount){ .line = number };
	if (*line == '#' ||
	    sscanf(line, "%127s %127s %23s %255s", m->spec, m->at, m->type, options) < 3)
		return;
	if (*m->spec == '#')
		return;
	m->optional = has_option(options, "noauto") || has_option(options, "nofail");
	s->nmounts++;
}

void lint_read_fstab(struct lint_disk *d, struct lint_system *s)
{
	char *text, *at, *line;
	unsigned number = 0;
	size_t len;

	if (disk_fs_get(d->root, "/etc/fstab", TEXT_MAX, &text, &len))
		return;
	at = text;
	while ((line = strsep(&at, "\n")) && s->nmounts < LINT_FSTAB_MAX)
		take_mount(s, line, ++number);
	free(text);
}

/* What the process that /sbin/init names is. */
static enum lint_init guess_init(struct lint_disk *d, const struct lint_system *s)
{
	char path[DISK_PATH] = "/sbin/init", target[DISK_PATH];
	const char *name;

	lint_arg(s->entry.args, "init", path, sizeof(path));
	if (*path != '/')
		return LINT_INIT_NONE;
	if (!disk_fs_link(d->root, path, target, sizeof(target))) {
		name = strrchr(target, '/') ? strrchr(target, '/') + 1 : target;
		if (!strcmp(name, "systemd"))
			return LINT_INIT_SYSTEMD;
		if (!strcmp(name, "busybox"))
			return LINT_INIT_BUSYBOX;
		if (!strcmp(name, "openrc-init"))
			return LINT_INIT_OPENRC;
	}
	if (!strcmp(path, "/sbin/openrc-init"))
		return LINT_INIT_OPENRC;
	if (!lint_disk_has(d, path) || !lint_disk_has(d, "/etc/inittab"))
		return LINT_INIT_NONE;
	return LINT_INIT_SYSV;
}

/* An inittab of BusyBox has "::ACTION:" where that of sysvinit has "ID:LEVELS:ACTION:". */
static bool names_hvc0(const char *text)
{
	const char *at = strstr(text, "hvc0");

	return at && (at[4] < '0' || at[4] > '9');
}

static bool starts_people(char *line, enum lint_init init)
{
	char *field[4];

	while (*line == ' ' || *line == '\t')
		line++;
	if (*line == '#')
		return false;
	for (int i = 0; i < 4; i++)
		field[i] = i < 3 ? strsep(&line, ":") : line;
	if (!field[3] || (strcmp(field[2], "respawn") && strcmp(field[2], "askfirst")))
		return false;
	if (init == LINT_INIT_BUSYBOX) /* without a name it is on /dev/console */
		return names_hvc0(field[0]) || names_hvc0(field[3]) ||
		       (!*field[0] && !strstr(field[3], "tty"));
	return names_hvc0(field[3]) && (!*field[1] || strpbrk(field[1], "2345"));
}

bool lint_inittab_has_hvc0(const char *text, enum lint_init init)
{
	char *copy = strdup(text), *at = copy, *line;
	bool found = false;

	while (copy && !found && (line = strsep(&at, "\n")))
		found = starts_people(line, init);
	free(copy);
	return found;
}

static bool is_masked(struct lint_disk *d, const char *path)
{
	char target[32];

	return !disk_fs_link(d->root, path, target, sizeof(target)) && !strcmp(target, "/dev/null");
}

/*
 * systemd-getty-generator(8) starts serial-getty@hvc0 wherever there is an hvc0, whatever console=
 * says; only what is masked, or told on the kernel's line, keeps it from that.
 */
static void read_systemd(struct lint_disk *d, struct lint_system *s)
{
	static const char *const masks[] = {
		"/etc/systemd/system/serial-getty@hvc0.service",
		"/etc/systemd/system/serial-getty@.service",
		"/etc/systemd/system/getty.target",
		"/etc/systemd/system-generators/systemd-getty-generator",
	};

	s->getty = true;
	for (size_t i = 0; i < sizeof(masks) / sizeof(*masks); i++) {
		if (!is_masked(d, masks[i]))
			continue;
		s->getty = false;
		snprintf(s->getty_why, sizeof(s->getty_why), "%s", masks[i]);
	}
}

static void read_inittab(struct lint_disk *d, struct lint_system *s)
{
	char *text;
	size_t len;

	snprintf(s->getty_why, sizeof(s->getty_why), "/etc/inittab");
	if (disk_fs_get(d->root, "/etc/inittab", TEXT_MAX, &text, &len)) {
		s->getty = s->init == LINT_INIT_BUSYBOX; /* it has a built-in one: a shell */
		return;
	}
	s->getty = lint_inittab_has_hvc0(text, s->init);
	free(text);
}

static void read_getty(struct lint_disk *d, struct lint_system *s)
{
	static const char *const levels[] = { "/etc/runlevels/default/agetty.hvc0",
					      "/etc/runlevels/boot/agetty.hvc0" };

	switch (s->init) {
	case LINT_INIT_SYSTEMD: read_systemd(d, s); break;
	case LINT_INIT_SYSV:
	case LINT_INIT_BUSYBOX: read_inittab(d, s); break;
	case LINT_INIT_OPENRC:
		for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
			struct disk_stat st;

			s->getty |= !disk_fs_stat(d->root, levels[i], false, &st);
		}
		snprintf(s->getty_why, sizeof(s->getty_why), "/etc/runlevels/default");
		break;
	default: s->getty = true;
	}
}

/* A line that is no comment and has the word. */
static bool has_line(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; *at;) {
		size_t n = strcspn(at, "\n");
		const char *start = at + strspn(at, " \t");

		if (*start != '#' && memmem(start, n - (size_t)(start - at), word, len))
			return true;
		at += n + (at[n] == '\n');
	}
	return false;
}

static bool file_has(struct lint_disk *d, const char *path, const char *word, bool *there)
{
	char *text;
	size_t len;
	bool has;

	*there = !disk_fs_get(d->root, path, TEXT_MAX, &text, &len);
	if (!*there)
		return false;
	has = has_line(text, word);
	free(text);
	return has;
}

/* login(1) looks into securetty where PAM says so, or where there is no PAM. */
static void read_securetty(struct lint_disk *d, struct lint_system *s)
{
	bool there, pam;
	bool hvc0 = file_has(d, "/etc/securetty", "hvc0", &there);
	bool asked = file_has(d, "/etc/pam.d/login", "pam_securetty", &pam);

	s->securetty = !there || hvc0 || (pam && !asked);
}

void lint_read_init(struct lint_disk *d, struct lint_system *s)
{
	s->init = guess_init(d, s);
	read_getty(d, s);
	read_securetty(d, s);
}

static void read_parts(struct lint_disk *d, struct lint_system *s)
{
	s->bytes = d->disk.bytes;
	s->table = d->disk.table;
	s->nparts = d->disk.n;
	s->boot_other = d->boot_other;
	memcpy(s->part, d->disk.part, sizeof(s->part));
	if (d->root_part) {
		s->has_root = true;
		s->root = s->boot = *d->root_part;
		disk_fs_super(d->root, &s->super);
		s->boot_super = s->super;
	}
	if (d->boot_part) {
		s->has_boot = true;
		s->boot = *d->boot_part;
		disk_fs_super(d->boot, &s->boot_super);
	}
}

int lint_read(struct lint_disk *d, struct lint_system *s)
{
	int r = 0;

	*s = (struct lint_system){ .bytes = 0 };
	read_parts(d, s);
	read_boot_code(&d->disk, s);
	if (!d->root)
		return 0;
	lint_read_menu(d, s);
	lint_read_pygrub(d, s);
	r = lint_read_kernel(d, s);
	if (!r)
		r = lint_read_initrd(d, s);
	lint_read_fstab(d, s);
	lint_read_init(d, s);
	return r;
}

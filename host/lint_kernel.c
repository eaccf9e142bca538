/* SPDX-License-Identifier: ISC */
/* The facts about the kernel, its drivers and its initramfs. */
#include "host/lint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 4 << 20 };

const struct lint_driver_row lint_driver_rows[LINT_DRIVER_COUNT] = {
#define ROW(id, option, module, modes, what) [LINT_##id] = { option, module, modes, what },
	LINT_DRIVERS(ROW)
#undef ROW
};

int lint_args(const char *args, int (*each)(const char *name, const char *value, void *arg),
	      void *arg)
{
	char word[GRUBMENU_ARGS], *value;
	int r = 0;

	while (!r && *args) {
		size_t n = strcspn(args, " \t");

		snprintf(word, sizeof(word), "%.*s", (int)n, args);
		args += n + strspn(args + n, " \t");
		if (!*word)
			continue;
		value = strchr(word, '=');
		if (value)
			*value++ = '\0';
		r = each(word, value ? value : "", arg);
	}
	return r;
}

struct wanted {
	const char *name;
	char *value;
	size_t size;
	bool found;
};

static int match_arg(const char *name, const char *value, void *arg)
{
	struct wanted *w = arg;

	if (!strcmp(name, w->name)) {
		snprintf(w->value, w->size, "%s", value);
		w->found = true;
	}
	return 0;
}

bool lint_arg(const char *args, const char *name, char *value, size_t size)
{
	struct wanted w = { name, value, size, false };

	lint_args(args, match_arg, &w);
	return w.found;
}

/* A path of the menu's file system as one of the system. */
static bool place_file(const struct lint_disk *d, const struct lint_system *s, const char *path,
		       char *to, size_t size)
{
	bool on_boot = d->boot && !strncmp(s->menu, "/boot/", 6);

	snprintf(to, size, "%s%s%s", on_boot ? "/boot" : "", *path == '/' ? "" : "/", path);
	if (lint_disk_has(d, to))
		return true;
	snprintf(to, size, "%s%s", *path == '/' ? "" : "/", path);
	return lint_disk_has(d, to);
}

struct newest {
	char name[128];
};

static int take_newest(const char *name, void *arg)
{
	struct newest *n = arg;

	if (!strncmp(name, "vmlinuz", 7) && strlen(name) < sizeof(n->name) &&
	    (!*n->name || strverscmp(name, n->name) > 0))
		strcpy(n->name, name);
	return 0;
}

/* Without a menu: the newest, and the initramfs of its version. */
static void guess_kernel(const struct lint_disk *d, struct lint_system *s)
{
	struct newest n = { "" };
	const char *inside;
	struct disk_fs *fs = lint_disk_at(d, "/boot/", &inside);

	disk_fs_list(fs, inside, take_newest, &n);
	if (*n.name) {
		snprintf(s->kernel_path, sizeof(s->kernel_path), "/boot/%s", n.name);
		snprintf(s->initrd_path, sizeof(s->initrd_path), "/boot/initrd.img%s", n.name + 7);
	} else {
		snprintf(s->kernel_path, sizeof(s->kernel_path), "/vmlinuz");
		snprintf(s->initrd_path, sizeof(s->initrd_path), "/initrd.img");
	}
	s->has_kernel = lint_disk_has(d, s->kernel_path);
	if (!lint_disk_has(d, s->initrd_path))
		*s->initrd_path = '\0';
}

static void find_kernel(const struct lint_disk *d, struct lint_system *s)
{
	if (!s->has_menu || !*s->entry.kernel) {
		guess_kernel(d, s);
		return;
	}
	s->has_kernel = place_file(d, s, s->entry.kernel, s->kernel_path, sizeof(s->kernel_path));
	if (*s->entry.initrd)
		place_file(d, s, s->entry.initrd, s->initrd_path, sizeof(s->initrd_path));
}

/* "CONFIG_X=y" or "=m" in the text of a config; one that does not name it has it not. */
static enum lint_state config_state(const char *text, const char *option)
{
	char line[64];
	const char *at = text;
	int n = snprintf(line, sizeof(line), "CONFIG_%s=", option);

	while ((at = strstr(at, line))) {
		if (at == text || at[-1] == '\n')
			return at[n] == 'y'   ? LINT_BUILTIN
			       : at[n] == 'm' ? LINT_MODULE
					      : LINT_MISSING;
		at += n;
	}
	return LINT_MISSING;
}

static bool read_config(const struct lint_disk *d, struct lint_system *s)
{
	char *text;
	size_t len;

	snprintf(s->config, sizeof(s->config), "/boot/config-%s", s->kernel.version);
	if (!*s->kernel.version || lint_disk_get(d, s->config, TEXT_MAX, &text, &len)) {
		*s->config = '\0';
		return false;
	}
	for (int i = 0; i < LINT_DRIVER_COUNT; i++)
		s->driver[i].state = config_state(text, lint_driver_rows[i].option);
	free(text);
	return true;
}

/* Without a config: the lists of what is built in and what is a module; names in them end with
 * "/xen-blkfront.ko". */
static void read_module_list(const struct lint_disk *d, struct lint_system *s, const char *list,
			     enum lint_state state)
{
	char path[160], name[64], *text;
	size_t len;

	snprintf(path, sizeof(path), "/lib/modules/%s/%s", s->kernel.version, list);
	if (!*s->kernel.version || lint_disk_get(d, path, TEXT_MAX, &text, &len))
		return;
	for (int i = 0; i < LINT_DRIVER_COUNT; i++) {
		if (!lint_driver_rows[i].module || s->driver[i].state)
			continue;
		snprintf(name, sizeof(name), "/%s.ko", lint_driver_rows[i].module);
		if (strstr(text, name))
			s->driver[i].state = state;
	}
	free(text);
}

int lint_read_kernel(struct lint_disk *d, struct lint_system *s)
{
	char *buf;
	size_t len;
	int r;

	find_kernel(d, s);
	if (!s->has_kernel)
		return 0;
	r = lint_disk_get(d, s->kernel_path, BZIMAGE_MAX, &buf, &len);
	if (r) {
		snprintf(s->kernel_why, sizeof(s->kernel_why), "cannot be read: %s", strerror(-r));
		return r == -ENOMEM ? r : 0;
	}
	r = bzimage_read(buf, len, &s->kernel, s->kernel_why, sizeof(s->kernel_why));
	free(buf);
	s->good_kernel = !r;
	if (r)
		return r == -ENOMEM ? r : 0;
	if (!read_config(d, s)) {
		read_module_list(d, s, "modules.builtin", LINT_BUILTIN);
		read_module_list(d, s, "modules.order", LINT_MODULE);
	}
	return 0;
}

/* Whether the file of an initramfs is that module: .ko, or packed. */
static bool is_module(const char *name, const char *module)
{
	const char *base = strrchr(name, '/');
	size_t len = strlen(module);

	base = base ? base + 1 : name;
	for (size_t i = 0; i < len; i++)
		if (base[i] != module[i] && !(base[i] == '_' && module[i] == '-'))
			return false;
	return !strncmp(base + len, ".ko", 3);
}

static int take_entry(const struct initramfs_entry *e, void *arg)
{
	struct lint_system *s = arg;
	const char *at = strstr(e->name, "lib/modules/");

	for (int i = 0; i < LINT_DRIVER_COUNT; i++)
		if (lint_driver_rows[i].module && is_module(e->name, lint_driver_rows[i].module))
			s->driver[i].in_initramfs = true;
	if (!strcmp(e->name, "scripts/functions") || !strcmp(e->name, "conf/initramfs.conf"))
		s->initrd_tool = LINT_TOOL_DEBIAN;
	if (strstr(e->name, "lib/dracut/"))
		s->initrd_tool = LINT_TOOL_DRACUT;
	if (at && (at == e->name || !strncmp(e->name, "usr/lib/", 8)) && !*s->modules) {
		size_t n = (size_t)(at - e->name) + strlen("lib/modules/");

		n += strcspn(e->name + n, "/");
		if (n < sizeof(s->modules) && e->name[n])
			snprintf(s->modules, sizeof(s->modules), "%.*s", (int)n, e->name);
	}
	return 0;
}

int lint_read_initrd(struct lint_disk *d, struct lint_system *s)
{
	char *buf;
	size_t len;
	int r;

	if (!*s->initrd_path || !lint_disk_has(d, s->initrd_path))
		return 0;
	s->has_initrd = true;
	r = lint_disk_get(d, s->initrd_path, INITRAMFS_MAX, &buf, &len);
	if (r)
		return r == -ENOMEM ? r : 0;
	r = initramfs_read(buf, len, take_entry, s, &s->initrd_packing);
	free(buf);
	s->good_initrd = !r;
	return r == -ENOMEM ? r : 0;
}

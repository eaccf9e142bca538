/* SPDX-License-Identifier: ISC */
/*
 * An initramfs of initramfs-tools(8) without the drivers of a mode gets one more archive behind it:
 * the modules out of the disk's own /lib/modules, its list of which needs which, and conf/modules,
 * whose modules the scripts of that initramfs load.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "host/adopt.h"

enum { NAMES_MAX = 65536, MODULE_MAX = 32 << 20, LIST_MAX = 16 << 20, WANTED_MAX = 64 };

struct archive {
	struct adopt *a;
	char **name; /* what is there already, and what is added */
	size_t n;
	char *modules;		    /* conf/modules, so far */
	char path[WANTED_MAX][256]; /* modules to add, below modules_dir() */
	size_t npath;
	struct initramfs_writer w;
	bool failed;
};

static bool has_name(const struct archive *x, const char *name)
{
	for (size_t i = 0; i < x->n; i++)
		if (!strcmp(x->name[i], name))
			return true;
	return false;
}

static void add_name(struct archive *x, const char *name)
{
	char *copy = x->n < NAMES_MAX ? strdup(name) : NULL;

	if (copy)
		x->name[x->n++] = copy;
	else
		x->failed = true;
}

static int take_entry(const struct initramfs_entry *e, void *arg)
{
	struct archive *x = arg;

	add_name(x, e->name);
	if (!strcmp(e->name, "conf/modules") && S_ISREG(e->mode)) {
		free(x->modules);
		x->modules = strndup(e->data, e->len);
	}
	return x->failed ? -ENOMEM : 0;
}

/* A file, and the folders above it that are not there. */
static void add_file(struct archive *x, const char *name, const void *data, size_t len)
{
	char dir[512];

	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(dir, sizeof(dir), "%.*s", (int)(slash - name), name);
		if (has_name(x, dir))
			continue;
		initramfs_add(&x->w, dir, S_IFDIR | 0755, NULL, 0);
		add_name(x, dir);
	}
	initramfs_add(&x->w, name, S_IFREG | 0644, data, len);
	add_name(x, name);
}

/* One file below the modules of the kernel, as it is on the disk. */
static int copy_file(struct archive *x, const char *name)
{
	char from[512], to[512], *buf;
	size_t len;
	int r;

	snprintf(from, sizeof(from), "/lib/modules/%s/%s", x->a->s->kernel.version, name);
	snprintf(to, sizeof(to), "%s/%s", x->a->s->modules, name);
	r = lint_disk_get(x->a->d, from, MODULE_MAX, &buf, &len);
	if (r)
		return r;
	add_file(x, to, buf, len);
	free(buf);
	return 0;
}

static void want(struct archive *x, const char *path, size_t len)
{
	char name[512];

	snprintf(name, sizeof(name), "%s/%.*s", x->a->s->modules, (int)len, path);
	if (has_name(x, name))
		return;
	for (size_t i = 0; i < x->npath; i++)
		if (strlen(x->path[i]) == len && !memcmp(x->path[i], path, len))
			return;
	if (x->npath == WANTED_MAX || len >= sizeof(x->path[0])) {
		x->failed = true;
		return;
	}
	memcpy(x->path[x->npath], path, len);
	x->path[x->npath++][len] = '\0';
}

/* "kernel/drivers/block/xen-blkfront.ko: kernel/…/xenbus.ko …": whether the line is the module's.
 */
static bool is_line_of(const char *line, size_t colon, const char *module)
{
	size_t base = colon, n = strlen(module);

	while (base && line[base - 1] != '/')
		base--;
	if (colon - base < n + 3)
		return false;
	for (size_t i = 0; i < n; i++)
		if (line[base + i] != module[i] && !(line[base + i] == '_' && module[i] == '-'))
			return false;
	return !strncmp(line + base + n, ".ko", 3);
}

/* Notes a module and what it needs, by modules.dep(5). */
static bool want_module(struct archive *x, const char *dep, const char *module)
{
	for (const char *line = dep; *line;) {
		size_t len = strcspn(line, "\n"), colon = strcspn(line, ":\n");

		if (line[colon] == ':' && is_line_of(line, colon, module)) {
			want(x, line, colon);
			for (const char *at = line + colon + 1; at < line + len;) {
				size_t n;

				at += strspn(at, " ");
				n = strcspn(at, " \n");
				if (n)
					want(x, at, n);
				at += n;
			}
			return true;
		}
		line += len + (line[len] == '\n');
	}
	return false;
}

static bool is_wanted(const struct lint_system *s, int i)
{
	return s->driver[i].state == LINT_MODULE && lint_driver_rows[i].module &&
	       lint_driver_rows[i].modes && !s->driver[i].in_initramfs &&
	       (i != LINT_EXT4 || !strcmp(s->root.fs_type, "ext4"));
}

/* Notes all that is missing; the words for conf/modules go to list. */
static int want_all(struct archive *x, FILE *list)
{
	char path[160], *dep;
	size_t len;
	int r;

	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", x->a->s->kernel.version);
	r = lint_disk_get(x->a->d, path, LIST_MAX, &dep, &len);
	if (r)
		return r;
	for (int i = 0; !r && i < LINT_DRIVER_COUNT; i++) {
		const char *module = lint_driver_rows[i].module;

		if (!is_wanted(x->a->s, i))
			continue;
		if (!want_module(x, dep, module))
			r = -ENOENT;
		fprintf(list, "%s\n", module);
	}
	free(dep);
	return r;
}

static int fill(struct archive *x)
{
	char *list = NULL;
	size_t len;
	FILE *f = open_memstream(&list, &len);
	int r = f ? 0 : -ENOMEM;

	if (r)
		return r;
	if (x->modules && *x->modules)
		fprintf(f, "%s%s", x->modules,
			x->modules[strlen(x->modules) - 1] == '\n' ? "" : "\n");
	r = want_all(x, f);
	if (fclose(f) && !r)
		r = -ENOMEM;
	for (size_t i = 0; !r && i < x->npath; i++)
		r = copy_file(x, x->path[i]);
	if (!r)
		r = copy_file(x, "modules.dep");
	if (!r) /* what modprobe of kmod reads */
		r = copy_file(x, "modules.dep.bin");
	if (!r)
		add_file(x, "conf/modules", list, len);
	free(list);
	return r;
}

/* The old initramfs with the new archive behind it, at a multiple of 4. */
static int put_both(struct archive *x, const char *old, size_t len)
{
	size_t at = (len + 3) / 4 * 4;
	char *both;
	int r = initramfs_finish(&x->w);

	if (r)
		return r;
	both = calloc(1, at + x->w.len);
	if (both) {
		memcpy(both, old, len);
		memcpy(both + at, x->w.buf, x->w.len);
		r = adopt_put(x->a, x->a->s->initrd_path, both, at + x->w.len, 0644);
	}
	free(both);
	free(x->w.buf);
	return both ? r : -ENOMEM;
}

static int extend(struct adopt *a, const char *old, size_t len)
{
	struct archive *x = calloc(1, sizeof(*x));
	enum unpack_format last;
	int r = -ENOMEM;

	if (x) {
		x->a = a;
		x->w.time = (uint32_t)time(NULL);
		x->name = calloc(NAMES_MAX, sizeof(*x->name));
		r = x->name ? initramfs_read(old, len, take_entry, x, &last) : -ENOMEM;
		if (!r)
			r = fill(x);
		if (!r && x->failed)
			r = -EFBIG;
		if (!r)
			r = put_both(x, old, len);
		else
			free(x->w.buf);
		for (size_t i = 0; i < x->n; i++)
			free(x->name[i]);
		free(x->name);
		free(x->modules);
	}
	free(x);
	return r;
}

int adopt_initrd(struct adopt *a)
{
	const struct lint_system *s = a->s;
	bool wanted = false;
	size_t len;
	char *old;
	int r;

	for (int i = 0; i < LINT_DRIVER_COUNT; i++)
		wanted |= is_wanted(s, i);
	/* LZ4 has no end of its own in the kernel's form: nothing can be put behind it. */
	if (!wanted || !s->good_initrd || s->initrd_tool != LINT_TOOL_DEBIAN || !*s->modules ||
	    s->initrd_packing == UNPACK_LZ4)
		return 0;
	r = lint_disk_get(a->d, s->initrd_path, INITRAMFS_MAX, &old, &len);
	if (r)
		return r;
	r = extend(a, old, len);
	free(old);
	if (r == -ENOENT) {
		fprintf(a->said, "%s: left as it is: not every module is in /lib/modules/%s\n",
			s->initrd_path, s->kernel.version);
		return 0;
	}
	for (int i = 0; !r && i < LINT_DRIVER_COUNT; i++)
		if (is_wanted(s, i))
			adopt_say(a, "%s: %s and what it needs is added", s->initrd_path,
				  lint_driver_rows[i].module);
	return r;
}

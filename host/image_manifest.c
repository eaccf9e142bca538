/* SPDX-License-Identifier: ISC */
/*
 * Writes the manifest. Files of "name=value" lines (USED, tools) become objects; the rows of
 * rootfs/components say under which licence a part is and what else is in its programs.
 */
#include "host/image.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/io.h"

/* NULL with errno on failure. */
static FILE *open_text(const char *path)
{
	int r = io_is_plain(path);

	errno = -r;
	return r ? NULL : fopen(path, "re");
}

/* Reads "name=value" lines. NULL with errno on failure. */
static json_t *read_pairs(const char *path)
{
	FILE *f = open_text(path);
	json_t *pairs = f ? json_object() : NULL;
	char line[512];

	while (pairs && fgets(line, sizeof(line), f)) {
		char *equals = strchr(line, '=');

		line[strcspn(line, "\n")] = '\0';
		if (!equals)
			continue;
		*equals = '\0';
		json_object_set_new(pairs, line, json_string(equals + 1));
	}
	if (f)
		fclose(f);
	return pairs;
}

/* Takes "COMPONENT=FILE". */
static int add_source(json_t *sources, const char *used)
{
	const char *equals = strchr(used, '=');
	json_t *source = equals ? read_pairs(equals + 1) : NULL;

	if (!source)
		return equals ? -errno : -EINVAL;
	json_object_set_new(source, "component", json_stringn(used, (size_t)(equals - used)));
	return json_array_append_new(sources, source) ? -ENOMEM : 0;
}

static int add_input(json_t *inputs, const char *path)
{
	char hex[65];
	int r = image_sha256(path, hex);

	if (r)
		return r;
	return json_array_append_new(inputs, json_pack("{ss ss}", "input", path, "sha256", hex))
		       ? -ENOMEM
		       : 0;
}

static json_t *manifest_entry(const struct image_entry *e)
{
	char mode[8];

	snprintf(mode, sizeof(mode), "%04o", e->mode);
	if (e->kind == IMAGE_DIR)
		return json_pack("{ss ss}", "dir", e->path, "mode", mode);
	if (e->kind == IMAGE_LINK)
		return json_pack("{ss ss}", "link", e->path, "target", e->from);
	return json_pack("{ss ss ss sI ss}", "file", e->path, "part", e->part, "mode", mode, "size",
			 (json_int_t)e->size, "sha256", e->sha256);
}

static json_t *manifest_files(const struct image_list *list)
{
	json_t *files = json_array();

	for (size_t i = 0; i < IMAGE_OWN_DIRS; i++)
		json_array_append_new(files, manifest_entry(&image_own_dirs[i]));
	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(files, manifest_entry(&list->entry[i]));
	return files;
}

/* The set of what has files, and of GRUB, which has sectors. */
static json_t *parts_of(const struct image_list *list)
{
	json_t *parts = json_pack("{sb}", "grub", 1);

	for (size_t i = 0; parts && i < list->n; i++)
		if (list->entry[i].kind == IMAGE_FILE)
			json_object_set_new(parts, list->entry[i].part, json_true());
	return parts;
}

/* Takes a row of components if its name is wanted; what it is linked with is wanted then. */
static void add_component(json_t *components, json_t *wanted, const char *row)
{
	char name[32], text[32], with[96], licence[200], *save;
	json_t *links;

	if (row[0] == '#' ||
	    sscanf(row, "%31s %31s %95s %199[^\n]", name, text, with, licence) != 4 ||
	    !json_object_get(wanted, name))
		return;
	links = json_array();
	for (char *w = strtok_r(with, ",", &save); w && strcmp(w, "-");
	     w = strtok_r(NULL, ",", &save)) {
		json_array_append_new(links, json_string(w));
		json_object_set_new(wanted, w, json_true());
	}
	json_object_del(wanted, name);
	json_array_append_new(components, json_pack("{ss ss so ss}", "component", name, "text",
						    text, "links", links, "licence", licence));
}

static int add_components(json_t *components, const struct image_list *list, const char *path,
			  char *why, size_t size)
{
	FILE *f = open_text(path);
	json_t *wanted = f ? parts_of(list) : NULL;
	const char *left;
	char row[512];
	int r = 0;

	if (!f)
		return -errno;
	while (fgets(row, sizeof(row), f))
		add_component(components, wanted, row);
	fclose(f);
	left = json_object_iter_key(json_object_iter(wanted));
	if (left) {
		snprintf(why, size, "%s has no row for %s", path, left);
		r = -EINVAL;
	}
	json_decref(wanted);
	return r;
}

/* Fills the empty arrays from the files that about names. */
static int manifest_read(const struct image_about *a, const struct image_list *list,
			 json_t *sources, json_t *inputs, json_t *components, char *why,
			 size_t size)
{
	int r = 0;

	for (size_t i = 0; !r && i < a->nused; i++) {
		snprintf(why, size, "%s", a->used[i]);
		r = add_source(sources, a->used[i]);
	}
	for (size_t i = 0; !r && i < a->ninput; i++) {
		snprintf(why, size, "%s", a->input[i]);
		r = add_input(inputs, a->input[i]);
	}
	if (!r && a->components) {
		snprintf(why, size, "%s", a->components);
		r = add_components(components, list, a->components, why, size);
	}
	return r;
}

int image_manifest(const struct image_list *list, const struct image_about *a, char **text,
		   char *why, size_t size)
{
	json_t *sources = json_array(), *inputs = json_array(), *components = json_array(), *all;
	json_t *tools = a->tools ? read_pairs(a->tools) : json_object();
	int r = tools ? 0 : -errno;

	snprintf(why, size, "%s", a->tools ? a->tools : "manifest");
	if (!r)
		r = manifest_read(a, list, sources, inputs, components, why, size);
	all = json_pack("{si ss sI so so so so s{sI ss ss} so}", "manifest", IMAGE_MANIFEST_VERSION,
			"flavour", a->flavour, "epoch", (json_int_t)a->epoch, "tools",
			tools ? tools : json_null(), "inputs", inputs, "sources", sources,
			"components", components, "boot", "core", (json_int_t)a->boot.core,
			"sha256", a->boot.sha256, "core_sha256", a->boot.core_sha256, "files",
			manifest_files(list));
	*text = all && !r ? json_dumps(all, JSON_INDENT(1) | JSON_SORT_KEYS | JSON_ENSURE_ASCII)
			  : NULL;
	json_decref(all);
	if (r)
		return r;
	return *text ? 0 : -ENOMEM;
}

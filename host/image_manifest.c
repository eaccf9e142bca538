/* SPDX-License-Identifier: ISC */
#include "host/image.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* Reads "key=value" lines of a USED file into a JSON object. */
static json_t *manifest_source(const char *path)
{
	FILE *f = fopen(path, "re");
	json_t *source = f ? json_object() : NULL;
	char line[512];

	while (source && fgets(line, sizeof(line), f)) {
		char *equals = strchr(line, '=');

		line[strcspn(line, "\n")] = '\0';
		if (!equals)
			continue;
		*equals = '\0';
		json_object_set_new(source, line, json_string(equals + 1));
	}
	if (f)
		fclose(f);
	return source;
}

static json_t *manifest_entry(const struct image_entry *e)
{
	char mode[8];

	snprintf(mode, sizeof(mode), "%04o", e->mode);
	if (e->kind == IMAGE_DIR)
		return json_pack("{ss ss}", "dir", e->path, "mode", mode);
	if (e->kind == IMAGE_LINK)
		return json_pack("{ss ss}", "link", e->path, "target", e->from);
	return json_pack("{ss ss sI ss}", "file", e->path, "mode", mode, "size",
			 (json_int_t)e->size, "sha256", e->sha256);
}

int image_manifest(const struct image_list *list, const char *const *used, size_t nused,
		   char **text)
{
	json_t *sources = json_array(), *files = json_array(), *all;
	int r = 0;

	for (size_t i = 0; !r && i < nused; i++) {
		json_t *source = manifest_source(used[i]);

		r = source ? 0 : -errno;
		json_array_append_new(sources, source);
	}
	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(files, manifest_entry(&list->entry[i]));
	all = json_pack("{si ss so so}", "manifest", 1, "compiler", __VERSION__, "sources", sources,
			"files", files);
	*text = all && !r ? json_dumps(all, JSON_INDENT(1) | JSON_SORT_KEYS) : NULL;
	json_decref(all);
	if (r)
		return r;
	return *text ? 0 : -ENOMEM;
}

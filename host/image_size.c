/* SPDX-License-Identifier: ISC */
#include "host/image_check.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "host/image.h"

static void part_add(json_t *parts, const char *name, int files, json_int_t bytes)
{
	json_t *part = json_object_get(parts, name);

	if (!part) {
		part = json_pack("{si si}", "files", 0, "bytes", 0);
		json_object_set_new(parts, name, part);
	}
	json_integer_set(json_object_get(part, "files"),
			 json_integer_value(json_object_get(part, "files")) + files);
	json_integer_set(json_object_get(part, "bytes"),
			 json_integer_value(json_object_get(part, "bytes")) + bytes);
}

json_t *image_sizes(const struct image_check *c)
{
	const json_t *boot = json_object_get(c->manifest, "boot"), *e;
	json_int_t sectors = IMAGE_SECTOR + json_integer_value(json_object_get(boot, "core"));
	json_int_t content = (json_int_t)c->size;
	json_t *parts = json_object();
	size_t i;

	part_add(parts, "grub", 0, sectors);
	json_array_foreach(json_object_get(c->manifest, "files"), i, e)
	{
		json_int_t bytes = json_integer_value(json_object_get(e, "size"));

		if (!*image_check_str(e, "file"))
			continue;
		part_add(parts, image_check_str(e, "part"), 1, bytes);
		content += bytes;
	}
	part_add(parts, "manifest", 1, (json_int_t)c->size);
	return json_pack("{si ss so sI sI}", "size", 1, "flavour",
			 image_check_str(c->manifest, "flavour"), "parts", parts, "content",
			 content, "whole", content + sectors);
}

/* The bytes of a part, or of content or whole; -1 if there is no such. */
static json_int_t bytes_of(const json_t *sizes, const char *what)
{
	const json_t *part = json_object_get(json_object_get(sizes, "parts"), what);
	const json_t *total = part ? json_object_get(part, "bytes") : json_object_get(sizes, what);

	return json_is_integer(total) ? json_integer_value(total) : -1;
}

/* Takes a row. Returns whether what it is about keeps to it; why is what to say if not. */
static bool row_kept(const json_t *sizes, const char *what, json_int_t budget, char *why,
		     size_t size)
{
	json_int_t bytes = bytes_of(sizes, what);

	if (bytes < 0)
		snprintf(why, size, "%s: has a budget and is not in the image", what);
	else if (bytes > budget)
		snprintf(why, size,
			 "%s: %" JSON_INTEGER_FORMAT " bytes, its budget is %" JSON_INTEGER_FORMAT,
			 what, bytes, budget);
	return bytes >= 0 && bytes <= budget;
}

static unsigned rows_missing(const json_t *sizes, const json_t *seen, void (*say)(const char *line))
{
	unsigned n = 0;
	const char *name;
	json_t *part;
	char why[96];

	json_object_foreach(json_object_get(sizes, "parts"), name, part)
	{
		if (json_object_get(seen, name))
			continue;
		snprintf(why, sizeof(why), "%.32s: has no budget", name);
		say(why);
		n++;
	}
	return n;
}

int image_budget(const char *path, const char *flavour, const json_t *sizes,
		 void (*say)(const char *line), unsigned *wrong)
{
	FILE *f = fopen(path, "re");
	char line[256], of[32], what[32], why[160];
	json_t *seen = f ? json_object() : NULL;
	json_int_t budget;
	int r = f ? 0 : -errno;

	*wrong = 0;
	for (int n = 1; !r && fgets(line, sizeof(line), f); n++) {
		if (line[strspn(line, " \t\n")] == '\0' || line[0] == '#')
			continue;
		if (sscanf(line, "%31s %31s %" SCNd64, of, what, (int64_t *)&budget) != 3) {
			snprintf(why, sizeof(why), "%.80s: line %d: is not 'FLAVOUR PART BYTES'",
				 path, n);
			say(why);
			r = -EINVAL;
		} else if (!strcmp(of, "*") || !strcmp(of, flavour)) {
			json_object_set_new(seen, what, json_true());
			if (!row_kept(sizes, what, budget, why, sizeof(why))) {
				say(why);
				++*wrong;
			}
		}
	}
	if (f)
		fclose(f);
	if (!r)
		*wrong += rows_missing(sizes, seen, say);
	json_decref(seen);
	return r;
}

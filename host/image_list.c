/* SPDX-License-Identifier: ISC */
#include "host/image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/io.h"

int image_list_add(struct image_list *list, const struct image_entry *e)
{
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 64;
		struct image_entry *entry = realloc(list->entry, room * sizeof(*entry));

		if (!entry)
			return -ENOMEM;
		list->entry = entry;
		list->room = room;
	}
	list->entry[list->n++] = *e;
	return 0;
}

size_t image_list_drop(struct image_list *list, const char *part)
{
	size_t kept = 0, n = list->n;

	for (size_t i = 0; i < n; i++)
		if (strcmp(list->entry[i].part, part) != 0)
			list->entry[kept++] = list->entry[i];
	list->n = kept;
	return n - kept;
}

void image_list_free(struct image_list *list)
{
	free(list->entry);
	*list = (struct image_list){ 0 };
}

static const char *parse_mode(const char *word, unsigned *mode)
{
	char *end;
	unsigned long m = strtoul(word, &end, 8);

	if (!*word || *end || m > 07777)
		return "has no octal mode";
	*mode = (unsigned)m;
	return NULL;
}

/* Takes the line "part NAME". */
static const char *parse_part(char *name, char *part, size_t size)
{
	name += strspn(name, " \t");
	name[strcspn(name, " \t")] = '\0';
	if (!*name || strlen(name) >= size)
		return "has no name for the part, or too long a one";
	strcpy(part, name);
	return NULL;
}

/* Whether it is absolute, and of names alone. */
static bool is_path(const char *path)
{
	while (*path == '/') {
		size_t n = strcspn(++path, "/");

		if (!n || (n <= 2 && !strncmp(path, "..", n)))
			return false;
		path += n;
	}
	return !*path;
}

/* Takes a line that is no comment. Returns NULL, or what is wrong. */
static const char *parse_entry(char *line, const char *part, struct image_entry *e)
{
	static const struct {
		const char *word;
		unsigned words;
	} kinds[] = {
		[IMAGE_DIR] = { "dir", 3 },
		[IMAGE_FILE] = { "file", 4 },
		[IMAGE_LINK] = { "link", 3 },
	};
	char *word[5], *save;
	unsigned n = 0;

	for (char *w = strtok_r(line, " \t", &save); w && n < 5; w = strtok_r(NULL, " \t", &save))
		word[n++] = w;
	*e = (struct image_entry){ .mode = 0777 };
	strcpy(e->part, part);
	for (e->kind = IMAGE_DIR; e->kind <= IMAGE_LINK; e->kind++)
		if (!strcmp(word[0], kinds[e->kind].word))
			break;
	if (e->kind > IMAGE_LINK || n != kinds[e->kind].words)
		return "is not 'dir PATH MODE', 'file PATH MODE SOURCE' or 'link PATH TARGET'";
	if (!is_path(word[1]) || strlen(word[1]) >= sizeof(e->path) ||
	    strlen(word[n - 1]) >= sizeof(e->from))
		return "has a path that is not absolute or too long";
	strcpy(e->path, word[1]);
	if (e->kind != IMAGE_DIR)
		strcpy(e->from, word[n - 1]);
	return e->kind == IMAGE_LINK ? NULL : parse_mode(word[2], &e->mode);
}

int image_list_read(const char *path, struct image_list *list, char *why, size_t size)
{
	int r = io_is_plain(path);
	FILE *f = r ? NULL : fopen(path, "re");
	char line[1024];
	struct image_entry e;
	char part[sizeof(e.part)] = "other";

	if (!f) {
		r = r ? r : -errno;
		snprintf(why, size, "%s", strerror(-r));
		return r;
	}
	for (int number = 1; !r && fgets(line, sizeof(line), f); number++) {
		const char *wrong;

		line[strcspn(line, "\n")] = '\0';
		if (!line[strspn(line, " \t")] || line[0] == '#')
			continue;
		if (!strncmp(line, "part ", 5)) {
			wrong = parse_part(line + 5, part, sizeof(part));
		} else {
			wrong = parse_entry(line, part, &e);
			r = wrong ? 0 : image_list_add(list, &e);
		}
		if (wrong) {
			snprintf(why, size, "line %d: %s", number, wrong);
			r = -EINVAL;
		}
	}
	fclose(f);
	return r;
}

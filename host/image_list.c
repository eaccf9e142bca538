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

/* Takes a line that is no comment. Returns NULL, or what is wrong. */
static const char *parse_entry(char *line, struct image_entry *e)
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
	for (e->kind = IMAGE_DIR; e->kind <= IMAGE_LINK; e->kind++)
		if (!strcmp(word[0], kinds[e->kind].word))
			break;
	if (e->kind > IMAGE_LINK || n != kinds[e->kind].words)
		return "is not 'dir PATH MODE', 'file PATH MODE SOURCE' or 'link PATH TARGET'";
	if (word[1][0] != '/' || strlen(word[1]) >= sizeof(e->path) ||
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
		wrong = parse_entry(line, &e);
		if (wrong) {
			snprintf(why, size, "line %d: %s", number, wrong);
			r = -EINVAL;
		} else {
			r = image_list_add(list, &e);
		}
	}
	fclose(f);
	return r;
}

/* SPDX-License-Identifier: ISC */
#include "host/payload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 5, PACKAGES = 16384, PROGRAM_MAX = 255 };

bool payload_program_is_fine(const char *path)
{
	static const char ok[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				 "0123456789/._-";
	size_t len = strlen(path);

	return *path == '/' && len > 1 && len <= PROGRAM_MAX && strspn(path, ok) == len;
}

bool payload_packages_are_fine(const char *list)
{
	static const char name_ok[] = "abcdefghijklmnopqrstuvwxyz0123456789+-.";
	static const char version_ok[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789+-.:~";

	if (strlen(list) > PAYLOAD_PACKAGES_MAX)
		return false;
	for (const char *c = list;; c++) {
		size_t len = strspn(c, name_ok);

		if (len < 2 || strchr("+-.", *c))
			return false;
		c += len;
		if (*c == '=') {
			len = strspn(++c, version_ok);
			if (!len)
				return false;
			c += len;
		}
		if (*c != ',')
			return !*c;
	}
}

/* Splits a line at its blanks, in place. Returns the number of words; WORDS + 1 for more. */
static int line_words(char *line, char *words[WORDS])
{
	char *save;
	int n = 0;

	for (char *w = strtok_r(line, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		for (const char *c = w; *c; c++)
			if (*c < 0x21 || *c > 0x7e)
				return -EINVAL;
		if (n == WORDS)
			return WORDS + 1;
		words[n++] = w;
	}
	return n;
}

static bool is_sha256(const char *s)
{
	return strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

static int take_payload(json_t *m, char *const *w)
{
	(void)m;
	return strcmp(w[1], "1") ? -EINVAL : 0;
}

static int take_name(json_t *m, char *const *w)
{
	return payload_name_is_fine(w[1]) ? json_object_set_new(m, "name", json_string(w[1]))
					  : -EINVAL;
}

static int take_epoch(json_t *m, char *const *w)
{
	char *end;
	long long epoch = strtoll(w[1], &end, 10);

	return *end ? -EINVAL : json_object_set_new(m, "epoch", json_integer(epoch));
}

static int take_folder(json_t *m, char *const *w)
{
	(void)w;
	return json_object_set_new(m, "from", json_string("folder"));
}

static int take_packages(json_t *m, char *const *w)
{
	json_t *asked = json_array();
	char *save;

	if (!payload_packages_are_fine(w[1])) {
		json_decref(asked);
		return -EINVAL;
	}
	for (char *p = strtok_r(w[1], ",", &save); p; p = strtok_r(NULL, ",", &save))
		json_array_append_new(asked, json_string(p));
	json_object_set_new(m, "asked", asked);
	json_object_set_new(m, "packages", json_array());
	return json_object_set_new(m, "from", json_string("packages"));
}

/* A text that is given once, and of packages alone. */
static int take_once(json_t *m, const char *key, const char *text, bool fine)
{
	if (!fine || !json_object_get(m, "packages") || json_object_get(m, key))
		return -EINVAL;
	return json_object_set_new(m, key, json_string(text));
}

static int take_added(json_t *m, char *const *w)
{
	return take_once(m, "added", w[1], is_sha256(w[1]));
}

static int take_ran(json_t *m, char *const *w)
{
	return take_once(m, "ran", w[1], payload_program_is_fine(w[1]));
}

static int take_package(json_t *m, char *const *w)
{
	json_t *packages = json_object_get(m, "packages");

	if (!packages || json_array_size(packages) == PACKAGES || !is_sha256(w[4]))
		return -EINVAL;
	return json_array_append_new(packages,
				     json_pack("{ss ss ss ss}", "package", w[1], "version", w[2],
					       "architecture", w[3], "sha256", w[4]));
}

/* The lines: the first four in this order and once, with one of two for the last; then the others,
 * the packages as often as there are any. */
static const struct {
	const char *key;
	int words;
	int (*take)(json_t *m, char *const *words);
} lines[] = {
	{ "payload", 2, take_payload },	  { "name", 2, take_name },
	{ "epoch", 2, take_epoch },	  { "folder", 1, take_folder },
	{ "packages", 2, take_packages }, { "added", 2, take_added },
	{ "ran", 2, take_ran },		  { "package", 5, take_package },
};

enum { NLINES = sizeof(lines) / sizeof(*lines), FROM = 3, OTHERS = 5 };

static int take_line(json_t *m, char *line, unsigned number)
{
	char *w[WORDS];
	int n = line_words(line, w);

	for (unsigned i = 0; n > 0 && i < NLINES; i++) {
		unsigned place = i < FROM ? i : i < OTHERS ? FROM : FROM + 1;

		if (strcmp(w[0], lines[i].key))
			continue;
		if (n != lines[i].words || (place <= FROM ? number != place : number < place))
			return -EINVAL;
		return lines[i].take(m, w) ? -EINVAL : 0;
	}
	return -EINVAL;
}

int payload_manifest_parse(char *text, json_t **manifest)
{
	json_t *m = json_object();
	unsigned number = 0;
	char *save;
	int r = 0;

	for (char *line = strtok_r(text, "\n", &save); line && !r;
	     line = strtok_r(NULL, "\n", &save))
		r = take_line(m, line, number++);
	if (!r && number <= FROM)
		r = -EINVAL;
	*manifest = r ? NULL : m;
	if (r)
		json_decref(m);
	return r;
}

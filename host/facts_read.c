/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/io.h"
#include "host/facts_parts.h"

enum { KINDS_MAX = 16 };

json_t *facts_text(const char *text, size_t len)
{
	char plain[FACTS_TEXT_MAX];

	for (; len && isspace((unsigned char)*text); len--)
		text++;
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	if (len > sizeof(plain))
		len = sizeof(plain);
	for (size_t i = 0; i < len; i++)
		plain[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	return json_stringn(plain, len);
}

void facts_set_text(json_t *object, const char *key, const char *text, size_t len)
{
	json_t *value = facts_text(text, len);

	if (json_string_length(value))
		json_object_set(object, key, value);
	json_decref(value);
}

void facts_count_text(json_t *counts, const char *text, size_t len)
{
	json_t *key = facts_text(text, len), *before;

	before = key ? json_object_get(counts, json_string_value(key)) : NULL;
	if (json_string_length(key) && (before || json_object_size(counts) < KINDS_MAX))
		json_object_set_new(counts, json_string_value(key),
				    json_integer(json_integer_value(before) + 1));
	json_decref(key);
}

int facts_read(const char *root, const char *path, char *buf, size_t size)
{
	char full[PATH_MAX];
	int n = snprintf(full, sizeof(full), "%s%s", root, path);

	buf[0] = '\0';
	n = n < (int)sizeof(full) ? io_is_plain(full) : -ENAMETOOLONG;
	if (!n)
		n = io_read_file(full, buf, size);
	while (n > 0 && isspace((unsigned char)buf[n - 1]))
		buf[--n] = '\0';
	return n;
}

void facts_set_file(json_t *object, const char *key, const char *root, const char *path)
{
	char buf[FACTS_TEXT_MAX + 1];
	int n = facts_read(root, path, buf, sizeof(buf));

	if (n > 0)
		facts_set_text(object, key, buf, (size_t)n);
}

bool facts_count(const char *word, json_int_t *n)
{
	size_t len = strspn(word, "0123456789");

	if (!len || len > 15 || word[len])
		return false;
	*n = strtoll(word, NULL, 10);
	return true;
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*a)->d_name, (*b)->d_name);
}

static bool is_wanted(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	if (*name == '.' || strncmp(name, prefix, len))
		return false;
	return !len || (name[len] && !name[len + strspn(name + len, "0123456789")]);
}

void facts_each(const char *root, const char *path, const char *prefix,
		void (*each)(const char *root, const char *path, void *arg), void *arg)
{
	char full[FACTS_PATH_MAX];
	struct dirent **all;
	int n = -1, calls = 0;

	if (snprintf(full, sizeof(full), "%s%s", root, path) < (int)sizeof(full))
		n = scandir(full, &all, NULL, by_number);
	for (int i = 0; i < n; i++) {
		if (calls < FACTS_ROWS_MAX && is_wanted(all[i]->d_name, prefix) &&
		    snprintf(full, sizeof(full), "%s/%s", path, all[i]->d_name) <
			    (int)sizeof(full)) {
			each(root, full, arg);
			calls++;
		}
		free(all[i]);
	}
	if (n >= 0)
		free(all);
}

/* SPDX-License-Identifier: ISC */
#include "guest-tools/lib/keyfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/io.h"

enum { CPU_MAX = 4095 };

const char keyfile_name_chars[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

const char *keyfile_text(char *field, size_t size, const char *value, const char *ok)
{
	if (!*value || strlen(value) >= size)
		return "is empty or too long";
	if (ok && strspn(value, ok) != strlen(value))
		return "has a character that is not allowed";
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f || strchr("'\"\\", *c))
			return "has a character that is not allowed";
	strcpy(field, value);
	return NULL;
}

const char *keyfile_number(unsigned *field, const char *value, unsigned min, unsigned max)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(value, &end, 10);
	if (*value < '0' || *value > '9' || *end || errno || n < min || n > max)
		return "is not a number in range";
	*field = (unsigned)n;
	return NULL;
}

/* Takes the number of a CPU off the front of a text; -1 when there is none. */
static long take_cpu(const char **text)
{
	char *end;
	unsigned long n;

	if (**text < '0' || **text > '9')
		return -1;
	n = strtoul(*text, &end, 10);
	*text = end;
	return n > CPU_MAX ? -1 : (long)n;
}

const char *keyfile_cpus(char *field, size_t size, const char *value)
{
	static const char wrong[] = "is no list of CPUs like 0-3,6";
	const char *at = value;

	do {
		long first, last;

		at += at > value;
		first = last = take_cpu(&at);
		if (first >= 0 && *at == '-') {
			at++;
			last = take_cpu(&at);
		}
		if (first < 0 || last < first)
			return wrong;
	} while (*at == ',');
	return *at ? wrong : keyfile_text(field, size, value, NULL);
}

/* Cuts blanks off both ends, in place. */
static char *trim(char *s)
{
	char *end = s + strlen(s);

	while (end > s && strchr(" \t\r", end[-1]))
		*--end = '\0';
	return s + strspn(s, " \t");
}

static void cut_comment(char *line, bool hash_is_text)
{
	char *c = line;

	if (hash_is_text) {
		line += strspn(line, " \t");
		if (*line == '#')
			*line = '\0';
		return;
	}
	while ((c = strchr(c, '#')) && c > line && c[-1] != ' ' && c[-1] != '\t')
		c++;
	if (c)
		*c = '\0';
}

/* Takes one line; marks its key in *seen. Returns NULL or what is wrong with *key. */
static const char *parse_line(char *line, const struct keyfile *how, void *to, uint64_t *seen,
			      const char **key)
{
	char *equals;
	uint64_t bit;
	int n;

	cut_comment(line, how->hash_is_text);
	line = trim(line);
	*key = line;
	if (!*line)
		return NULL;
	equals = strchr(line, '=');
	if (!equals)
		return "is not 'key = value'";
	*equals = '\0';
	*key = trim(line);
	n = how->find(*key);
	if (n < 0)
		return how->not_a_key;
	bit = UINT64_C(1) << n;
	if (*seen & bit && !(how->many && how->many(n)))
		return "is given twice";
	*seen |= bit;
	return how->set(to, n, trim(equals + 1));
}

int keyfile_parse(char *text, const struct keyfile *how, void *to, char *why, size_t size)
{
	const char *wrong;
	uint64_t seen = 0;
	int number = 0;

	for (char *line = text, *next; line; line = next) {
		const char *key;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		number++;
		wrong = parse_line(line, how, to, &seen, &key);
		if (!wrong)
			continue;
		snprintf(why, size, "line %d: '%.40s' %s", number, key, wrong);
		return -EINVAL;
	}
	wrong = how->check(to, seen);
	if (!wrong)
		return 0;
	snprintf(why, size, "%s", wrong);
	return -EINVAL;
}

int keyfile_read(const char *path, const char *what, char *text, char *why, size_t size)
{
	int n = io_is_plain(path);

	if (!n)
		n = io_read_file(path, text, KEYFILE_MAX);
	if (n >= 0 && n < KEYFILE_MAX - 1 && strlen(text) == (size_t)n)
		return 0;
	if (n < 0)
		snprintf(why, size, "%s", strerror(-n));
	else
		snprintf(why, size, "is not %s", what);
	return n < 0 ? n : -EINVAL;
}

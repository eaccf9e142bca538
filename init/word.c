/* SPDX-License-Identifier: ISC */
#include "init/word.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

#define DAY_MS (24 * 60 * 60 * 1000u)

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

char *word_next(char **text)
{
	char *in = *text, *out, *word;
	bool quoted = false;

	while (is_blank(*in))
		in++;
	if (!*in) {
		*text = in;
		return NULL;
	}
	for (word = out = in; *in && (quoted || !is_blank(*in)); in++) {
		if (*in == '"')
			quoted = !quoted;
		else
			*out++ = *in;
	}
	*text = *in ? in + 1 : in;
	*out = '\0';
	return word;
}

bool word_quotes_match(const char *text)
{
	bool match = true;

	for (; *text; text++)
		if (*text == '"')
			match = !match;
	return match;
}

bool word_is_name(const char *word, unsigned size)
{
	static const char ok[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				 "0123456789._-";
	size_t len = strlen(word);

	return len > 0 && len < size && strspn(word, ok) == len && *word != '.' && *word != '-';
}

/* Reads digits up to what is not one. */
static bool read_digits(const char **s, uint64_t max, uint64_t *out)
{
	const char *start = *s;

	for (*out = 0; **s >= '0' && **s <= '9'; ++*s) {
		uint64_t digit = (uint64_t)(**s - '0');

		if (digit > max || *out > (max - digit) / 10)
			return false;
		*out = *out * 10 + digit;
	}
	return *s > start;
}

bool word_number(const char *word, uint64_t max, uint64_t *out)
{
	return read_digits(&word, max, out) && !*word;
}

bool word_duration(const char *word, unsigned *ms)
{
	static const struct {
		const char *unit;
		unsigned ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "min", 60000 } };
	uint64_t n;

	if (!read_digits(&word, DAY_MS, &n))
		return false;
	*ms = 0;
	if (n == 0 && !*word)
		return true;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(word, units[i].unit) == 0 && n <= DAY_MS / units[i].ms) {
			*ms = (unsigned)n * units[i].ms;
			return true;
		}
	}
	return false;
}

bool word_size(const char *word, uint64_t *out)
{
	static const char units[] = "KMG";
	const char *unit;

	if (strcmp(word, "infinity") == 0) {
		*out = UINT64_MAX;
		return true;
	}
	if (!read_digits(&word, UINT64_MAX >> 31, out))
		return false;
	if (!*word)
		return true;
	unit = strchr(units, *word);
	if (!unit || word[1])
		return false;
	*out <<= 10 * (unit - units + 1);
	return true;
}

bool word_signal(const char *word, int *sig)
{
	static const struct {
		const char *name;
		int sig;
	} names[] = {
		{ "HUP", SIGHUP },   { "INT", SIGINT },   { "QUIT", SIGQUIT }, { "KILL", SIGKILL },
		{ "USR1", SIGUSR1 }, { "USR2", SIGUSR2 }, { "ALRM", SIGALRM }, { "TERM", SIGTERM },
	};
	uint64_t n;

	if (word_number(word, 64, &n) && n > 0) {
		*sig = (int)n;
		return true;
	}
	if (strncmp(word, "SIG", 3) == 0)
		word += 3;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(word, names[i].name) == 0) {
			*sig = names[i].sig;
			return true;
		}
	}
	return false;
}

void word_append(char *text, unsigned size, const char *more)
{
	size_t len = strlen(text);

	while (*more && len + 1 < size)
		text[len++] = *more++;
	text[len] = '\0';
}

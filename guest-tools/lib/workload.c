/* SPDX-License-Identifier: ISC */
#include "guest-tools/lib/workload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/keyfile.h"

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static const char *const size_names[WORKLOAD_SIZES] = {
	[WORKLOAD_QUICK] = "quick",
	[WORKLOAD_REF] = "ref",
};

int workload_size_parse(const char *word, enum workload_size *size)
{
	for (int i = 0; i < WORKLOAD_SIZES; i++) {
		if (strcmp(word, size_names[i]) == 0) {
			*size = (enum workload_size)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *workload_size_name(enum workload_size size)
{
	return size_names[size];
}

bool workload_name_is_fine(const char *name)
{
	return strlen(name) <= WORKLOAD_NAME_MAX && *name && strspn(name, ALNUM) > 0 &&
	       strspn(name, ALNUM "._-") == strlen(name);
}

/* The setters of keys return NULL or what is wrong with the value. */

/* A text of 1 to size - 1 printable bytes. */
static const char *set_text(char *field, size_t size, const char *value)
{
	if (!*value || strlen(value) >= size)
		return "is empty or too long";
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e)
			return "has a character that is not allowed";
	strcpy(field, value);
	return NULL;
}

static const char *set_about(struct workload *w, const char *v)
{
	return set_text(w->about, sizeof(w->about), v);
}

/* The name of a payload, as `xlab payload build` takes it. */
static const char *set_payload(struct workload *w, const char *v)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	if (*v == '-' || strlen(v) > 16 || strspn(v, ok) != strlen(v))
		return "is not the name of a payload";
	return set_text(w->payload, sizeof(w->payload), v);
}

static const char *set_quick(struct workload *w, const char *v)
{
	return set_text(w->command[WORKLOAD_QUICK].text, WORKLOAD_TEXT_MAX + 1, v);
}

static const char *set_ref(struct workload *w, const char *v)
{
	return set_text(w->command[WORKLOAD_REF].text, WORKLOAD_TEXT_MAX + 1, v);
}

static const char *set_sha256(char *field, const char *v)
{
	if (strlen(v) != WORKLOAD_SHA256_LEN || strspn(v, "0123456789abcdef") != strlen(v))
		return "is not 64 hexadecimal digits in lower case";
	strcpy(field, v);
	return NULL;
}

static const char *set_quick_sha256(struct workload *w, const char *v)
{
	return set_sha256(w->command[WORKLOAD_QUICK].sha256, v);
}

static const char *set_ref_sha256(struct workload *w, const char *v)
{
	return set_sha256(w->command[WORKLOAD_REF].sha256, v);
}

static const char *set_output(struct workload *w, const char *v)
{
	return set_text(w->output, sizeof(w->output), v);
}

static const char *set_warmups(struct workload *w, const char *v)
{
	return keyfile_number(&w->warmups, v, 0, 1000);
}

static const char *set_repetitions(struct workload *w, const char *v)
{
	return keyfile_number(&w->repetitions, v, 1, 1000);
}

static const char *set_timeout(struct workload *w, const char *v)
{
	return keyfile_number(&w->timeout, v, 1, 1000000);
}

static const char *set_exit(struct workload *w, const char *v)
{
	return keyfile_number(&w->exit, v, 0, 125);
}

/* What a record may have there, see host/record.h. */
static const char *set_unit(struct workload *w, const char *v)
{
	if (strspn(v, ALNUM "._/ -") != strlen(v))
		return "has a character that is not allowed";
	return set_text(w->unit, sizeof(w->unit), v);
}

static const char *set_better(struct workload *w, const char *v)
{
	w->more_is_better = !strcmp(v, "more");
	return w->more_is_better || !strcmp(v, "less") ? NULL : "is neither less nor more";
}

static const struct {
	const char *word;
	enum workload_metric metric;
	bool has_text;
} metrics[] = {
	{ "time", WORKLOAD_TIME, false },
	{ "regex", WORKLOAD_REGEX, true },
	{ "json", WORKLOAD_JSON, true },
	{ "samples", WORKLOAD_SAMPLES, true },
	{ "rsf", WORKLOAD_RSF, false },
	{ "records", WORKLOAD_RECORDS, false },
};

static const char *set_metric(struct workload *w, const char *v)
{
	size_t len = strcspn(v, " \t");
	const char *text = v + len + strspn(v + len, " \t");

	for (size_t i = 0; i < sizeof(metrics) / sizeof(*metrics); i++) {
		if (strlen(metrics[i].word) != len || strncmp(metrics[i].word, v, len))
			continue;
		w->metric = metrics[i].metric;
		if (metrics[i].has_text)
			return set_text(w->metric_text, sizeof(w->metric_text), text);
		return *text ? "has a word too many" : NULL;
	}
	return "is neither time, regex EXPRESSION, json PATH, samples EXPRESSION, rsf nor records";
}

static const char *add_member(struct workload *w, const char *name)
{
	if (!workload_name_is_fine(name))
		return "has a name that no workload can have";
	if (w->nmembers == WORKLOAD_MEMBERS_MAX)
		return "has more than 32 names";
	for (size_t i = 0; i < w->nmembers; i++)
		if (!strcmp(w->member[i], name))
			return "has a name twice";
	strcpy(w->member[w->nmembers++], name);
	return NULL;
}

static const char *set_workloads(struct workload *w, const char *v)
{
	const char *wrong = *v ? NULL : "is empty or too long";

	while (!wrong && *v) {
		char name[WORKLOAD_NAME_MAX + 2]; /* one too long is seen to be that */
		size_t len = strcspn(v, " \t");

		snprintf(name, sizeof(name), "%.*s", (int)len, v);
		wrong = add_member(w, name);
		v += len + strspn(v + len, " \t");
	}
	return wrong;
}

/* About comes first: suites and workloads have it. */
static const struct {
	const char *key;
	const char *(*set)(struct workload *w, const char *value);
} keys[] = {
	{ "about", set_about },
	{ "workloads", set_workloads },
	{ "payload", set_payload },
	{ "quick", set_quick },
	{ "ref", set_ref },
	{ "quick_sha256", set_quick_sha256 },
	{ "ref_sha256", set_ref_sha256 },
	{ "output", set_output },
	{ "exit", set_exit },
	{ "warmups", set_warmups },
	{ "repetitions", set_repetitions },
	{ "timeout", set_timeout },
	{ "metric", set_metric },
	{ "unit", set_unit },
	{ "better", set_better },
};

enum { NKEYS = sizeof(keys) / sizeof(*keys), OF_SUITES = 2 };

static int find_key(const char *key)
{
	int i = 0;

	while (i < NKEYS && strcmp(keys[i].key, key))
		i++;
	return i < NKEYS ? i : -1;
}

static const char *set_key(void *to, int key, const char *value)
{
	return keys[key].set(to, value);
}

static bool was_seen(uint64_t seen, const char *key)
{
	return seen >> find_key(key) & 1;
}

/* Whether a size's checksum has something to be the checksum of. */
static bool sums_have_commands(const struct workload *w)
{
	for (int i = 0; i < WORKLOAD_SIZES; i++)
		if (w->command[i].sha256[0] && !w->command[i].text[0])
			return false;
	return true;
}

static const char *check_suite(uint64_t seen)
{
	return seen >> OF_SUITES ? "a suite has 'about' and 'workloads', and no other key" : NULL;
}

/* Keys that make sense only where the metric is a value of the command's own. */
static const char *check_metric(const struct workload *w, uint64_t seen)
{
	bool unit = was_seen(seen, "unit");

	if (w->metric_text[0])
		return unit && was_seen(seen, "better") ? NULL
							: "'metric' needs 'unit' and 'better'";
	if (unit && strcmp(w->unit, "s"))
		return w->metric == WORKLOAD_RECORDS ? "records have their units"
						     : "'unit' of a time is s";
	return w->more_is_better ? "'better' is more: not with this 'metric'" : NULL;
}

static const char *check(void *to, uint64_t seen)
{
	const struct workload *w = to;

	if (w->nmembers)
		return check_suite(seen);
	if (!w->command[WORKLOAD_QUICK].text[0] && !w->command[WORKLOAD_REF].text[0])
		return "'quick' or 'ref' is missing, the command";
	if (!sums_have_commands(w))
		return "a checksum is given for a size that has no command";
	if (w->output[0] && !was_seen(seen, "quick_sha256") && !was_seen(seen, "ref_sha256"))
		return "'output' needs a checksum";
	return check_metric(w, seen);
}

int workload_parse(char *text, struct workload *w, char *why, size_t size)
{
	static const struct keyfile how = { .not_a_key = "is no key of a workload",
					    .find = find_key,
					    .set = set_key,
					    .check = check,
					    .hash_is_text = true };

	*w = (struct workload){ .warmups = 1, .repetitions = 3, .timeout = 600, .unit = "s" };
	return keyfile_parse(text, &how, w, why, size);
}

/* Whether a line begins with a word and an equals sign behind it. */
static bool line_is_described(const char *line)
{
	size_t key = strspn(line, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return key && line[key + strspn(line + key, " \t")] == '=';
}

bool workload_is_described(const char *text)
{
	while (text) {
		text += strspn(text, " \t\r\n");
		if (*text != '#')
			return line_is_described(text);
		text = strchr(text, '\n');
	}
	return false;
}

/* SPDX-License-Identifier: ISC */
#include "host/record.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The name under which QEMU's TCG answers CPUID leaf 0x40000000 (qemu target/i386/cpu.c). */
#define TCG_SIGNATURE "TCGTCGTCGTCG"

#define NANO_MAX ((1LL << 62) - 1)

/* How many of the len bytes at s, which are in a string, belong together: a byte or an escape. */
static size_t unit_len(const char *s, size_t len)
{
	size_t n = s[0] != '\\' ? 1 : len > 1 && s[1] == 'u' ? 6 : 2;

	return n < len ? n : len;
}

/* Whether these n bytes are right in any string, whatever stands beside them. */
static bool unit_is_plain(const char *s, size_t n)
{
	return n == 1 ? s[0] >= ' ' && s[0] <= '~' && s[0] != '\\'
		      : n == 2 && s[1] && strchr("\"\\/bfnrt", s[1]);
}

/* Copies the string behind a quote, with the quote that ends it, but of what is plain only the
 * beginning, and one unit behind what is not. Returns where it ends. */
static const char *cut_string(const char *s, const char *end, char **out)
{
	size_t kept = 0;

	while (s < end && *s != '"') {
		size_t n = unit_len(s, (size_t)(end - s));
		bool plain = unit_is_plain(s, n);

		if (!plain && kept >= RECORD_KEPT)
			kept = RECORD_KEPT - 1;
		if (!plain || kept++ < RECORD_KEPT) {
			memcpy(*out, s, n);
			*out += n;
		}
		s += n;
	}
	if (s < end)
		*(*out)++ = *s++;
	return s;
}

/* Copies a text without the middle of its long strings: jansson reads byte after byte while the
 * guest waits, and nothing there decides. It is JSON if, and only if, the text is. Returns how
 * long it is, or 0 where brackets are nested too deep: jansson's bound is a far larger one. */
static size_t cut_text(const char *s, size_t len, char *buf)
{
	const char *end = s + len;
	char *out = buf;
	int depth = 0;

	while (s < end) {
		char c = *out++ = *s++;

		if (c == '"')
			s = cut_string(s, end, &out);
		else if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']')
			depth--;
		if (depth > RECORD_DEPTH_MAX)
			return 0;
	}
	return (size_t)(out - buf);
}

/* Reads the text, its long strings cut: *json is NULL when it is no JSON. 0 or -ENOMEM. */
static int load(const char *text, size_t len, json_t **json)
{
	char *buf = malloc(len + 1);
	json_error_t err = { 0 };
	size_t n;

	if (!buf)
		return -ENOMEM;
	n = cut_text(text, len, buf);
	*json = n ? json_loadb(buf, n, JSON_REJECT_DUPLICATES, &err) : NULL;
	free(buf);
	return n && !*json && json_error_code(&err) == json_error_out_of_memory ? -ENOMEM : 0;
}

static const char *get_string(const struct record *r, const char *key)
{
	return json_string_value(json_object_get(r->json, key));
}

bool record_name_is_fine(const char *name)
{
	static const char ok[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/ -";
	size_t len = strlen(name);

	return len >= 1 && len <= RECORD_NAME_MAX && strspn(name, ok) == len;
}

/* A name that is harmless wherever it is shown. */
static const char *get_name(const struct record *r, const char *key)
{
	const char *s = get_string(r, key);

	return s && record_name_is_fine(s) ? s : NULL;
}

static bool get_integer(const struct record *r, const char *key, long long max, long long *out)
{
	json_t *n = json_object_get(r->json, key);

	if (!json_is_integer(n))
		return false;
	*out = json_integer_value(n);
	return *out >= 0 && *out <= max;
}

/* An integer from 0 to 2^53. */
static bool get_count(const struct record *r, const char *key, long long *out)
{
	return get_integer(r, key, 1LL << 53, out);
}

static const char *parse_guest(struct record *r)
{
	const char *mode = get_string(r, "mode"), *cpuid = get_string(r, "cpuid_hv");

	r->link = get_name(r, "link");
	if (!mode || !r->link)
		return "a guest record without a mode and a link";
	if (mode_parse(mode, &r->mode))
		r->mode = MODE_UNKNOWN;
	r->emulated = cpuid && !strcmp(cpuid, TCG_SIGNATURE);
	return NULL;
}

static const char *parse_sample(struct record *r)
{
	json_t *value = json_object_get(r->json, "value");

	r->workload = get_name(r, "workload");
	r->benchmark = get_name(r, "benchmark");
	r->unit = get_name(r, "unit");
	if (!r->workload || !r->benchmark || !r->unit)
		return "a sample without workload, benchmark and unit";
	if (!get_count(r, "index", &r->index) || !get_count(r, "ops", &r->ops))
		return "a sample without index and ops";
	if (!json_is_number(value))
		return "a sample without a value";
	r->value = json_number_value(value);
	return isfinite(r->value) && r->value >= 0 ? NULL : "a sample with an absurd value";
}

static const char *parse_log(struct record *r)
{
	r->name = get_name(r, "name");
	return r->name && get_string(r, "text") ? NULL : "a log without name and text";
}

static const char *parse_start(struct record *r)
{
	r->barrier = get_name(r, "barrier");
	r->sync = get_name(r, "sync");
	if (!r->barrier || !r->sync)
		return "a start without barrier and sync";
	return get_integer(r, "planned", NANO_MAX, &r->planned) &&
			       get_integer(r, "actual", NANO_MAX, &r->actual)
		       ? NULL
		       : "a start without planned and actual";
}

static const char *parse_end(struct record *r)
{
	return get_count(r, "steps", &r->steps) && get_count(r, "failed", &r->failed)
		       ? NULL
		       : "an end without steps and failed";
}

static const struct {
	const char *name;
	const char *(*parse)(struct record *r);
} types[] = {
	[RECORD_GUEST] = { "guest", parse_guest },
	[RECORD_SAMPLE] = { "sample", parse_sample },
	[RECORD_LOG] = { "log", parse_log },
	[RECORD_START] = { "start", parse_start },
	[RECORD_END] = { "end", parse_end },
};

static const char *parse_typed(struct record *r, bool newer)
{
	const char *type = get_name(r, "type");

	for (size_t i = 0; type && i < sizeof(types) / sizeof(*types); i++) {
		if (strcmp(types[i].name, type))
			continue;
		r->type = (enum record_type)i;
		return types[i].parse(r);
	}
	r->type = RECORD_OTHER;
	return type && newer ? NULL : "a record of no known type";
}

int record_parse(const char *text, size_t len, bool newer, struct record *r, const char **why)
{
	*r = (struct record){ 0 };
	*why = "not a JSON object";
	if (load(text, len, &r->json))
		return -ENOMEM;
	if (json_is_object(r->json))
		*why = parse_typed(r, newer);
	if (!*why)
		return 0;
	record_free(r);
	return -EINVAL;
}

void record_free(struct record *r)
{
	json_decref(r->json);
	r->json = NULL;
}

/* SPDX-License-Identifier: ISC */
#include "host/record.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* The name under which QEMU's TCG answers CPUID leaf 0x40000000 (qemu target/i386/cpu.c). */
#define TCG_SIGNATURE "TCGTCGTCGTCG"

#define NANO_MAX ((1LL << 62) - 1)

/* Depth of brackets outside strings; jansson has a bound of its own, but a far larger one. */
static bool depth_is_fine(const char *s, size_t len)
{
	int depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		if (in_string && s[i] == '\\')
			i++;
		else if (s[i] == '"')
			in_string = !in_string;
		else if (!in_string && (s[i] == '{' || s[i] == '[') && ++depth > RECORD_DEPTH_MAX)
			return false;
		else if (!in_string && (s[i] == '}' || s[i] == ']'))
			depth--;
	}
	return true;
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
	r->text = get_string(r, "text");
	return r->name && r->text ? NULL : "a log without name and text";
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
	if (!depth_is_fine(text, len))
		return -EINVAL;
	r->json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
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

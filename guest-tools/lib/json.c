/* SPDX-License-Identifier: ISC */
#include "guest-tools/lib/json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void json_put(struct json *j, const char *s, size_t n)
{
	if (j->full || n >= j->size - j->len) {
		j->full = true;
		return;
	}
	memcpy(j->buf + j->len, s, n);
	j->len += n;
}

static void json_quoted(struct json *j, const char *s)
{
	char esc[8];

	json_put(j, "\"", 1);
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			json_put(j, esc, (size_t)snprintf(esc, sizeof(esc), "\\%c", c));
		else if (c < 0x20 || c > 0x7e)
			json_put(j, esc, (size_t)snprintf(esc, sizeof(esc), "\\u%04x", c));
		else
			json_put(j, s, 1);
	}
	json_put(j, "\"", 1);
}

static void json_start(struct json *j, const char *key)
{
	if (j->comma)
		json_put(j, ",", 1);
	if (key) {
		json_quoted(j, key);
		json_put(j, ":", 1);
	}
	j->comma = true;
}

static void json_open(struct json *j, const char *key, const char *bracket)
{
	json_start(j, key);
	json_put(j, bracket, 1);
	j->comma = false;
}

static void json_close(struct json *j, const char *bracket)
{
	json_put(j, bracket, 1);
	j->comma = true;
}

void json_init(struct json *j, char *buf, size_t size)
{
	*j = (struct json){ .buf = buf, .size = size };
}

void json_obj(struct json *j, const char *key)
{
	json_open(j, key, "{");
}

void json_end_obj(struct json *j)
{
	json_close(j, "}");
}

void json_arr(struct json *j, const char *key)
{
	json_open(j, key, "[");
}

void json_end_arr(struct json *j)
{
	json_close(j, "]");
}

void json_str(struct json *j, const char *key, const char *val)
{
	json_start(j, key);
	json_quoted(j, val);
}

void json_int(struct json *j, const char *key, long long val)
{
	char n[24];

	json_start(j, key);
	json_put(j, n, (size_t)snprintf(n, sizeof(n), "%lld", val));
}

void json_bool(struct json *j, const char *key, bool val)
{
	json_start(j, key);
	json_put(j, val ? "true" : "false", val ? 4 : 5);
}

void json_num(struct json *j, const char *key, double val)
{
	char n[32];

	json_start(j, key);
	if (isfinite(val))
		json_put(j, n, (size_t)snprintf(n, sizeof(n), "%.9g", val));
	else
		json_put(j, "null", 4);
}

int json_finish(struct json *j)
{
	if (j->full || j->len >= j->size)
		return -ENOSPC;
	j->buf[j->len] = '\0';
	return 0;
}

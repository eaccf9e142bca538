/* SPDX-License-Identifier: ISC */
/*
 * Writes one JSON value (RFC 8259) into a buffer of the caller's; allocates nothing. Bytes that are
 * not printable ASCII are escaped as \u00XX, so the text is plain ASCII whatever the strings hold.
 * When the buffer is too small the writer remembers it and json_finish() says so.
 */
#ifndef XLAB_JSON_H
#define XLAB_JSON_H

#include <stdbool.h>
#include <stddef.h>

struct json {
	char *buf;
	size_t size;
	size_t len;
	bool full;  /* something did not fit */
	bool comma; /* the next value needs one before it */
};

void json_init(struct json *j, char *buf, size_t size);

/* key is NULL at the top and inside an array. */
void json_obj(struct json *j, const char *key);
void json_end_obj(struct json *j);
void json_arr(struct json *j, const char *key);
void json_end_arr(struct json *j);
void json_str(struct json *j, const char *key, const char *val);
void json_int(struct json *j, const char *key, long long val);
void json_bool(struct json *j, const char *key, bool val);
/* A number with 9 significant digits; null when val is not finite. */
void json_num(struct json *j, const char *key, double val);

/* Terminates the text with NUL. Returns 0 or -ENOSPC. */
int json_finish(struct json *j);

#endif

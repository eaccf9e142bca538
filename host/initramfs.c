/* SPDX-License-Identifier: ISC */
#include "host/initramfs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

enum { HEADER = 110, ALIGN = 4, NAME_MAX_BYTES = 4096, PACKED_MAX = 64 };

/* The fields of a header, 8 hexadecimal digits each, behind a magic of 6. */
enum {
	INODE,
	MODE,
	UID,
	GID,
	NLINK,
	MTIME,
	SIZE,
	DEV,
	DEV2,
	RDEV,
	RDEV2,
	NAME_SIZE,
	CHECK,
	FIELDS
};

#define TRAILER "TRAILER!!!"

struct archive {
	int (*each)(const struct initramfs_entry *e, void *arg);
	void *arg;
};

static bool is_cpio(const char *at, size_t len)
{
	return len >= HEADER && (!memcmp(at, "070701", 6) || !memcmp(at, "070702", 6));
}

static int read_field(const char *header, int field, uint32_t *value)
{
	const char *at = header + 6 + field * 8;

	*value = 0;
	for (int i = 0; i < 8; i++) {
		const char *digits = "0123456789abcdef", *d = strchr(digits, at[i] | 0x20);

		if (!at[i] || !d)
			return -EUCLEAN;
		*value = *value << 4 | (uint32_t)(d - digits);
	}
	return 0;
}

static size_t aligned(size_t n)
{
	return (n + ALIGN - 1) / ALIGN * ALIGN;
}

/* Reads the entry at `at`; returns how many bytes it takes, or -errno. */
static ssize_t read_entry(const char *at, size_t len, struct initramfs_entry *e)
{
	uint32_t size, name_size;
	const char *name = at + HEADER;
	size_t data, shift = 0;

	if (!is_cpio(at, len) || read_field(at, MODE, &e->mode) || read_field(at, SIZE, &size) ||
	    read_field(at, NAME_SIZE, &name_size))
		return -EUCLEAN;
	data = aligned(HEADER + (size_t)name_size);
	if (!name_size || name_size > NAME_MAX_BYTES || data > len || size > len - data ||
	    name[name_size - 1])
		return -EUCLEAN;
	while (name[shift] == '/' || (name[shift] == '.' && name[shift + 1] == '/'))
		shift++;
	snprintf(e->name, sizeof(e->name), "%s", name + shift);
	e->data = at + data;
	e->len = size;
	data = aligned(data + size);
	return (ssize_t)(data < len ? data : len);
}

/* One archive that is not packed, to its trailer or the end. */
static int read_archive(const struct archive *a, const char *buf, size_t len, size_t *used)
{
	struct initramfs_entry e;

	for (size_t at = 0; at < len;) {
		ssize_t n = read_entry(buf + at, len - at, &e);
		int r;

		if (n < 0)
			return (int)n;
		at += (size_t)n;
		*used = at;
		if (!strcmp(e.name, TRAILER))
			return 0;
		r = a->each(&e, a->arg);
		if (r)
			return r;
	}
	return 0;
}

/* Archives that are not packed, with zeros between them. */
static int read_plain(const struct archive *a, const char *buf, size_t len, size_t *used)
{
	size_t at = 0, n;

	while (at < len) {
		int r;

		if (!buf[at]) {
			at++;
			continue;
		}
		if (!is_cpio(buf + at, len - at))
			break;
		r = read_archive(a, buf + at, len - at, &n);
		if (r)
			return r;
		at += n;
	}
	*used = at;
	return 0;
}

static int read_packed(const struct archive *a, const char *buf, size_t len, size_t max,
		       size_t *used, size_t *made)
{
	size_t inner;
	char *plain;
	int r = unpack(buf, len, max, used, &plain, made);

	if (r)
		return r == -EFBIG ? -EUCLEAN : r;
	r = read_plain(a, plain, *made, &inner);
	if (!r && inner < *made)
		r = -EUCLEAN;
	free(plain);
	return r;
}

int initramfs_read(const void *buf, size_t len,
		   int (*each)(const struct initramfs_entry *e, void *arg), void *arg,
		   enum unpack_format *last)
{
	struct archive a = { each, arg };
	size_t left = INITRAMFS_UNPACKED_MAX, used, made;
	const char *at = buf;

	*last = UNPACK_NONE;
	for (int n = 0; n < PACKED_MAX; n++) {
		int r = read_plain(&a, at, len, &used);

		if (used)
			*last = UNPACK_NONE;
		if (r || used == len)
			return r;
		at += used;
		len -= used;
		*last = unpack_detect(at, len);
		if (*last == UNPACK_NONE)
			return -EUCLEAN;
		r = read_packed(&a, at, len, left, &used, &made);
		if (r)
			return r;
		left -= made;
		at += used;
		len -= used;
	}
	return -EUCLEAN;
}

static void put(struct initramfs_writer *w, const void *data, size_t len)
{
	size_t room = w->room;
	char *bigger;

	while (room < w->len + len + ALIGN)
		room = room ? room * 2 : 65536;
	if (room > w->room) {
		bigger = w->failed ? NULL : realloc(w->buf, room);
		if (!bigger) {
			w->failed = -ENOMEM;
			return;
		}
		w->buf = bigger;
		w->room = room;
	}
	if (len)
		memcpy(w->buf + w->len, data, len);
	w->len += len;
	while (w->len % ALIGN)
		w->buf[w->len++] = '\0';
}

void initramfs_add(struct initramfs_writer *w, const char *name, uint32_t mode, const void *data,
		   size_t len)
{
	char header[HEADER + sizeof(((struct initramfs_entry *)0)->name)];
	uint32_t field[FIELDS] = { [INODE] = ++w->inodes,
				   [MODE] = mode,
				   [NLINK] = 1,
				   [SIZE] = (uint32_t)len,
				   [NAME_SIZE] = (uint32_t)strlen(name) + 1,
				   [MTIME] = w->time };
	int n = sprintf(header, "070701");

	if (strlen(name) >= sizeof(header) - HEADER || len > INITRAMFS_MAX) {
		w->failed = -ENAMETOOLONG;
		return;
	}
	for (int i = 0; i < FIELDS; i++)
		n += sprintf(header + n, "%08X", field[i]);
	strcpy(header + n, name);
	put(w, header, (size_t)n + strlen(name) + 1);
	put(w, data, len);
}

int initramfs_finish(struct initramfs_writer *w)
{
	initramfs_add(w, TRAILER, 0, NULL, 0);
	if (w->failed)
		free(w->buf);
	return w->failed;
}

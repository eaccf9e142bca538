/* SPDX-License-Identifier: ISC */
#include "host/xlcfg_disk.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_word(struct xlcfg_span s, const char *word)
{
	return s.len == strlen(word) && !memcmp(s.at, word, s.len);
}

static bool is_one_of(struct xlcfg_span s, const char *const *words)
{
	for (; *words; words++)
		if (is_word(s, *words))
			return true;
	return false;
}

static const char *set_once(struct xlcfg_span *field, struct xlcfg_span value)
{
	if (field->len)
		return "gives a thing twice";
	*field = value;
	return NULL;
}

static const char *set_format(struct xlcfg_disk *d, struct xlcfg_span v)
{
	static const char *const known[] = {
		"", "raw", "qcow", "qcow2", "vhd", "empty", "qed", NULL
	};

	if (!is_one_of(v, known))
		return "has a format that xl does not know";
	d->format = v;
	return NULL;
}

static const char *set_vdev(struct xlcfg_disk *d, struct xlcfg_span v)
{
	return set_once(&d->vdev, v);
}

static const char *set_access(struct xlcfg_disk *d, struct xlcfg_span v)
{
	static const char *const ro[] = { "r", "ro", NULL }, *const rw[] = { "w", "rw", "", NULL };

	if (!is_one_of(v, ro) && !is_one_of(v, rw))
		return "has an access that is not r, ro, w or rw";
	d->readonly = is_one_of(v, ro);
	d->access = v;
	return NULL;
}

static const char *set_devtype(struct xlcfg_disk *d, struct xlcfg_span v)
{
	if (!is_word(v, "cdrom") && !is_word(v, "disk"))
		return "has a devtype that is not disk or cdrom";
	d->cdrom = is_word(v, "cdrom");
	return NULL;
}

static const char *set_target(struct xlcfg_disk *d, struct xlcfg_span v)
{
	return set_once(&d->target, v);
}

static const char *set_nothing(struct xlcfg_disk *d, struct xlcfg_span v)
{
	(void)d, (void)v;
	return NULL;
}

static const struct {
	const char *key;
	const char *(*set)(struct xlcfg_disk *d, struct xlcfg_span v);
} keys[] = {
	{ "format=", set_format },	   { "vdev=", set_vdev },
	{ "access=", set_access },	   { "devtype=", set_devtype },
	{ "target=", set_target },	   { "backend=", set_nothing },
	{ "backendtype=", set_nothing },   { "script=", set_nothing },
	{ "specification=", set_nothing }, { "colo-host=", set_nothing },
	{ "colo-port=", set_nothing },	   { "colo-export=", set_nothing },
	{ "active-disk=", set_nothing },   { "hidden-disk=", set_nothing },
};

/* The manual of 4.17 has trusted and untrusted too, but its xl refuses them. */
static const char *const flags[] = { "direct-io-safe", "discard", "no-discard",
				     "colo",	       "no-colo", NULL };

static const char *const prefixes[] = { "raw:",	    "qcow:", "qcow2:", "vhd:",	"iscsi:",
					"nbd:",	    "enbd:", "drbd:",  "tap:",	"tap2:",
					"tapdisk:", "aio:",  "ioemu:", "file:", "phy:" };

/* "hdc:cdrom"; false when there is no colon in it. */
static bool split_devtype(struct xlcfg_disk *d, struct xlcfg_span v, const char **wrong)
{
	const char *colon = memrchr(v.at, ':', v.len);

	if (!colon)
		return false;
	*wrong = set_vdev(d, (struct xlcfg_span){ v.at, (size_t)(colon - v.at) });
	if (!*wrong)
		*wrong = set_devtype(d, (struct xlcfg_span){ colon + 1,
							     (size_t)(v.at + v.len - colon - 1) });
	return true;
}

static const char *set_positional(struct xlcfg_disk *d, struct xlcfg_span v)
{
	const char *wrong = NULL;

	if (!d->target.at)
		d->target = v;
	else if (!d->prefixed && !d->format.at) {
		if (!d->target.len && split_devtype(d, v, &wrong))
			d->format = (struct xlcfg_span){ v.at, 0 };
		else
			return set_format(d, v);
	} else if (!d->vdev.at) {
		if (!split_devtype(d, v, &wrong))
			d->vdev = v;
	} else if (!d->access.at) {
		return set_access(d, v);
	} else {
		return "has too many parts";
	}
	return wrong;
}

static const char *set_field(struct xlcfg_disk *d, struct xlcfg_span v)
{
	if (is_word(v, "cdrom"))
		return set_devtype(d, v);
	if (is_one_of(v, flags))
		return NULL;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		size_t len = strlen(keys[i].key);

		if (v.len >= len && !memcmp(v.at, keys[i].key, len))
			return keys[i].set(d, (struct xlcfg_span){ v.at + len, v.len - len });
	}
	if (memchr(v.at, '=', v.len))
		return "has a key that xl does not know";
	return set_positional(d, v);
}

/* The length of the prefix that the text begins with, or 0. */
static size_t prefix_length(const char *text)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (!strncmp(text, prefixes[i], strlen(prefixes[i])))
			return strlen(prefixes[i]);
	return 0;
}

static bool is_unknown_prefix(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789");

	return n && text[0] > '9' && text[n] == ':' && text[n + 1] == '/';
}

static void check_whole(struct xlcfg_disk *d)
{
	if (d->cdrom)
		d->readonly = true;
	if (!d->wrong && !d->vdev.len)
		d->wrong = "has no vdev";
	if (!d->wrong && !d->target.at && !d->cdrom)
		d->wrong = "has no target";
}

void xlcfg_disk_parse(struct xlcfg_disk *d, const char *text)
{
	*d = (struct xlcfg_disk){ 0 };
	for (text += strspn(text, " \t\n"); *text && !d->wrong; text += strspn(text, " \t\n")) {
		struct xlcfg_span v = { text, strcspn(text, ",") };
		size_t prefix = prefix_length(text);

		if (prefix) {
			d->prefixed = true;
			text += prefix;
			continue;
		}
		if (is_unknown_prefix(text)) {
			d->wrong = "has a prefix that xl does not know";
			return;
		}
		if (!strncmp(text, "target=", 7)) {
			v.len = strlen(text);
			v.len -= text[v.len - 1] == ',';
		}
		d->wrong = set_field(d, v);
		text += v.len;
		text += *text == ',';
	}
	check_whole(d);
}

/* Letters like a, z, aa; then digits. */
static int parse_name(const char *s, const char *bus, unsigned disks, unsigned parts,
		      struct xlcfg_vdev *v)
{
	unsigned long n = 0;
	size_t len = strlen(bus), letters = 0;

	if (strncmp(s, bus, len))
		return -EINVAL;
	for (s += len; *s >= 'a' && *s <= 'z'; s++, letters++) {
		n = (letters ? (n + 1) * 26 : 0) + (unsigned long)(*s - 'a');
		if (n >= disks)
			return -EINVAL;
	}
	if (!letters || *s == '0' || strspn(s, "0123456789") != strlen(s) || strlen(s) > 3)
		return -EINVAL;
	v->disk = (unsigned)n;
	v->part = (unsigned)strtoul(s, NULL, 10);
	return v->part < parts ? 0 : -EINVAL;
}

static int parse_pair(const char *s, struct xlcfg_vdev *v)
{
	int disk, part, used = -1;

	if (sscanf(s, "d%ip%i%n", &disk, &part, &used) < 2 || used != (int)strlen(s) || disk < 0 ||
	    part < 0 || disk >= 1 << 20 || part >= 256)
		return -EINVAL;
	v->disk = (unsigned)disk;
	v->part = (unsigned)part;
	return 0;
}

static int parse_number(const char *s, struct xlcfg_vdev *v)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(s, &end, 0);
	if (*s < '0' || *s > '9' || *end || errno || n > INT_MAX)
		return -EINVAL;
	*v = (struct xlcfg_vdev){ XLCFG_BY_NUMBER, 0, 0, (uint32_t)n };
	return 0;
}

int xlcfg_vdev_parse(struct xlcfg_span vdev, struct xlcfg_vdev *v)
{
	char s[32];

	*v = (struct xlcfg_vdev){ XLCFG_XVD, 0, 0, 0 };
	if (!vdev.len || vdev.len >= sizeof(s))
		return -EINVAL;
	memcpy(s, vdev.at, vdev.len);
	s[vdev.len] = '\0';
	if (!parse_pair(s, v) || !parse_name(s, "xvd", 1 << 20, 256, v)) {
		v->number = v->disk < 16 && v->part < 16 ? 202u << 8 | v->disk << 4 | v->part
							 : 1u << 28 | v->disk << 8 | v->part;
		return 0;
	}
	if (!parse_number(s, v))
		return 0;
	v->bus = XLCFG_HD;
	if (!parse_name(s, "hd", 4, 64, v)) {
		v->number = (v->disk < 2 ? 3u : 22u) << 8 | (v->disk & 1) << 6 | v->part;
		return 0;
	}
	v->bus = XLCFG_SD;
	v->number = 8u << 8;
	if (parse_name(s, "sd", 16, 16, v))
		return -EINVAL;
	v->number |= v->disk << 4 | v->part;
	return 0;
}

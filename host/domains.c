/* SPDX-License-Identifier: ISC */
#include "host/domains.h"

#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/xl.h"

enum { LIST_MAX = 8 << 20 };

/* Copies a text of xl's that will go to a terminal. */
static void copy_plain(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
	for (; *to; to++)
		if (*to < ' ' || *to > '~')
			*to = '?';
}

/* Defaults are not in the JSON: the platform device is there unless it was taken away. */
static enum mode mode_of(const char *type, const json_t *b_info)
{
	const char *platform = json_string_value(
		json_object_get(json_object_get(b_info, "type.hvm"), "xen_platform_pci"));

	if (!type)
		return MODE_UNKNOWN;
	if (!strcmp(type, "pv"))
		return MODE_PV;
	if (!strcmp(type, "pvh"))
		return MODE_PVH;
	if (strcmp(type, "hvm"))
		return MODE_UNKNOWN;
	return platform && !strcmp(platform, "False") ? MODE_HVM : MODE_PVHVM;
}

/* Of what the config leaves out libxl's JSON says nothing. */
static void parse_tsc_mode(struct domains_one *one, const json_t *b_info)
{
	const char *mode = json_string_value(json_object_get(b_info, "tsc_mode"));

	if (json_is_object(b_info))
		copy_plain(one->tsc_mode, sizeof(one->tsc_mode), mode ? mode : "default");
}

static int parse_disks(struct domains_one *one, const json_t *disks)
{
	size_t n = json_array_size(disks);

	if (n > DOMAINS_DISKS_MAX)
		n = DOMAINS_DISKS_MAX;
	one->disk = calloc(n + 1, sizeof(*one->disk));
	if (!one->disk)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const json_t *disk = json_array_get(disks, i);
		struct domains_disk *d = &one->disk[one->ndisks];
		const char *path = json_string_value(json_object_get(disk, "pdev_path"));

		if (!path || !*path)
			continue;
		copy_plain(d->path, sizeof(d->path), path);
		copy_plain(d->vdev, sizeof(d->vdev),
			   json_string_value(json_object_get(disk, "vdev")));
		d->writable = json_integer_value(json_object_get(disk, "readwrite"));
		one->ndisks++;
	}
	return 0;
}

static int parse_one(struct domains_one *one, const json_t *domain)
{
	const json_t *config = json_object_get(domain, "config");
	const json_t *c_info = json_object_get(config, "c_info");
	const json_t *b_info = json_object_get(config, "b_info");

	if (!json_is_integer(json_object_get(domain, "domid")))
		return -EPROTO;
	one->domid = (unsigned)json_integer_value(json_object_get(domain, "domid"));
	one->state = "unknown";
	copy_plain(one->name, sizeof(one->name),
		   json_string_value(json_object_get(c_info, "name")));
	copy_plain(one->uuid, sizeof(one->uuid),
		   json_string_value(json_object_get(c_info, "uuid")));
	if (one->domid) {
		one->mode = mode_of(json_string_value(json_object_get(c_info, "type")), b_info);
		parse_tsc_mode(one, b_info);
	}
	return parse_disks(one, json_object_get(config, "disks"));
}

/* The column "State" of `xl list`: "r-----", "-b----", "--p---", "---s--", "----c-", "-----d". */
static const char *state_of(const char *flags)
{
	static const struct {
		char flag;
		const char *word;
	} words[] = { { 'd', "dying" },	 { 'c', "crashed" }, { 's', "shutdown" },
		      { 'p', "paused" }, { 'r', "running" }, { 'b', "running" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strchr(flags, words[i].flag))
			return words[i].word;
	return strcmp(flags, "------") ? "unknown" : "running";
}

/* The domain of that id; a new one for one that is not in the JSON, for which there is room. */
static struct domains_one *find_or_add(struct domains *d, unsigned domid, const char *name)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->one[i].domid == domid)
			return &d->one[i];
	d->one[d->n].domid = domid;
	copy_plain(d->one[d->n].name, sizeof(d->one[d->n].name), name);
	return &d->one[d->n++];
}

/* A line of `xl list`: name, id, MiB, vcpus, state, seconds. The name may hold blanks. */
static void parse_line(struct domains *d, char *line)
{
	struct domains_one *one;
	char *word[6], *end;
	unsigned long domid;
	int n = 6;

	while (n > 1) {
		char *blank = strrchr(line, ' ');

		if (!blank)
			return;
		word[--n] = blank + 1;
		while (blank > line && blank[-1] == ' ')
			blank--;
		*blank = '\0';
	}
	domid = strtoul(word[1], &end, 10);
	if (end == word[1] || *end || domid > UINT16_MAX)
		return;
	one = find_or_add(d, (unsigned)domid, line);
	one->memory = (unsigned)strtoul(word[2], NULL, 10);
	one->vcpus = (unsigned)strtoul(word[3], NULL, 10);
	one->state = state_of(word[4]);
	one->seconds = strspn(word[5], "0123456789.") ? strtod(word[5], NULL) : 0;
}

static size_t lines_of(const char *text)
{
	size_t n = 1;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static int parse_all(struct domains *d, const json_t *all, size_t more)
{
	size_t n = json_array_size(all);
	int r = json_is_array(all) ? 0 : -EPROTO;

	d->one = calloc(n + more, sizeof(*d->one));
	if (!d->one)
		return -ENOMEM;
	for (size_t i = 0; !r && i < n; i++)
		r = parse_one(&d->one[d->n++], json_array_get(all, i));
	return r;
}

int domains_parse(struct domains *d, const char *json, char *text)
{
	json_t *all = json_loads(json, 0, NULL);
	char *line, *save;
	int r;

	*d = (struct domains){ 0 };
	r = parse_all(d, all, lines_of(text));
	json_decref(all);
	if (r) {
		domains_free(d);
		return r;
	}
	line = strtok_r(text, "\n", &save);
	while (line && (line = strtok_r(NULL, "\n", &save))) /* the first is the heading */
		parse_line(d, line);
	return 0;
}

int domains_read(struct domains *d, const char *log)
{
	char *json = malloc(LIST_MAX), *text = malloc(LIST_MAX);
	int r = json && text ? xl_list(true, json, LIST_MAX, log) : -ENOMEM;

	if (!r)
		r = xl_list(false, text, LIST_MAX, log);
	if (!r)
		r = domains_parse(d, json, text);
	free(json);
	free(text);
	return r;
}

const struct domains_one *domains_find(const struct domains *d, const char *name)
{
	for (size_t i = 0; i < d->n; i++)
		if (!strcmp(d->one[i].name, name))
			return &d->one[i];
	return NULL;
}

void domains_free(struct domains *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->one[i].disk);
	free(d->one);
	*d = (struct domains){ 0 };
}

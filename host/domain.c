/* SPDX-License-Identifier: ISC */
#include "host/domain.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "guest-tools/lib/keyfile.h"

static const char *set_name(struct domain_desc *d, const char *v)
{
	/* xl takes a word of digits for a domain's number, and one with a dash for an option. */
	if (*v && !isalpha((unsigned char)*v))
		return "does not begin with a letter";
	return keyfile_text(d->name, sizeof(d->name), v, keyfile_name_chars);
}

static const char *set_disk(struct domain_desc *d, const char *v)
{
	return keyfile_text(d->disk, sizeof(d->disk), v, NULL);
}

static const char *set_memory(struct domain_desc *d, const char *v)
{
	return keyfile_number(&d->memory, v, 32, 1048576);
}

static const char *set_vcpus(struct domain_desc *d, const char *v)
{
	return keyfile_number(&d->vcpus, v, 1, 512);
}

static const char *set_workload(struct domain_desc *d, const char *v)
{
	return keyfile_text(d->workload, sizeof(d->workload), v, keyfile_name_chars);
}

static const char *set_size(struct domain_desc *d, const char *v)
{
	if (strcmp(v, "quick") && strcmp(v, "ref"))
		return "is neither quick nor ref";
	return keyfile_text(d->size, sizeof(d->size), v, NULL);
}

static const char *set_bridge(struct domain_desc *d, const char *v)
{
	if (!netspec_is_name(v))
		return "is not the name of an interface";
	strcpy(d->bridge, v);
	return NULL;
}

static const char *set_mac(struct domain_desc *d, const char *v)
{
	if (!netspec_is_mac(v))
		return "is not a unicast MAC address like 00:16:3e:00:00:01";
	strcpy(d->mac, v);
	return NULL;
}

static const char *set_network(struct domain_desc *d, const char *v)
{
	static char why[NETSPEC_WHY + 16];
	struct netspec spec;

	strcpy(why, "is wrong: ");
	if (netspec_parse(v, &spec, why + strlen(why), NETSPEC_WHY))
		return why;
	return keyfile_text(d->network, sizeof(d->network), v, NULL);
}

static const char *set_ssh_keys(struct domain_desc *d, const char *v)
{
	return keyfile_text(d->ssh_keys, sizeof(d->ssh_keys), v, NULL);
}

static const char *set_scratch(struct domain_desc *d, const char *v)
{
	return keyfile_text(d->scratch, sizeof(d->scratch), v, NULL);
}

static const char *set_payload(struct domain_desc *d, const char *v)
{
	static const char many[] = "is given more than 16 times";
	const char *wrong;

	_Static_assert(DOMAIN_PAYLOADS == 16, "many");
	if (d->npayloads == DOMAIN_PAYLOADS)
		return many;
	wrong = keyfile_text(d->payload[d->npayloads], sizeof(d->payload[0]), v, NULL);
	d->npayloads += !wrong;
	return wrong;
}

/* xl.cfg(5): cpus, cpu_weight, cap. */
static const char *set_cpus(struct domain_desc *d, const char *v)
{
	return keyfile_cpus(d->cpus, sizeof(d->cpus), v);
}

static const char *set_weight(struct domain_desc *d, const char *v)
{
	return keyfile_number(&d->weight, v, 1, 65535);
}

static const char *set_cap(struct domain_desc *d, const char *v)
{
	return keyfile_number(&d->cap, v, 1, 51200);
}

static const struct {
	const char *key;
	const char *(*set)(struct domain_desc *d, const char *value);
	bool many; /* may be given more than once */
} keys[] = {
	{ .key = "name", .set = set_name },
	{ .key = "disk", .set = set_disk },
	{ .key = "memory", .set = set_memory },
	{ .key = "vcpus", .set = set_vcpus },
	{ .key = "workload", .set = set_workload },
	{ .key = "size", .set = set_size },
	{ .key = "bridge", .set = set_bridge },
	{ .key = "mac", .set = set_mac },
	{ .key = "network", .set = set_network },
	{ .key = "ssh_keys", .set = set_ssh_keys },
	{ .key = "scratch", .set = set_scratch },
	{ .key = "payload", .set = set_payload, .many = true },
	{ .key = "cpus", .set = set_cpus },
	{ .key = "weight", .set = set_weight },
	{ .key = "cap", .set = set_cap },
};

enum { NKEYS = sizeof(keys) / sizeof(*keys) };

void domain_init(struct domain_desc *d)
{
	*d = (struct domain_desc){
		.memory = 128, .vcpus = 1, .workload = "micro", .size = "quick"
	};
}

/* The place of a key in the table, or -1. */
static int find_key(const char *key)
{
	int i = 0;

	while (i < NKEYS && strcmp(keys[i].key, key))
		i++;
	return i < NKEYS ? i : -1;
}

static const char not_a_key[] = "is no key of a domain description";

const char *domain_set(struct domain_desc *d, const char *key, const char *value)
{
	int i = find_key(key);

	return i < 0 ? not_a_key : keys[i].set(d, value);
}

const char *domain_check(const struct domain_desc *d)
{
	if (!d->name[0])
		return "'name' is missing";
	if (!d->disk[0])
		return "'disk' is missing";
	return d->mac[0] && !d->bridge[0] ? "'mac' needs 'bridge'" : NULL;
}

static bool key_is_many(int key)
{
	return keys[key].many;
}

static const char *set_key(void *to, int key, const char *value)
{
	return keys[key].set(to, value);
}

static const char *check(void *to, uint64_t seen)
{
	(void)seen;
	return domain_check(to);
}

int domain_parse(char *text, struct domain_desc *d, char *why, size_t size)
{
	static const struct keyfile how = { not_a_key, find_key, key_is_many, set_key, check, false };

	domain_init(d);
	return keyfile_parse(text, &how, d, why, size);
}

int domain_read(const char *path, struct domain_desc *d, char *why, size_t size)
{
	char text[KEYFILE_MAX];
	int r = keyfile_read(path, "a domain description", text, why, size);

	return r ? r : domain_parse(text, d, why, size);
}

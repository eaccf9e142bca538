/* SPDX-License-Identifier: ISC */
#include "host/domain.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "guest-tools/lib/io.h"

static const char name_chars[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

/* A text of at most size - 1 bytes out of ok, or of anything printable but quotes where ok is NULL.
 */
static const char *set_text(char *field, size_t size, const char *value, const char *ok)
{
	if (!*value || strlen(value) >= size)
		return "is empty or too long";
	if (ok && strspn(value, ok) != strlen(value))
		return "has a character that is not allowed";
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f || strchr("'\"\\", *c))
			return "has a character that is not allowed";
	strcpy(field, value);
	return NULL;
}

static const char *set_number(unsigned *field, const char *value, unsigned min, unsigned max)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(value, &end, 10);
	if (*value < '0' || *value > '9' || *end || errno || n < min || n > max)
		return "is not a number in range";
	*field = (unsigned)n;
	return NULL;
}

static const char *set_name(struct domain_desc *d, const char *v)
{
	/* xl takes a word of digits for a domain's number, and one with a dash for an option. */
	if (*v && !isalpha((unsigned char)*v))
		return "does not begin with a letter";
	return set_text(d->name, sizeof(d->name), v, name_chars);
}

static const char *set_disk(struct domain_desc *d, const char *v)
{
	return set_text(d->disk, sizeof(d->disk), v, NULL);
}

static const char *set_memory(struct domain_desc *d, const char *v)
{
	return set_number(&d->memory, v, 32, 1048576);
}

static const char *set_vcpus(struct domain_desc *d, const char *v)
{
	return set_number(&d->vcpus, v, 1, 512);
}

static const char *set_workload(struct domain_desc *d, const char *v)
{
	return set_text(d->workload, sizeof(d->workload), v, name_chars);
}

static const char *set_size(struct domain_desc *d, const char *v)
{
	if (strcmp(v, "quick") && strcmp(v, "ref"))
		return "is neither quick nor ref";
	return set_text(d->size, sizeof(d->size), v, NULL);
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
	return set_text(d->network, sizeof(d->network), v, NULL);
}

static const char *set_ssh_keys(struct domain_desc *d, const char *v)
{
	return set_text(d->ssh_keys, sizeof(d->ssh_keys), v, NULL);
}

static const char *set_scratch(struct domain_desc *d, const char *v)
{
	return set_text(d->scratch, sizeof(d->scratch), v, NULL);
}

static const char *set_payload(struct domain_desc *d, const char *v)
{
	static const char many[] = "is given more than 16 times";
	const char *wrong;

	_Static_assert(DOMAIN_PAYLOADS == 16, "many");
	if (d->npayloads == DOMAIN_PAYLOADS)
		return many;
	wrong = set_text(d->payload[d->npayloads], sizeof(d->payload[0]), v, NULL);
	d->npayloads += !wrong;
	return wrong;
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
};

enum { NKEYS = sizeof(keys) / sizeof(*keys) };

/* Cuts blanks off both ends, in place. */
static char *trim(char *s)
{
	char *end = s + strlen(s);

	while (end > s && strchr(" \t\r", end[-1]))
		*--end = '\0';
	return s + strspn(s, " \t");
}

void domain_init(struct domain_desc *d)
{
	*d = (struct domain_desc){
		.memory = 128, .vcpus = 1, .workload = "micro", .size = "quick"
	};
}

/* The place of a key in the table, or NKEYS. */
static unsigned key_find(const char *key)
{
	unsigned i = 0;

	while (i < NKEYS && strcmp(keys[i].key, key))
		i++;
	return i;
}

static const char not_a_key[] = "is no key of a domain description";

const char *domain_set(struct domain_desc *d, const char *key, const char *value)
{
	unsigned i = key_find(key);

	return i == NKEYS ? not_a_key : keys[i].set(d, value);
}

const char *domain_check(const struct domain_desc *d)
{
	if (!d->name[0])
		return "'name' is missing";
	if (!d->disk[0])
		return "'disk' is missing";
	return d->mac[0] && !d->bridge[0] ? "'mac' needs 'bridge'" : NULL;
}

/* Takes one line; marks its key in *seen. Returns NULL or what is wrong with *key. */
static const char *parse_line(char *line, struct domain_desc *d, unsigned *seen, const char **key)
{
	unsigned bit;
	char *equals;

	for (char *c = line; *c; c++)
		if (*c == '#' && (c == line || c[-1] == ' ' || c[-1] == '\t'))
			*c-- = '\0';
	line = trim(line);
	*key = line;
	if (!*line)
		return NULL;
	equals = strchr(line, '=');
	if (!equals)
		return "is not 'key = value'";
	*equals = '\0';
	*key = trim(line);
	if (key_find(*key) == NKEYS)
		return not_a_key;
	bit = 1u << key_find(*key);
	if (*seen & bit && !keys[key_find(*key)].many)
		return "is given twice";
	*seen |= bit;
	return domain_set(d, *key, trim(equals + 1));
}

int domain_parse(char *text, struct domain_desc *d, char *why, size_t size)
{
	const char *wrong;
	unsigned seen = 0;
	int number = 0;

	domain_init(d);
	for (char *line = text, *next; line; line = next) {
		const char *key;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		number++;
		wrong = parse_line(line, d, &seen, &key);
		if (!wrong)
			continue;
		snprintf(why, size, "line %d: '%.40s' %s", number, key, wrong);
		return -EINVAL;
	}
	wrong = domain_check(d);
	if (!wrong)
		return 0;
	snprintf(why, size, "%s", wrong);
	return -EINVAL;
}

int domain_read(const char *path, struct domain_desc *d, char *why, size_t size)
{
	char text[16384];
	int n = io_is_plain(path);

	if (!n)
		n = io_read_file(path, text, sizeof(text));

	if (n < 0)
		snprintf(why, size, "%s", strerror(-n));
	else if ((size_t)n == sizeof(text) - 1 || strlen(text) != (size_t)n)
		snprintf(why, size, "is not a domain description");
	else
		return domain_parse(text, d, why, size);
	return n < 0 ? n : -EINVAL;
}

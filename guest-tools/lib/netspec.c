/* SPDX-License-Identifier: ISC */
#include "guest-tools/lib/netspec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char blanks[] = " \t\n";

bool netspec_is_name(const char *text)
{
	static const char ok[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				 "0123456789._-";
	size_t len = strlen(text);

	return len >= 1 && len <= 15 && strspn(text, ok) == len && text[0] != '-' &&
	       strcmp(text, ".") && strcmp(text, "..");
}

/* The value of a hexadecimal digit, or -1. */
static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool netspec_is_mac(const char *text)
{
	int first = 0, all = 0;

	if (strlen(text) != NETSPEC_ID_MAX)
		return false;
	for (size_t i = 0; i < NETSPEC_ID_MAX; i++) {
		int v = hex_value(text[i]);

		if (i % 3 == 2 ? text[i] != ':' : v < 0)
			return false;
		if (i % 3 != 2)
			all |= v;
		if (i == 1)
			first = v;
	}
	return all && !(first & 1);
}

int netspec_addr_parse(const char *text, uint32_t *out)
{
	uint32_t addr = 0, top;

	for (int i = 0; i < 4; i++) {
		unsigned n = 0, digits = 0;

		if (i && *text++ != '.')
			return -EINVAL;
		while (*text >= '0' && *text <= '9' && digits < 3) {
			n = n * 10 + (unsigned)(*text++ - '0');
			digits++;
		}
		if (!digits || n > 255 || (digits > 1 && text[-(int)digits] == '0'))
			return -EINVAL;
		addr = addr << 8 | n;
	}
	top = addr >> 24;
	if (*text || top == 0 || top == 127 || top > 223)
		return -EINVAL;
	*out = addr;
	return 0;
}

const char *netspec_addr_format(uint32_t addr, char buf[NETSPEC_ADDR_TEXT])
{
	snprintf(buf, NETSPEC_ADDR_TEXT, "%u.%u.%u.%u", addr >> 24, addr >> 16 & 255,
		 addr >> 8 & 255, addr & 255);
	return buf;
}

/* The bits of an address that say which host of its network it is. */
static uint32_t host_bits(const struct netspec_iface *i)
{
	return i->prefix == 32 ? 0 : UINT32_MAX >> i->prefix;
}

/* 1 to 32, without leading zeros. Returns 0 or -EINVAL. */
static int parse_prefix(const char *text, unsigned *out)
{
	size_t len = strlen(text);

	if (len < 1 || len > 2 || strspn(text, "0123456789") != len || *text == '0')
		return -EINVAL;
	*out = (unsigned)(text[0] - '0');
	if (len == 2)
		*out = *out * 10 + (unsigned)(text[1] - '0');
	return *out > 32 ? -EINVAL : 0;
}

/* ADDR/PREFIX, changed. Returns NULL or what is wrong. */
static const char *set_addr(struct netspec_iface *i, char *text)
{
	char *slash = strchr(text, '/');
	uint32_t host;

	if (!slash)
		return "is neither dhcp nor ADDRESS/PREFIX";
	*slash++ = '\0';
	if (netspec_addr_parse(text, &i->addr))
		return "is no address of a host";
	if (parse_prefix(slash, &i->prefix))
		return "has a prefix that is not 1 to 32";
	host = i->addr & host_bits(i);
	if (i->prefix < 31 && (host == 0 || host == host_bits(i)))
		return "is the address of a network, not of a host";
	return NULL;
}

/* gw=ADDR or dns=ADDR. */
static const char *set_option(struct netspec_iface *i, const char *text)
{
	if (!strncmp(text, "gw=", 3)) {
		if (i->gw)
			return "is a second gateway";
		if (netspec_addr_parse(text + 3, &i->gw))
			return "is no address of a host";
		if ((i->gw ^ i->addr) & ~host_bits(i) || i->gw == i->addr)
			return "is no other host of the interface's network";
		return NULL;
	}
	if (strncmp(text, "dns=", 4))
		return "is neither gw=ADDRESS nor dns=ADDRESS";
	if (i->ndns == NETSPEC_DNS_MAX)
		return "is one name server too many";
	return netspec_addr_parse(text + 4, &i->dns[i->ndns++]) ? "is no address of a host" : NULL;
}

/* An interface's name or MAC address. */
static const char *set_id(struct netspec_iface *i, const char *text)
{
	i->by_mac = netspec_is_mac(text);
	if (!i->by_mac && !netspec_is_name(text))
		return "is neither the name of an interface nor a MAC address";
	strcpy(i->id, text);
	for (char *c = i->id; i->by_mac && *c; c++)
		if (*c >= 'A' && *c <= 'F')
			*c |= 0x20;
	return NULL;
}

/* One SPEC, changed; *part is the part of it that is wrong. */
static const char *parse_spec(char *text, struct netspec_iface *i, char copy[NETSPEC_WHY])
{
	const char *wrong = NULL;
	char *next;

	for (int n = 0; text && !wrong; text = next, n++) {
		next = strchr(text, ',');
		if (next)
			*next++ = '\0';
		snprintf(copy, NETSPEC_WHY, "%.40s", text);
		if (n == 0)
			wrong = set_id(i, text);
		else if (n == 1 && !strcmp(text, "dhcp"))
			i->dhcp = true;
		else if (n == 1)
			wrong = set_addr(i, text);
		else
			wrong = i->dhcp ? "cannot follow dhcp" : set_option(i, text);
		if (!wrong && n == 0 && !next)
			wrong = "needs ,dhcp or ,ADDRESS/PREFIX";
	}
	return wrong;
}

/* The same with what can be wrong only among others. */
static const char *add_spec(struct netspec *out, char *text, char part[NETSPEC_WHY])
{
	struct netspec_iface i = { .by_mac = false };
	const char *wrong;

	snprintf(part, NETSPEC_WHY, "%.40s", text);
	if (out->n == NETSPEC_MAX)
		return "is one interface too many";
	wrong = parse_spec(text, &i, part);
	if (wrong)
		return wrong;
	for (size_t k = 0; k < out->n; k++) {
		if (strcmp(out->iface[k].id, i.id))
			continue;
		snprintf(part, NETSPEC_WHY, "%s", i.id);
		return "has two specifications";
	}
	out->iface[out->n++] = i;
	return NULL;
}

int netspec_parse(const char *text, struct netspec *out, char *why, size_t size)
{
	char copy[NETSPEC_TEXT_MAX + 1], part[NETSPEC_WHY], *save, *word;
	const char *wrong = NULL;
	bool off = false;

	*out = (struct netspec){ .n = 0 };
	if (strnlen(text, sizeof(copy)) == sizeof(copy)) {
		snprintf(why, size, "'%.40s...' is too long", text);
		return -EINVAL;
	}
	strcpy(copy, text);
	for (word = strtok_r(copy, blanks, &save); word && !wrong;
	     word = strtok_r(NULL, blanks, &save)) {
		snprintf(part, sizeof(part), "%.40s", word);
		if (off)
			wrong = "cannot follow off";
		else if (!strcmp(word, "off") && out->n)
			wrong = "has to stand alone";
		else if (!strcmp(word, "off"))
			off = true;
		else
			wrong = add_spec(out, word, part);
	}
	if (!wrong)
		return 0;
	snprintf(why, size, "'%s' %s", part, wrong);
	return -EINVAL;
}

/* Writes one SPEC into buf, as much as fits. Returns what its length is. */
static size_t format_spec(const struct netspec_iface *i, char *buf, size_t size)
{
	char addr[NETSPEC_ADDR_TEXT], spec[160];
	int n;

	if (i->dhcp)
		return (size_t)snprintf(buf, size, "%s,dhcp", i->id);
	n = snprintf(spec, sizeof(spec), "%s,%s/%u", i->id, netspec_addr_format(i->addr, addr),
		     i->prefix);
	if (i->gw)
		n += snprintf(spec + n, sizeof(spec) - (size_t)n, ",gw=%s",
			      netspec_addr_format(i->gw, addr));
	for (size_t k = 0; k < i->ndns; k++)
		n += snprintf(spec + n, sizeof(spec) - (size_t)n, ",dns=%s",
			      netspec_addr_format(i->dns[k], addr));
	return (size_t)snprintf(buf, size, "%s", spec);
}

int netspec_format(const struct netspec *spec, char *buf, size_t size)
{
	size_t len = 0;

	if (!spec->n)
		len = (size_t)snprintf(buf, size, "off");
	for (size_t k = 0; k < spec->n && len < size; k++) {
		if (k)
			buf[len++] = ' ';
		len += format_spec(&spec->iface[k], buf + len, size - len);
	}
	return len < size ? (int)len : -ENOSPC;
}

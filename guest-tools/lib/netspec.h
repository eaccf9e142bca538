/* SPDX-License-Identifier: ISC */
/*
 * The network specification: what a guest's interfaces are to be, in one line of text. Pure: no
 * I/O, no allocation.
 *
 *	off
 *	SPEC [SPEC]...		at most NETSPEC_MAX, separated by blanks
 *
 * A SPEC is `IFACE,dhcp` or `IFACE,ADDR/PREFIX[,gw=ADDR][,dns=ADDR]...`, IPv4. IFACE is the name of
 * an interface or its MAC address, aa:bb:cc:dd:ee:ff. No two are for the same IFACE. The empty text
 * is off, too.
 */
#ifndef XLAB_NETSPEC_H
#define XLAB_NETSPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	NETSPEC_MAX = 8,
	NETSPEC_TEXT_MAX = 1024, /* bytes in a specification, without the NUL */
	NETSPEC_DNS_MAX = 2,
	NETSPEC_ID_MAX = 17,	/* bytes in IFACE: a MAC address; a name has 15 */
	NETSPEC_ADDR_TEXT = 16, /* an address as text, NUL included */
	NETSPEC_WHY = 128	/* enough for every reason */
};

/* Addresses are numbers in the host's byte order; 0 is none. */
struct netspec_iface {
	char id[NETSPEC_ID_MAX + 1]; /* a name, or a MAC address in lower case */
	bool by_mac;
	bool dhcp; /* then the rest is 0 */
	uint32_t addr;
	unsigned prefix; /* 1 to 32 */
	uint32_t gw;
	uint32_t dns[NETSPEC_DNS_MAX];
	size_t ndns;
};

struct netspec {
	size_t n; /* 0: off */
	struct netspec_iface iface[NETSPEC_MAX];
};

/* Returns 0, or -EINVAL with "'WORD' ..." in why: the word that is wrong and what is wrong with it.
 * Then out holds nothing of use. */
int netspec_parse(const char *text, struct netspec *out, char *why, size_t size);

/* Writes the text of a parsed specification, which parses to the same. Returns its length or
 * -ENOSPC. */
int netspec_format(const struct netspec *spec, char *buf, size_t size);

/* Four decimal numbers, without leading zeros, of an address that one host can have: unicast and
 * not loopback. Returns 0 or -EINVAL. */
int netspec_addr_parse(const char *text, uint32_t *out);

/* Returns buf. */
const char *netspec_addr_format(uint32_t addr, char buf[NETSPEC_ADDR_TEXT]);

/* What the kernel takes for the name of an interface, as far as A-Za-z0-9._- go; no leading '-'. */
bool netspec_is_name(const char *text);

/* Six pairs of hexadecimal digits with colons: an address that one card can have (unicast, not all
 * zero). */
bool netspec_is_mac(const char *text);

#endif

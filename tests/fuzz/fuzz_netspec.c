/* SPDX-License-Identifier: ISC */
/* Whatever is taken can be written down, and what was written is taken for the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/netspec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[2 * NETSPEC_TEXT_MAX], why[NETSPEC_WHY];
	char once[NETSPEC_TEXT_MAX + 1], twice[NETSPEC_TEXT_MAX + 1];
	struct netspec a, b;
	int n;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	why[0] = '\0';
	n = netspec_parse(text, &a, why, sizeof(why));
	if (n) {
		/* A reason that names a word, all of it. */
		check(why[0] == '\'' && strlen(why) < sizeof(why) - 1);
		return 0;
	}
	check(a.n <= NETSPEC_MAX && strlen(text) <= NETSPEC_TEXT_MAX);
	for (size_t i = 0; i < a.n; i++) {
		check(netspec_is_name(a.iface[i].id) != netspec_is_mac(a.iface[i].id));
		check(a.iface[i].dhcp == !a.iface[i].addr);
	}
	n = netspec_format(&a, once, sizeof(once));
	check(n > 0 && (size_t)n == strlen(once));
	check(!netspec_parse(once, &b, why, sizeof(why)));
	check(a.n == b.n && netspec_format(&b, twice, sizeof(twice)) == n);
	check(!strcmp(once, twice));
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include "guest-tools/net/net.h"

#include <errno.h>
#include <stdio.h>

#include "guest-tools/lib/io.h"

/* /etc/resolv.conf is a link to it: resolv.conf(5). */
#define FILE_NAME "/run/resolv.conf"

int resolv_write(const struct card *cards, size_t n)
{
	char text[NETSPEC_MAX * NETSPEC_DNS_MAX * 32], addr[NETSPEC_ADDR_TEXT];
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < cards[i].ndns; k++)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "nameserver %s\n",
						netspec_addr_format(cards[i].dns[k], addr));
	return io_replace_file(FILE_NAME, text, len);
}

/* SPDX-License-Identifier: ISC */
#include "guest-tools/agent/facts.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "guest-tools/proto/proto.h"

enum { CARDS_MAX = 16, ADDRESSES_MAX = 8 };

void facts_tell(const struct link_ops *host)
{
	static const char *const fixed[][2] = {
		{ "data/os_name", "xlab guest " XP_VERSION },
		{ "data/os_distro", "xlab" },
		{ "data/os_majorver", "1" },
		{ "data/os_minorver", "0" },
		{ "attr/PVAddons/MajorVersion", "1" },
		{ "attr/PVAddons/MinorVersion", "0" },
		{ "attr/PVAddons/MicroVersion", "0" },
		{ "attr/PVAddons/BuildVersion", "0" },
		{ "attr/PVAddons/Installed", "1" },
		/* The kernel does these, and says so itself where it is new enough. */
		{ "control/feature-poweroff", "1" },
		{ "control/feature-reboot", "1" },
	};
	struct utsname u;

	if (!host->note)
		return;
	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		host->note(fixed[i][0], fixed[i][1]);
	if (uname(&u) == 0)
		host->note("data/os_uname", u.release);
}

/* The number of Xen's network card behind an interface, or -1. */
static int vif_of(const char *interface)
{
	char link[64], device[PATH_MAX];
	const char *name;
	int n;

	snprintf(link, sizeof(link), "/sys/class/net/%.16s/device", interface);
	if (!realpath(link, device) || !(name = strstr(device, "/vif-")))
		return -1;
	n = atoi(name + strlen("/vif-"));
	return n < CARDS_MAX ? n : -1;
}

void facts_tell_addresses(const struct link_ops *host)
{
	int count[CARDS_MAX][2] = { { 0 } }, n;
	char path[48], text[INET6_ADDRSTRLEN];
	struct ifaddrs *all, *a;

	if (!host->note || getifaddrs(&all) < 0)
		return;
	for (a = all; a; a = a->ifa_next) {
		bool six = a->ifa_addr && a->ifa_addr->sa_family == AF_INET6;

		if (!a->ifa_addr || (!six && a->ifa_addr->sa_family != AF_INET) ||
		    (n = vif_of(a->ifa_name)) < 0 || count[n][six] == ADDRESSES_MAX)
			continue;
		inet_ntop(a->ifa_addr->sa_family,
			  six ? (void *)&((struct sockaddr_in6 *)a->ifa_addr)->sin6_addr
			      : (void *)&((struct sockaddr_in *)a->ifa_addr)->sin_addr,
			  text, sizeof(text));
		snprintf(path, sizeof(path), "attr/vif/%d/ipv%d/%d", n, six ? 6 : 4, count[n][six]++);
		host->note(path, text);
	}
	freeifaddrs(all);
}

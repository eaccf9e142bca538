/* SPDX-License-Identifier: ISC */
#include "guest-tools/net/net.h"

#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "guest-tools/lib/io.h"

#define FOLDER "/sys/class/net"

static bool has_address(const char *name, const char *mac)
{
	char path[sizeof(FOLDER) + 280], text[64];

	snprintf(path, sizeof(path), FOLDER "/%s/address", name);
	if (io_read_file(path, text, sizeof(text)) < 0)
		return false;
	text[strcspn(text, "\n")] = '\0';
	return !strcmp(text, mac);
}

static int find_by_mac(const char *mac, char name[16])
{
	DIR *dir = opendir(FOLDER);
	struct dirent *entry;
	int r = -ENOENT;

	if (!dir)
		return -errno;
	while (r && (entry = readdir(dir))) {
		if (strlen(entry->d_name) > 15 || !has_address(entry->d_name, mac))
			continue;
		strcpy(name, entry->d_name);
		r = 0;
	}
	closedir(dir);
	return r;
}

int iface_find(const struct netspec_iface *spec, char name[16])
{
	if (spec->by_mac)
		return find_by_mac(spec->id, name);
	if (!if_nametoindex(spec->id))
		return errno == ENODEV || errno == ENXIO ? -ENOENT : -errno;
	strcpy(name, spec->id);
	return 0;
}
